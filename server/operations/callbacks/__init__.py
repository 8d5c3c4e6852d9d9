"""Callbacks: written with what they report, then claimed, called and settled."""

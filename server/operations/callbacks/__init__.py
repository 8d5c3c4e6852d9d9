"""Callbacks: written down with what they tell of, claimed, called, settled."""

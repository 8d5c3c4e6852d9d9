"""Callbacks: where they may go, what they say, when they are tried again."""

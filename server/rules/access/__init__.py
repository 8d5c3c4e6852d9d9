"""Passwords, and limits on guessing them."""

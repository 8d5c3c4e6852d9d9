"""Passwords and those who guess them."""

"""Signing in, tokens and who is calling."""

"""Holders, tokens, and tries to sign in."""

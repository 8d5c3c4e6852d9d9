"""Signing in: holders, passwords, sessions and tokens."""

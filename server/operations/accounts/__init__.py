"""Accounts and their API users."""

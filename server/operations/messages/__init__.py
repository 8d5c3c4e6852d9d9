"""Checking, accepting and cancelling messages."""

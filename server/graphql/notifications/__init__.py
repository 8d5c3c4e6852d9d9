"""Limit alerts."""

"""Sending by URL."""

"""Routine maintenance of the server."""

"""Limits and formats that several domains share."""

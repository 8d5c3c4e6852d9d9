"""Bounds and forms that several domains share."""

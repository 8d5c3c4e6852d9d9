"""API users."""

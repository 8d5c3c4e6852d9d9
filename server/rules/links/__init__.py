"""What may be set for a link."""

"""The use cases. Each one changes something, in one transaction."""

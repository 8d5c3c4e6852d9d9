"""The use cases: everything that changes something, each in one transaction."""

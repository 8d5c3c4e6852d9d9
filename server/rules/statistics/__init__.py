"""Statistics: what is counted of messages."""

"""Statistics: counted as messages are accepted and end, read by span, and rebuilt from the messages."""

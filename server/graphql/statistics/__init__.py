"""Statistics: what was sent, by hour, day or month."""

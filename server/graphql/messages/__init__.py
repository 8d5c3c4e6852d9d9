"""Messages: sending, cancelling, estimating."""

"""Messages from the wish to send one to the accepted row, and their cancellation."""

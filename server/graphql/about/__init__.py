"""Information about the server."""

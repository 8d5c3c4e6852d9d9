"""How GraphQL travels: HTTP and WebSocket."""

"""The web apart from GraphQL: sending by URL, health, metrics, and the middleware of all requests."""

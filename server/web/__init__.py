"""The plain web beside the API: sending by URL, health, metrics, and what surrounds every request."""

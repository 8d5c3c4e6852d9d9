"""Chappe: a self-hosted SMS account server with a GraphQL API."""

"""What a GraphQL operation may cost."""

MAX_COST = 10_000
"""The highest cost of a document, in points; tests may set another."""

"""What a GraphQL operation may cost."""

MAX_COST = 10_000
"""Points of cost that one document may come to, unless a test says otherwise."""

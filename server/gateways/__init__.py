"""The links to operators: one protocol, and its implementations."""

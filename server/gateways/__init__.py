"""The links to operators: one protocol, and what implements it."""

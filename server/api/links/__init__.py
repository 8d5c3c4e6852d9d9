"""The links to operators."""

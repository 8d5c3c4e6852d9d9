"""The links to operators, as they are set and as they are."""

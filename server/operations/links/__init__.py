"""The links to operators: their settings and their state."""

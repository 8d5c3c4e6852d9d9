"""Statements, by domain, each named for what it asks. Operations decide what to do with the answers."""

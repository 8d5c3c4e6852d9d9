"""Statements, by domain, each named for what it asks; operations decide what to do with the answers."""

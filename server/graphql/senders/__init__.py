"""Sender names, the blacklist and incoming messages."""

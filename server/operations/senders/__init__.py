"""Sender names."""

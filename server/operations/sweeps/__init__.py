"""Sweeps: work on many rows in batches."""

"""Work on many rows, in batches."""

"""The loops that claim work, do I/O outside any transaction, and record the outcome."""

"""Credits: the ledger, quotas, limits, and the proof that everything adds up."""

"""Credits: the ledger, quotas and limits, and the proof that all adds up."""

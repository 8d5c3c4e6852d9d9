"""Credits: the ledger, grants, transfers, quotas and rates."""

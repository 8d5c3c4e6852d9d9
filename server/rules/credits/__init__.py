"""Credits: the ledger, quotas, limits and prices."""

"""Who may come in: holders, passwords, sessions and tokens."""

"""What every use case stands on: who acts, what may be seen, transactions, and work in turns."""

"""What every use case needs: principals, visibility, transactions, and work in turns."""

"""Names of accounts and logins of users."""

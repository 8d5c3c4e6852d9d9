"""What keeps a server well."""

"""Who signs in, with what, and how often it was tried."""

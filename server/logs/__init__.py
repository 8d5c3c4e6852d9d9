"""The logs of an account: reading one from a number on, and following it live."""

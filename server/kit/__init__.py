"""Small tools that know nothing of SMS accounts: time, money, identifiers, parsing, hashing, logs."""

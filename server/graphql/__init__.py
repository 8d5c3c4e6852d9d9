"""The GraphQL edge: it parses, authorises, calls one operation, and wraps what comes back."""

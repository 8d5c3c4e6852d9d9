"""A message's way out: claims, preflight, results, receipts, transitions, expiry. And incoming messages."""

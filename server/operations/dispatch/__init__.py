"""A message on its way: claims, route filter, preflight, results, receipts, transitions, expiry; and what comes in."""

"""Messages on their way: claims, parts, receipts, and incoming messages."""

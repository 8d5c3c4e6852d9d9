"""Links over HTTP: messages go out as requests, and the operator calls us with receipts and messages."""

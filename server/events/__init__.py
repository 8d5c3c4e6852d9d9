"""The event log's reader, and the bus that wakes its listeners."""

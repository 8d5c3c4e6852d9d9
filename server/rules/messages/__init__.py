"""Messages: their texts, times and statuses."""

"""Callbacks: allowed addresses, content and retries."""

"""Requests to addresses that others chose: mails, webhooks, and links over HTTP."""

"""What goes out to addresses that others chose: mails and webhooks."""

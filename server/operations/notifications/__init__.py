"""Mails and SMS to people, and their consent to get them."""

"""Alerts: their texts, and the consent of those who get them."""

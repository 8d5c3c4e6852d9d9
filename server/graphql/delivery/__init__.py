"""Delivery: statuses, ptt codes and events."""

"""Waiting callbacks, and the targets that they go to.

Locks are taken in this order: targets by id, then callbacks by id.
"""

"""Callbacks that wait, and the targets that they go to.

Whoever takes several locks takes targets by id first, then callbacks by id.
"""

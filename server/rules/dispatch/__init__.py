"""Dispatch: routes, attempts and delivery states."""

"""The settings of links."""

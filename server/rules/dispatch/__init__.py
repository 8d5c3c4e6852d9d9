"""A message on its way."""

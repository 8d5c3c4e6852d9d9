"""What people are told, and whether they want it."""

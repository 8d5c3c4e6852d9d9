"""What people are told by mail and SMS, and whether they want it."""

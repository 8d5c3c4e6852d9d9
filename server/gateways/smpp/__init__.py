"""A link to an operator over SMPP 3.4: protocol logic without I/O, and one file with the socket."""

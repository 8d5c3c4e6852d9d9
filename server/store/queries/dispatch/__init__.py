"""Messages on their way: claimed, handed over, and what operators say of them."""

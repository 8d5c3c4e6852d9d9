"""What all domains of the schema share, and the schema itself."""

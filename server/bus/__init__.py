"""The bus that wakes those who wait."""

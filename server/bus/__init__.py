"""The bus, which wakes waiting tasks."""

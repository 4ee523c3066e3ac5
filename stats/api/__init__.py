"""The API of numbers."""

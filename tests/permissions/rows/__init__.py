"""The table, a module for each area."""

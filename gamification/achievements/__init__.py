"""Achievements: what they ask for, who has them, and how staff make them."""

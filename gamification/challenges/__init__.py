"""Challenges: who does most of something, or reaches a goal, in a time that ends."""

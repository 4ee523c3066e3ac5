"""What is watched together, and what follows from it."""

"""The game's pages: a member's card, streak, points and settings."""

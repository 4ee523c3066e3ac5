"""Playlists: made, ordered, shared and worked on together."""

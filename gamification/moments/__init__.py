"""Moments: what just happened to somebody, told once on the next page."""

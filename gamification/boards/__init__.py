"""Leaderboards: places, cached boards, and the weeks and months that are over."""

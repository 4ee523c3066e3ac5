"""XP, levels, streaks, achievements, leaderboards."""

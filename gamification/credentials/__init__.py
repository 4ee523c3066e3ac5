"""Open Badges: achievements as signed credentials that others can verify."""

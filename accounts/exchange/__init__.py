"""Members, their numbers and histories as files, in and out: `users.json`, `user_stats.json`, `subscriber_features.json`
and `history/<id>_history.json`.
"""

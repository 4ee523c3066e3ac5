"""Addresses of a member's numbers in the game. Its parts have theirs."""

from django.urls import re_path

from gamification import api

app_name = "gamification"

API = r"^api/gamification/"
USER = r"(?P<user_id>me|[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12})"

urlpatterns = [
    re_path(API + r"stats/?$", api.StatsView.as_view(), name="api-stats"),
    re_path(API + rf"stats/{USER}/?$", api.MemberStatsView.as_view(), name="api-member-stats"),
    re_path(API + r"streak/update/?$", api.StreakUpdateView.as_view(), name="api-streak-update"),
    re_path(API + r"xp/?$", api.LedgerView.as_view(), name="api-xp"),
]

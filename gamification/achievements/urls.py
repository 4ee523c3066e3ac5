"""Addresses of achievements."""

from django.urls import re_path

from gamification.achievements import api

app_name = "achievements"

API = r"^api/gamification/"
UUID = r"(?P<uuid>[0-9a-fA-F-]{36})"

urlpatterns = [
    re_path(API + r"achievements/?$", api.AchievementsView.as_view(), name="api-achievements"),
    re_path(API + r"achievements/check/?$", api.CheckView.as_view(), name="api-check"),
    re_path(API + rf"achievements/{UUID}/?$", api.MembersAchievementsView.as_view(), name="api-members"),
    re_path(API + r"admin/achievement/create/?$", api.CreateView.as_view(), name="api-create"),
    re_path(API + r"admin/achievements/seed/?$", api.SeedView.as_view(), name="api-seed"),
]

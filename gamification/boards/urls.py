"""Addresses of leaderboards."""

from django.urls import path, re_path

from gamification.boards import api, views

app_name = "boards"

API = r"^api/gamification/"

urlpatterns = [
    path("dashboard/leaderboard/", views.leaderboard, name="leaderboard"),
    path("dashboard/leaderboard/past/", views.past, name="past"),
    path("dashboard/leaderboard/past/<str:period>/", views.final, name="final"),
    re_path(API + r"leaderboard/?$", api.LeaderboardView.as_view(), name="api-leaderboard"),
    re_path(API + r"leaderboard/past/?$", api.PastView.as_view(), name="api-past"),
    re_path(API + r"leaderboard/past/(?P<period>[0-9W-]{7,8})/?$", api.FinalView.as_view(), name="api-final"),
    re_path(API + r"admin/leaderboard/rebuild/?$", api.RebuildView.as_view(), name="api-rebuild"),
]

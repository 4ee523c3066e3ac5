"""Addresses of the game's pages."""

from django.urls import path

from gamification.playing import views

app_name = "playing"

urlpatterns = [
    path("dashboard/achievements/", views.wall, name="achievements"),
    path("dashboard/progress/", views.progress, name="progress"),
    path("settings/game/", views.settings, name="settings"),
]

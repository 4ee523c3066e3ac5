"""Addresses of channels' looks."""

from django.urls import path, re_path

from accounts.branding import views

app_name = "branding"

urlpatterns = [
    path("settings/channel/", views.settings, name="settings"),
    re_path(r"^banners/(?P<name>[0-9a-f]{32})\.webp$", views.banner, name="banner"),
]

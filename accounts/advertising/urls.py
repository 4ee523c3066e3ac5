"""Addresses of advertising."""

from django.urls import path

from accounts.advertising import views

app_name = "advertising"

urlpatterns = [path("sponsored/<uuid:uuid>/", views.follow, name="follow")]

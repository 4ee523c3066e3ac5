"""Addresses of a teacher's own numbers."""

from django.urls import path

from analytics.dashboards import teaching_views as views

app_name = "teaching"

urlpatterns = [
    path("", views.overview, name="numbers"),
    path("csv/<slug:key>/", views.csv, name="csv"),
]

"""Addresses of the staff's dashboards."""

from django.urls import path

from analytics.dashboards import annotating, views
from analytics.dashboards.registry import Page

app_name = "dashboards"

urlpatterns = [
    path("" if page is Page.OVERVIEW else f"{page.value}/", views.page, {"name": page.value}, name=page.value)
    for page in Page
] + [
    path("csv/<slug:key>/", views.csv, name="csv"),
    path("behind/<slug:key>/", views.behind, name="behind"),
    path("notes/", annotating.overview, name="notes"),
    path("notes/<int:pk>/", annotating.edit, name="note"),
    path("notes/<int:pk>/remove/", annotating.remove, name="note-remove"),
]

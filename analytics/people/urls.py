"""Addresses of the staff's desk."""

from django.urls import path

from analytics.people import person_urls, views

app_name = "desk"

urlpatterns = [
    path("", views.people, name="people"),
    path("subscribers/", views.subscribers_tab, name="subscribers"),
    path("overview/", views.overview_tab, name="overview"),
    path("possible/", views.possible_tab, name="possible"),
    path("filters/", views.saved_save, name="saved-save"),
    path("filters/<uuid:uuid>/delete/", views.saved_delete, name="saved-delete"),
    path("bulk/", views.bulk_list, name="bulk-list"),
    path("bulk/prepare/", views.bulk_prepare, name="bulk-prepare"),
    path("bulk/<uuid:uuid>/", views.bulk, name="bulk"),
    path("bulk/<uuid:uuid>/describe/", views.bulk_describe, name="bulk-describe"),
    path("bulk/<uuid:uuid>/start/", views.bulk_start, name="bulk-start"),
    path("bulk/<uuid:uuid>/download/", views.bulk_download, name="bulk-download"),
    path("bulk/<uuid:uuid>/stop/", views.bulk_stop, name="bulk-stop"),
    path("bulk/<uuid:uuid>/undo/", views.bulk_undo, name="bulk-undo"),
    *person_urls.urlpatterns,
]

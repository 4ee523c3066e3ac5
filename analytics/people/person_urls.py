"""Addresses of one person's page, what staff do there, and the audit log."""

from django.urls import path

from analytics.people import audit_views
from analytics.people import person_views as views

urlpatterns = [
    path("look/stop/", views.view_as_end, name="view-as-end"),
    path("<uuid:uuid>/", views.person, name="person"),
    path("<uuid:uuid>/game/", views.game, name="person-game"),
    path("<uuid:uuid>/journey/", views.journey_of, name="person-journey"),
    path("<uuid:uuid>/record/", views.record, name="person-record"),
    path("<uuid:uuid>/subscription/", views.subscription, name="person-subscription"),
    path("<uuid:uuid>/grant/", views.grant, name="person-grant"),
    path("<uuid:uuid>/state/", views.state, name="person-state"),
    path("<uuid:uuid>/note/", views.note, name="person-note"),
    path("<uuid:uuid>/roles/", views.roles, name="person-roles"),
    path("<uuid:uuid>/look/", views.view_as, name="view-as"),
    path("audit/", audit_views.log, name="audit"),
    path("audit/csv/", audit_views.csv, name="audit-csv"),
]

"""Addresses of `stats`."""

from django.urls import re_path

from stats import api, collect

app_name = "stats"
urlpatterns = [
    re_path(r"^api/stats/events/?$", collect.events, name="events"),
    re_path(r"^api/stats/items/(?P<key>[^/]+)/?$", api.ItemCountersView.as_view(), name="item-counters"),
]

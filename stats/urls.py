"""Addresses of `stats`."""

from django.urls import re_path

from stats import collect
from stats.api import analytics, items, metrics

app_name = "stats"
KEY = r"(?P<key>[a-z0-9_]{1,64})"

urlpatterns = [
    re_path(r"^api/stats/events/?$", collect.events, name="events"),
    re_path(r"^api/stats/items/(?P<key>[^/]+)/?$", items.ItemCountersView.as_view(), name="item-counters"),
    re_path(r"^api/stats/analytics/?$", analytics.AnalyticsView.as_view(), name="analytics"),
    re_path(r"^api/stats/metrics/?$", metrics.MetricsView.as_view(), name="metrics"),
    re_path(rf"^api/stats/metrics/{KEY}/?$", metrics.MetricView.as_view(), name="metric"),
    re_path(rf"^api/stats/receipts/{KEY}/?$", metrics.ReceiptView.as_view(), name="receipt"),
]

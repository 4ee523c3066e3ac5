"""Addresses of health checks."""

from django.urls import re_path

from analytics import health

app_name = "analytics"

urlpatterns = [
    re_path(r"^healthz/?$", health.healthz, name="healthz"),
    re_path(r"^readyz/?$", health.readyz, name="readyz"),
]

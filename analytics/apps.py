"""Dashboards, health and what mixes all apps."""

from django.apps import AppConfig


class AnalyticsConfig(AppConfig):
    """Dashboards, health and what mixes all apps."""

    name = "analytics"
    default_auto_field = "django.db.models.BigAutoField"

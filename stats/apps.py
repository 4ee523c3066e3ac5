"""Event log, ingest, projections and the numbers read from them."""

from django.apps import AppConfig


class StatsConfig(AppConfig):
    """Event log, ingest, projections and the numbers read from them."""

    name = "stats"
    default_auto_field = "django.db.models.BigAutoField"

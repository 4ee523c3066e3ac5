"""Event log, ingest, projections and the numbers read from them."""

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


def ensure_ground(sender: AppConfig, using: str, **_: Any) -> None:
    """Make what every database needs: the source that the site itself is, and this month's partitions."""
    from django.db import connections, transaction
    from django.utils import timezone

    from stats import log
    from stats.models import Source

    tables = connections[using].introspection.table_names()
    if Source._meta.db_table in tables and log.TABLE in tables:
        Source.objects.using(using).get_or_create(pk=Source.SITE, defaults={"name": "This site"})
        with transaction.atomic(using=using):
            log.ensure_partitions(connections[using], timezone.now().date())


class StatsConfig(AppConfig):
    """Event log, ingest, projections and the numbers read from them."""

    name = "stats"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Ask to be called after each migration."""
        post_migrate.connect(ensure_ground, sender=self)

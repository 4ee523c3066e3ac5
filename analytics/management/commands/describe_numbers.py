"""Print the definition of every number on the staff's dashboards, as `docs/metrics.md` has it."""

from typing import Any

from django.core.management.base import BaseCommand

from analytics.dashboards import describing


class Command(BaseCommand):
    """Print tables in Markdown, one for each page."""

    help = "Print what each number on the staff's dashboards means, as tables in Markdown."

    def handle(self, *args: Any, **options: Any) -> None:
        """Print them."""
        self.stdout.write(describing.tables())

"""Recompute every projection from the log, and what is kept of closed days, and print what differs."""

import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils.module_loading import import_string

from stats import settling, verify
from stats.progress import Bar


class Command(BaseCommand):
    """Compare all projections with the log, then what `settings.VERIFIERS` name."""

    help = "Recompute every number from the event log and print each difference; exit status 1 if there is one."

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the differences, one a line, and their number."""
        settling.settle_all()
        with Bar("Recounting", self.stderr) as bar:
            found = verify.differences(bar.update)
        for path in settings.VERIFIERS:
            found += import_string(path)()
        for difference in found:
            self.stdout.write(str(difference))
        self.stdout.write(f"{len(found)} differences" if found else "No differences.")
        if found:
            sys.exit(1)

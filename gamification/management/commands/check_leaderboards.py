"""Count closed weeks and months again, and print what differs."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from gamification.boards import closing
from gamification.boards.models import Closing


class Command(BaseCommand):
    """Compare closed leaderboards with the ledger."""

    help = (
        "Count closed weeks and months again from the ledger, as it was when they were closed, and print each difference;"
        " exit status 1 if there is one. Nothing is changed."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Take names of periods."""
        parser.add_argument(
            "period", nargs="*", help="Such as 2026-11 or 2026-W47. All that are closed, if none is given."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the differences, one a line, and their number."""
        names = options["period"]
        known = set(Closing.objects.filter(period__in=names).values_list("period", flat=True))
        if unknown := sorted(set(names) - known):
            raise CommandError(f"Not closed: {', '.join(unknown)}")
        found = closing.check(names)
        for difference in found:
            self.stdout.write(str(difference))
        self.stdout.write(f"{len(found)} differences" if found else "No differences.")
        if found:
            sys.exit(1)

"""Make projections, and what is settled from them, what the log says, while the site is in use."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from stats import verify
from stats.progress import Bar


class Command(BaseCommand):
    """Rebuild projections."""

    help = "Rebuild all numbers, or those named, from the event log; only rows that differ are changed."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the projections' names and `--missing`."""
        parser.add_argument("name", nargs="*", help="projections, such as 'plays' or 'item counters'; all without one")
        parser.add_argument(
            "--missing", action="store_true", help="all, but only if an upgrade brought projections that are empty yet"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Print how many rows of each table were changed."""
        names, known = set(options["name"]), verify.names()
        if unknown := names - known:
            raise CommandError(f"No projection {sorted(unknown)[0]!r}; there are: {', '.join(sorted(known))}.")
        if options["missing"] and not verify.missing():
            return
        with Bar("Replaying", self.stderr) as bar:
            changed = verify.rebuild(names, bar.update)
        for table, rows in changed.items():
            self.stdout.write(f"{table}: {rows} rows changed")

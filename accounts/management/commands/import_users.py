"""Make members from files."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import OperationalError
from django.utils import timezone

from accounts.exchange import files
from accounts.exchange.importing import import_folder
from stats.progress import Bar

MOST_SHOWN = 50


class Command(BaseCommand):
    """Check all files, then make the members."""

    help = (
        "Make members from users.json, user_stats.json, subscriber_features.json and history/*_history.json of a folder."
        " Everything is checked first: if one record does not fit, each is named and nothing is changed (status 1)."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the folder."""
        parser.add_argument("folder", type=Path, help="where the files are")

    def handle(self, *args: Any, folder: Path, **options: Any) -> None:
        """Import and say how many."""
        try:
            with Bar("Importing", self.stderr) as bar:
                done = import_folder(files.read(folder, timezone.now()), bar.update)
        except files.Broken as broken:
            faults = broken.args[0]
            for fault in faults[:MOST_SHOWN]:
                self.stderr.write(str(fault))
            more = f" The first {MOST_SHOWN} are named." if len(faults) > MOST_SHOWN else ""
            count = "One record does" if len(faults) == 1 else f"{len(faults)} records do"
            raise CommandError(f"{count} not fit; nothing was changed.{more}") from broken
        except OperationalError as error:
            raise CommandError(f"The database did not let the import in; nothing was changed: {error}") from error
        self.stdout.write(
            f"{done.made} members made with {done.entries} history entries, {done.known} were here already."
        )

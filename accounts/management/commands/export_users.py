"""Write members to files."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.exchange.exporting import NotEmpty, export_folder
from stats.progress import Bar


class Command(BaseCommand):
    """Write what `import_users` reads."""

    help = "Write all members, their numbers, features and histories into a new folder, as import_users reads them."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the folder."""
        parser.add_argument("folder", type=Path, help="a folder that is empty or does not exist")

    def handle(self, *args: Any, folder: Path, **options: Any) -> None:
        """Export and say how many."""
        try:
            with Bar("Exporting", self.stderr) as bar:
                count = export_folder(folder, bar.update)
        except NotEmpty as error:
            raise CommandError(f"{folder} has something in it already.") from error
        self.stdout.write(f"{count} members written to {folder}.")

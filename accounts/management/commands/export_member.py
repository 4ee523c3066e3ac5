"""Write everything that the site has of one member to a file."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts import names
from accounts.erasure.copying import copy_of
from accounts.models import User


class Command(BaseCommand):
    """`manage.py export_member USERNAME FILE` writes the copy that members take themselves under Settings, Your data."""

    help = "Write everything that the site has of one member to a new file, as JSON."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the member's name and the file."""
        parser.add_argument("username")
        parser.add_argument("file", type=Path, help="a file that does not exist")

    def handle(self, *args: Any, username: str, file: Path, **options: Any) -> None:
        """Write, and say so."""
        person = User.objects.filter(username_key=names.key_of(username)).first()
        if person is None:
            raise CommandError(f"There is no member called {username!r}.")
        try:
            with file.open("x", encoding="utf-8") as out:
                out.writelines(copy_of(person))
        except OSError as error:
            raise CommandError(f"{file}: {error.strerror}.") from error
        self.stdout.write(f"Everything of {username} is in {file}.")

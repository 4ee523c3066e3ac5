"""Erase a member."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from rest_framework.exceptions import APIException

from accounts import names
from accounts.erasure.erasing import erase
from accounts.models import User


class Command(BaseCommand):
    """`manage.py erase_member USERNAME --yes` erases; without `--yes` it says what would happen."""

    help = "Erase a member for ever: what is personal goes, the books and everybody else's numbers stay."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the member's name."""
        parser.add_argument("username")
        parser.add_argument("--yes", action="store_true", help="really do it")

    def handle(self, *args: Any, username: str, yes: bool, **options: Any) -> None:
        """Erase, and say so."""
        person = User.objects.filter(username_key=names.key_of(username)).first()
        if person is None:
            raise CommandError(f"There is no member called {username!r}.")
        if not yes:
            raise CommandError(f"{person.username} ({person.email}) would be erased for ever; say --yes to do it.")
        try:
            erase(person)
        except APIException as refused:
            raise CommandError(str(refused.detail)) from refused
        self.stdout.write(f"{username} is erased.")

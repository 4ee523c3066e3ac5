"""Make a personal token for the API."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from knox.models import AuthToken

from accounts import names
from accounts.models import User


class Command(BaseCommand):
    """`manage.py create_api_token USERNAME` prints the token, alone on its line; it cannot be shown again."""

    help = "Make a personal API token of a member and print it."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the member's name."""
        parser.add_argument("username")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the token."""
        user = User.objects.filter(username_key=names.key_of(options["username"]), is_active=True).first()
        if user is None:
            raise CommandError(f"There is no active member called {options['username']!r}.")
        _, token = AuthToken.objects.create(user)
        self.stdout.write(token)

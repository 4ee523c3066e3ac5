"""See, change and revoke the keys that credentials are signed with."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from gamification.credentials import addresses, keys
from gamification.credentials.models import SigningKey


class Command(BaseCommand):
    """`manage.py credential_keys [list | create | rotate | revoke NAME]`."""

    help = "List the keys that sign credentials, make the first, let a new one sign, or revoke one."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take what to do."""
        parser.add_argument("what", nargs="?", choices=("list", "create", "rotate", "revoke"), default="list")
        parser.add_argument("name", nargs="?", help="The name of the key to revoke.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it, and say how the keys stand."""
        what, name = options["what"], options["name"]
        if (name is not None) != (what == "revoke"):
            raise CommandError("revoke takes the name of a key, nothing else does.")
        if what == "create":
            keys.signing()
        elif what == "rotate":
            keys.rotate()
        elif what == "revoke" and not keys.revoke(name):
            raise CommandError(f"There is no key {name!r} that could be revoked.")
        for row in SigningKey.objects.order_by("-created_at", "-id"):
            state = "revoked" if row.revoked_at else "retired" if row.retired_at else "signs"
            self.stdout.write(f"{row.name}  {state:8}{row.created_at:%Y-%m-%d}  {addresses.key(row.name)}")

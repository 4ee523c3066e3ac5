"""Make a source of events."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from stats import sources


class Command(BaseCommand):
    """Make a source and print its keys; the secret one cannot be read again."""

    help = "Make a source of events; prints one line of JSON with its id and keys."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the name and the origins."""
        parser.add_argument("name")
        parser.add_argument("--origin", action="append", default=[], help="a site whose pages may send (repeatable)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print `{"id", "public_key", "secret_key"}`."""
        name = options["name"].strip()
        if not 1 <= len(name) <= 100:
            raise CommandError("The name has 1 to 100 characters.")
        try:
            source, secret = sources.create(name, options["origin"])
        except sources.InvalidOrigin as error:
            raise CommandError(str(error)) from error
        self.stdout.write(json.dumps({"id": source.pk, "public_key": source.public_key, "secret_key": secret}))

"""Make the plans that a new site starts with."""

from typing import Any

from django.core.management.base import BaseCommand

from accounts import plans


class Command(BaseCommand):
    """`manage.py seed_plans`: safe to run again."""

    help = "Make the plans free, subscriber and premium where they are missing."

    def handle(self, *args: Any, **options: Any) -> None:
        """Seed, and say how many were new."""
        made = plans.seed()
        self.stdout.write(f"{made} plans made." if made else "All plans are there.")

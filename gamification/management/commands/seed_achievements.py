"""`manage.py seed_achievements`: the twelve achievements that a site begins with."""

from typing import Any

from django.core.management.base import BaseCommand

from gamification.achievements import backfilling, defaults


class Command(BaseCommand):
    """Publish the default achievements that are not there yet, and give them to who has earned them already."""

    help = "Publish the twelve default achievements; running it again changes nothing."

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Seed, then look at the members of before."""
        new = defaults.seed()
        unlocked = backfilling.work_off()
        self.stdout.write(f"{new} new achievements, unlocked {unlocked} times for what was done before.")

"""Take the leaderboards anew, and close what is over."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from gamification.boards import closing, snapshots


class Command(BaseCommand):
    """Do now what the schedule does every minute and every hour."""

    help = "Take the first hundred of each leaderboard anew, and close the weeks and months that ended two days ago."

    def handle(self, *args: Any, **options: Any) -> None:
        """Print how many boards were taken and how many periods closed."""
        now = timezone.now()
        closed, taken = closing.close_due(now), snapshots.rebuild(now)
        self.stdout.write(f"{taken} boards taken, {closed} periods closed.")

"""Count the platform's, courses' and instructors' numbers; what the scheduler does by itself."""

from datetime import date
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from analytics.anomalies import judging
from analytics.platform import aggregating
from stats.progress import Bar
from stats.windows import DAY, day_of


class Command(BaseCommand):
    """Aggregate."""

    help = (
        "Count the platform's numbers of a day anew, with its week and month; or with --all every day that is over and "
        "not kept yet. May be stopped and run again at any time."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the day and `--all`."""
        parser.add_argument("date", nargs="?", help="a day (YYYY-MM-DD); without one yesterday")
        parser.add_argument("--all", action="store_true", help="all days that are over and not kept yet, and today")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print what was done."""
        now = timezone.now()
        if options["all"]:
            if options["date"]:
                raise CommandError("Either a date or --all.", returncode=2)
            with Bar("Counting days", self.stderr) as bar:
                days = aggregating.catch_up(now, bar.update)
            aggregating.work_off_touched(now)
            aggregating.refresh_today(now)
            judging.judge_all()
            self.stdout.write(f"{days} days counted, and today.")
            return
        today = day_of(now, settings.TIME_ZONE)
        day = _day(options["date"], today) if options["date"] else today - DAY
        rows = aggregating.aggregate([day], now)
        self.stdout.write(f"{day}: {rows} rows.")


def _day(text: str, today: date) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise CommandError(f"{text!r} is no date such as {today}.", returncode=2) from error
    if day > today:
        raise CommandError(f"{day} is yet to come.", returncode=2)
    return day

"""Aggregate days, weeks, months and years; what the scheduler does by itself after midnight."""

from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from stats import periods, settling, visitors
from stats.progress import Bar
from stats.windows import DAY, next_period, period_of

GRAINS = {"daily": "d", "weekly": "w", "monthly": "m", "yearly": "y"}


class Command(BaseCommand):
    """Aggregate."""

    help = (
        "Count people and replays of a day anew, or aggregate the week, month or year that has it. May be stopped and "
        "run again at any time."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the grain, the date and `--all`."""
        parser.add_argument("grain", nargs="?", help=", ".join(GRAINS) + "; with --all it may be left out")
        parser.add_argument("date", nargs="?", help="a day (YYYY-MM-DD) of it; without one the last that is over")
        parser.add_argument(
            "--all", action="store_true", help="all that are over, have something in them and are not aggregated yet"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Print what was done."""
        name, today = options["grain"], visitors.today()
        if name is None and not options["all"]:
            raise _error(f"Aggregate what? There are: {', '.join(GRAINS)}.")
        if name is not None and name not in GRAINS:
            raise _error(f"No grain {name!r}; there are: {', '.join(GRAINS)}.")
        if options["all"] and options["date"]:
            raise _error("Either a date or --all.")
        if options["all"]:
            for grain in [GRAINS[name]] if name else GRAINS.values():
                self._all(grain, today)
        elif name == "daily":
            self._day(_day(options["date"], today) or today - DAY)
        else:
            grain = GRAINS[name]
            day = _day(options["date"], today)
            self._period(grain, period_of(grain, day) if day else periods.last_over(grain, today), today)

    def _day(self, day: date) -> None:
        marks = settling.mark_day(day)
        with Bar("Settling", self.stderr) as bar:
            settling.settle_all(bar.update)
        self.stdout.write(f"{day}: {marks} items counted anew.")

    def _period(self, grain: str, start: date, today: date) -> None:
        try:
            with Bar(f"Aggregating {start}", self.stderr) as bar:
                rows = periods.build(grain, start, today, bar.update)
        except periods.NotOver as error:
            raise _error(str(error)) from error
        self.stdout.write(f"{start} to {next_period(grain, start) - DAY}: {rows} rows.")

    def _all(self, grain: str, today: date) -> None:
        if grain == "d":
            with Bar("Settling", self.stderr) as bar:
                self.stdout.write(f"{settling.settle_all(bar.update)} days of items settled.")
            return
        for start in periods.unbuilt(grain, today):
            self._period(grain, start, today)


def _day(text: str | None, today: date) -> date | None:
    if text is None:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise _error(f"{text!r} is no date such as {today}.") from error
    if day > today:
        raise _error(f"{day} is yet to come.")
    return day


def _error(text: str) -> CommandError:
    return CommandError(text, returncode=2)

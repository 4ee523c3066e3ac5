"""The subscribers: how many by plan, who came, who left, whose time ends soon."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, Q, QuerySet

from accounts import queries
from accounts.models import Plan, Status, User
from accounts.roles import Role
from analytics.people import filters
from stats import windows

DAYS = 30
SOON_DAYS = 7
PARTS = ("people", "trialing", "past_due", "paying", "ending", "soon", "month")


@dataclass(frozen=True, slots=True)
class PlanLine:
    """Who has one plan now, by whether and how it is paid. The parts add up to `people`."""

    plan: Plan
    people: int
    paying: int
    trialing: int
    comped: int
    past_due: int
    ending: int


@dataclass(frozen=True, slots=True)
class Subscribers:
    """The headline numbers. New and left are of the last 30 site days, today being the last; people, each once.

    Who came and left in these days is among both.
    """

    people: int
    members: int
    lines: tuple[PlanLine, ...]
    new: int
    left: int
    soon: int
    month: int
    past_due: int
    first: str
    last: str

    @property
    def percent(self) -> float | None:
        """How many of a hundred active members subscribe."""
        return 100 * self.people / self.members if self.members else None


def overview(now: datetime) -> Subscribers:
    """Count them. Five queries: one goes through the running subscriptions, one through the ledger of these days."""
    last = windows.day_of(now, settings.TIME_ZONE)
    first = last - timedelta(days=DAYS - 1)
    counted = _counted(now)
    began, ended = filters.came_and_went(first, last)
    ended |= set(filters.run_out(first, last, now).values_list("user", flat=True))
    lines = tuple(_lines(counted))
    return Subscribers(
        sum(line.people for line in lines),
        User.objects.filter(is_active=True).count(),
        lines,
        len(began),
        len(ended),
        _all(counted, "soon"),
        _all(counted, "month"),
        _all(counted, "past_due"),
        first.isoformat(),
        last.isoformat(),
    )


def _all(counted: Mapping[int, Mapping[str, int]], part: str) -> int:
    return sum(row[part] for row in counted.values())


def _counted(now: datetime) -> dict[int, dict[str, int]]:
    """Count the granting subscriptions of each plan's number in all ways at once."""
    paid = ~Q(gateway="") & Q(price_minor__gt=0)
    running: QuerySet[Any] = queries.granting_plans(now)
    rows = running.values("granting").annotate(
        people=Count("pk"),
        trialing=Count("pk", filter=Q(status=Status.TRIALING)),
        past_due=Count("pk", filter=Q(status=Status.PAST_DUE)),
        paying=Count("pk", filter=paid & Q(status=Status.ACTIVE)),
        ending=Count("pk", filter=Q(cancel_at_period_end=True)),
        soon=Count("pk", filter=filters.ending(now, now + timedelta(days=SOON_DAYS))),
        month=Count("pk", filter=filters.ending(now, now + timedelta(days=DAYS))),
    )
    return {row["granting"]: {part: row[part] for part in PARTS} for row in rows}


def _lines(counted: Mapping[int, Mapping[str, int]]) -> Iterable[PlanLine]:
    """Yield a line for each plan above free, cheapest first, also for one that nobody has any more."""
    for one in Plan.objects.exclude(role=Role.FREE.value).order_by("price_minor", "id"):
        row = counted.get(one.pk, dict.fromkeys(PARTS, 0))
        comped = row["people"] - row["trialing"] - row["past_due"] - row["paying"]
        yield PlanLine(one, row["people"], row["paying"], row["trialing"], comped, row["past_due"], row["ending"])

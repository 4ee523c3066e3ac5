"""The subscribers: how many by plan, who came, who left, whose time ends soon."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Case, Count, F, Q, When

from accounts.models import Plan, Status, Subscription, User
from accounts.roles import Role
from analytics.people import filters
from stats import windows

DAYS = 30
SOON_DAYS = 7


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
    """Count them. Seven queries."""
    last = windows.day_of(now, settings.TIME_ZONE)
    first = last - timedelta(days=DAYS - 1)
    lines = tuple(_lines(now))
    left = set(filters.ended(first, last).values_list("user", flat=True))
    left |= set(filters.run_out(first, last, now).values_list("user", flat=True))
    running = Subscription.objects.granting(now).order_by()
    ends = running.aggregate(
        soon=Count("pk", filter=filters.ending(now, now + timedelta(days=SOON_DAYS))),
        month=Count("pk", filter=filters.ending(now, now + timedelta(days=DAYS))),
        past_due=Count("pk", filter=Q(status=Status.PAST_DUE)),
    )
    return Subscribers(
        sum(line.people for line in lines),
        User.objects.filter(is_active=True).count(),
        lines,
        filters.began(first, last).values("user").distinct().count(),
        len(left),
        ends["soon"],
        ends["month"],
        ends["past_due"],
        first.isoformat(),
        last.isoformat(),
    )


def _lines(now: datetime) -> Iterable[PlanLine]:
    """Yield a line for each plan above free, cheapest first, also for one that nobody has any more. Two queries."""
    plan: Any = Case(When(next_plan__isnull=False, current_period_end__lte=now, then=F("next_plan")), default=F("plan"))
    paid = ~Q(gateway="") & Q(price_minor__gt=0)
    rows = (
        Subscription.objects.granting(now)
        .annotate(plan_now=plan)
        .values("plan_now")
        .annotate(
            people=Count("pk"),
            trialing=Count("pk", filter=Q(status=Status.TRIALING)),
            past_due=Count("pk", filter=Q(status=Status.PAST_DUE)),
            paying=Count("pk", filter=paid & Q(status=Status.ACTIVE)),
            ending=Count("pk", filter=Q(cancel_at_period_end=True)),
        )
        .order_by()
    )
    counted = {row["plan_now"]: row for row in rows}
    for one in Plan.objects.exclude(role=Role.FREE.value).order_by("price_minor", "id"):
        row = counted.get(one.pk, dict.fromkeys(("people", "trialing", "past_due", "paying", "ending"), 0))
        comped = row["people"] - row["trialing"] - row["past_due"] - row["paying"]
        yield PlanLine(one, row["people"], row["paying"], row["trialing"], comped, row["past_due"], row["ending"])

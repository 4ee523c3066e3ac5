"""What dashboards show and only a look at everybody can tell: counted by a task now and then (`stats.possible.facts`)."""

from collections import defaultdict
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import BigIntegerField, Count, ExpressionWrapper, F, Q, Sum, Value

from accounts.models import User
from gamification.models import Entry
from stats.days import QUARTER_HOUR_US, site_day
from stats.models import ActorDay, PlatformFact
from stats.possible.facts import Fact
from stats.windows import day_of, midnight, period_of

RETENTION, POINTS = "dashboards_retention", "dashboards_points"
WEEKS, WEEK = 12, timedelta(days=7)


def retention(now: datetime) -> list[dict[str, Any]]:
    """Return for each of the last 12 weeks who joined in it, and how many of them were active in each week since.

    Weeks begin on Monday in the site's zone; the first number is of the week of joining itself. Twelve queries.
    """
    today = day_of(now, settings.TIME_ZONE)
    this_week = period_of("w", today)
    return [_cohort(this_week - number * WEEK, this_week) for number in range(WEEKS - 1, -1, -1)]


def _cohort(start: date, this_week: date) -> dict[str, Any]:
    begin, end = (midnight(day, settings.TIME_ZONE) for day in (start, start + WEEK))
    members = User.objects.filter(created_at__gte=begin, created_at__lt=end)
    weeks = [start + number * WEEK for number in range((this_week - start).days // 7 + 1)]
    counts = {
        f"week{number}": Count("actor", distinct=True, filter=Q(day__gte=week, day__lt=week + WEEK))
        for number, week in enumerate(weeks)
    }
    days = ActorDay.objects.filter(actor__in=members.values("uuid"), acts__gt=0, day__gte=start)
    told = days.aggregate(**counts)
    return {
        "week": start.isoformat(),
        "members": members.count(),
        "active": [told[f"week{n}"] for n in range(len(weeks))],
    }


def points(now: datetime) -> dict[str, dict[str, int]]:
    """Return the experience points of each site day by their rule, by when they were earned. One query.

    Every zone's days begin with a quarter of an hour.
    """
    quarter = ExpressionWrapper(F("earned_at") / Value(QUARTER_HOUR_US), output_field=BigIntegerField())
    rows = Entry.objects.values_list("rule", quarter).annotate(Sum("amount")).order_by()
    found: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for rule, number, amount in rows:
        found[site_day(int(number) * QUARTER_HOUR_US)][rule] += amount
    return {day: dict(rules) for day, rules in found.items()}


def known(key: str) -> PlatformFact | None:
    """Return a fact as it was counted last; None before the first time. One query."""
    return PlatformFact.objects.filter(key=key).first()


FACTS = (Fact(RETENTION, retention), Fact(POINTS, points))

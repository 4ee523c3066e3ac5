"""The platform in numbers of people: how many there are, of which role and level, how active, since when."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, Exists, OuterRef, Q
from django.utils.translation import gettext as _

from accounts import queries
from accounts.models import UNUSUAL, User
from accounts.roles import Role
from analytics.people.models import Numbers, Standing
from analytics.platform import queries as platform
from analytics.platform.models import MetricType
from stats import lifetime, windows
from stats.eight import EIGHT, Stat
from stats.fields import to_micros

DAYS = 30
MS_PER_HOUR = 3_600_000
IS_MEMBERS = Exists(User.objects.filter(uuid=OuterRef("pk")))
LEVELS = ((1, 1), (2, 4), (5, 9), (10, 24), (25, 49), (50, None))


@dataclass(frozen=True, slots=True)
class Bar:
    """A part of all members, and the filter that lists it."""

    label: str
    people: int
    query: str
    percent: float


@dataclass(frozen=True, slots=True)
class Day:
    """One site day: who signed up, and who did something."""

    day: date
    joined: int
    active: int


@dataclass(frozen=True, slots=True)
class Overview:
    """Everybody. `eight` are the lifetime sums of the eight statistics, of guests too; `days` the last 30 site days."""

    members: int
    deactivated: int
    joined: int
    active_today: int
    eight: tuple[tuple[Stat, Any], ...]
    roles: tuple[Bar, ...]
    activity: tuple[Bar, ...]
    levels: tuple[Bar, ...]
    days: tuple[Day, ...]


def overview(now: datetime) -> Overview:
    """Count everything. Ten queries: each table is gone through by itself."""
    members, active, levels = User.objects.count(), _numbers(now), _standings()
    unusual = User.objects.filter(UNUSUAL).aggregate(
        deactivated=Count("is_active", filter=Q(is_active=False)),
        administrators=Count("is_active", filter=queries.administrators()),
    )
    days = _days(now)
    sums = lifetime.everybodys()
    return Overview(
        members,
        unusual["deactivated"],
        sum(day.joined for day in days),
        days[-1].active,
        tuple((stat, _shown(stat, sums[stat.column])) for stat in EIGHT),
        _roles(members, unusual["administrators"], now),
        _activity(members, active),
        _levels(members, levels),
        days,
    )


def _numbers(now: datetime) -> dict[str, int]:
    """Count the members who have ever done something, and who lately. One query."""
    since = {days: to_micros(now - timedelta(days=days)) for days in (1, 7, 30)}
    lately = {f"in_{days}": Count("active_us", filter=Q(active_us__gte=at)) for days, at in since.items()}
    of_members = Numbers.objects.filter(IS_MEMBERS, active_us__isnull=False)
    return of_members.aggregate(ever=Count("active_us"), **lately)


def _standings() -> dict[int, int]:
    """Return how many members are of each level above the first. One query."""
    above = Standing.objects.filter(IS_MEMBERS, level__gt=1)
    return dict(above.values_list("level").annotate(people=Count("*")).order_by())


def _roles(members: int, administrators: int, now: datetime) -> tuple[Bar, ...]:
    """Count members by what they may see. Two queries: the subscriptions tell it, of all but administrators."""
    admins = User.objects.filter(UNUSUAL, queries.administrators()).order_by().values("pk")
    roles = queries.roles_of_plans()
    counts = {Role.ADMIN: administrators, Role.SUBSCRIBER: 0, Role.PREMIUM: 0}
    parts = [part.exclude(user__in=admins) for part in queries.granting_parts(now)]
    for plan, people in queries.people_by_plan(parts):
        if roles[plan] in counts:
            counts[roles[plan]] += people
    counts[Role.FREE] = members - sum(counts.values())
    return tuple(_bar(role.label, counts[role], f"role={role.value}", members) for role in Role)


def _activity(members: int, found: dict[str, int]) -> tuple[Bar, ...]:
    return (
        _bar(_("Active in the last day"), found["in_1"], "activity=active-1", members),
        _bar(_("Active in the last 7 days"), found["in_7"], "activity=active-7", members),
        _bar(_("Active in the last 30 days"), found["in_30"], "activity=active-30", members),
        _bar(_("Quiet for 30 days"), found["ever"] - found["in_30"], "activity=quiet-30", members),
        _bar(_("Never active"), members - found["ever"], "activity=never", members),
    )


def _levels(members: int, found: dict[int, int]) -> tuple[Bar, ...]:
    """Say how many are of which level; who has no points is of level 1."""
    counts = {
        low: sum(people for level, people in found.items() if low <= level and (high is None or level <= high))
        for low, high in LEVELS[1:]
    }
    counts[1] = members - sum(counts.values())
    bars = []
    for low, high in LEVELS:
        label = _("Level %(low)d") % {"low": low} if high == low else f"{low}–{high}" if high else f"{low}+"
        query = f"level_min={low}" + (f"&level_max={high}" if high else "")
        bars.append(_bar(label, counts[low], query, members))
    return tuple(bars)


def _days(now: datetime) -> tuple[Day, ...]:
    """Return the platform's own numbers of days, as the dashboards show them; before the first one there is nothing."""
    window = windows.named(f"{DAYS}d", now, settings.TIME_ZONE)
    kept = platform.days_of(window, now)
    found = []
    for day in window:
        parts = kept.get(day, {})
        users, engagement = (
            parts[kind].data if kind in parts else {} for kind in (MetricType.USERS, MetricType.ENGAGEMENT)
        )
        found.append(Day(day, users.get("new_users", 0), engagement.get("dau", 0)))
    return tuple(found)


def _bar(label: str, people: int, query: str, members: int) -> Bar:
    return Bar(label, people, query, round(100 * people / members, 1) if members else 0)


def _shown(stat: Stat, value: Any) -> Any:
    return value / MS_PER_HOUR if stat.column == "watched_ms" else value

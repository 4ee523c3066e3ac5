"""Keeping what is derived from the ledgers of money up to date, as a projection of the log.

An event says whose lines changed, or which line of the ledger of money is new; what holds is read from the ledgers, in the transaction that
wrote them. A member's spells and moves are derived anew from all of the member's lines, and the days take the difference.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from functools import partial
from itertools import groupby
from typing import Any

from django.conf import settings

from accounts.models import PaymentKind
from analytics.revenue.models import RevenueDay, RevenueMove, RevenueSpell, TakingsDay
from analytics.revenue.rates import Line, moves_of, spells_of
from analytics.revenue.takings import Takings, takings_of
from stats.fields import from_micros, to_micros
from stats.fresh import Fresh, Projection
from stats.kinds import Kind
from stats.windows import day_of

AT_ONCE = 500
MONEY = frozenset(kind.value for kind in PaymentKind)
NO_ROLE = "free"

_CHANGED = (
    "SELECT DISTINCT u.id FROM fresh f JOIN accounts_user u ON u.uuid = f.actor WHERE f.kind = 'subscription_changed'"
)
_LINES = """
SELECT user_id, subscription_id, plan_id, currency, run_rate_after, at, holds_until, role_after
FROM accounts_subscriptionchange WHERE user_id IN ({marks}) ORDER BY user_id, at, id
"""
_DAYS = """
INSERT INTO analytics_revenueday AS d (currency, day, movement, cohort, amount, moves, people)
SELECT currency, day, movement, cohort, {sign} SUM(after - before), {sign} COUNT(*),
    {sign} SUM(CASE WHEN before = 0 THEN 1 WHEN after = 0 THEN -1 ELSE 0 END)
FROM analytics_revenuemove WHERE user_id IN ({marks})
GROUP BY currency, day, movement, cohort ORDER BY currency, day, movement, cohort
ON CONFLICT (currency, day, movement, cohort) DO UPDATE SET
    amount = d.amount + excluded.amount, moves = d.moves + excluded.moves, people = d.people + excluded.people
"""
_SPELL = """
INSERT INTO analytics_revenuespell (subscription_id, since, until, user_id, plan_id, currency, rate)
VALUES (%s, %s, %s, %s, %s, %s, %s)
"""
_MOVE = """
INSERT INTO analytics_revenuemove (user_id, currency, day, movement, before, after, cohort, plan_id)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
"""
_PAYMENTS = f"""
SELECT p.currency, p.at, p.product, COALESCE(p.plan_id, o.plan_id, 0),
    CASE WHEN p.country <> '' THEN p.country ELSE COALESCE(o.country, '') END, p.kind, p.amount_minor
FROM fresh f JOIN accounts_payment p ON p.event_id = f.id LEFT JOIN accounts_payment o ON o.id = p.refund_of_id
WHERE f.kind IN ({", ".join(f"'{kind}'" for kind in PaymentKind.values)})
"""
_TAKINGS = """
INSERT INTO analytics_takingsday AS t
    (currency, day, product, plan_id, country, payments, refunds, paid_minor, refunded_minor)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (currency, day, product, plan_id, country) DO UPDATE SET
    payments = t.payments + excluded.payments, refunds = t.refunds + excluded.refunds,
    paid_minor = t.paid_minor + excluded.paid_minor, refunded_minor = t.refunded_minor + excluded.refunded_minor
"""


def project(fresh: Fresh) -> None:
    """Derive the members whose subscriptions changed, and add the payments that are new."""
    if Kind.SUBSCRIPTION_CHANGED.value in fresh.kinds:
        members = sorted(int(user) for (user,) in fresh.fetch(_CHANGED))
        for start in range(0, len(members), AT_ONCE):
            _derive(fresh, members[start : start + AT_ONCE])
    if fresh.kinds & MONEY:
        _take(fresh)


def _derive(fresh: Fresh, members: Sequence[int]) -> None:
    marks = ", ".join(["%s"] * len(members))
    site_day = partial(_site_day, zone=settings.TIME_ZONE)
    spells, moves = [], []
    for user, lines in _lines(fresh, members, marks):
        found = spells_of(lines)
        spells += [(one.subscription, one.since, one.until, user, one.plan, one.currency, one.rate) for one in found]
        moves += [
            (user, one.currency, one.day.isoformat(), one.movement.value, one.before, one.after, one.cohort.isoformat(),
             one.plan)
            for one in moves_of(found, site_day)
        ]  # fmt: skip
    fresh.execute(_DAYS.format(sign="-", marks=marks), members)
    for table in ("analytics_revenuespell", "analytics_revenuemove"):
        fresh.execute(f"DELETE FROM {table} WHERE user_id IN ({marks})", members)
    fresh.cursor.executemany(_SPELL, spells)
    fresh.cursor.executemany(_MOVE, moves)
    fresh.execute(_DAYS.format(sign="", marks=marks), members)
    fresh.execute("DELETE FROM analytics_revenueday WHERE moves = 0")


def _lines(fresh: Fresh, members: Sequence[int], marks: str) -> Iterator[tuple[int, list[Line]]]:
    rows = fresh.fetch(_LINES.format(marks=marks), members)
    for user, own in groupby(rows, key=lambda row: row[0]):
        yield (
            user,
            [
                Line(subscription, plan, currency, rate, _micros(at), _micros(until), role != NO_ROLE)
                for _, subscription, plan, currency, rate, at, until, role in own
            ],
        )


def _take(fresh: Fresh) -> None:
    sums: dict[tuple[Any, ...], Takings] = defaultdict(Takings)
    for currency, at, product, plan, country, kind, amount in fresh.fetch(_PAYMENTS):
        day = day_of(_aware(at), settings.TIME_ZONE)
        found = sums[currency, day.isoformat(), product, plan, country]
        sums[currency, day.isoformat(), product, plan, country] = found.plus(takings_of(kind, amount))
    fresh.cursor.executemany(_TAKINGS, [(*key, *found) for key, found in sorted(sums.items())])


def _site_day(micros: int, *, zone: str) -> date:
    return day_of(from_micros(micros), zone)


def _micros(at: datetime) -> int:
    return to_micros(_aware(at))


def _aware(at: datetime) -> datetime:
    """Return an instant as raw SQL reads it: SQLite keeps it in UTC and says nothing of a zone."""
    return at if at.tzinfo else at.replace(tzinfo=UTC)


REVENUE = Projection(
    "revenue",
    (RevenueSpell, RevenueMove, RevenueDay, TakingsDay),
    MONEY | {Kind.SUBSCRIPTION_CHANGED.value},
    project,
)

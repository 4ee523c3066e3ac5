"""The parts of the platform's API as plain values, under the third seed's names.

Money is in minor units of one currency, and None for who may not see it.
"""

from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

from django.conf import settings

from analytics.platform import queries, ranking
from analytics.platform.cells import Active
from analytics.platform.health import Health
from analytics.platform.queries import Days, Growth, Overview
from analytics.platform.ranking import Order, Ranked
from analytics.revenue import figures
from analytics.revenue.books import monthly
from analytics.revenue.queries import Movement, Summary
from stats.windows import DAY, Window, day_of


@dataclass(frozen=True)
class Asked:
    """A window of site days, a currency and a moment; each thing is asked once, however many parts need it."""

    window: Window
    currency: str
    now: datetime
    sees_money: bool

    @cached_property
    def days(self) -> Days:
        """The kept numbers of the window's days up to today."""
        return queries.days_of(self.window, self.now)

    @cached_property
    def growth(self) -> Growth:
        """New members."""
        return queries.growth(self.window, self.days)

    @cached_property
    def overview(self) -> Overview:
        """The platform as it stands."""
        return queries.overview()

    @cached_property
    def money(self) -> Summary:
        """The books of the currency."""
        return Summary(self.window, self.currency, self.now, lambda: self.last_active.mau)

    @cached_property
    def active(self) -> list[Active]:
        """Active members by day."""
        return queries.active_in(self.days)

    @property
    def last_active(self) -> Active:
        """Active members as of the window's last day that is not to come."""
        return self.active[-1] if self.active else Active(self.last_day, 0, 0, 0, 0)

    @property
    def last_day(self) -> date:
        """The window's last day, or today."""
        return min(self.window.end_day - DAY, day_of(self.now, settings.TIME_ZONE))

    @property
    def span(self) -> dict[str, Any]:
        """Of which days the numbers are, and when those of the last were counted."""
        counted = [part.counted_at for parts in self.days.values() for part in parts.values() if not part.is_closed]
        first = min(self.days, default=self.last_day)
        as_of = min([self.now, *counted])
        return {"first_day": first, "last_day": self.last_day, "time_zone": settings.TIME_ZONE, "as_of": as_of}


def overview(asked: Asked) -> dict[str, Any]:
    """Return the platform as it stands."""
    told, takings, mrr, currency = asked.overview, None, None, None
    if asked.sees_money:
        takings, mrr, currency = figures.NET.of(asked.money), figures.MRR.of(asked.money), asked.currency
    return {
        "total_users": told.total_users,
        "active_users": asked.last_active.mau,
        "new_users": asked.growth.new_users,
        "growth_rate": rounded(asked.growth.growth_rate),
        "total_courses": told.total_courses,
        "published_courses": told.published_courses,
        "total_instructors": told.total_instructors,
        "total_enrollments": told.total_enrollments,
        "completion_rate": rounded(told.completion_rate),
        "period_revenue": takings,
        "mrr": mrr,
        "currency": currency,
        "window": asked.span,
    }


def user_growth(asked: Asked) -> dict[str, Any]:
    """Return new members by day, against the days before."""
    told = asked.growth
    return {
        "total_users": told.total_users,
        "new_users": told.new_users,
        "previous_new_users": told.new_users_before,
        "growth_rate": rounded(told.growth_rate),
        "is_new": told.is_new,
        "daily_signups": [{"date": day, "new_users": new, "total_users": total} for day, new, total in told.daily],
        "window": asked.span,
    }


def engagement(asked: Asked) -> dict[str, Any]:
    """Return active members by day."""
    last = asked.last_active
    return {
        "dau": last.dau,
        "wau": last.wau,
        "mau": last.mau,
        "stickiness": rounded(last.stickiness),
        "average_dau": rounded(sum(one.dau for one in asked.active) / len(asked.active)) if asked.active else None,
        "completion_rate": rounded(asked.overview.completion_rate),
        "is_partial": asked.last_day == day_of(asked.now, settings.TIME_ZONE),
        "daily": [
            {"date": one.day, "dau": one.dau, "wau": one.wau, "mau": one.mau, "stickiness": rounded(one.stickiness)}
            for one in asked.active
        ],
        "window": asked.span,
    }


def revenue(asked: Asked) -> dict[str, Any]:
    """Return the revenue of one currency."""
    told, takings = asked.money, asked.money.takings
    moved = monthly(told.books.movements, told.books.rate)
    return {
        "currency": asked.currency,
        "currencies": queries.currencies(),
        **figures.values(told),
        "transactions": takings.payments,
        "mrr_movements": {movement.value: moved[movement] for movement in Movement},
        "ltv_note": told.lifetime.note,
        "daily_revenue": [
            {"date": day, "paid": of.paid_minor, "refunded": of.refunded_minor, "revenue": of.net_minor}
            for day, of in sorted(told.till.by_day().items())
        ],
        "window": asked.span,
    }


def top_courses(asked: Asked, order: Order, limit: int) -> list[dict[str, Any]]:
    """Return the courses in which most happened."""
    found = ranking.top_courses(asked.window, order, limit, currency=asked.currency, now=asked.now, days=asked.days)
    return [{"course_id": one.uuid, "title": one.name, "instructor": one.by} | _ranked(asked, one) for one in found]


def top_instructors(asked: Asked, order: Order, limit: int) -> list[dict[str, Any]]:
    """Return the people in whose courses most happened."""
    found = ranking.top_instructors(asked.window, order, limit, currency=asked.currency, now=asked.now, days=asked.days)
    return [
        {"instructor_id": one.uuid, "name": one.name, "courses": one.courses} | _ranked(asked, one) for one in found
    ]


def system_health(told: Health) -> dict[str, Any]:
    """Return how the system stands."""
    return {
        "status": told.status,
        "problems": list(told.problems),
        "active_sessions": told.active_sessions,
        "queues": {
            "inbox_events": told.inbox_events,
            "unsettled": told.unsettled,
            "touched_days": told.touched_days,
            "jobs": told.jobs_waiting,
        },
        "queue_depth": told.inbox_events,
        "ingest_lag_ms": told.ingest_lag_ms,
        "requests": told.requests,
        "error_rate": rounded(told.error_rate),
        "dead_letters": told.dead_letters,
        "job_failures": told.job_failures,
        "latest_failures": [{"task": one.task, "error": one.error, "at": one.at} for one in told.latest_failures],
        "database": told.database,
        "database_bytes": told.database_bytes,
        "disk_free_bytes": told.disk_free_bytes,
        "disk_total_bytes": told.disk_total_bytes,
        "heartbeats": [{"name": one.name, "at": one.at, "is_silent": one.is_silent} for one in told.heartbeats],
        "version": told.version,
        "started_at": told.started_at,
        "uptime_seconds": told.uptime_seconds,
        "availability": rounded(told.available),
    }


def rounded(value: float | None) -> float | None:
    """Return a rate with two decimals."""
    return None if value is None else round(value, 2)


def _ranked(asked: Asked, one: Ranked) -> dict[str, Any]:
    return {
        "enrollments": one.enrollments,
        "completions": one.completions,
        "revenue": one.revenue_minor if asked.sees_money else None,
        "avg_rating": rounded(one.rating),
        "reviews": one.reviews,
    }

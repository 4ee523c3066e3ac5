"""What members did on a site of a few weeks, and the same numbers counted one by one."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings

from accounts.models import Payment, User
from library.learning.models import Course
from stats import ledger
from stats.actors import user_actor
from stats.ids import uuid7
from stats.kinds import Kind
from tests.factories import make_user

NOW = datetime(2026, 3, 31, 9, 30, tzinfo=UTC)
DAY = timedelta(days=1)


def joined(username: str, at: datetime) -> User:
    user = make_user(username)
    User.objects.filter(pk=user.pk).update(created_at=at)
    user.created_at = at
    return user


def did(kind: Kind, who: User, at: datetime, **fields: Any) -> None:
    with ledger.recording():
        ledger.record(kind, user_actor(who.uuid), occurred_at=at, **fields)


def paid(
    who: User, minor: int, at: datetime, *, currency: str = "EUR", course: Course | None = None, **values: Any
) -> Payment:
    """Write a line of the ledger of money, with its event, as buying does."""
    with ledger.recording():
        event = ledger.record(Kind.PAYMENT, user_actor(who.uuid), occurred_at=at, amount=minor, currency=currency)
        return Payment.objects.create(
            user=who,
            kind="payment",
            amount_minor=minor,
            currency=currency,
            product="course" if course else "subscription",
            course=course.uuid if course else None,
            gateway="manual",
            event_id=event,
            at=at,
            **values,
        )


def refunded(payment: Payment, minor: int, at: datetime) -> Payment:
    with ledger.recording():
        event = ledger.record(
            Kind.REFUND, user_actor(payment.user.uuid), occurred_at=at, amount=minor, currency=payment.currency
        )
        return Payment.objects.create(
            user=payment.user,
            kind="refund",
            amount_minor=minor,
            currency=payment.currency,
            product=payment.product,
            course=payment.course,
            gateway="manual",
            refund_of=payment,
            event_id=event,
            at=at,
        )


def site_day(at: datetime) -> date:
    return at.astimezone(ZoneInfo(settings.TIME_ZONE)).date()


__all__ = ["DAY", "NOW", "did", "joined", "paid", "refunded", "site_day", "uuid7"]

"""What about money waits for somebody of the staff: disputes to answer, refunds that failed, news that fit nothing."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db import connection
from django.db.models import BigIntegerField, CharField, DateTimeField, Exists, F, OuterRef, Subquery, Value

from accounts.models import (
    UNDERWAY,
    ChargeState,
    Dispute,
    DisputeState,
    Notice,
    Payment,
    PaymentKind,
    RefundClaim,
    User,
)

UNDECIDED = (DisputeState.INQUIRY, DisputeState.OPEN)


# Whether there can be anything: mostly there is not, and to put the whole question takes longer than to answer this one.
_CAN_BE = """
SELECT EXISTS (SELECT 1 FROM accounts_dispute WHERE state IN (%s, %s))
    OR EXISTS (SELECT 1 FROM accounts_payment WHERE kind = 'refund_failed')
    OR EXISTS (SELECT 1 FROM accounts_payment WHERE NOT is_applied)
    OR EXISTS (SELECT 1 FROM accounts_notice WHERE waits_for <> '')
"""


class What(StrEnum):
    """What somebody has to do with."""

    DISPUTE = "dispute"
    REFUND_FAILED = "refund_failed"
    HELD = "held"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to look at; `user` is None, and the amount 0, where nobody can say yet whose money it is.

    `text` is the bank's or the gateway's word for the reason, or the gateway's reference of what is held.
    """

    what: What
    user: User | None
    amount_minor: int
    currency: str
    text: str
    since: datetime
    answer_by: datetime | None


def unsolved(limit: int = 50) -> list[Problem]:
    """Return what waits, the oldest first. One query where nothing does, else three at most."""
    with connection.cursor() as cursor:
        cursor.execute(_CAN_BE, UNDECIDED)
        if not cursor.fetchone()[0]:
            return []
    found: Any = _disputes().union(_failed_refunds(), _refused(), _held(), all=True)
    rows = list(found.order_by("since")[:limit])
    people = User.objects.in_bulk({user for _what, user, *_rest in rows if user})
    return [
        Problem(What(what), people.get(user), minor or 0, currency, text, since, answer_by)
        for what, user, minor, currency, text, since, answer_by in rows
    ]


def _disputes() -> Any:
    return (
        Dispute.objects.filter(state__in=UNDECIDED)
        .order_by()
        .annotate(what=_word(What.DISPUTE), since=F("opened_at"), until=F("answer_by"))
        .values_list("what", "user_id", "amount_minor", "currency", "reason", "since", "until")
    )


def _failed_refunds() -> Any:
    """Return refunds that failed, of payments of which nothing has gone back since."""
    since = Payment.objects.filter(refund_of=OuterRef("refund_of"), kind=PaymentKind.REFUND, pk__gt=OuterRef("pk"))
    return (
        Payment.objects.filter(~Exists(since), kind=PaymentKind.REFUND_FAILED)
        .order_by()
        .annotate(what=_word(What.REFUND_FAILED), since=F("at"), until=Value(None, DateTimeField()))
        .values_list("what", "user_id", "amount_minor", "currency", "reason", "since", "until")
    )


def _refused() -> Any:
    """Return payments for what could not be sold any more, whose money the gateway would not give back by itself."""
    claims = RefundClaim.objects.filter(payment=OuterRef("pk"))
    refused = claims.filter(state=ChargeState.FAILED).order_by("-pk")
    lines = Payment.objects.filter(refund_of=OuterRef("pk"))
    return (
        Payment.objects.filter(Exists(refused), ~Exists(claims.filter(state__in=UNDERWAY)), ~Exists(lines))
        .filter(kind=PaymentKind.PAYMENT, is_applied=False)
        .order_by()
        .annotate(
            what=_word(What.REFUND_FAILED), why=Subquery(refused.values("reason")[:1]),
            since=Subquery(refused.values("claimed_at")[:1]), until=Value(None, DateTimeField()),
        )
        .values_list("what", "user_id", "amount_minor", "currency", "why", "since", "until")
    )  # fmt: skip


def _held() -> Any:
    nothing = Value(None, BigIntegerField())
    return (
        Notice.objects.exclude(waits_for="")
        .order_by()
        .annotate(
            what=_word(What.HELD), whose=nothing, minor=nothing, currency=Value("", CharField()), since=F("created_at"),
            until=Value(None, DateTimeField()),
        )
        .values_list("what", "whose", "minor", "currency", "about", "since", "until")
    )  # fmt: skip


def _word(what: What) -> Value:
    return Value(what.value, CharField())

"""What about money waits for somebody of the staff: disputes to answer, refunds that failed, news that fit nothing."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db import connection
from django.db.models import (
    BigIntegerField,
    Case,
    CharField,
    DateTimeField,
    Exists,
    F,
    OuterRef,
    Q,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Coalesce
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import (
    SIGNED_MINOR,
    UNDERWAY,
    Charge,
    ChargeState,
    Dispute,
    DisputeState,
    Notice,
    Payment,
    PaymentKind,
    RefundClaim,
    TroubleMail,
    User,
)

UNDECIDED = (DisputeState.INQUIRY, DisputeState.OPEN)


# Whether there can be anything: mostly there is not, and to put the whole question takes longer than to answer this one.
_CAN_BE = """
SELECT EXISTS (SELECT 1 FROM accounts_dispute WHERE state IN (%s, %s))
    OR EXISTS (SELECT 1 FROM accounts_payment WHERE kind = 'refund_failed')
    OR EXISTS (SELECT 1 FROM accounts_refundclaim WHERE refused_at IS NOT NULL)
    OR EXISTS (SELECT 1 FROM accounts_charge WHERE state = 'unknown')
    OR EXISTS (SELECT 1 FROM accounts_notice WHERE waits_for <> '')
"""


class What(StrEnum):
    """What somebody has to do with."""

    DISPUTE = "dispute"
    REFUND_FAILED = "refund_failed"
    HELD = "held"
    UNANSWERED = "unanswered"
    REFUND_UNANSWERED = "refund_unanswered"


LABELS = {
    What.DISPUTE: _("A bank contests it"),
    What.REFUND_FAILED: _("The refund failed"),
    What.HELD: _("It fits no payment"),
    What.UNANSWERED: _("Renewal without an answer"),
    What.REFUND_UNANSWERED: _("Refund without an answer"),
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to look at; `user` is None, and the amount 0, where nobody can say yet whose money it is.

    `text` is the bank's or the gateway's word for the reason, or the gateway's reference of what is held. `unmailed` are the
    names of the staff to whom no mail about it could be sent.
    """

    what: What
    user: User | None
    amount_minor: int
    currency: str
    text: str
    since: datetime
    answer_by: datetime | None
    unmailed: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """What is the matter, in a few words."""
        return str(LABELS[self.what])

    @property
    def why(self) -> str:
        """The text as it is read: a gateway's words for a reason are written with underscores."""
        told = [self.text if self.what is What.HELD else self.text.replace("_", " ")]
        if self.unmailed:
            told.append(gettext("could not be mailed to %(names)s") % {"names": ", ".join(self.unmailed)})
        return " · ".join(part for part in told if part)


def unsolved(limit: int = 50) -> list[Problem]:
    """Return what waits, the oldest first. One query where nothing does, else four at most."""
    with connection.cursor() as cursor:
        cursor.execute(_CAN_BE, UNDECIDED)
        if not cursor.fetchone()[0]:
            return []
    found: Any = _disputes().union(_failed_refunds(), _refused(), _unanswered(), _held(), all=True)
    rows = list(found.order_by("since")[:limit])
    return _read(rows, User.objects.in_bulk({user for _what, user, *_rest in rows if user}))


def of(user: User) -> list[Problem]:
    """Return what waits about one member's money, the oldest first. One query where nothing does, else two."""
    refused, unanswered = _refused().filter(payment__user=user), _unanswered().filter(subscription__user=user)
    found: Any = _disputes().filter(user=user).union(_failed_refunds().filter(user=user), refused, unanswered, all=True)
    return _read(found.order_by("since"), {user.pk: user})


def _read(rows: Iterable[tuple[Any, ...]], people: Mapping[int, User]) -> list[Problem]:
    found = [
        Problem(What(what), people.get(user), minor or 0, currency, text, since, answer_by)
        for what, user, minor, currency, text, since, answer_by in rows
    ]
    if not found:
        return []
    given_up = TroubleMail.objects.filter(attempts__gte=TroubleMail.MOST_TRIES).select_related("reader").order_by("pk")
    unmailed: dict[tuple[Any, ...], list[str]] = defaultdict(list)
    for mail in given_up:
        unmailed[_about(mail.what, mail.user_id, mail.content["amount_minor"], mail.content["text"])].append(
            mail.reader.display_name
        )
    return [replace(one, unmailed=tuple(unmailed.get(_about_problem(one), ()))) for one in found]


def _about_problem(problem: Problem) -> tuple[Any, ...]:
    return _about(problem.what, problem.user.pk if problem.user else None, problem.amount_minor, problem.text)


def _about(what: str, user: int | None, amount_minor: int, text: str) -> tuple[Any, ...]:
    """Return what tells one trouble from others: whose it is and how much, or what the gateway calls it."""
    return (what, text) if what == What.HELD else (what, user, amount_minor)


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
    """Return refunds that a gateway refused when nobody was there to read it, or never answered, until the money has gone.

    That is this refund or a later one, or that nothing of the payment is left. One that is asked for again stands as the
    newest.
    """
    lines = Payment.objects.filter(refund_of=OuterRef("payment"))
    later = Q(refund_claim=None) | Q(refund_claim__pk__gt=OuterRef("pk"))
    this = Q(refund_claim__pk=OuterRef("pk"))
    gone = lines.filter(this | later & Q(at__gte=OuterRef("refused_at")), kind=PaymentKind.REFUND)
    what = Case(When(state=ChargeState.UNKNOWN, then=_word(What.REFUND_UNANSWERED)), default=_word(What.REFUND_FAILED))
    moved = lines.order_by().values("refund_of").annotate(minor=Sum(SIGNED_MINOR)).values("minor")
    again = RefundClaim.objects.filter(
        Q(state__in=UNDERWAY) | Q(refused_at__isnull=False, amount_minor=OuterRef("amount_minor")),
        payment=OuterRef("payment"), pk__gt=OuterRef("pk"),
    )  # fmt: skip
    return (
        RefundClaim.objects.filter(~Exists(gone), ~Exists(again), refused_at__isnull=False)
        .annotate(left=F("payment__amount_minor") + Coalesce(Subquery(moved), 0))
        .filter(left__gt=0)
        .order_by()
        .annotate(what=what, since=F("refused_at"), until=Value(None, DateTimeField()))
        .values_list("what", "payment__user_id", "amount_minor", "payment__currency", "reason", "since", "until")
    )


def _unanswered() -> Any:
    """Return renewals that were never answered."""
    return (
        Charge.objects.filter(state=ChargeState.UNKNOWN)
        .order_by()
        .annotate(what=_word(What.UNANSWERED), since=F("claimed_at"), until=Value(None, DateTimeField()))
        .values_list(
            "what", "subscription__user_id", "amount_minor", "currency", "subscription__plan__name", "since", "until"
        )
    )


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

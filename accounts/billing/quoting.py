"""What a plan costs a member at one moment. Pure, apart from reading the rows that it is given."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from accounts.billing import proration
from accounts.billing.refusals import AlreadySubscribed, CurrencyMismatch, NotOffered, PaymentDue
from accounts.models import Plan, Status, Subscription
from accounts.roles import Role

HOLDS = timedelta(days=1)
"""For so long a price holds; who pays later gets back as credit what the plan has cost less since."""


class Kind(StrEnum):
    """What buying a plan does."""

    START = "start"
    UPGRADE = "upgrade"
    DOWNGRADE = "downgrade"


class What(StrEnum):
    """What a line of a quote is about."""

    NEW = "new"
    UNUSED = "unused"
    CREDIT = "credit"


@dataclass(frozen=True, slots=True)
class Line:
    """One amount of a quote; below zero for what is taken off."""

    what: What
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Quote:
    """What buying a plan costs, and what follows. The lines add up to `due_minor`, all in the currency's smallest unit.

    `credit_used_minor` is taken off what the member has as credit, `credit_left_minor` is what they have afterwards. The
    period is the one that is paid for; a downgrade costs nothing now and begins when the current period ends.
    """

    kind: Kind
    plan: Plan
    currency: str
    lines: tuple[Line, ...]
    due_minor: int
    credit_used_minor: int
    credit_left_minor: int
    period_start: datetime
    period_end: datetime
    next_due_at: datetime
    next_due_minor: int
    at: datetime


def quote_for(subscription: Subscription | None, plan: Plan, credit_minor: int, at: datetime) -> Quote:
    """Return what `plan` costs at `at` who has this running subscription and this credit.

    Raises NotOffered, AlreadySubscribed, CurrencyMismatch and PaymentDue.
    """
    if not plan.is_offered or plan.role == Role.FREE:
        raise NotOffered
    if subscription is None or not subscription.is_paid:
        return _start(subscription, plan, credit_minor, at)
    if subscription.plan_id == plan.pk:
        raise AlreadySubscribed
    if subscription.currency != plan.currency:
        raise CurrencyMismatch
    if subscription.current_period_end <= at or subscription.status == Status.PAST_DUE:
        raise PaymentDue
    return (_upgrade if is_upgrade(subscription, plan) else _downgrade)(subscription, plan, credit_minor, at)


def is_upgrade(subscription: Subscription, plan: Plan) -> bool:
    """Whether a plan begins at once: a higher role, a longer interval of the same role, or a higher price for the same."""
    now, then = Role(subscription.plan.role).rank, Role(plan.role).rank
    if now != then or not subscription.is_paid:
        return then > now
    if subscription.interval != plan.interval:
        return plan.interval == proration.YEAR
    return plan.price_minor > subscription.price_minor


def _start(subscription: Subscription | None, plan: Plan, credit_minor: int, at: datetime) -> Quote:
    if subscription is not None and subscription.status != Status.TRIALING and not is_upgrade(subscription, plan):
        raise AlreadySubscribed
    used = min(credit_minor, plan.price_minor)
    ends_at = proration.next_end(at, plan.interval, at.day)
    left = credit_minor - used
    return Quote(
        Kind.START, plan, plan.currency, _lines(plan.price_minor, 0, used), plan.price_minor - used, used, left,
        at, ends_at, ends_at, max(plan.price_minor - left, 0), at,
    )  # fmt: skip


def _upgrade(subscription: Subscription, plan: Plan, credit_minor: int, at: datetime) -> Quote:
    start, ends_at = subscription.paid_from or subscription.starts_at, subscription.current_period_end
    unused = proration.part(subscription.price_minor, start, ends_at, at)
    if plan.interval == subscription.interval:
        new = proration.part(plan.price_minor, start, ends_at, at)
        period = at, ends_at
    else:
        new = plan.price_minor
        period = at, proration.next_end(at, plan.interval, at.day)
    used = min(credit_minor, max(new - unused, 0))
    gained = max(unused - new, 0)
    left = credit_minor - used + gained
    return Quote(
        Kind.UPGRADE, plan, plan.currency, _lines(new, min(unused, new), used), max(new - unused, 0) - used, used, left,
        *period, period[1], max(plan.price_minor - left, 0), at,
    )  # fmt: skip


def _downgrade(subscription: Subscription, plan: Plan, credit_minor: int, at: datetime) -> Quote:
    ends_at = subscription.current_period_end
    return Quote(
        Kind.DOWNGRADE, plan, plan.currency, (), 0, 0, credit_minor,
        ends_at, proration.next_end(ends_at, plan.interval, subscription.anchor_day),
        ends_at, max(plan.price_minor - credit_minor, 0), at,
    )  # fmt: skip


def _lines(new: int, unused: int, credit: int) -> tuple[Line, ...]:
    amounts = ((What.NEW, new), (What.UNUSED, -unused), (What.CREDIT, -credit))
    return tuple(Line(what, amount) for what, amount in amounts if amount)

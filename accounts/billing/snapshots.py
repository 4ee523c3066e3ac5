"""A subscription as it stood: kept with a payment, compared when money comes late, and put back when that is undone."""

from datetime import datetime
from typing import Any

from accounts import at_once, standing
from accounts.models import RUNNING, Change, Plan, Status, Subscription
from accounts.roles import Role
from accounts.standing import By

COLUMNS = (
    "plan_id", "status", "starts_at", "current_period_end", "cancel_at_period_end", "granted_by", "price_minor",
    "currency", "interval", "gateway", "gateway_ref", "paid_from", "anchor_day", "grace_until", "credit_minor",
    "next_plan_id", "next_period_end", "next_price_minor",
)  # fmt: skip
TIMES = frozenset({"starts_at", "current_period_end", "paid_from", "grace_until", "next_period_end"})
SOLD = ("id", "plan_id", "price_minor", "currency", "interval", "gateway", "paid_from", "current_period_end")
"""What a price was made from; the money for it fits only while none of this has changed."""


def take(subscription: Subscription | None) -> dict[str, Any] | None:
    """Return how a subscription stands, as JSON knows it; None for none."""
    if subscription is None:
        return None
    taken: dict[str, Any] = {"id": subscription.pk}
    for name in COLUMNS:
        value = getattr(subscription, name)
        taken[name] = value.isoformat() if isinstance(value, datetime) else value
    return taken


def is_same(one: dict[str, Any] | None, other: dict[str, Any] | None) -> bool:
    """Whether nothing has changed that a price is made from."""
    if one is None or other is None:
        return one is other
    return all(one[name] == other[name] for name in SOLD)


def revert(
    subscription: Subscription, before: dict[str, Any] | None, by: By, now: datetime, *, credit_minor: int | None = None
) -> Subscription:
    """Let a locked, running subscription stand as it did before, with another credit if one is given.

    One that had not been there, or whose time is over by now, ends.
    """
    role = Role(subscription.plan.role)
    if before is not None:
        _put_back(subscription, before)
    if credit_minor is not None:
        subscription.credit_minor = credit_minor
    if before is None or subscription.status not in RUNNING or subscription.runs_until <= now:
        standing.forget_next(subscription)
        subscription.status = Status.CANCELLED
        subscription.current_period_end = max(now, subscription.starts_at)
        if subscription.grace_until is not None:
            subscription.grace_until = max(subscription.grace_until, subscription.current_period_end)
    return standing.write(subscription, Change.REVERTED, role, by, now)


def _put_back(subscription: Subscription, taken: dict[str, Any]) -> None:
    for name in COLUMNS:
        value = taken[name]
        setattr(subscription, name, datetime.fromisoformat(value) if name in TIMES and value else value)
    several = at_once.under_way()
    plans = several.plans if several else Plan.objects.in_bulk([taken["plan_id"], taken["next_plan_id"]])
    subscription.plan = plans[taken["plan_id"]]
    subscription.next_plan = plans.get(taken["next_plan_id"])

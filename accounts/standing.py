"""How a member's subscription stands: locked, brought up to the clock, and written with its event and its ledger line.

Everything that changes a subscription goes through here, inside a `ledger.recording()` of the caller.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import APIException

from accounts import at_once, entitlements
from accounts.horizon import LATEST
from accounts.models import RUNNING, Change, GrantedBy, Plan, Status, Subscription, SubscriptionChange, User
from accounts.roles import Role
from stats import ledger
from stats.actors import user_actor
from stats.kinds import Kind


class NotRunning(APIException):
    """There is no running subscription to change."""

    status_code = 409
    default_detail = _("There is no running subscription.")
    default_code = "no_subscription"


class TooFarAhead(APIException):
    """It would run for longer than can be told."""

    status_code = 400
    default_detail = _("No subscription runs beyond the year %(year)d.") % {"year": LATEST.year - 1}
    default_code = "value_out_of_range"


@dataclass(frozen=True, slots=True)
class By:
    """Who changes a subscription."""

    kind: GrantedBy = GrantedBy.ADMIN
    user: User | None = None


STAFF = By()
CLOCK = By(GrantedBy.CLOCK)
MONEY = By(GrantedBy.GATEWAY)


def current(user: User, now: datetime) -> Subscription | None:
    """Lock the member, close what the clock has ended, and return what still runs.

    A paying one whose next period has begun still runs until its grace is over; a planned downgrade has begun by then.
    """
    several = at_once.under_way()
    subscription = several.running[user.pk] if several else _locked(user)
    if subscription is not None:
        subscription.user = user
    while subscription is not None and subscription.current_period_end <= now:
        ended_at = subscription.current_period_end
        if subscription.next_plan is not None:
            before = Role(subscription.plan.role)
            begin_next(subscription)
            write(subscription, Change.DOWNGRADED, before, CLOCK, ended_at)
        elif subscription.runs_until <= now:
            end(subscription, CLOCK, subscription.runs_until)
            subscription = None
        else:
            break
    entitlements.forget(user)
    return subscription


def _locked(user: User) -> Subscription | None:
    User.objects.select_for_update().get(pk=user.pk)
    rows = Subscription.objects.filter(user=user, status__in=RUNNING)
    return rows.select_related("plan", "next_plan").first()


def running(user: User, now: datetime) -> Subscription:
    """Return what `current` does. Raises NotRunning where there is nothing."""
    subscription = current(user, now)
    if subscription is None:
        raise NotRunning
    return subscription


def begin_next(subscription: Subscription) -> None:
    """Let the planned plan take the place of the running one; who pays has its period still to pay."""
    plan = cast(Plan, subscription.next_plan)
    subscription.plan = plan
    if subscription.gateway:
        subscription.price_minor, subscription.interval = subscription.next_price_minor, plan.interval
    else:
        subscription.current_period_end = cast(datetime, subscription.next_period_end)
    forget_next(subscription)


def forget_next(subscription: Subscription) -> None:
    """Take back what is planned for the end of the period."""
    subscription.cancel_at_period_end = False
    subscription.next_plan = subscription.next_period_end = None
    subscription.next_price_minor = 0


def later(at: datetime, days: int) -> datetime:
    """Return the instant so many days after another. Raises TooFarAhead."""
    if at > LATEST - timedelta(days=days):
        raise TooFarAhead
    return at + timedelta(days=days)


def move_end(subscription: Subscription, ends_at: datetime) -> None:
    """Let the period end at another time; the grace, and what is planned for afterwards, move with it."""
    if subscription.next_period_end is not None:
        subscription.next_period_end += ends_at - subscription.current_period_end
    subscription.current_period_end = ends_at
    if subscription.gateway:
        subscription.anchor_day = ends_at.day
        subscription.grace_until = grace_after(ends_at)


def grace_after(ends_at: datetime) -> datetime:
    """Return until when a renewal is waited for."""
    return ends_at + timedelta(days=settings.BILLING_GRACE_DAYS)


def end(subscription: Subscription, by: By, at: datetime) -> Subscription:
    """Close a subscription: cancelled where that was planned, expired otherwise."""
    before = Role(subscription.plan.role)
    planned = subscription.cancel_at_period_end
    subscription.status = Status.CANCELLED if planned else Status.EXPIRED
    return write(subscription, Change.CANCELLED if planned else Change.EXPIRED, before, by, at)


def stop(subscription: Subscription, status: Status, change: Change, by: By, now: datetime) -> Subscription:
    """Close a subscription before its time."""
    before = Role(subscription.plan.role)
    planned = subscription.cancel_at_period_end
    forget_next(subscription)
    subscription.cancel_at_period_end = planned
    subscription.status = status
    subscription.current_period_end = max(now, subscription.starts_at)
    if subscription.grace_until is not None:
        subscription.grace_until = max(subscription.grace_until, subscription.current_period_end)
    return write(subscription, change, before, by, now)


def write(subscription: Subscription, change: Change, before: Role, by: By, at: datetime) -> Subscription:
    """Store the subscription, its event and its line of the ledger; `at` is when the change took effect.

    No line lies before the one that it follows: a clock that is behind does not change the order.
    """
    after = Role(subscription.plan.role) if subscription.status in RUNNING else Role.FREE
    several = at_once.under_way()
    last = several.last_line(subscription) if several else _last_line(subscription)
    at = max(at, last[0]) if last else at
    event_id = ledger.record(
        Kind.SUBSCRIPTION_CHANGED,
        user_actor(subscription.user.uuid),
        change=change.value,
        role=after.value,
        by=by.kind.value,
        occurred_at=at,
    )
    line = SubscriptionChange(
        event_id=event_id,
        subscription=subscription,
        user=subscription.user,
        change=change,
        plan=subscription.plan,
        role_before=before,
        role_after=after,
        period_end=subscription.current_period_end,
        currency=last[2] if last and last[1] else subscription.currency,
        run_rate_before=last[1] if last else 0,
        run_rate_after=subscription.run_rate,
        holds_until=subscription.runs_until if subscription.status in RUNNING else at,
        by=by.kind,
        by_user=by.user,
        at=at,
    )
    if several:
        several.keep(subscription, line)
    else:
        subscription.save()
        line.save(force_insert=True)
    entitlements.forget(subscription.user)
    return subscription


def _last_line(subscription: Subscription) -> at_once.Line | None:
    if not subscription.pk:
        return None
    lines = SubscriptionChange.objects.filter(subscription=subscription).order_by("-at", "-id")
    return lines.values_list("at", "run_rate_after", "currency").first()

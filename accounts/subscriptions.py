"""What staff and members do with subscriptions, money apart: give, extend, renew, downgrade, cancel, expire.

Each function is one transaction with a `subscription_changed` event and a line of the ledger; the ones named `…_within`
do the same inside the caller's `ledger.recording()`. The member's row is locked first, so that two changes of one member
follow each other, and what the clock has ended is closed before anything new begins.
"""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils import timezone

from accounts import standing
from accounts.billing import proration, snapshots
from accounts.billing.refusals import AlreadySubscribed, CurrencyMismatch
from accounts.models import Change, GrantedBy, Plan, Status, Subscription, User
from accounts.plans import plan_for
from accounts.roles import Role
from accounts.standing import STAFF, By, NotRunning
from stats import ledger

__all__ = ["MOST_DAYS", "STAFF", "By", "NotRunning"]

MOST_DAYS = 3650
PAGE = 500


def upgrade_subscription(
    user: User, role: Role, days: int | None = None, *, by: By = STAFF, now: datetime | None = None
) -> Subscription:
    """Give `user` the role for `days` (`USER_SUBSCRIPTION_DAYS` unless given).

    Starts a subscription, or changes the running one: the same role gets the days added at its end, another role begins
    now and lasts `days` from now. Raises ValueError for a role that is not sold or days outside 1 to 3650.
    """
    moment, days = now or timezone.now(), _checked(days)
    plan = _sold(role)
    with ledger.recording():
        return upgrade_within(user, plan, days, by=by, now=moment)


def upgrade_within(user: User, plan: Plan, days: int, *, by: By, now: datetime) -> Subscription:
    """Do what `upgrade_subscription` does, inside the caller's `ledger.recording()`.

    Who pays goes on paying what they paid, or the lower plan's price, and loses nothing of the period that is paid.
    """
    subscription = standing.current(user, now)
    if subscription is None:
        subscription = Subscription(
            user=user,
            plan=plan,
            currency=plan.currency,
            interval=plan.interval,
            starts_at=now,
            current_period_end=standing.later(now, days),
            granted_by=by.kind if by.kind in (GrantedBy.GATEWAY, GrantedBy.IMPORT) else GrantedBy.ADMIN,
        )
        return standing.write(subscription, Change.STARTED, Role.FREE, by, now)
    before, after = Role(subscription.plan.role), Role(plan.role)
    standing.forget_next(subscription)
    if after is before:
        standing.move_end(subscription, standing.later(subscription.current_period_end, days))
        _revive(subscription, now)
        return standing.write(subscription, Change.EXTENDED, before, by, now)
    is_higher = after.rank > before.rank
    if subscription.gateway and not is_higher:
        _lower_price(subscription, plan, now)
    subscription.plan = plan
    ends_at = standing.later(now, days)
    standing.move_end(subscription, max(ends_at, subscription.current_period_end) if subscription.gateway else ends_at)
    _revive(subscription, now)
    return standing.write(subscription, Change.UPGRADED if is_higher else Change.DOWNGRADED, before, by, now)


def start_within(
    user: User, plan: Plan, *, starts_at: datetime, ends_at: datetime, by: By, now: datetime
) -> Subscription:
    """Start a subscription with its own dates, that nobody pays for; one that is over by `now` is closed by the clock.

    Inside the caller's `ledger.recording()`. Raises AlreadySubscribed where one runs, ValueError for reversed dates.
    """
    if ends_at <= starts_at:
        raise ValueError("A subscription ends after it has started.")
    if standing.current(user, now) is not None:
        raise AlreadySubscribed
    subscription = Subscription(
        user=user,
        plan=plan,
        currency=plan.currency,
        interval=plan.interval,
        starts_at=starts_at,
        current_period_end=ends_at,
        granted_by=by.kind if by.kind in (GrantedBy.GATEWAY, GrantedBy.IMPORT) else GrantedBy.ADMIN,
    )
    standing.write(subscription, Change.STARTED, Role.FREE, by, starts_at)
    standing.current(user, now)
    subscription.refresh_from_db()
    return subscription


def renew(user: User, days: int | None = None, *, by: By = STAFF, now: datetime | None = None) -> Subscription:
    """Let another period of `days` follow the current one, and take back a planned end. Raises NotRunning."""
    moment, days = now or timezone.now(), _checked(days)
    with ledger.recording():
        subscription = standing.running(user, moment)
        standing.forget_next(subscription)
        standing.move_end(subscription, standing.later(subscription.current_period_end, days))
        _revive(subscription, moment)
        return standing.write(subscription, Change.RENEWED, Role(subscription.plan.role), by, moment)


def extend(user: User, days: int, *, by: By = STAFF, now: datetime | None = None) -> Subscription:
    """Move the end of the current period by `days`; what is planned for the end moves with it. Raises NotRunning."""
    moment, days = now or timezone.now(), _checked(days)
    with ledger.recording():
        return extend_within(user, days, by=by, now=moment)


def extend_within(user: User, days: int, *, by: By, now: datetime) -> Subscription:
    """Do what `extend` does, inside the caller's `ledger.recording()`."""
    subscription = standing.running(user, now)
    standing.move_end(subscription, standing.later(subscription.current_period_end, _checked(days)))
    if subscription.status == Status.PAST_DUE:
        _revive(subscription, now)
    return standing.write(subscription, Change.EXTENDED, Role(subscription.plan.role), by, now)


def downgrade(
    user: User, role: Role, days: int | None = None, *, by: By = STAFF, now: datetime | None = None
) -> Subscription:
    """Plan that a lower role follows, for `days`, when the current period ends; `free` plans the end itself.

    Who pays pays the lower plan's price from then on, for its own interval. Raises NotRunning, and ValueError for a role
    that is not lower.
    """
    moment = now or timezone.now()
    if role is Role.FREE:
        return cancel(user, by=by, now=moment)
    plan, days = _sold(role), _checked(days)
    with ledger.recording():
        subscription = standing.running(user, moment)
        before = Role(subscription.plan.role)
        if role.rank >= before.rank:
            raise ValueError(f"{role} is not below {before}.")
        return follow_within(subscription, plan, days, by=by, now=moment)


def follow_within(subscription: Subscription, plan: Plan, days: int, *, by: By, now: datetime) -> Subscription:
    """Plan what follows a running subscription; `days` are for who does not pay.

    Raises CurrencyMismatch where the member pays in another currency than the plan's.
    """
    ends_at = subscription.current_period_end
    if subscription.gateway and plan.currency != subscription.currency:
        raise CurrencyMismatch
    standing.forget_next(subscription)
    subscription.next_plan = plan
    subscription.next_price_minor = plan.price_minor
    subscription.next_period_end = (
        proration.next_end(ends_at, plan.interval, subscription.anchor_day)
        if subscription.gateway
        else standing.later(ends_at, days)
    )
    return standing.write(subscription, Change.DOWNGRADE_PLANNED, Role(subscription.plan.role), by, now)


def cancel(user: User, *, at_period_end: bool = True, by: By = STAFF, now: datetime | None = None) -> Subscription:
    """End the subscription with its period, or at once. Raises NotRunning."""
    moment = now or timezone.now()
    with ledger.recording():
        return cancel_within(user, at_period_end=at_period_end, by=by, now=moment)


def cancel_within(user: User, *, at_period_end: bool, by: By, now: datetime) -> Subscription:
    """Do what `cancel` does, inside the caller's `ledger.recording()`. A period that is over ends at once."""
    subscription = standing.running(user, now)
    if not at_period_end or subscription.current_period_end <= now:
        return standing.stop(subscription, Status.CANCELLED, Change.CANCELLED, by, now)
    standing.forget_next(subscription)
    subscription.cancel_at_period_end = True
    return standing.write(subscription, Change.CANCEL_PLANNED, Role(subscription.plan.role), by, now)


def keep(user: User, *, by: By = STAFF, now: datetime | None = None) -> Subscription:
    """Take back what is planned for the end of the period. Raises NotRunning."""
    moment = now or timezone.now()
    with ledger.recording():
        subscription = standing.running(user, moment)
        standing.forget_next(subscription)
        return standing.write(subscription, Change.KEPT, Role(subscription.plan.role), by, moment)


def expire(user: User, *, by: By = STAFF, now: datetime | None = None) -> Subscription:
    """Let the period of the running subscription end now. Raises NotRunning."""
    moment = now or timezone.now()
    with ledger.recording():
        subscription = standing.running(user, moment)
        planned = subscription.cancel_at_period_end
        status, change = (Status.CANCELLED, Change.CANCELLED) if planned else (Status.EXPIRED, Change.EXPIRED)
        return standing.stop(subscription, status, change, by, moment)


def expire_over(now: datetime | None = None) -> int:
    """Close every subscription whose period has ended, each in a transaction of its own. Returns how many.

    Nothing depends on this having run: roles are read by the clock.
    """
    moment, closed = now or timezone.now(), 0
    while over := list(Subscription.objects.over(moment).order_by("pk").values_list("user", flat=True)[:PAGE]):
        for user in User.objects.filter(pk__in=over).order_by("pk"):
            with ledger.recording():
                standing.current(user, moment)
            closed += 1
    return closed


def snapshot_of(subscription: Subscription | None) -> dict[str, Any] | None:
    """Return how a subscription stands, as JSON knows it, for `restore_within`; None for none."""
    return snapshots.take(subscription)


def restore_within(user: User, before: dict[str, Any] | None, *, by: By, now: datetime) -> Subscription:
    """Let the running subscription stand as it did; None and one whose time is over by now end it.

    Inside the caller's `ledger.recording()`. Raises NotRunning.
    """
    return snapshots.revert(standing.running(user, now), before, by, now)


def _revive(subscription: Subscription, now: datetime) -> None:
    """Let it count as active again: a gift in place of a trial, or days given to who could not pay."""
    if not subscription.gateway or subscription.current_period_end > now:
        subscription.status = Status.ACTIVE


def _lower_price(subscription: Subscription, plan: Plan, now: datetime) -> None:
    """Let who pays pay a lower plan's price from now on, and keep what the rest of the period cost more as credit."""
    if plan.currency != subscription.currency or plan.interval != subscription.interval or not subscription.paid_from:
        return
    price = min(subscription.price_minor, plan.price_minor)
    period = subscription.paid_from, subscription.current_period_end
    subscription.credit_minor -= proration.difference(subscription.price_minor, price, *period, now)
    subscription.price_minor = price


def _sold(role: Role) -> Plan:
    if role not in (Role.SUBSCRIBER, Role.PREMIUM):
        raise ValueError(f"{role} is not sold.")
    return plan_for(role)


def _checked(days: int | None) -> int:
    days = settings.USER_SUBSCRIPTION_DAYS if days is None else days
    if not 1 <= days <= MOST_DAYS:
        raise ValueError(f"A subscription is given for 1 to {MOST_DAYS} days, not {days}.")
    return days

"""Starting, changing and ending subscriptions.

Each function is one transaction with a `subscription_changed` event and a line of the ledger. The member's row is
locked first, so that two changes of one member follow each other, and what the clock has ended is closed before
anything new begins.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import APIException

from accounts import entitlements
from accounts.models import RUNNING, Change, GrantedBy, Plan, Status, Subscription, SubscriptionChange, User
from accounts.plans import plan_for
from accounts.roles import Role
from stats import ledger
from stats.actors import user_actor
from stats.kinds import Kind

MOST_DAYS = 3650
PAGE = 500


class NotRunning(APIException):
    """There is no running subscription to change."""

    status_code = 409
    default_detail = _("There is no running subscription.")
    default_code = "no_subscription"


@dataclass(frozen=True, slots=True)
class By:
    """Who changes a subscription."""

    kind: GrantedBy = GrantedBy.ADMIN
    user: User | None = None


STAFF = By()
CLOCK = By(GrantedBy.CLOCK)


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
    """Do what `upgrade_subscription` does, inside the caller's `ledger.recording()`."""
    subscription = _current(user, now)
    if subscription is None:
        subscription = Subscription(
            user=user,
            plan=plan,
            starts_at=now,
            current_period_end=now + timedelta(days=days),
            granted_by=by.kind if by.kind in (GrantedBy.GATEWAY, GrantedBy.IMPORT) else GrantedBy.ADMIN,
        )
        return _write(subscription, Change.STARTED, Role.FREE, by, now)
    before = Role(subscription.plan.role)
    after = Role(plan.role)
    subscription.cancel_at_period_end = False
    subscription.next_plan = subscription.next_period_end = None
    if after is before:
        subscription.current_period_end += timedelta(days=days)
        return _write(subscription, Change.EXTENDED, before, by, now)
    subscription.plan = plan
    subscription.current_period_end = now + timedelta(days=days)
    change = Change.UPGRADED if after.rank > before.rank else Change.DOWNGRADED
    return _write(subscription, change, before, by, now)


def renew(user: User, days: int | None = None, *, by: By = STAFF, now: datetime | None = None) -> Subscription:
    """Let another period of `days` follow the current one, and take back a planned end. Raises NotRunning."""
    moment, days = now or timezone.now(), _checked(days)
    with ledger.recording():
        subscription = _running(user, moment)
        subscription.current_period_end += timedelta(days=days)
        subscription.cancel_at_period_end = False
        subscription.next_plan = subscription.next_period_end = None
        subscription.status = Status.ACTIVE
        return _write(subscription, Change.RENEWED, Role(subscription.plan.role), by, moment)


def extend(user: User, days: int, *, by: By = STAFF, now: datetime | None = None) -> Subscription:
    """Move the end of the current period by `days`; what is planned for the end moves with it. Raises NotRunning."""
    moment, days = now or timezone.now(), _checked(days)
    with ledger.recording():
        subscription = _running(user, moment)
        subscription.current_period_end += timedelta(days=days)
        if subscription.next_period_end is not None:
            subscription.next_period_end += timedelta(days=days)
        return _write(subscription, Change.EXTENDED, Role(subscription.plan.role), by, moment)


def downgrade(
    user: User, role: Role, days: int | None = None, *, by: By = STAFF, now: datetime | None = None
) -> Subscription:
    """Plan that a lower role follows, for `days`, when the current period ends; `free` plans the end itself.

    Raises NotRunning, and ValueError for a role that is not lower.
    """
    moment = now or timezone.now()
    if role is Role.FREE:
        return cancel(user, by=by, now=moment)
    plan, days = _sold(role), _checked(days)
    with ledger.recording():
        subscription = _running(user, moment)
        before = Role(subscription.plan.role)
        if role.rank >= before.rank:
            raise ValueError(f"{role} is not below {before}.")
        subscription.cancel_at_period_end = False
        subscription.next_plan = plan
        subscription.next_period_end = subscription.current_period_end + timedelta(days=days)
        return _write(subscription, Change.DOWNGRADE_PLANNED, before, by, moment)


def cancel(user: User, *, at_period_end: bool = True, by: By = STAFF, now: datetime | None = None) -> Subscription:
    """End the subscription with its period, or at once. Raises NotRunning."""
    moment = now or timezone.now()
    with ledger.recording():
        subscription = _running(user, moment)
        subscription.next_plan = subscription.next_period_end = None
        before = Role(subscription.plan.role)
        if at_period_end:
            subscription.cancel_at_period_end = True
            return _write(subscription, Change.CANCEL_PLANNED, before, by, moment)
        subscription.status = Status.CANCELLED
        subscription.current_period_end = max(moment, subscription.starts_at)
        return _write(subscription, Change.CANCELLED, before, by, moment)


def expire(user: User, *, by: By = STAFF, now: datetime | None = None) -> Subscription:
    """Let the period of the running subscription end now. Raises NotRunning."""
    moment = now or timezone.now()
    with ledger.recording():
        subscription = _running(user, moment)
        subscription.current_period_end = max(moment, subscription.starts_at)
        subscription.next_plan = subscription.next_period_end = None
        return _end(subscription, by, moment)


def expire_over(now: datetime | None = None) -> int:
    """Close every subscription whose period has ended, each in a transaction of its own. Returns how many.

    Nothing depends on this having run: roles are read by the clock.
    """
    moment, closed = now or timezone.now(), 0
    while over := list(Subscription.objects.over(moment).order_by("pk").values_list("user", flat=True)[:PAGE]):
        for user in User.objects.filter(pk__in=over).order_by("pk"):
            with ledger.recording():
                _current(user, moment)
            closed += 1
    return closed


def _current(user: User, now: datetime) -> Subscription | None:
    """Lock the member, close what the clock has ended, and return what still runs."""
    User.objects.select_for_update().get(pk=user.pk)
    subscription = (
        Subscription.objects.filter(user=user, status__in=RUNNING).select_related("plan", "next_plan").first()
    )
    while subscription is not None and subscription.current_period_end <= now:
        ended_at = subscription.current_period_end
        if subscription.next_plan is None:
            _end(subscription, CLOCK, ended_at)
            subscription = None
        else:
            before = Role(subscription.plan.role)
            subscription.plan = subscription.next_plan
            subscription.current_period_end = cast(datetime, subscription.next_period_end)
            subscription.next_plan = subscription.next_period_end = None
            _write(subscription, Change.DOWNGRADED, before, CLOCK, ended_at)
    entitlements.forget(user)
    if subscription is not None:
        subscription.user = user
    return subscription


def _running(user: User, now: datetime) -> Subscription:
    subscription = _current(user, now)
    if subscription is None:
        raise NotRunning
    return subscription


def _end(subscription: Subscription, by: By, at: datetime) -> Subscription:
    before = Role(subscription.plan.role)
    planned = subscription.cancel_at_period_end
    subscription.status = Status.CANCELLED if planned else Status.EXPIRED
    return _write(subscription, Change.CANCELLED if planned else Change.EXPIRED, before, by, at)


def _write(subscription: Subscription, change: Change, before: Role, by: By, at: datetime) -> Subscription:
    """Store the subscription, its event and its line of the ledger; `at` is when the change took effect."""
    after = Role(subscription.plan.role) if subscription.status in RUNNING else Role.FREE
    subscription.save()
    event_id = ledger.record(
        Kind.SUBSCRIPTION_CHANGED,
        user_actor(subscription.user.uuid),
        change=change.value,
        role=after.value,
        by=by.kind.value,
        occurred_at=at,
    )
    SubscriptionChange.objects.create(
        event_id=event_id,
        subscription=subscription,
        user=subscription.user,
        change=change,
        plan=subscription.plan,
        role_before=before,
        role_after=after,
        period_end=subscription.current_period_end,
        by=by.kind,
        by_user=by.user,
        at=at,
    )
    entitlements.forget(subscription.user)
    return subscription


def _sold(role: Role) -> Plan:
    if role not in (Role.SUBSCRIBER, Role.PREMIUM):
        raise ValueError(f"{role} is not sold.")
    return plan_for(role)


def _checked(days: int | None) -> int:
    days = settings.USER_SUBSCRIPTION_DAYS if days is None else days
    if not 1 <= days <= MOST_DAYS:
        raise ValueError(f"A subscription is given for 1 to {MOST_DAYS} days, not {days}.")
    return days

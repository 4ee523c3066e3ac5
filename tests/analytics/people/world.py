"""People of all kinds, in as few words as a test of the desk needs."""

from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import Group
from django.test import Client

from accounts import subscriptions
from accounts.models import Plan, Status, Subscription, User
from accounts.roles import Role
from accounts.staffing import StaffRole
from stats.fields import to_micros
from stats.models import ActorStats
from tests.factories import make_staff, make_user

DAY = timedelta(days=1)


def staff(role: StaffRole) -> User:
    """Make a member of the staff with one role."""
    if role is StaffRole.ADMIN:
        return make_staff("admin-of-all")
    user = make_user(f"the-{role.value}", is_staff=True)
    group, _is_new = Group.objects.get_or_create(name=role.value)
    user.groups.add(group)
    return user


def client_of(user: User) -> Client:
    """Return a signed-in browser."""
    client = Client()
    client.force_login(user)
    return client


def given(user: User, role: Role, days: int, now: datetime) -> Subscription:
    """Give a role without payment."""
    return subscriptions.upgrade_subscription(user, role, days, now=now)


def paying(user: User, role: Role, now: datetime, days: int = 30, **values: Any) -> Subscription:
    """Let a member pay by a gateway, as its webhook would have left it."""
    subscription = given(user, role, days, now)
    plan = Plan.objects.get(role=role.value)
    told = {
        "gateway": "manual",
        "price_minor": plan.price_minor,
        "paid_from": now,
        "grace_until": subscription.current_period_end + 7 * DAY,
        "status": Status.ACTIVE,
        **values,
    }
    Subscription.objects.filter(pk=subscription.pk).update(**told)
    subscription.refresh_from_db()
    return subscription


def active(user: User, at: datetime, **counters: int) -> None:
    """Let the counters say that somebody did something."""
    ActorStats.objects.create(actor=user.uuid, last_activity_at=to_micros(at), **counters)

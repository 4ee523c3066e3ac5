"""What somebody may use now: the role by the clock, and the features that come with it.

Read once per user object and kept on it; whatever changes a subscription or a grant calls `forget`.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.core.cache import cache
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import PermissionDenied

from accounts.features import Entitlements, Feature
from accounts.models import FeatureGrant, Subscription, User
from accounts.roles import Role
from stats import ledger
from stats.actors import user_actor
from stats.days import site_day
from stats.fields import to_micros
from stats.ids import derived
from stats.kinds import Kind

KEPT = "_entitlements"
DAY_S = 86_400


class FeatureNotIncluded(PermissionDenied):
    """The role does not include this feature, and nobody granted it."""

    default_detail = _("Your plan does not include this feature.")
    default_code = "feature_not_included"


def role_of(user: User | AnonymousUser | Any, now: datetime | None = None) -> Role:
    """Return the role that holds at `now`, the present moment unless given. `free` for nobody."""
    return of(user).role(now or timezone.now())


def has_feature(user: User | AnonymousUser | Any, feature: Feature, now: datetime | None = None) -> bool:
    """Whether `user` may use `feature` at `now`, the present moment unless given."""
    return of(user).has(feature, now or timezone.now())


def of(user: User | AnonymousUser | Any) -> Entitlements:
    """Return all that decides what `user` may use. Two queries the first time."""
    if user is None or not isinstance(user, User):
        return Entitlements()
    if KEPT not in user.__dict__:
        load([user])
    return user.__dict__[KEPT]


def load(users: Iterable[User]) -> None:
    """Read the entitlements of many users at once. Two queries."""
    users = [user for user in users if KEPT not in user.__dict__]
    ids = [user.pk for user in users]
    subscriptions = {
        subscription.user_id: subscription
        for subscription in Subscription.objects.running().filter(user__in=ids).select_related("plan", "next_plan")
    }
    grants: dict[int, dict[Feature, Any]] = {}
    for grant in FeatureGrant.objects.filter(user__in=ids):
        grants.setdefault(grant.user_id, {})[Feature(grant.feature)] = grant.override()
    for user in users:
        subscription = subscriptions.get(user.pk)
        user.__dict__[KEPT] = Entitlements(
            is_admin=user.is_active and user.is_staff and user.is_superuser,
            periods=subscription.periods() if subscription else (),
            overrides=grants.get(user.pk, {}),
        )


def forget(user: User) -> None:
    """Read the entitlements anew the next time they are asked for."""
    user.__dict__.pop(KEPT, None)


def use(user: User, feature: Feature, now: datetime | None = None) -> None:
    """Record that `user` used `feature`, which moves the first of the eight stats.

    One transaction. Raises FeatureNotIncluded, recording nothing.
    """
    if not has_feature(user, feature, now):
        raise FeatureNotIncluded
    with ledger.recording():
        ledger.record(Kind.FEATURE_USED, user_actor(user.uuid), feature=feature.value)


def note_daily(user: User, feature: Feature, now: datetime | None = None) -> None:
    """Record that `user` has a use of `feature` that is no act of theirs: once a day of the site, however often.

    One transaction the first time on a day. For pages that look different with the feature.
    """
    day = site_day(to_micros(now or timezone.now()))
    key = f"feature:{user.pk}:{feature}:{day}"
    if cache.get(key):
        return
    with ledger.recording():
        ledger.record(
            Kind.FEATURE_USED,
            user_actor(user.uuid),
            event_id=derived(Kind.FEATURE_USED, feature, user.uuid, day),
            feature=feature.value,
        )
    transaction.on_commit(lambda: cache.set(key, 1, DAY_S))  # what is taken back, for staff who look, was no use

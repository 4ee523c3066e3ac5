"""Making and changing members."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import IntegrityError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import APIException

from accounts import names, plans, subscriptions
from accounts.models import User
from accounts.roles import Role
from accounts.subscriptions import By
from stats import ledger
from stats.actors import user_actor
from stats.kinds import Kind

# What a change of these says to others; all else of a profile is the member's own business.
RECORDED = {"theme": "theme", "opted_out": "privacy", "time_zone": "time_zone"}


class Taken(APIException):
    """Somebody else has this username or address."""

    status_code = 409
    default_detail = _("This username or e-mail address is not available.")
    default_code = "already_exists"


def count() -> int:
    """Return how many active members there are. One query."""
    return User.objects.filter(is_active=True).count()


def is_username_free(username: str) -> bool:
    """Whether nobody has this username or one that looks the same. One query."""
    return not User.objects.filter(username_key=names.key_of(username)).exists()


def is_email_free(email: str) -> bool:
    """Whether nobody has this address. Two queries."""
    return not User.objects.filter(email=email).exists() and not EmailAddress.objects.filter(email=email).exists()


def create(
    username: str, email: str, role: Role = Role.FREE, *, by: By = subscriptions.STAFF, now: datetime | None = None
) -> User:
    """Make a member without a password, with a subscription of `USER_SUBSCRIPTION_DAYS` for a role above free.

    One transaction. Raises Taken.
    """
    moment = now or timezone.now()
    try:
        with ledger.recording():
            user = User(username=username, email=email)
            user.set_unusable_password()
            user.save()
            EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=False)
            ledger.record(Kind.SIGNUP, user_actor(user.uuid))
            if role is not Role.FREE:
                days = settings.USER_SUBSCRIPTION_DAYS
                subscriptions.upgrade_within(user, plans.plan_for(role), days, by=by, now=moment)
    except IntegrityError as error:
        raise Taken from error
    return user


def change(user: User, **values: Any) -> list[str]:
    """Change the member's profile and settings; what others may count is recorded. Returns the names that changed."""
    changed = [name for name, value in values.items() if getattr(user, name) != value]
    if not changed:
        return []
    with ledger.recording():
        for name in changed:
            setattr(user, name, values[name])
        user.save(update_fields=[*changed, "updated_at"])
        record_settings(user, changed)
    return changed


def record_settings(user: User, changed: Iterable[str]) -> None:
    """Record what these fields of a member say now, of those that others may count. It belongs into a recording block."""
    for name in changed:
        if name in RECORDED:
            value = getattr(user, name)
            told = ("on" if value else "off") if isinstance(value, bool) else str(value)
            ledger.record(Kind.SETTING_CHANGED, user_actor(user.uuid), setting=RECORDED[name], value=told)

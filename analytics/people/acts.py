"""What staff do with one member's subscription: a registry, so that the page's form and the audit log have the same."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import APIException

from accounts import audit, subscriptions
from accounts.models import GrantedBy, Subscription, SubscriptionChange, User
from accounts.roles import Role
from accounts.subscriptions import By


@dataclass(frozen=True, slots=True)
class Act:
    """One act: `what` is its word in the audit log; one that takes days is asked for them."""

    key: str
    label: Any
    what: str
    run: Callable[[User, int, By], Subscription]
    takes_days: bool = False
    is_grave: bool = False


ACTS: dict[str, Act] = {
    act.key: act
    for act in (
        Act("extend", _("Extend by"), "subscription.extended", lambda user, days, by: subscriptions.extend(user, days, by=by), takes_days=True),
        Act("subscriber", _("Give Subscriber for"), "subscription.upgraded", lambda user, days, by: subscriptions.upgrade_subscription(user, Role.SUBSCRIBER, days, by=by), takes_days=True),
        Act("premium", _("Give Premium for"), "subscription.upgraded", lambda user, days, by: subscriptions.upgrade_subscription(user, Role.PREMIUM, days, by=by), takes_days=True),
        Act("cancel_at_end", _("Let it end with its period"), "subscription.cancel_planned", lambda user, _days, by: subscriptions.cancel(user, by=by)),
        Act("keep", _("Take the planned end back"), "subscription.resumed", lambda user, _days, by: subscriptions.keep(user, by=by)),
        Act("cancel_now", _("Cancel now"), "subscription.cancelled", lambda user, _days, by: subscriptions.cancel(user, at_period_end=False, by=by), is_grave=True),
        Act("expire", _("Let it expire now"), "subscription.expired", lambda user, _days, by: subscriptions.expire(user, by=by), is_grave=True),
    )
}  # fmt: skip


class ChangedMeanwhile(APIException):
    """The subscription is no longer as the page showed it: somebody was faster, or the button was pressed twice."""

    status_code = 409
    default_detail = _("The subscription was changed meanwhile. Look at it again.")
    default_code = "changed_meanwhile"


def version_of(person: User) -> int:
    """Return what tells whether a member's subscription has changed: its last line of the ledger. One query."""
    return SubscriptionChange.objects.filter(user=person).aggregate(last=Max("pk"))["last"] or 0


@transaction.atomic
def run(act: Act, person: User, days: int, *, staff: User, reason: str = "", seen: int | None = None) -> Subscription:
    """Do it and note it, both or neither.

    `seen` is the `version_of` that the page showed. Raises ChangedMeanwhile, and what the subscription's function raises.
    """
    User.objects.select_for_update().get(pk=person.pk)
    if seen is not None and seen != version_of(person):
        raise ChangedMeanwhile
    before = _end(person)
    subscription = act.run(person, days, By(GrantedBy.ADMIN, staff))
    detail: dict[str, Any] = {
        "plan": subscription.plan.key,
        "ends_before": before.isoformat() if before else None,
        "ends_after": subscription.current_period_end.isoformat(),
        "reason": reason,
    }
    if act.takes_days:
        detail["days"] = days
    audit.note(staff, act.what, subscription, detail, person=person)
    return subscription


def _end(person: User) -> datetime | None:
    return Subscription.objects.running().filter(user=person).values_list("current_period_end", flat=True).first()

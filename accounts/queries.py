"""Questions about members, plans and subscriptions."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Case, Count, Exists, F, OuterRef, Q, QuerySet, When

from accounts import names
from accounts.models import Plan, Subscription, UpgradeRequest, User
from accounts.roles import Role
from stats.kinds import Kind
from stats.models import Action


def subscribed(now: datetime, role: Role | None = None) -> QuerySet[User]:
    """Return the members to whom a subscription grants a role above free at `now`, only `role` if given."""
    granting = Subscription.objects.granting(now, role).filter(user=OuterRef("pk"))
    return User.objects.filter(Exists(granting)).order_by("pk")


def granting_plans(now: datetime) -> QuerySet[Any]:
    """Return the subscriptions that grant a role at `now`, each with the number of the plan that does, as `granting`.

    A member has one of them at most.
    """
    following = When(next_plan__isnull=False, current_period_end__lte=now, then=F("next_plan_id"))
    return Subscription.objects.granting(now).annotate(granting=Case(following, default=F("plan_id"))).order_by()


def granting_parts(now: datetime) -> tuple[QuerySet[Any], QuerySet[Any]]:
    """Return `granting_plans` in two: those within their period, which an index tells by itself, and those after it."""
    within = Subscription.objects.running().filter(starts_at__lte=now, current_period_end__gt=now).order_by()
    return within.annotate(granting=F("plan_id")), granting_plans(now).filter(current_period_end__lte=now)


def people_by_plan(parts: Sequence[QuerySet[Any]]) -> Iterator[tuple[int, int]]:
    """Yield the numbers of plans with how many members have them, a plan once for each part. One query."""
    first, *others = (part.values_list("granting").annotate(people=Count("*")) for part in parts)
    yield from first.union(*others, all=True)


def roles_of_plans() -> dict[int, Role]:
    """Return the role of each plan by its number. One query."""
    return {number: Role(role) for number, role in Plan.objects.values_list("pk", "role")}


def administrators() -> Q:
    """Return the condition for members who are administrators."""
    return Q(is_active=True, is_staff=True, is_superuser=True)


def directory(
    now: datetime,
    *,
    search: str = "",
    role: Role | None = None,
    is_active: bool | None = None,
    by_address: bool = True,
) -> QuerySet[User]:
    """Return members in the order in which they came, those that fit: part of the name or address, role, active.

    Without `by_address` nobody is found by an address.
    """
    users = User.objects.order_by("pk")
    if search:
        fits = (
            Q(username_key__contains=names.key_of(search))
            | Q(first_name__icontains=search)
            | Q(last_name__icontains=search)
        )
        users = users.filter(fits | Q(email__contains=search.lower()) if by_address else fits)
    if is_active is not None:
        users = users.filter(is_active=is_active)
    if role is Role.ADMIN:
        return users.filter(administrators())
    if role is not None:
        users = users.exclude(pk__in=User.objects.filter(administrators()).values("pk"))
        granted = subscribed(now, None if role is Role.FREE else role).values("pk")
        users = users.exclude(pk__in=granted) if role is Role.FREE else users.filter(pk__in=granted)
    return users


def running_subscription(user: User, now: datetime) -> Subscription | None:
    """Return the subscription that grants something at `now`. One query."""
    subscription = Subscription.objects.running().filter(user=user).select_related("plan", "next_plan").first()
    if subscription is None or not any(period.covers(now) for period in subscription.periods()):
        return None
    return subscription


def offered_plans() -> list[Plan]:
    """Return the cheapest offered plan of each role, cheapest first. One query."""
    plans: dict[str, Plan] = {}
    for plan in Plan.objects.filter(is_offered=True):
        plans.setdefault(plan.role, plan)
    return sorted(plans.values(), key=lambda plan: plan.price_minor)


def feature_uses(user: User) -> dict[str, int]:
    """Return how often the member used each subscriber feature; one that was not used is missing. One query."""
    used = Action.objects.filter(actor=user.uuid, kind=Kind.FEATURE_USED).values_list("label")
    return {str(feature): number for feature, number in used.annotate(Count("event_id"))}


def open_request(user: User) -> UpgradeRequest | None:
    """Return what the member has asked for and nobody has answered yet. One query."""
    return UpgradeRequest.objects.filter(user=user, state="open").select_related("plan").first()

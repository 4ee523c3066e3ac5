"""People as lines of a CSV file, a thousand at a time, so that a hundred thousand take no more memory than one page."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from accounts import addresses, entitlements
from accounts.models import Subscription, User
from accounts.staffing import Area, may
from analytics.people import filters
from analytics.people.models import BulkAction, BulkTarget, Numbers, Standing
from stats.fields import from_micros

AT_ONCE = 1000
MS_PER_HOUR = 3_600_000
HEAD = (
    "user_id", "username", "email", "first_name", "last_name", "is_active", "role", "plan", "subscription", "paid_for",
    "price_minor", "currency", "period_ends", "level", "xp", "longest_streak_days", "subscriber_features_used",
    "watch_history_entries", "total_watched_hours", "videos_uploaded", "streams_created", "images_uploaded",
    "total_interactions", "last_activity", "created_at", "time_zone",
)  # fmt: skip


def lines(bulk: BulkAction, now: datetime, reader: User) -> Iterator[Sequence[Any]]:
    """Yield the head, and a line for each member of the action in the order in which they came.

    What `reader` may not see of a member is masked, or empty.
    """
    yield HEAD
    last = 0
    while True:
        targets = BulkTarget.objects.filter(bulk=bulk, user__gt=last).order_by("user")
        numbers = list(targets.values_list("user", flat=True)[:AT_ONCE])
        if not numbers:
            return
        last = numbers[-1]
        yield from _some(numbers, now, reader)


def _some(numbers: Sequence[int], now: datetime, reader: User) -> Iterator[Sequence[Any]]:
    people = list(User.objects.filter(pk__in=numbers).select_related("desk_numbers", "desk_standing").order_by("pk"))
    entitlements.load(people)
    running = Subscription.objects.granting(now).filter(user__in=numbers).select_related("plan", "next_plan")
    subscriptions = {one.user_id: one for one in running.order_by()}
    for person in people:
        yield _line(person, subscriptions.get(person.pk), now, reader)


def _line(person: User, one: Subscription | None, now: datetime, reader: User) -> Sequence[Any]:
    numbers: Numbers | None = getattr(person, "desk_numbers", None)
    standing: Standing | None = getattr(person, "desk_standing", None)
    one = one if may(reader, Area.SUBSCRIPTIONS) else None
    is_paid = one is not None and bool(one.gateway and one.price_minor)
    has_price = is_paid and may(reader, Area.MONEY)
    return (
        person.uuid,
        person.username,
        addresses.shown(reader, person.email),
        person.first_name,
        person.last_name,
        int(person.is_active),
        entitlements.role_of(person, now).value,
        filters.plan_now(one, now).key if one else "",
        one.status if one else "",
        int(is_paid),
        one.price_minor if one and has_price else 0,
        one.currency if one and has_price else "",
        one.current_period_end if one else None,
        standing.level if standing else 1,
        standing.xp if standing else 0,
        standing.longest if standing else 0,
        numbers.features_used if numbers else 0,
        numbers.plays if numbers else 0,
        round(numbers.watched_ms / MS_PER_HOUR, 4) if numbers else 0,
        numbers.videos_uploaded if numbers else 0,
        numbers.streams_created if numbers else 0,
        numbers.images_uploaded if numbers else 0,
        numbers.interactions if numbers else 0,
        from_micros(numbers.active_us) if numbers and numbers.active_us is not None else None,
        person.created_at,
        person.time_zone,
    )

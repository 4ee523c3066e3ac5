"""A page of the list of people: fifty at a time, from where the last page ended, in any order.

Pages are found by the last row's values, never by counting past it, so the thousandth page costs what the first does.
A cursor is signed and belongs to one order: an altered one is refused.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core import signing
from django.db.models import BigIntegerField, F, Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from accounts import addresses, entitlements
from accounts.models import Plan, Status, Subscription, User
from accounts.roles import Role
from analytics.people import filters
from analytics.people.filters import Bad, Filter
from analytics.people.measures import MEASURE, Measure, value_of
from analytics.people.models import Numbers, Standing
from stats.fields import from_micros, to_micros

PER_PAGE = 50
SALT = "analytics.people.listing"
USUAL = "-joined"
SORTABLE = frozenset(measure.key for measure in MEASURE.values() if measure.column)
"""Numbers that a join finds; adding up everybody's days to sort them would take seconds."""
COLUMNS = {"joined": "created_at", "name": "username_key"}
ORDERS = {
    "-joined": _l("Newest first"),
    "joined": _l("Oldest first"),
    "name": _l("By name"),
    "-active": _l("Active last"),
    "-total_watched_hours": _l("Watched most"),
    "-xp": _l("Most XP"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One member of the list. `values` are the numbers that the filter or the order is about, in its order."""

    user: User
    role: Role
    subscription: Subscription | None
    email: str
    level: int
    xp: int
    watched_ms: int
    active_at: datetime | None
    values: tuple[tuple[Measure, float], ...]
    plan: Plan | None

    @property
    def is_paid(self) -> bool:
        """Whether somebody pays for the subscription."""
        return bool(self.subscription and self.subscription.gateway and self.subscription.price_minor)

    @property
    def ends_soon(self) -> bool:
        """Whether the end is planned or a payment has failed."""
        one = self.subscription
        return one is not None and (one.cancel_at_period_end or one.status == Status.PAST_DUE)


@dataclass(frozen=True, slots=True)
class Page:
    """A page: its rows, and the cursors of the pages before and after, '' where there is none."""

    rows: Sequence[Row]
    order: str
    before: str
    after: str
    measures: tuple[Measure, ...]


def order_of(text: str) -> str:
    """Return the order that is asked for. Raises Bad for one that is none."""
    order = text or USUAL
    if order.removeprefix("-") not in {*COLUMNS, "active", *SORTABLE}:
        raise Bad("order", _("There is no such order."))
    return order


def page(wanted: Filter, order: str, now: datetime, *, with_addresses: bool, after: str = "", before: str = "") -> Page:
    """Return the page behind `after`, or before `before`, or the first. Five queries: the numbers of the
    members alone are sorted, and then their rows are read. Raises Bad for a foreign cursor.
    """
    found = filters.people(wanted, now, by_address=with_addresses)
    measures = _measures(wanted, order)
    found = found.annotate(key=_key(order))
    is_back = bool(before)
    cursor = before or after
    descending = order.startswith("-") != is_back
    if cursor:
        found = found.filter(_beyond(order, cursor, descending))
    sign = "-" if descending else ""
    keys = list(found.order_by(f"{sign}key", f"{sign}pk").values_list("pk", "key")[: PER_PAGE + 1])
    users = _loaded(keys, measures, now)
    has_more = len(users) > PER_PAGE
    users = users[:PER_PAGE]
    if is_back:
        users.reverse()
    shown = keys[:PER_PAGE][::-1] if is_back else keys[:PER_PAGE]
    first, last = (_cursor(order, *shown[place]) if shown else "" for place in (0, -1))
    return Page(
        _rows(users, measures, with_addresses, now),
        order,
        first if (has_more if is_back else bool(after)) else "",
        last if has_more or is_back else "",
        measures,
    )


def count(wanted: Filter, now: datetime, *, with_addresses: bool) -> int:
    """Return how many fit. One query."""
    return filters.people(wanted, now, by_address=with_addresses).count()


def _key(order: str) -> Any:
    """Return what an order compares; members with the same are in the order in which they came."""
    name = order.removeprefix("-")
    if name in MEASURE:
        return Coalesce(F(MEASURE[name].column), 0, output_field=BigIntegerField())
    if name == "active":
        return Coalesce(F("desk_numbers__active_us"), 0, output_field=BigIntegerField())
    return F(COLUMNS[name])


def _loaded(keys: Sequence[tuple[int, Any]], measures: Sequence[Measure], now: datetime) -> list[User]:
    found = User.objects.select_related("desk_numbers", "desk_standing")
    found = found.annotate(**{f"shown_{measure.key}": value_of(measure, now) for measure in measures})
    people = found.in_bulk([pk for pk, _key_of_it in keys])
    return [people[pk] for pk, _key_of_it in keys]


def _measures(wanted: Filter, order: str) -> tuple[Measure, ...]:
    """Return the numbers that a page shows: those of the filter, and that of the order."""
    found = [condition.measure for condition in wanted.conditions]
    if order.removeprefix("-") in MEASURE:
        found.append(MEASURE[order.removeprefix("-")])
    return tuple(dict.fromkeys(found))


def _beyond(order: str, cursor: str, descending: bool) -> Q:
    try:
        value, pk = signing.loads(cursor, salt=f"{SALT}.{order.removeprefix('-')}")
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise Bad("after", _("This page does not exist any more. Begin with the first one.")) from error
    lookup = "lt" if descending else "gt"
    name = order.removeprefix("-")
    if name == "name":  # different for everybody
        return Q(**{f"{COLUMNS[name]}__{lookup}": value})
    if name == "joined":
        value = from_micros(value)
    return Q(**{f"key__{lookup}": value}) | Q(**{"key": value, f"pk__{lookup}": pk})


def _cursor(order: str, pk: int, value: Any) -> str:
    if isinstance(value, datetime):
        value = to_micros(value)
    return signing.dumps([value, pk], salt=f"{SALT}.{order.removeprefix('-')}")


def _rows(users: Sequence[User], measures: Sequence[Measure], with_addresses: bool, now: datetime) -> list[Row]:
    entitlements.load(users)
    running = Subscription.objects.granting(now).filter(user__in=[user.pk for user in users])
    subscriptions = {one.user_id: one for one in running.select_related("plan", "next_plan").order_by()}
    return [_row(user, subscriptions.get(user.pk), measures, with_addresses, now) for user in users]


def _row(
    user: User,
    subscription: Subscription | None,
    measures: Sequence[Measure],
    with_addresses: bool,
    now: datetime,
) -> Row:
    numbers: Numbers | None = getattr(user, "desk_numbers", None)
    standing: Standing | None = getattr(user, "desk_standing", None)
    active_us = numbers.active_us if numbers else None
    return Row(
        user,
        entitlements.role_of(user, now),
        subscription,
        user.email if with_addresses else addresses.masked(user.email),
        standing.level if standing else 1,
        standing.xp if standing else 0,
        numbers.watched_ms if numbers else 0,
        None if active_us is None else from_micros(active_us),
        tuple((measure, measure.shown(getattr(user, f"shown_{measure.key}"))) for measure in measures),
        filters.plan_now(subscription, now) if subscription else None,
    )

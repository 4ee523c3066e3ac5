"""A page of the list of people: fifty at a time, from where the last page ended, in any order.

Pages are found by the last row's values, never by counting past it, so the thousandth page costs what the first does.
A cursor is signed and belongs to one order: an altered one is refused.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core import signing
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import BigIntegerField, F, Q, QuerySet
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
    """A page: its rows, and the cursors of the pages before and after, '' where there is none.

    `total` is how many fit; on a page behind the first one, how many did when the first was asked for.
    """

    rows: Sequence[Row]
    total: int
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
    """Return the page behind `after`, or before `before`, or the first. At most seven queries: the numbers of the
    members alone are sorted, and then their rows are read. Raises Bad for a foreign cursor.

    What takes a look at everybody is asked once: the first page counts who fits while it sorts them, and the cursors
    carry that number on.
    """
    found = filters.people(wanted, now, by_address=with_addresses).annotate(key=_key(order))
    measures = _measures(wanted, order)
    is_back = bool(before)
    cursor = before or after
    descending = order.startswith("-") != is_back
    if cursor:
        beyond, total = _beyond(order, cursor, descending)
        numbers = _first(found.filter(beyond), descending)
    elif wanted.is_plain:
        numbers = _first(found, descending)
        total = len(numbers) if len(numbers) <= PER_PAGE else found.order_by().count()
    else:
        numbers, total = _first_and_total(found, descending)
    users = _loaded(numbers, order, measures, now)
    has_more = len(users) > PER_PAGE
    users = users[:PER_PAGE]
    if is_back:
        users.reverse()
    first, last = (_cursor(order, users[place], total) if users else "" for place in (0, -1))
    return Page(
        _rows(users, measures, with_addresses, now),
        total,
        order,
        first if (has_more if is_back else bool(after)) else "",
        last if has_more or is_back else "",
        measures,
    )


def _first(found: QuerySet[Any], descending: bool) -> list[int]:
    """Return the numbers of the first members who fit, one more than a page has."""
    sign = "-" if descending else ""
    return list(found.order_by(f"{sign}key", f"{sign}pk").values_list("pk", flat=True)[: PER_PAGE + 1])


def _first_and_total(found: QuerySet[Any], descending: bool) -> tuple[list[int], int]:
    """Return the same, and how many fit, in one statement that finds them once.

    Told to stop after fifty, the database would go through all members in order and try each; so who fits is found first.
    """
    try:
        fitting, params = found.order_by().values_list("pk", "key").query.sql_with_params()
    except EmptyResultSet:
        return [], 0
    way = "DESC" if descending else "ASC"
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH fits AS MATERIALIZED ({fitting})"
            f" SELECT pk, (SELECT COUNT(*) FROM fits) FROM fits ORDER BY key {way}, pk {way} LIMIT {PER_PAGE + 1}",
            params,
        )
        rows = cursor.fetchall()
    return [pk for pk, _total in rows], rows[0][1] if rows else 0


def _key(order: str) -> Any:
    """Return what an order compares; members with the same are in the order in which they came."""
    name = order.removeprefix("-")
    if name in MEASURE:
        return Coalesce(F(MEASURE[name].column), 0, output_field=BigIntegerField())
    if name == "active":
        return Coalesce(F("desk_numbers__active_us"), 0, output_field=BigIntegerField())
    return F(COLUMNS[name])


def _loaded(numbers: Sequence[int], order: str, measures: Sequence[Measure], now: datetime) -> list[User]:
    found = User.objects.select_related("desk_numbers", "desk_standing").annotate(key=_key(order))
    found = found.annotate(**{f"shown_{measure.key}": value_of(measure, now) for measure in measures})
    people = found.in_bulk(numbers)
    return [people[number] for number in numbers if number in people]


def _measures(wanted: Filter, order: str) -> tuple[Measure, ...]:
    """Return the numbers that a page shows: those of the filter, and that of the order."""
    found = [condition.measure for condition in wanted.conditions]
    if order.removeprefix("-") in MEASURE:
        found.append(MEASURE[order.removeprefix("-")])
    return tuple(dict.fromkeys(found))


def _beyond(order: str, cursor: str, descending: bool) -> tuple[Q, int]:
    """Return the condition for who comes after a cursor, and how many fitted on the first page."""
    try:
        value, pk, total = signing.loads(cursor, salt=f"{SALT}.{order.removeprefix('-')}")
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise Bad("after", _("This page does not exist any more. Begin with the first one.")) from error
    lookup = "lt" if descending else "gt"
    name = order.removeprefix("-")
    if name == "name":  # different for everybody
        return Q(**{f"{COLUMNS[name]}__{lookup}": value}), total
    if name == "joined":
        value = from_micros(value)
    return Q(**{f"key__{lookup}": value}) | Q(**{"key": value, f"pk__{lookup}": pk}), total


def _cursor(order: str, last: Any, total: int) -> str:
    value = last.key
    if isinstance(value, datetime):
        value = to_micros(value)
    return signing.dumps([value, last.pk, total], salt=f"{SALT}.{order.removeprefix('-')}")


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

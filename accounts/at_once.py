"""The subscriptions of several members, read at once and stored at once: what `accounts.standing` works on in such a block."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from functools import cached_property

from django.db import models
from django.db.models import F, Window
from django.db.models.functions import RowNumber

from accounts.models import RUNNING, Plan, Subscription, SubscriptionChange, User

Line = tuple[datetime, int, str]
FIELDS = [field.name for field in Subscription._meta.concrete_fields if not field.primary_key]


class Together:
    """Members whose rows are locked, what runs for each, the last line of each ledger, and what is to be stored."""

    def __init__(self, people: Sequence[User]) -> None:
        numbers = [person.pk for person in people]
        list(User.objects.select_for_update().filter(pk__in=numbers).order_by("pk").values_list("pk"))
        rows = Subscription.objects.filter(user__in=numbers, status__in=RUNNING).select_related("plan", "next_plan")
        self.running: dict[int, Subscription | None] = dict.fromkeys(numbers)
        self.running.update({row.user_id: row for row in rows.order_by("user")})
        self._last = _last_lines([row.pk for row in self.running.values() if row is not None])
        self._changed: dict[int, Subscription] = {}
        self._lines: list[SubscriptionChange] = []

    @cached_property
    def plans(self) -> dict[int, Plan]:
        """All plans by number, asked for once."""
        return Plan.objects.in_bulk()

    def last_line(self, subscription: Subscription) -> Line | None:
        """Return when the last change of a subscription took effect, its run rate since then and in which currency."""
        return self._last.get(subscription.pk) if subscription.pk else self._last.get(-id(subscription))

    def keep(self, subscription: Subscription, line: SubscriptionChange) -> None:
        """Store the subscription, as it will be when the block ends, and a line of its ledger as it is now."""
        self._changed[id(subscription)] = subscription
        self._lines.append(line)
        self._last[subscription.pk or -id(subscription)] = (line.at, line.run_rate_after, line.currency)
        self.running[subscription.user_id] = subscription if subscription.status in RUNNING else None

    def store(self) -> None:
        """Write all of it: what has ended before what begins, and every line after what it is about."""
        known = [row for row in self._changed.values() if row.pk]
        # they are there, so this is an update; `bulk_update` takes ten times as long to write its statement
        Subscription.objects.bulk_create(known, update_conflicts=True, unique_fields=["id"], update_fields=FIELDS)
        Subscription.objects.bulk_create([row for row in self._changed.values() if not row.pk])
        SubscriptionChange.objects.bulk_create(self._lines)


_current: ContextVar[Together | None] = ContextVar("together", default=None)


def under_way() -> Together | None:
    """Return the block that is open, if one is."""
    return _current.get()


@contextmanager
def together(people: Sequence[User]) -> Iterator[None]:
    """Let what changes the subscriptions of these members read all of them now and store all of them at the end.

    Belongs inside a `ledger.recording()`; nobody else's subscription is to be changed in it, and the database shows the
    changes after it alone. Where it is left by an exception nothing is stored. Six queries, however many members,
    and one more where plans are asked for.
    """
    token = _current.set(Together(people))
    try:
        yield
        _current.get().store()  # type: ignore[union-attr]  # it was set above
    finally:
        _current.reset(token)


def last_changes(people: Sequence[User]) -> dict[int, int]:
    """Return the number of the last line of each member's ledger. One query."""
    lines = SubscriptionChange.objects.filter(user__in=[person.pk for person in people]).order_by()
    return dict(lines.values_list("user").annotate(last=models.Max("id")))


def _last_lines(subscriptions: Sequence[int]) -> dict[int, Line]:
    newest = Window(RowNumber(), partition_by=F("subscription"), order_by=("-at", "-id"))
    lines = SubscriptionChange.objects.filter(subscription__in=subscriptions).annotate(place=newest).filter(place=1)
    rows = lines.order_by().values_list("subscription", "at", "run_rate_after", "currency")
    return {number: (at, rate, currency) for number, at, rate, currency in rows}

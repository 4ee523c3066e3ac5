"""What pages show, put together from what is known: words for a time of day, rows of the matrix, days of a history."""

import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any

from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.features import MATRIX, Entitlements, FeatureSpec, Override, includes
from accounts.models import Plan
from accounts.roles import Role
from stats import history
from stats.history import Entry, Summary

TYPE_LABELS = {
    "video": gettext_lazy("Video"),
    "lesson": gettext_lazy("Lessons"),
    "track": gettext_lazy("Audio"),
    "stream": gettext_lazy("Streams"),
    "image": gettext_lazy("Images"),
}
GAP = 0.5  # between the parts of a stacked bar, in percent of its width


def greeting(local: datetime) -> str:
    """Return the greeting for a time of day: night until 5, morning until 12, afternoon until 18, evening after."""
    if 5 <= local.hour < 12:
        return _("Good morning")
    if 12 <= local.hour < 18:
        return _("Good afternoon")
    return _("Good evening") if local.hour >= 18 else _("Good night")


# Features


@dataclass(frozen=True, slots=True)
class FeatureRow:
    """A feature as one person sees it: in which roles it is, whether they have it, why if not by their role, and how
    often they used it.
    """

    spec: FeatureSpec
    roles: tuple[bool, ...]
    has: bool
    is_included: bool
    override: Override | None
    uses: int


@dataclass(frozen=True, slots=True)
class PlanColumn:
    """A role as a column of the matrix, with the plan that is offered for it."""

    role: Role
    plan: Plan | None
    is_own: bool
    is_above: bool
    features: int


def feature_rows(entitled: Entitlements, now: datetime, uses: Mapping[str, int] | None = None) -> list[FeatureRow]:
    """Return the matrix's rows; `uses` says how often each feature was used."""
    counted = uses or {}
    role = entitled.role(now)
    return [
        FeatureRow(
            spec,
            tuple(includes(each, spec.feature) for each in Role),
            entitled.has(spec.feature, now),
            includes(role, spec.feature),
            entitled.override(spec.feature, now),
            counted.get(spec.feature, 0),
        )
        for spec in MATRIX
    ]


def plan_columns(plans: Iterable[Plan], role: Role) -> list[PlanColumn]:
    """Return the matrix's columns, the lowest role first."""
    by_role = {plan.role: plan for plan in plans}
    return [
        PlanColumn(
            each, by_role.get(each), each is role, each.rank > role.rank, sum(includes(each, s.feature) for s in MATRIX)
        )
        for each in Role
    ]


# History


class Found:
    """A filtered history, read a page at a time."""

    def __init__(self, actor_id: uuid.UUID, filters: dict[str, Any]) -> None:
        self.actor_id, self.filters = actor_id, filters

    def __len__(self) -> int:
        return history.count(self.actor_id, **self.filters)

    def __getitem__(self, part: slice) -> list[Entry]:
        return history.entries(self.actor_id, **self.filters, offset=part.start, limit=part.stop - part.start)


@dataclass(frozen=True, slots=True)
class Part:
    """One type's share of the watched time, and where it lies in the stacked bar, in percent."""

    number: int
    label: Any
    ms: int
    percent: float
    left: str
    width: str


def by_day(entries: Sequence[Entry], today: date) -> Iterator[tuple[str, list[Entry]]]:
    """Group entries by the local day on which they were watched, under its name."""
    for day, found in groupby(entries, key=lambda entry: timezone.localdate(entry.watched_at)):
        yield day_name(day, today), list(found)


def parts(summary: Summary) -> list[Part]:
    """Return the shares of the types, the largest first; none without watched time."""
    shown = [(kind, ms) for kind, (_number, ms) in summary.by_type.items() if ms]
    room = 100 - GAP * (len(shown) - 1)
    found: list[Part] = []
    left = 0.0
    for number, (kind, ms) in enumerate(shown, start=1):
        share = ms / summary.total_ms
        width = share * room
        found.append(Part(number, TYPE_LABELS[kind], ms, 100 * share, f"{left:.2f}", f"{width:.2f}"))
        left += width + GAP
    return found


def day_name(day: date, today: date) -> str:
    """Return what to call a day: today, yesterday, or its date."""
    if day == today:
        return _("Today")
    if day == today - timedelta(days=1):
        return _("Yesterday")
    return formats.date_format(day, "l j F" if day.year == today.year else "l j F Y")

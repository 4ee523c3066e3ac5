"""What one question is about, with the rows that its numbers share: each is read once, when the first number needs it."""

import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any, NamedTuple, TypeVar
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db.models import Count, Q, Sum
from django.utils.translation import gettext as _

from stats import memory, rollups
from stats.compute import DECIMALS, Row, Value
from stats.kinds import ON_ITEMS, Kind
from stats.metrics import Metric, Scope, Subject
from stats.models import (
    Action,
    ActorDay,
    ActorStats,
    Item,
    KindDay,
    PeopleCell,
    PlatformFact,
    Play,
    PlayPart,
    RollupDay,
    State,
    StreamMark,
    Visibility,
)
from stats.possible.rhythm import DAY, Span, sessions
from stats.windows import Window, day_of, midnight

TRAILING_DAYS = 28
FULL_WEEKS = 12
LONGEST_LIST = 10
MOST_RANKED = 1000
NO_PLAYLIST = uuid.UUID(int=0)
SPREAD = ("views", "downloads", "shares")
COUNTED = ("plays", "views", "played_ms", "likes", "saves", "shares", "comments")
SUMMED = ("likes", "unlikes", "comments", "comments_deleted")
FOLLOWS = (Kind.FOLLOW.value, Kind.UNFOLLOW.value)
DAILY = tuple(
    kind.value
    for kind in (
        Kind.FOLLOW, Kind.UNFOLLOW, Kind.PLAYLIST_CREATED, Kind.RECOMMENDATION_VIEWED, Kind.RECOMMENDATION_CLICKED,
        Kind.BYTES_DELIVERED,
    )
)  # fmt: skip
NOT_BY_HAND = frozenset(
    kind.value
    for kind in (
        Kind.SUBSCRIPTION_CHANGED, Kind.PAYMENT, Kind.REFUND, Kind.PROCESSING_FINISHED, Kind.REFERRAL,
        Kind.ACHIEVEMENT_UNLOCKED, Kind.OPENING_BALANCE, Kind.ERASED, Kind.BACKUP_FINISHED, Kind.RESTORE_TESTED,
        Kind.OBJECT_STORED, Kind.OBJECT_PURGED,
    )
)  # fmt: skip


class Played(NamedTuple):
    """A play as these numbers need it."""

    at: datetime
    actor: uuid.UUID
    item_id: int
    item_type: str
    played_ms: int
    is_view: int
    is_completed: int
    quality: str | None

    @property
    def span(self) -> Span:
        """From its start for as long as it ran."""
        return Span(self.at, self.at + timedelta(milliseconds=self.played_ms))


class Done(NamedTuple):
    """An action as these numbers need it. They are read in the order of moment and id, so that the last one wins."""

    at: datetime
    actor: uuid.UUID
    day: date
    kind: str
    item_id: int | None
    playlist: uuid.UUID | None
    label: str | None
    amount: int | None


class Known(NamedTuple):
    """An item as these numbers need it."""

    uuid: uuid.UUID
    title: str
    type: str
    owner_id: int | None
    owner: uuid.UUID | None
    created_at: datetime
    visibility: str
    is_deleted: bool

    def is_shown_to(self, owner_id: int | None) -> bool:
        """Whether a member may see it in a list: what is public, and the own."""
        is_own = owner_id is not None and owner_id == self.owner_id
        return not self.is_deleted and (is_own or self.visibility == Visibility.PUBLIC)


@dataclass(frozen=True, slots=True)
class Kept:
    """A number of the whole site that a task counted, and when."""

    value: Any
    as_of: datetime


Timed = TypeVar("Timed", Played, Done)
Read = TypeVar("Read")

PLAY_FIELDS = ("started_at", "actor", "item_id", "item_type", "played_ms", "is_view", "is_completed", "quality")
DONE_FIELDS = ("at", "actor", "day", "kind", "item_id", "playlist", "label", "amount")


class shared(cached_property[Read]):  # noqa: N801  # it is used as `cached_property` is
    """A property that is read once for all windows of a scope that end at the same moment, where a memory is kept."""

    def __get__(self, asked: Any, owner: Any = None) -> Any:
        """Return what was read before, or read it."""
        name = str(self.attrname)
        if name not in asked.read:
            key = ("possible", asked.scope, asked.end, asked.window.zone, name)
            asked.read[name] = memory.once(key, lambda: self.func(asked))
        return asked.read[name]


class Asked:
    """A scope and a window. Properties read what belongs to them, at most once."""

    def __init__(self, scope: Scope, window: Window) -> None:
        self.scope, self.window = scope, window
        self.read: dict[str, Any] = {}

    # Time

    @cached_property
    def end(self) -> datetime:
        """The moment of asking where the window is not over, else its end: where trailing days end."""
        return self.window.until or self.window.end_at

    @cached_property
    def today(self) -> date:
        """The last day, in the window's zone."""
        return day_of(self.end - timedelta(microseconds=1), self.window.zone)

    @cached_property
    def site_today(self) -> date:
        """The last day, in the site's zone."""
        return day_of(self.end - timedelta(microseconds=1), settings.TIME_ZONE)

    @cached_property
    def site_days(self) -> tuple[date, date]:
        """The site days that the window touches: the first, and the last."""
        return day_of(self.window.start_at, settings.TIME_ZONE), self.site_today

    @property
    def is_cut(self) -> bool:
        """Whether it ends in the midst of a site day that went on: what is summed by day says too much of the last one."""
        return self.window.until is None and midnight(self.site_today + DAY, settings.TIME_ZONE) != self.end

    @property
    def last_midnight(self) -> datetime:
        """When the last site day began."""
        return midnight(self.site_today, settings.TIME_ZONE)

    def day_before(self, moment: datetime) -> date:
        """Return the last site day that was over at a moment."""
        return day_of(moment, settings.TIME_ZONE) - DAY

    def local(self, at: datetime) -> datetime:
        """Return an instant by the window's clock."""
        return at.astimezone(ZoneInfo(self.window.zone))

    def since(self, days: int) -> datetime:
        """Return when so many days began of which today is the last."""
        return midnight(self.today - timedelta(days=days - 1), self.window.zone)

    def inside(self, rows: Iterable[Timed]) -> list[Timed]:
        """Return those of the window."""
        return [row for row in rows if self.window.start_at <= row.at < self.window.end_at]

    def trailing(self, rows: Iterable[Timed], days: int = TRAILING_DAYS) -> list[Timed]:
        """Return those of the last days."""
        first = self.since(days)
        return [row for row in rows if first <= row.at]

    # Whom it is about

    @property
    def is_site(self) -> bool:
        """Whether it is about everything."""
        return self.scope.subject is Subject.PLATFORM

    @property
    def is_person(self) -> bool:
        """Whether it is about one person."""
        return self.scope.subject is Subject.USER

    @shared
    def member(self) -> Any:
        """The member asked about; None for a guest, an item, the site."""
        if self.scope.subject is Subject.OWNER:
            return get_user_model().objects.filter(pk=self.scope.key).first()
        return get_user_model().objects.filter(uuid=self.scope.key).first() if self.is_person else None

    @property
    def owner_id(self) -> int | None:
        """The number of the member asked about."""
        return None if self.member is None else self.member.pk

    @property
    def actor(self) -> uuid.UUID | None:
        """The member or guest asked about, as events name one."""
        if self.is_person:
            return self.scope.key
        return None if self.member is None else self.member.uuid

    # What the person did

    @shared
    def plays(self) -> list[Played]:
        """All plays of the person up to the end, in the order in which they began."""
        person: uuid.UUID = self.scope.key
        found = Play.objects.filter(actor=person, started_at__lt=self.end).order_by(
            "started_at", "source_id", "play_id"
        )
        return [Played(at, person, *rest) for at, *rest in found.values_list("started_at", *PLAY_FIELDS[2:])]

    @shared
    def actions(self) -> list[Done]:
        """All actions of the person up to the end, in order."""
        person: uuid.UUID = self.scope.key
        found = Action.objects.filter(actor=person, at__lt=self.end).order_by("at", "event_id")
        return [Done(at, person, *rest) for at, *rest in found.values_list("at", *DONE_FIELDS[2:])]

    def did(self, *kinds: Kind) -> list[Done]:
        """Return the actions of some kinds."""
        wanted = {kind.value for kind in kinds}
        return [row for row in self.actions if row.kind in wanted]

    @shared
    def states(self) -> list[tuple[str, int, uuid.UUID, datetime]]:
        """What the person has switched on: (relation, item, playlist, since when)."""
        return list(
            State.objects.filter(actor=self.scope.key, is_on=1, at__lt=self.end).values_list(
                "relation", "item_id", "playlist", "at"
            )
        )

    @shared
    def stats(self) -> ActorStats | None:
        """The person's eight."""
        return ActorStats.objects.filter(actor=self.scope.key).first()

    @shared
    def sessions(self) -> list[Span]:
        """The person's sessions of the last 13 weeks, in order, and of a day before them, where one may have begun."""
        since = self.since(7 * (FULL_WEEKS + 1)) - DAY
        moments = [row.at for row in self.actions if row.at >= since and row.kind not in NOT_BY_HAND]
        return sessions([row.span for row in self.plays if row.at >= since] + [Span(at, at) for at in moments])

    # What belongs to the person

    @shared
    def own_items(self) -> dict[int, Known]:
        """The member's items, deleted ones too."""
        if self.owner_id is None:
            return {}
        if self.is_person:
            return {item_id: item for item_id, item in self.known.items() if item.owner_id == self.owner_id}
        return known_items(Q(owner_id=self.owner_id))

    @shared
    def known(self) -> dict[int, Known]:
        """Every item that the person played, acted on or owns."""
        wanted = {row.item_id for row in self.plays} | {row.item_id for row in self.actions if row.item_id is not None}
        return known_items(Q(pk__in=wanted) if self.owner_id is None else Q(pk__in=wanted) | Q(owner_id=self.owner_id))

    def named(self, counts: Mapping[int, int]) -> list[Row]:
        """Return a line for each item, the most first, what was made earlier before; without what is hidden from the person."""
        known = self.known
        seen = [item_id for item_id in counts if item_id in known and known[item_id].is_shown_to(self.owner_id)]
        ranked = sorted(seen, key=lambda item_id: (-counts[item_id], known[item_id].created_at, item_id))
        return [Row(known[item_id].title, counts[item_id], str(known[item_id].uuid)) for item_id in ranked]

    def own(self, kind: Kind) -> int:
        """Return how often in the window the member acted on the own items."""
        acts = self.did(kind) if self.is_person else [row for row in self.on_own_items if row.kind == kind.value]
        return sum(row.item_id in self.own_items for row in self.inside(acts))

    @shared
    def on_own_items(self) -> list[Done]:
        """What the owner did with the own items."""
        if self.actor is None or not self.own_items:
            return []
        return done(Action.objects.filter(actor=self.actor, item_id__in=list(self.own_items), at__lt=self.end))

    @shared
    def ratings(self) -> list[Done]:
        """The ratings that the person gave, or that the item or the owner's items got, up to the end, in order."""
        if self.is_person:
            return self.did(Kind.RATING)
        items = [self.scope.key] if self.scope.subject is Subject.ITEM else list(self.own_items)
        return done(Action.objects.filter(item_id__in=items, kind=Kind.RATING.value, at__lt=self.end))

    @property
    def oldest_item(self) -> datetime | None:
        """When the oldest of the member's items that are still there was made."""
        made = [one.created_at for one in self.own_items.values() if not one.is_deleted and one.created_at < self.end]
        return min(made, default=None)

    @shared
    def marks(self) -> list[tuple[uuid.UUID, int, datetime, int]]:
        """Starts and ends of streams, the person's, or the item's: (who, item, when, 1 for a start)."""
        if self.is_person:
            told = self.did(Kind.STREAM_STARTED, Kind.STREAM_ENDED)
            start = Kind.STREAM_STARTED.value
            return [(row.actor, row.item_id, row.at, int(row.kind == start)) for row in told if row.item_id is not None]
        found = StreamMark.objects.filter(at__lt=self.end, item_id=self.scope.key)
        return list(found.order_by("at", "event_id").values_list("actor", "item_id", "at", "is_start"))

    @cached_property
    def stream_plays(self) -> list[Played]:
        """The plays of the streams of `marks` that began in the window."""
        streams = {item_id for _, item_id, _, _ in self.marks}
        if not streams:
            return []
        since = self.window.start_at
        found = Play.objects.filter(item_id__in=streams, started_at__gte=since, started_at__lt=self.end)
        first = day_of(since, settings.TIME_ZONE)
        return [Played(*row) for row in found.filter(day__gte=first).order_by("started_at").values_list(*PLAY_FIELDS)]

    @shared
    def others(self) -> list[Done]:
        """What others did that changes the person's numbers, in order.

        They follow the person, or no longer do; they referred whom the person referred; they took comments away, or work
        on the items that the person commented on, works on or owns.
        """
        wanted = Q(pk__in=[])
        if Kind.FOLLOW.value in self.kinds:
            wanted |= Q(kind__in=FOLLOWS, label__in=spellings(self.scope.key))
        if referred := {row.label for row in self.did(Kind.REFERRAL) if row.label}:
            wanted |= Q(kind=Kind.REFERRAL.value, label__in=referred)
        items = {row.item_id for row in self.did(Kind.COMMENT, Kind.COLLABORATION_ACCEPTED)}
        if Kind.COLLABORATION_ACCEPTED.value in self.kinds:
            items |= self.own_items.keys()
        if items:
            wanted |= Q(item_id__in=items, kind__in=ON_ITEMS)
        return done(Action.objects.filter(wanted, at__lt=self.end)) if wanted != Q(pk__in=[]) else []

    # Sums by site day

    @shared
    def days(self) -> dict[date, dict[str, int]]:
        """The day roll-ups of everything, or of the member's items, up to today."""
        if not self.is_site and not self.own_items:
            return {}
        scope, key = ("p", 0) if self.is_site else ("o", self.owner_id or 0)
        rows = RollupDay.objects.filter(scope=scope, key=key, day__lte=self.site_today)
        return {day: dict(zip(COUNTED, told, strict=True)) for day, *told in rows.values_list("day", *COUNTED)}

    def summed(self, column: str) -> int:
        """Return the sum of a column over the window: of everything, or of the member's items."""
        return self.sums.get(column, 0)

    @cached_property
    def sums(self) -> dict[str, int]:
        """The sums of the window: of everything, of the item, or of the member's items. Two queries."""
        if self.is_person and not self.own_items:
            return {}
        scope = Scope.owner(self.owner_id or 0) if self.is_person else self.scope
        return rollups.totals(scope, self.window, {*SUMMED, *SPREAD})

    @shared
    def kinds(self) -> dict[str, tuple[int, int]]:
        """How many events of each kind that has ever come there were up to the end, and the sum of their amounts."""
        days = Q(day__lt=self.site_today) if self.is_cut else Q(day__lte=self.site_today)
        sums = KindDay.objects.values_list("kind").annotate(
            told=Sum("events", filter=days, default=0), summed=Sum("amount", filter=days, default=0)
        )
        found = {kind: (int(events), int(amount)) for kind, events, amount in sums.order_by()}
        if self.is_cut:
            rest = Action.objects.filter(at__gte=self.last_midnight, at__lt=self.end).values_list("kind")
            for kind, events, amount in rest.annotate(
                told=Count("event_id"), summed=Sum("amount", default=0)
            ).order_by():
                found[kind] = (found[kind][0] + events, found[kind][1] + int(amount))
        return found

    def ever(self, kind: Kind) -> int:
        """Return how many events of a kind have come."""
        return self.kinds.get(kind.value, (0, 0))[0]

    def amount(self, kind: Kind) -> int:
        """Return the sum of a kind's amounts."""
        return self.kinds.get(kind.value, (0, 0))[1]

    @shared
    def kind_days(self) -> list[tuple[date, str, int, int]]:
        """The kinds whose days matter, day by day: (day, kind, events, amount)."""
        if not self.kinds.keys() & set(DAILY):
            return []
        rows = KindDay.objects.filter(kind__in=DAILY, day__lte=self.site_today)
        return list(rows.values_list("day", "kind", "events", "amount"))

    def of_kind(self, kind: Kind) -> int:
        """Return how many events of a kind the site days of the window have."""
        return sum(events for day, told, events, _ in self.kind_days if told == kind.value and self.site_days[0] <= day)

    def amount_since(self, kind: Kind, first: date) -> int:
        """Return the sum of a kind's amounts from a site day on."""
        return sum(amount for day, told, _, amount in self.kind_days if told == kind.value and first <= day)

    @cached_property
    def parts(self) -> dict[str, list[tuple[date, str, int, int, int, int]]]:
        """The site's plays in parts, from the window's start or 28 days back on: (day, value, plays, views, completed, ms)."""
        first = min(self.site_days[0], self.site_today - timedelta(days=TRAILING_DAYS - 1))
        rows = PlayPart.objects.filter(day__gte=first, day__lte=self.site_today, part__in=("hour", "quality", "type"))
        found: dict[str, list[Any]] = {"hour": [], "quality": [], "type": []}
        for part, *row in rows.values_list("part", "day", "value", "plays", "views", "completed", "played_ms"):
            found[part].append(tuple(row))
        return found

    @shared
    def hours(self) -> list[tuple[date, int, int, int]]:
        """The site's plays of the last 28 days by the site's clock: (day, hour, plays, milliseconds)."""
        first = self.site_today - timedelta(days=TRAILING_DAYS - 1)
        last = self.site_today - DAY if self.is_cut else self.site_today
        found = [
            (day, int(hour), plays, ms)
            for day, hour, plays, _views, _completed, ms in self.parts["hour"]
            if first <= day <= last
        ]
        if self.is_cut:
            rest = Play.objects.filter(started_at__gte=self.last_midnight, started_at__lt=self.end)
            zone = ZoneInfo(settings.TIME_ZONE)
            for at, ms in rest.values_list("started_at", "played_ms"):
                found.append((self.site_today, at.astimezone(zone).hour, 1, ms))
        return found

    @shared
    def facts(self) -> dict[str, Kept]:
        """What the task counted for the whole site."""
        return {fact.key: Kept(fact.value["told"], fact.as_of) for fact in PlatformFact.objects.all()}

    def fact(self, key: str, make: Callable[[Any], Value]) -> Value:
        """Return a value made of what the task counted, and when."""
        kept = self.facts.get(key)
        if kept is None:
            return Value(None, note=_("This is counted now and then, and was not yet."))
        value = make(kept.value)
        return replace(value, as_of=kept.as_of)

    @shared
    def audiences(self) -> tuple[int, int]:
        """How many people began a play in the last 28 site days, and in the 28 days before."""
        first = self.site_today - timedelta(days=TRAILING_DAYS - 1)
        earlier = first - timedelta(days=TRAILING_DAYS)
        if self.is_site:
            cells = PeopleCell.objects.filter(day__gte=earlier, day__lte=self.site_today)
            sums = cells.aggregate(
                now=Sum("people", filter=Q(day__gte=first, previous__lt=first)),
                before=Sum("people", filter=Q(day__lt=first, previous__lt=earlier)),
            )
        elif self.own_items:
            plays = Play.objects.filter(item_id__in=list(self.own_items), day__gte=earlier, day__lte=self.site_today)
            sums = plays.aggregate(
                now=Count("actor", distinct=True, filter=Q(day__gte=first)),
                before=Count("actor", distinct=True, filter=Q(day__lt=first)),
            )
        else:
            sums = {}
        return int(sums.get("now") or 0), int(sums.get("before") or 0)

    @cached_property
    def qualities(self) -> dict[str, int]:
        """The milliseconds played in the window by the quality that the player said; '' where it said none."""
        sums: Counter[str] = Counter()
        if self.is_site:
            for day, quality, _plays, _views, _completed, ms in self.parts["quality"]:
                if self.site_days[0] <= day:
                    sums[quality] += ms
        else:
            for play in self.inside(self.plays):
                sums[play.quality or ""] += play.played_ms
        return dict(sums)

    @cached_property
    def item_sums(self) -> dict[int, dict[str, int]]:
        """The views, downloads and shares of the window by item: of the one asked about, the owner's, or all."""
        if self.scope.subject is Subject.ITEM:
            return {self.scope.key: self.sums}
        if not self.is_site:
            return rollups.by_item(list(self.own_items), self.window, SPREAD)
        first, last = self.site_days
        rows = RollupDay.objects.filter(scope="i", day__gte=first, day__lte=last)
        sums = rows.values_list("key").annotate(*(Sum(name) for name in SPREAD)).order_by()
        return {key: dict(zip(SPREAD, told, strict=True)) for key, *told in sums}

    def spread(self, column: str) -> tuple[int, int]:
        """Return the sum of `views`, `downloads` or `shares`, and over how many items."""
        counts = [row[column] for row in self.item_sums.values() if row[column]]
        return sum(counts), len(counts)

    def top(self, column: str) -> list[Row]:
        """Return the ten items with the most, of the site only public ones; what was made earlier comes first."""
        counts = {key: row[column] for key, row in self.item_sums.items() if row[column]}
        known = self.shown_items
        ranked = sorted(
            (key for key in counts if key in known), key=lambda key: (-counts[key], known[key].created_at, key)
        )
        return [Row(known[key].title, counts[key], str(known[key].uuid)) for key in ranked[:LONGEST_LIST]]

    @cached_property
    def shown_items(self) -> dict[int, Known]:
        """Of the items in `item_sums`, those that lists may name and that may be among the first."""
        most: set[int] = set()
        for name in SPREAD:
            ranked = sorted(
                (key for key in self.item_sums if self.item_sums[key][name]), key=lambda key: -self.item_sums[key][name]
            )
            most |= set(ranked[:MOST_RANKED])
        return {key: one for key, one in known_items(Q(pk__in=most)).items() if one.is_shown_to(self.owner_id)}

    def settings_changed(self, area: str) -> list[Done]:
        """Return the person's changes of an area's settings, in order."""
        return [row for row in self.did(Kind.SETTING_CHANGED) if is_of(row.label or "", area)]

    def days_of(self, people: Iterable[uuid.UUID]) -> dict[uuid.UUID, list[date]]:
        """Return the site days on which people were active. A query where there are any."""
        wanted = list(people)
        return active_site_days(wanted) if wanted else {}

    # Answering

    def answer(self, metric: Metric, function: Callable[["Asked"], Value] | None) -> Value:
        """Return a stat's value with floats rounded as everywhere, or what it waits for."""
        value = self.waits(metric)
        if value is not None or function is None:
            return value or waiting(metric)
        value = function(self)
        rows = tuple(replace(row, value=rounded(row.value)) for row in value.rows)
        return replace(value, value=rounded(value.value), rows=rows)

    def waits(self, metric: Metric) -> Value | None:
        """Return what a stat says that waits for events, as long as none has ever come; None when it may be computed."""
        if not metric.waits_for or any(kind in self.kinds for kind in metric.kinds if kind != Kind.PLAY.value):
            return None
        return waiting(metric)

    @property
    def first_day(self) -> date | None:
        """The first day in the window's zone on which anything is known of the person."""
        firsts = [rows[0].at for rows in (self.plays, self.actions) if rows]
        return day_of(min(firsts), self.window.zone) if firsts else None


def done(found: Any) -> list[Done]:
    """Return actions of a queryset in order."""
    return [Done(*row) for row in found.order_by("at", "event_id").values_list(*DONE_FIELDS)]


def rounded(value: Any) -> Any:
    """Return a float with as many decimals as other metrics have, anything else as it is."""
    return round(value, DECIMALS) if isinstance(value, float) else value


def waiting(metric: Metric) -> Value:
    """Return what a stat says whose sender does not exist yet."""
    return Value(None, note=_("Waits for %(what)s.") % {"what": metric.waits_for})


def known_items(wanted: Q) -> dict[int, Known]:
    """Return items by number. One query."""
    names = (
        "pk",
        "uuid",
        "title",
        "external_key",
        "type",
        "owner_id",
        "owner__uuid",
        "created_at",
        "visibility",
        "deleted_at",
    )
    return {
        pk: Known(uuid_, title or key or _("Untitled"), type_, owner_id, owner, made, visibility, gone is not None)
        for pk, uuid_, title, key, type_, owner_id, owner, made, visibility, gone in Item.objects.filter(
            wanted
        ).values_list(*names)
    }


def is_of(setting: str, area: str) -> bool:
    """Whether a setting is the area's: "privacy", or "privacy." and a name."""
    return setting == area or setting.startswith(f"{area}.")


def spellings(person: uuid.UUID) -> tuple[str, str]:
    """Return how events may write a UUID."""
    return str(person), str(person).upper()


def active_site_days(people: Iterable[uuid.UUID]) -> dict[uuid.UUID, list[date]]:
    """Return the site days on which people were active. One query."""
    found: dict[uuid.UUID, list[date]] = {}
    for person, day in ActorDay.objects.filter(actor__in=list(people), acts__gt=0).values_list("actor", "day"):
        found.setdefault(person, []).append(day)
    return found

"""What a creator sees of the own items: the values of the studio's pages and of the dashboard API, computed nowhere else.

All sums are asked of `stats.compute`; what things are called, of the library; who played last, of plays and actions by
their index of items.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import zip_longest
from typing import Any
from urllib.parse import urlencode
from uuid import UUID
from zlib import crc32
from zoneinfo import ZoneInfo

import msgspec
from django.conf import settings
from django.db.models import Count
from django.urls import reverse
from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import User
from analytics import figures, retention
from analytics.figures import Amount
from library import access
from library import queries as library
from library.models import Media
from stats import asking, compute, windows
from stats.compute import Change, Point, Row, Value
from stats.kinds import Kind
from stats.metrics import METRIC, Metric, Scope, Unit
from stats.models import Action, Item, ItemType, Ledger, Play, State
from stats.windows import Window

CARDS = tuple(METRIC[key] for key in ("plays", "watched_hours", "unique_plays", "average_completion", "likes"))
GROWTH = tuple(
    METRIC[key]
    for key in ("plays", "unique_plays", "watched_hours", "likes", "comments", "shares", "saves", "downloads")
)
RATES = tuple(
    METRIC[key]
    for key in (
        "average_duration", "average_completion", "completion_rate", "skip_rate",
        "like_rate", "share_rate", "save_rate", "download_rate",
    )
)  # fmt: skip
OF_ITEMS = tuple(
    METRIC[key]
    for key in ("plays", "watched_hours", "average_completion", "likes", "comments", "shares", "saves", "downloads")
)
OVERVIEW = tuple({metric.key: metric for metric in (*CARDS, *GROWTH, *RATES)}.values())
RANKED = tuple(METRIC[key] for key in ("plays", "average_completion", "likes", "shares"))
SUMMED = tuple(metric for metric in OVERVIEW if metric.columns)
TOP = 6
TITLES = {"watched_hours": gettext_lazy("Hours watched")}
LABELS = {"watched_hours": gettext_lazy("Watched"), "unique_plays": gettext_lazy("Unique viewers")}
SOURCES = {
    "landing": gettext_lazy("Front page"),
    "search": gettext_lazy("Search"),
    "direct": gettext_lazy("Direct and bookmarks"),
    "playlist": gettext_lazy("Playlists"),
    "share": gettext_lazy("Shared links"),
    "player": gettext_lazy("Another item's player"),
    "other": gettext_lazy("Elsewhere"),
}
PLATFORMS = {
    "twitter": gettext_lazy("X"),
    "facebook": gettext_lazy("Facebook"),
    "instagram": gettext_lazy("Instagram"),
    "whatsapp": gettext_lazy("WhatsApp"),
    "copy_link": gettext_lazy("Copied link"),
    "embed": gettext_lazy("Embedded elsewhere"),
    "email": gettext_lazy("E-mail"),
    "qr_code": gettext_lazy("QR code"),
    "other": gettext_lazy("Elsewhere"),
}

PEOPLE = {"u": gettext_lazy("A member"), "g": gettext_lazy("A guest"), "a": gettext_lazy("A visitor")}
CHART_UNITS = {
    "plays": "plays",
    "watched_hours": "h",
    "unique_plays": "people",
    "average_completion": "%",
    "likes": "likes",
}
RECENT_PLAYS, RECENT_LIKES = 10, 5
SAMPLE = 5_000
USUAL = "30d"
NO_RANGES = "[]"
ORDERS = (*(metric.key for metric in OF_ITEMS), "title", "newest")

_ranges = msgspec.json.Decoder(list[tuple[int, int]])


@dataclass(frozen=True, slots=True)
class Delta:
    """A change as it is shown: which way, whether that is good, and how much."""

    direction: str
    mood: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A metric in the window and in the one before it."""

    metric: Metric
    now: Value
    before: Value | None
    receipt: str

    @property
    def label(self) -> str:
        """What the studio calls it."""
        return str(LABELS.get(self.metric.key, self.metric.label))

    @property
    def amount(self) -> Amount:
        """It now, written."""
        return figures.amount(self.now.value, self.metric.unit)

    @property
    def before_amount(self) -> Amount:
        """It before, written."""
        return figures.amount(self.before.value if self.before else None, self.metric.unit)

    @property
    def has_before(self) -> bool:
        """Whether there was anything to count before."""
        return self.before is not None and self.before.value is not None

    @property
    def change(self) -> Change | None:
        """How it grew; None where there is nothing before."""
        return compute.change(self.now, self.before, self.metric.unit)

    @property
    def delta(self) -> Delta | None:
        """The change as it is shown; None where there is none."""
        change = self.change
        if change is None or self.now.value is None or not self.has_before:
            return None
        if change.is_new:
            return Delta("new", "good")
        step = change.points if self.metric.unit is Unit.PERCENT else change.percent
        if step is None:
            return None
        if round(step, 1) == 0:
            return Delta("same")
        unit = _("pts") if self.metric.unit is Unit.PERCENT else "%"
        mood = "good" if (step > 0) == self.metric.is_higher_better else "bad"
        return Delta("up" if step > 0 else "down", mood, f"{figures.number(abs(step), 1)} {unit}")


@dataclass(frozen=True, slots=True)
class TrendRow:
    """One step of time of a metric, with the same step of the window before."""

    label: str
    start: date | datetime
    now: Any
    before: Any = None
    is_open: bool = False

    @property
    def day(self) -> date:
        """The day in which it begins."""
        return self.start.date() if isinstance(self.start, datetime) else self.start


@dataclass(frozen=True, slots=True)
class Card(Line):
    """A headline figure with its days."""

    rows: tuple[TrendRow, ...] = ()

    @property
    def is_hourly(self) -> bool:
        """Whether its rows are hours and not days."""
        return bool(self.rows) and isinstance(self.rows[0].start, datetime)

    @property
    def title(self) -> str:
        """What stands over its chart."""
        what = TITLES.get(self.metric.key, self.label)
        return (_("%(what)s per hour") if self.is_hourly else _("%(what)s per day")) % {"what": what}

    @property
    def chart_unit(self) -> str:
        """What the chart writes behind a value."""
        return CHART_UNITS[self.metric.key]

    @property
    def points(self) -> list[Any]:
        """Its values in the order of time."""
        return [row.now for row in self.rows]


@dataclass(frozen=True, slots=True)
class Bar:
    """One line of a ranking: its share of the whole, and the longest of the ranking."""

    label: str
    value: int
    percent: int
    most: int


@dataclass(frozen=True, slots=True)
class Own:
    """An item of one's own, of which one may have very many: what the studio shows of it, and no more."""

    pk: int
    uuid: UUID
    title: str
    type: str
    duration_ms: int | None
    created_at: datetime
    thumbnail: str = ""
    sha256: str = ""

    @property
    def name(self) -> str:
        """What to call it."""
        return self.title or _("Untitled")

    @property
    def url(self) -> str:
        """Where its numbers are."""
        return reverse("analytics:studio-item", args=[self.uuid])

    @property
    def thumbnail_url(self) -> str:
        """Where its small picture is, '' without one."""
        item = Item(uuid=self.uuid)
        item.media = Media(thumbnail=self.thumbnail, sha256=self.sha256)
        return library.picture_url(item, "thumbnail")

    @property
    def about(self) -> str:
        """How long it is; what it is where it has no length."""
        if not self.duration_ms:
            return str(ItemType(self.type).label)
        minutes, seconds = divmod(self.duration_ms // 1000, 60)
        return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}" if minutes >= 60 else f"{minutes}:{seconds:02}"


@dataclass(frozen=True, slots=True)
class ItemRow:
    """An item with its numbers of the window."""

    item: Own
    values: dict[str, Value]

    @property
    def plays(self) -> int:
        """How often it was played."""
        return int(self.values["plays"].value or 0)

    @property
    def likes(self) -> int:
        """How many likes it was given."""
        return int(self.values["likes"].value or 0)

    @property
    def amounts(self) -> list[Amount]:
        """Its numbers, written, in the order of `OF_ITEMS`."""
        return [figures.amount(self.values[metric.key].value, metric.unit) for metric in OF_ITEMS]

    @property
    def completion(self) -> Any:
        """How much of it a play covers on average, in percent; None where nothing tells it."""
        return self.values["average_completion"].value


@dataclass(frozen=True, slots=True)
class Seen:
    """Somebody played or liked an item. Who it was is nobody's business."""

    who: str
    title: str
    url: str
    at: datetime
    item_uuid: UUID | None = None
    played_ms: int = 0
    completion_bp: int | None = None


@dataclass(frozen=True, slots=True)
class InPlaylists:
    """An item that others put into their playlists: into how many, and how many people did."""

    title: str
    url: str
    item_uuid: UUID
    playlists: int
    people: int


@dataclass(frozen=True, slots=True)
class Retention:
    """Who is still watching: the slices, and what to say about them."""

    slices: tuple[retention.Slice, ...]
    about: str
    words: str


@dataclass(frozen=True)
class Page:
    """What every page of the studio knows: its window, in words and as links. `csv` maps a table to its address."""

    window: Window
    now: datetime
    error: str = ""
    order: str = ""
    csv: dict[str, str] = field(default_factory=dict)

    @property
    def words(self) -> str:
        """The window in words."""
        return figures.named(self.window)

    @property
    def compared(self) -> str:
        """What it is compared with; '' where there is nothing before."""
        return figures.previous(self.window)

    @property
    def as_of(self) -> str:
        """The time of day of the numbers."""
        return figures.clock(self.now, self.window.zone)

    @property
    def step(self) -> str:
        """What a row of a table over time is."""
        return _("Hour") if self.window.name == "24h" else _("Day")

    @property
    def is_custom(self) -> bool:
        """Whether the window was asked for by dates."""
        return not self.window.name

    @property
    def first(self) -> date:
        """The first day to propose for a window of one's own."""
        if self.window.days > windows.LONGEST_DAYS:
            return self.last - timedelta(days=29)
        return self.window.first_day

    @property
    def last(self) -> date:
        """The last day to propose for a window of one's own."""
        return self.window.end_day - windows.DAY

    @property
    def query(self) -> str:
        """The query that leads to the same window on another page."""
        return query_of(self.window)

    @property
    def ranges(self) -> list[dict[str, Any]]:
        """The range picker."""
        kept = {"order": self.order} if self.order not in {"", ORDERS[0]} else {}
        named = [
            {
                "label": label,
                "query": "?" + urlencode({"range": name, **kept}),
                "is_current": name == self.window.name,
            }
            for name, label in RANGE_LABELS.items()
        ]
        days = {"from": self.first.isoformat(), "to": self.last.isoformat(), **kept}
        return [*named, {"label": _("Custom"), "query": "?" + urlencode(days), "is_current": self.is_custom}]


@dataclass(frozen=True)
class ItemsPage(Page):
    """All items of one member in a window, as a table."""

    rows: Sequence[ItemRow] = ()
    pager: Any = None
    count: int = 0

    @property
    def columns(self) -> list[dict[str, Any]]:
        """The heads of the table: what orders by them, which way, and whether it does now."""
        labels = {"title": _("Item"), **{metric.key: short(metric) for metric in OF_ITEMS}, "newest": _("Uploaded")}
        return [
            {
                "order": order,
                "label": label,
                "is_current": order == self.order,
                "is_ascending": order == "title",
                "is_number": order != "title",
            }
            for order, label in labels.items()
        ]


@dataclass(frozen=True)
class Overview(Page):
    """All items of one member in a window. `item` is the one item where it is the page of one.

    `qualities_of` says of how many of the newest plays the qualities are; 0 for all.
    """

    cards: Sequence[Card] = ()
    growth: Sequence[Line] = ()
    rates: Sequence[Line] = ()
    sources: Sequence[Bar] = ()
    platforms: Sequence[Bar] = ()
    qualities: Sequence[Bar] = ()
    qualities_of: int = 0
    recent_plays: Sequence[Seen] = ()
    recent_likes: Sequence[Seen] = ()
    playlists: Sequence[InPlaylists] = ()
    top: Sequence[ItemRow] = ()
    others: dict[str, Any] | None = None
    items_count: int = 0
    item: Item | None = None
    retention: Retention | None = None
    receipts: dict[str, str] = field(default_factory=dict)
    sums: str = ""

    @property
    def most(self) -> int:
        """The plays of the item played most."""
        return max((row.plays for row in self.top), default=0) or 1


RANGE_LABELS = {
    "24h": gettext_lazy("24 h"),
    "7d": gettext_lazy("7 d"),
    "30d": gettext_lazy("30 d"),
    "90d": gettext_lazy("90 d"),
    "1y": gettext_lazy("1 y"),
    "all": gettext_lazy("All"),
}


# Whose


def own_items(user: User) -> list[Own]:
    """Return the items of a member that are not deleted, the newest first. One query."""
    items = access.owned_by(user).select_related(None).filter(owner=user.pk).order_by("-created_at", "-id")
    columns = ("pk", "uuid", "title", "type", "duration_ms", "created_at", "media__thumbnail", "media__sha256")
    return [Own(*row) for row in items.values_list(*columns)]


def own(item: Item) -> Own:
    """Return what the studio shows of an item."""
    return Own(item.pk, item.uuid, item.title, item.type, item.duration_ms, item.created_at)


@dataclass(frozen=True, slots=True)
class Version:
    """What the numbers of a window come from: the log's last chunk, the moment, and what the sums were."""

    chunk: int
    moment: str
    sums: str = ""

    @property
    def tag(self) -> str:
        """An entity tag (RFC 9110, 8.8.3)."""
        return f'"{self.chunk}.{self.moment}.{self.sums}"'


def version(window: Window, now: datetime) -> Version:
    """Return the version of a window before its sums are known. One query.

    Windows that end now move on by the minute; what is compared up to the same time of day, every five.
    """
    chunk = Ledger.objects.values_list("chunk", flat=True).first() or 0
    start, end = (int(at.timestamp()) // 60 for at in (window.start_at, window.end_at))
    return Version(chunk, f"{start}-{end}-{int(now.timestamp()) // 300}")


def is_known(seen: str, current: Version, scope: Scope, window: Window) -> bool:
    """Whether who has seen the version `seen` misses nothing.

    So it is when the log has no new chunk, and also when it has but the sums are the same: what came was of others.
    Two queries in the latter case.
    """
    chunk, _dot, rest = seen.strip('"').partition(".")
    moment, _dot, sums = rest.partition(".")
    if moment != current.moment:
        return False
    return chunk == str(current.chunk) or sums == digest(compute.compute_all(SUMMED, scope, window))


def digest(values: Mapping[str, Value]) -> str:
    """Return a short text that changes when a sum does."""
    return f"{crc32(repr([values[metric.key].value for metric in SUMMED]).encode()):08x}"


# Pages


def overview(user: User, window: Window, now: datetime, **page: Any) -> Overview:
    """Return the page of all items of a member."""
    items = {item.pk: item for item in own_items(user)}
    scope = Scope.owner(user.pk)
    rows = item_rows(items.values(), window, RANKED)
    shown = ordered(rows, "plays")[:TOP]
    lines = _lines(scope, window, {"owner": "me"})
    cards = _cards(lines, scope, window, now)
    return Overview(
        window,
        now,
        **page,
        **_common(scope, window, lines, cards),
        recent_plays=recent_plays(user, items, window, _since(cards, "plays", RECENT_PLAYS)),
        recent_likes=recent_likes(user, items, window, _since(cards, "likes", RECENT_LIKES)),
        playlists=in_playlists(user, items, window),
        top=shown,
        others=_others(lines, rows, shown),
        items_count=len(items),
    )


def item_overview(user: User, item: Item, window: Window, now: datetime, **page: Any) -> Overview:
    """Return the page of one item."""
    scope = Scope.item(item.pk)
    lines = _lines(scope, window, {"item": str(item.uuid)})
    cards = _cards(lines, scope, window, now)
    newest, plays = newest_plays(item, window), int(lines["plays"].now.value or 0)
    qualities = Counter(quality for _actor, _ranges, quality in newest if quality)
    return Overview(
        window,
        now,
        **page,
        **_common(scope, window, lines, cards),
        qualities=bars([Row(quality, count, quality) for quality, count in qualities.items()]),
        qualities_of=len(newest) if plays > len(newest) else 0,
        recent_plays=recent_plays(user, {item.pk: own(item)}, window, _since(cards, "plays", RECENT_PLAYS)),
        recent_likes=recent_likes(user, {item.pk: own(item)}, window, _since(cards, "likes", RECENT_LIKES)),
        item=item,
        retention=retention_of(item, newest, plays) if item.duration_ms else None,
    )


def item_rows(items: Collection[Own], window: Window, metrics: Sequence[Metric] = OF_ITEMS) -> list[ItemRow]:
    """Return items with their numbers of a window, in the same order. At most two queries."""
    values = compute.by_item(metrics, [item.pk for item in items], window)
    return [ItemRow(item, values[item.pk]) for item in items]


def ranking(items: Collection[Own], window: Window, order: str) -> list[Own]:
    """Return items by one of `ORDERS`, which costs less than all their numbers. At most two queries."""
    metrics = [metric for metric in OF_ITEMS if metric.key == order]
    rows = item_rows(items, window, metrics) if metrics else [ItemRow(item, {}) for item in items]
    return [row.item for row in ordered(rows, order)]


def ordered(rows: Sequence[ItemRow], order: str) -> list[ItemRow]:
    """Return rows by one of `ORDERS`: the greatest first, what is not known last; titles from A."""
    if order == "title":
        return sorted(rows, key=lambda row: row.item.name.casefold())
    if order == "newest":
        return sorted(rows, key=lambda row: row.item.created_at, reverse=True)
    return sorted(rows, key=lambda row: (row.values[order].value is None, -(row.values[order].value or 0)))


# Parts of pages


def bars(rows: Sequence[Row], names: dict[str, Any] | None = None) -> list[Bar]:
    """Return a breakdown as bars, the longest first, without what did not occur."""
    counted = sorted(((row.key or row.label, int(row.value or 0)) for row in rows), key=lambda pair: -pair[1])
    counted = [(key, value) for key, value in counted if value]
    total = sum(value for _, value in counted)
    most = max((value for _, value in counted), default=0)
    return [Bar(str((names or {}).get(key, key)), value, round(100 * value / total), most) for key, value in counted]


def recent_plays(user: User, items: Mapping[int, Own], window: Window, since: date) -> list[Seen]:
    """Return the newest plays of items in a window, of days from `since` on. One query."""
    found = Play.objects.filter(item_id__in=list(items), day__gte=since)
    found = found.filter(started_at__gte=window.start_at, started_at__lt=window.end_at).order_by("-started_at")
    columns = ("actor", "actor_type", "item_id", "started_at", "played_ms", "completion_bp", "media_ms")
    return [
        Seen(
            _who(user, actor, actor_type), *_named(items[item_id]), at, items[item_id].uuid, played_ms,
            completion if media_ms else None,
        )
        for actor, actor_type, item_id, at, played_ms, completion, media_ms in found.values_list(*columns)[:RECENT_PLAYS]
    ]  # fmt: skip


def recent_likes(user: User, items: Mapping[int, Own], window: Window, since: date) -> list[Seen]:
    """Return the newest likes of items in a window, of days from `since` on. One query."""
    found = Action.objects.filter(item_id__in=list(items), day__gte=since, kind=Kind.LIKE.value)
    found = found.filter(at__gte=window.start_at, at__lt=window.end_at).order_by("-at")
    rows: Iterable[Any] = found.values_list("actor", "actor_type", "item_id", "at")[:RECENT_LIKES]
    return [
        Seen(_who(user, actor, actor_type), *_named(items[item_id]), at, items[item_id].uuid)
        for actor, actor_type, item_id, at in rows
    ]


def since(days: Sequence[tuple[date, Any]], count: int) -> date:
    """Return a day from which on at least `count` of something happened, so that few days need be looked through."""
    left = count
    for day, value in reversed(days):
        left -= int(value or 0)
        if left <= 0:
            return day - windows.DAY
    return days[0][0] - windows.DAY if days else date.max


def in_playlists(user: User, items: Mapping[int, Own], window: Window) -> list[InPlaylists]:
    """Return the items that others put into playlists in a window, those in most first. One query."""
    found = Action.objects.filter(
        item_id__in=list(items),
        day__gte=window.first_day - windows.DAY,
        kind=Kind.SAVE.value,
        playlist__isnull=False,
        at__gte=window.start_at,
        at__lt=window.end_at,
    ).exclude(actor=user.uuid)
    counted = found.values("item_id").annotate(
        playlists=Count("playlist", distinct=True), people=Count("actor", distinct=True)
    )
    rows: Iterable[Any] = counted.order_by("-playlists", "-people", "item_id")[:TOP]
    return [
        InPlaylists(*_named(items[row["item_id"]]), items[row["item_id"]].uuid, row["playlists"], row["people"])
        for row in rows
    ]


def own_playlists(user: User) -> tuple[int, int]:
    """Return how many playlists a member has something in, and how many items are in them. One query."""
    saved = State.objects.filter(actor=user.uuid, relation="save", is_on=1).exclude(playlist=UUID(int=0))
    counted = saved.aggregate(playlists=Count("playlist", distinct=True), items=Count("item_id"))
    return counted["playlists"], counted["items"]


def newest_plays(item: Item, window: Window, most: int = SAMPLE) -> list[tuple[UUID, str, str]]:
    """Return person, ranges and quality of an item's newest plays in a window, `most` at most. One query."""
    found = Play.objects.filter(
        item_id=item.pk,
        day__gte=window.first_day - windows.DAY,
        day__lte=window.end_day,
        started_at__gte=window.start_at,
        started_at__lt=window.end_at,
    )
    rows: Iterable[Any] = found.order_by("-day", "-started_at").values_list("actor", "ranges", "quality")[:most]
    return list(rows)


def retention_of(item: Item, newest: Sequence[tuple[UUID, str, str]], plays: int) -> Retention:
    """Return who is still watching when, from the newest of an item's plays that tell what was played."""
    told = [(actor, ranges) for actor, ranges, _quality in newest if ranges != NO_RANGES]
    curve = retention.curve(((actor, _ranges.decode(ranges)) for actor, ranges in told), item.duration_ms or 0)
    about = ngettext("%(plays)s play", "%(plays)s plays", curve.plays) % {"plays": figures.number(curve.plays)}
    if plays > len(newest):
        about = _("The newest %(shown)s of %(plays)s plays") % {
            "shown": figures.number(len(newest)),
            "plays": figures.number(plays),
        }
    step = ngettext("every second", "every %(seconds)d seconds", curve.step_ms // 1000) % {
        "seconds": curve.step_ms // 1000
    }
    return Retention(curve.slices, f"{about} · {step}", _retention_words(curve))


def _retention_words(curve: retention.Curve) -> str:
    if curve.at_end_percent is None:
        return _("Nobody has played this in this period.")
    end = _("In the last stretch, %(percent)s %% are still there.") % {
        "percent": figures.number(curve.at_end_percent, 1)
    }
    if curve.rewatched is None:
        return _("No place stands out as watched again. %(end)s") % {"end": end}
    minutes, seconds = divmod(curve.rewatched.start_ms // 1000, 60)
    return _("Watched again most: %(place)s. %(end)s") % {"place": f"{minutes}:{seconds:02}", "end": end}


def _lines(scope: Scope, window: Window, subject: dict[str, str]) -> dict[str, Line]:
    now = compute.compute_all(OVERVIEW, scope, window)
    span = windows.before(window)
    before = compute.compute_all(OVERVIEW, scope, span) if span else {}
    query = urlencode(subject | asking.query_of(window))
    return {
        metric.key: Line(
            metric,
            now[metric.key],
            before.get(metric.key),
            f"{reverse('analytics:receipt', args=[metric.key])}?{query}",
        )
        for metric in OVERVIEW
    }


def _cards(lines: dict[str, Line], scope: Scope, window: Window, now: datetime) -> list[Card]:
    rows = _trends(scope, window, now)
    return [
        Card(line.metric, line.now, line.before, line.receipt, rows[line.metric.key])
        for line in (lines[metric.key] for metric in CARDS)
    ]


def _since(cards: Sequence[Card], key: str, count: int) -> date:
    card = next(card for card in cards if card.metric.key == key)
    return since([(row.day, row.now) for row in card.rows], count)


def _trends(scope: Scope, window: Window, now: datetime) -> dict[str, tuple[TrendRow, ...]]:
    """Return each card's days, or hours, and beside each the one as far into the window before. At most four queries."""
    return _hours(scope, window) if window.name == "24h" else _days(scope, window, now)


def _hours(scope: Scope, window: Window) -> dict[str, tuple[TrendRow, ...]]:
    points = compute.hours(CARDS, scope, Window(window.start_at - windows.DAY, window.end_at, window.zone))
    starts = [point.at.astimezone(ZoneInfo(window.zone)) for point in points]
    return {
        metric.key: tuple(
            TrendRow(f"{start:%H:%M}", start, now.values[metric.key].value, before.values[metric.key].value)
            for before, now, start in zip(points[:24], points[24:], starts[24:], strict=True)
        )
        for metric in CARDS
    }


def _days(scope: Scope, window: Window, now: datetime) -> dict[str, tuple[TrendRow, ...]]:
    points, earlier = _points(scope, window)
    today = windows.day_of(now, window.zone)
    rows: dict[str, list[TrendRow]] = {metric.key: [] for metric in CARDS}
    for point, before in zip_longest(points, earlier[: len(points)]):
        label = formats.date_format(point.day, "j M")
        for key, value in point.values.items():
            old = before.values[key].value if before else None
            rows[key].append(TrendRow(label, point.day, value.value, old, point.day == today))
    return {key: tuple(found) for key, found in rows.items()}


def _points(scope: Scope, window: Window) -> tuple[list[Point], list[Point]]:
    """Return the days of a window and of the one before, to its end. Whole days of both are asked for at once."""
    before = windows.before(window)
    if before is None:
        return compute.series(CARDS, scope, window), []
    if not window.is_whole_days:
        return compute.series(CARDS, scope, window), compute.series(CARDS, scope, before)
    both = Window(before.start_at, window.end_at, window.zone, window.name, window.until)
    points = compute.series(CARDS, scope, both)
    return points[-window.days :], points[: -window.days]


def _common(scope: Scope, window: Window, lines: dict[str, Line], cards: list[Card]) -> dict[str, Any]:
    """Return what the page of one item and that of all have in common."""
    found = compute.breakdowns(("play_source", "share_platform"), scope, window)
    return {
        "sources": bars(found["play_source"], SOURCES),
        "platforms": bars(found["share_platform"], PLATFORMS),
        "cards": cards,
        "growth": [lines[metric.key] for metric in GROWTH],
        "rates": [lines[metric.key] for metric in RATES],
        "receipts": {key: line.receipt for key, line in lines.items()},
        "sums": digest({key: line.now for key, line in lines.items()}),
    }


def _others(lines: dict[str, Line], rows: Sequence[ItemRow], shown: Sequence[ItemRow]) -> dict[str, Any] | None:
    """Return what the rows that are not shown add up to, deleted items with them: the table makes the whole."""
    plays = int(lines["plays"].now.value or 0) - sum(row.plays for row in shown)
    likes = int(lines["likes"].now.value or 0) - sum(row.likes for row in shown)
    count = len(rows) - len(shown)
    if not (plays or likes or count):
        return None
    label = ngettext("%(count)d other item", "%(count)d other items", count) % {"count": count}
    return {"label": label if count else _("Deleted items"), "plays": plays, "likes": likes}


def query_of(window: Window) -> str:
    """Return the query of a link to the same window; '' for the usual one."""
    zone = {} if window.zone == settings.TIME_ZONE else {"tz": window.zone}
    if window.name:
        asked = {} if window.name == USUAL else {"range": window.name}
    else:
        asked = asking.query_of(window)
        asked.pop("tz")
    return "?" + urlencode(asked | zone) if asked or zone else ""


def short(metric: Metric) -> str:
    """Return what the studio calls a metric where there is little room."""
    return str({"average_completion": _("Completion")}.get(metric.key) or LABELS.get(metric.key, metric.label))


def _named(item: Own) -> tuple[str, str]:
    return item.name, item.url


def _who(user: User, actor: UUID, actor_type: str) -> str:
    return _("You") if actor == user.uuid else str(PEOPLE.get(actor_type, PEOPLE["a"]))

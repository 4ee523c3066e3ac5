"""The pages of the studio: all items of a creator, or one."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import zip_longest
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.conf import settings
from django.urls import reverse
from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import User
from analytics import figures
from analytics.studio.catalogue import ORDERS, ItemRow, item_rows, ordered, own, own_items
from analytics.studio.lately import (
    RECENT_LIKES,
    RECENT_PLAYS,
    InPlaylists,
    Seen,
    in_playlists,
    newest_plays,
    recent_likes,
    recent_plays,
    since,
)
from analytics.studio.measured import CARDS, GROWTH, OF_ITEMS, OVERVIEW, PLATFORMS, RANKED, RATES, SOURCES, short
from analytics.studio.staying import Retention, retention_of
from analytics.studio.values import Bar, Card, Line, TrendRow, bars
from analytics.studio.versions import digest
from stats import asking, compute, windows
from stats.compute import Point, Row
from stats.metrics import Scope
from stats.models import Item
from stats.windows import Window

TOP = 6
USUAL = "30d"
RANGE_LABELS = {
    "24h": gettext_lazy("24 h"),
    "7d": gettext_lazy("7 d"),
    "30d": gettext_lazy("30 d"),
    "90d": gettext_lazy("90 d"),
    "1y": gettext_lazy("1 y"),
    "all": gettext_lazy("All"),
}


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


def query_of(window: Window) -> str:
    """Return the query of a link to the same window; '' for the usual one."""
    zone = {} if window.zone == settings.TIME_ZONE else {"tz": window.zone}
    if window.name:
        asked = {} if window.name == USUAL else {"range": window.name}
    else:
        asked = asking.query_of(window)
        asked.pop("tz")
    return "?" + urlencode(asked | zone) if asked or zone else ""


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

"""Receipts: how a number came about. What was counted, what was left out, and the plays and actions themselves.

Over the whole list, what the entries add is the number: `adds` its numerator, `of` its denominator where it is a ratio.
The entries are read from the projections that carry their own keys, newest first, page by page after the last one.
"""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.core import signing
from django.db import connection
from django.utils.crypto import salted_hmac

from stats import asking, rollups, spans
from stats.actions import NOBODY
from stats.compute import Value, compute
from stats.counters import ACTOR_COLUMNS
from stats.fields import from_micros
from stats.kinds import Kind
from stats.measures import BY_KEY
from stats.metrics import Derived, Lifetime, Metric, People, Ratio, Replays, Scope, Subject, Sum
from stats.models import Item
from stats.recount import REPLAY_US
from stats.spans import Sql
from stats.streams import RECONNECT_US
from stats.windows import Window

LIMIT, MOST = 50, 200
SALT = "stats.receipts"
PEOPLE = {"u": "Member", "g": "Guest", "a": "Visitor"}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the sum: what, and how much, in `unit` ("ms", "bp" for hundredths of a percent, else pieces).

    Those that are neither `is_left_out` nor `is_of` add up to the numerator, those that are `is_of` to the denominator.
    """

    label: str
    value: int
    is_left_out: bool = False
    is_of: bool = False
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One play or action. `who` is a pseudonym, or "You".

    `adds` is what it adds to the numerator, `of` to the denominator; `reason` says why it adds nothing.
    """

    at: datetime
    kind: str
    item_id: int | None
    title: str
    item_uuid: str
    who: str
    adds: int
    of: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Receipt:
    """A number with everything that it was made of. `cursor` asks for the next page of entries; empty on the last.

    `is_summed` says whether the entries add up to the number; else they are only what it was computed from.
    """

    metric: Metric
    scope: Scope
    window: Window
    value: Value
    lines: tuple[Line, ...]
    entries: tuple[Entry, ...]
    cursor: str
    events: int
    curl: str
    is_summed: bool


def receipt(
    metric: Metric,
    scope: Scope,
    window: Window,
    cursor: str = "",
    limit: int = LIMIT,
    *,
    origin: str = "",
    viewer: uuid.UUID | None = None,
) -> Receipt:
    """Return the receipt of a number, with a page of entries, newest first. At most 12 queries.

    `origin` is the site's address for the curl line, `viewer` who reads it. Raises `stats.asking.Bad` `invalid_cursor`
    for a cursor that was altered, or that belongs to another number.
    """
    lists = _lists(metric, scope)
    after = _opened(cursor, metric, scope, lists)
    value = compute(metric, scope, window)
    sums = rollups.totals(scope, window, _columns(metric)) if not isinstance(metric.how, Lifetime | Derived) else {}
    found = sorted(
        (row for rank, one in enumerate(lists) for row in _page(one, rank, scope, window, after, limit + 1)),
        key=lambda row: (-row.time, row.rank, row.place),
    )
    rest = found[limit:]
    page = found[:limit]
    return Receipt(
        metric=metric,
        scope=scope,
        window=window,
        value=value,
        lines=tuple(_lines(metric, value, sums)),
        entries=tuple(_entries(page, scope, viewer)),
        cursor=_sealed(metric, scope, page[-1]) if rest else "",
        events=_events(lists, scope, window),
        curl=_curl(metric, scope, window, origin),
        is_summed=not isinstance(metric.how, Derived) and value.over is not None,
    )


# What a number is made of


@dataclass(frozen=True, slots=True)
class _List:
    """Rows of one table: how each is known (newest first: all descending), what it adds, why it does not.

    `columns` of the roll-ups count them; empty where none does.
    """

    table: str
    time: str
    keys: tuple[str, ...]
    kind: str
    adds: str
    of: str = "0"
    where: str = "1 = 1"
    reason: str = ""
    actor_type: str = "actor_type"
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Row:
    time: int
    rank: int
    place: int
    nth: int  # of its list and instant
    kind: str
    item_id: int | None
    actor: str
    actor_type: str
    adds: int
    of: int
    reason: str


_PLAY_KEYS = ("actor", "source_id", "play_id", "item_id", "client_start")
_ACTION_KEYS = ("event_id", "source_id", "actor")
_MARK_KEYS = ("event_id", "item_id", "actor")
_REASONS = {
    "views": "Too short for a view",
    "completed": "Not completed",
    "skipped": "Not skipped",
    "completion_bp": "The length is not known",
    "people": "Somebody counted already",
    "replays": "No view by this person in the 24 hours before",
    "interactions": "An item liked before",
    "streams": "A reconnect within five minutes",
    "uploads": "An upload of another type",
    "visitors": "A visitor, who has no lifetime numbers",
}
_FIRST_LIKE = (
    "CASE WHEN kind = 'like' AND EXISTS (SELECT 1 FROM stats_action e WHERE e.actor = t.actor AND e.kind = 'like' AND"
    " e.item_id = t.item_id AND (e.at, e.event_id, e.source_id) < (t.at, t.event_id, t.source_id)) THEN 0 ELSE 1 END"
)
_NO_RECONNECT = (
    "CASE WHEN EXISTS (SELECT 1 FROM stats_streammark o WHERE o.actor = t.actor AND o.item_id = t.item_id"
    f" AND o.at >= t.at - {RECONNECT_US} AND (o.at, o.event_id) < (t.at, t.event_id)) THEN 0 ELSE 1 END"
)
_COLUMN_OF = {
    "like": "likes", "unlike": "unlikes", "save": "saves", "unsave": "unsaves", "share": "shares", "download": "downloads",
    "comment": "comments", "comment_deleted": "comments_deleted", "rating": "ratings",
}  # fmt: skip
_UPLOADS = {"videos_uploaded": "video", "images_uploaded": "image", "streams_created": "stream"}


def _lists(metric: Metric, scope: Scope) -> list[_List]:
    how = metric.how
    if isinstance(how, Sum):
        return [_of_measure(how.column, metric)]
    if isinstance(how, Ratio):
        if BY_KEY[how.over].of_play:
            return [_plays(BY_KEY[how.over].of_play, BY_KEY[how.under].of_play, _REASONS.get(how.over, ""))]
        return [_plays("0", BY_KEY[how.under].of_play), _of_measure(how.over, metric, "0")]
    if isinstance(how, People):
        return [_plays(_first_of_person(scope), "0", _REASONS["people"])]
    if isinstance(how, Replays):
        return [_plays(_replayed(), "1", _REASONS["replays"])]
    if isinstance(how, Lifetime):
        lists = [*_of_life(how.column, metric), *_opened_with(how.column)]
        return [_of_known(one) if scope.subject is Subject.PLATFORM else one for one in lists]
    lists = [_plays("0", "0")] if Kind.PLAY.value in metric.kinds else []
    kinds = tuple(kind for kind in metric.kinds if kind != Kind.PLAY.value)
    return [*lists, _actions(kinds, "0")] if kinds else lists


def _plays(adds: str, of: str = "0", reason: str = "") -> _List:
    return _List("stats_play", "started_at", _PLAY_KEYS, "'play'", adds, of, reason=reason, columns=("plays",))


def _actions(kinds: Iterable[str], adds: str = "1", reason: str = "") -> _List:
    wanted = sorted(kinds)
    condition = f"kind IN ({', '.join(repr(str(kind)) for kind in wanted)})"
    columns = tuple(_COLUMN_OF[kind] for kind in wanted) if _COLUMN_OF.keys() >= set(wanted) else ()
    return _List("stats_action", "at", _ACTION_KEYS, "kind", adds, where=condition, reason=reason, columns=columns)


def _of_measure(column: str, metric: Metric, of: str = "0") -> _List:
    measure = BY_KEY[column]
    if measure.of_play:
        return _plays(measure.of_play, of, _REASONS.get(column, ""))
    return _actions((kind for kind in metric.kinds if kind != Kind.PLAY.value), measure.of_action)


def _of_life(column: str, metric: Metric) -> list[_List]:
    if column in {"plays", "watched_ms"}:
        return [_plays("1" if column == "plays" else "played_ms")]
    if column == "interactions":
        return [_actions(metric.kinds, _FIRST_LIKE, _REASONS["interactions"])]
    if column == "features_used":
        return [_actions(metric.kinds)]
    if column in _UPLOADS:
        adds = f"CASE WHEN label = '{_UPLOADS[column]}' THEN 1 ELSE 0 END"
        uploads = _actions(["upload"], adds, _REASONS["uploads"])
        if column != "streams_created":
            return [uploads]
        marks = _List(
            "stats_streammark", "at", _MARK_KEYS, "'stream_started'", _NO_RECONNECT, where="is_start = 1",
            reason=_REASONS["streams"], actor_type="'u'",
        )  # fmt: skip
        return [marks, uploads]
    return [_plays("0"), _actions((kind for kind in metric.kinds if kind != Kind.PLAY.value), "0")]


def _opened_with(column: str) -> list[_List]:
    """Return the list of what people brought along: opening balances of a counter."""
    if column not in ACTOR_COLUMNS:
        return []
    where = f"kind = 'opening_balance' AND label = '{column}'"
    return [_List("stats_action", "at", _ACTION_KEYS, "kind", "amount", where=where)]


def _of_known(one: _List) -> _List:
    """Return the list in which visitors add nothing: who is known for a day only has no lifetime."""
    if one.actor_type != "actor_type":
        return one
    adds = f"CASE WHEN actor_type = 'a' OR actor = '{NOBODY}' THEN 0 ELSE {one.adds} END"
    return replace(one, adds=adds, reason=one.reason or _REASONS["visitors"])


def _first_of_person(scope: Scope) -> str:
    """Return SQL for whether a play is its person's first in the window; the marks stand for scope and start."""
    within = spans.of(scope, "e.").text
    return (
        f"CASE WHEN EXISTS (SELECT 1 FROM stats_play e WHERE e.actor = t.actor AND {within} AND e.started_at >= %s AND"
        " (e.started_at, e.source_id, e.play_id, e.item_id, e.client_start)"
        " < (t.started_at, t.source_id, t.play_id, t.item_id, t.client_start)) THEN 0 ELSE 1 END"
    )


def _replayed() -> str:
    collation = ' COLLATE "C"' if connection.vendor == "postgresql" else ""
    return (
        "CASE WHEN EXISTS (SELECT 1 FROM stats_play e WHERE e.actor = t.actor AND e.item_id = t.item_id AND e.is_view = 1"
        f" AND e.started_at >= t.started_at - {REPLAY_US}"
        f" AND (e.started_at, e.source_id, e.play_id{collation}, e.client_start)"
        f" < (t.started_at, t.source_id, t.play_id{collation}, t.client_start)) THEN 1 ELSE 0 END"
    )


# Pages of entries


def _page(one: _List, rank: int, scope: Scope, window: Window, after: Any, most: int) -> list[_Row]:
    keys = (one.time, *one.keys)
    adds = Sql(one.adds, (*spans.of(scope).params, spans.to_micros(window.start_at)) if "%s" in one.adds else ())
    where = _inside(one, scope, window)
    column = f"{one.time} + 0" if spans.is_by_item(scope) else one.time  # as in `spans.during`
    further, shown = _further(after, rank, column), _shown_of(after, rank)
    order = f"ORDER BY {', '.join(f'{key} DESC' for key in keys)}"
    found = spans.rows(
        Sql(
            f"SELECT {', '.join(keys)}, {one.kind}, item_id, actor, {one.actor_type}, {adds.text}, {one.of} FROM ("
            f"SELECT * FROM {one.table} WHERE {where.text} AND {further.text} {order} LIMIT {most + shown}) t {order}",
            (*adds.params, *where.params, *further.params),
        )
    )
    rows: list[_Row] = []
    at, nth = None, 0
    for place, (time, *values) in enumerate(found):
        at, nth = time, nth + 1 if time == at else 1
        if shown and time == after[0] and nth <= shown:
            continue
        kind, item_id, actor, actor_type, added, of = values[len(one.keys) :]
        reason = "" if added or not one.reason else one.reason
        rows.append(_Row(time, rank, place, nth, kind, item_id, _plain(actor), actor_type, added, of, reason))
    return rows


def _inside(one: _List, scope: Scope, window: Window) -> Sql:
    of = spans.of(scope)
    if one.table == "stats_streammark":
        when = Sql("at >= %s AND at < %s", (spans.to_micros(window.start_at), spans.to_micros(window.end_at)))
    else:
        when = spans.during([spans.span_of(window)], one.time, by_item=spans.is_by_item(scope))
    return Sql(f"{of.text} AND {when.text} AND {one.where}", (*of.params, *when.params))


def _further(after: Any, rank: int, time: str) -> Sql:
    """Return the condition for what may come after the last entry of the page before: older, or of a later list; of its
    own list all of its instant, of which `_shown_of` were shown.
    """
    if after is None:
        return Sql("1 = 1")
    return Sql(f"{time} {'<=' if rank >= after[1] else '<'} %s", (after[0],))


def _shown_of(after: Any, rank: int) -> int:
    """Return how many entries of the last one's list and instant were shown."""
    return int(after[2]) if after and rank == after[1] else 0


def _plain(value: Any) -> Any:
    return value.hex if isinstance(value, uuid.UUID) else value


def _sealed(metric: Metric, scope: Scope, last: _Row) -> str:
    """Return the cursor for what comes after an entry. Anybody can read one, so no key of the entry is in it: it would name
    a person.
    """
    return signing.dumps([_bound(metric, scope), last.time, last.rank, last.nth], salt=SALT)


def _opened(cursor: str, metric: Metric, scope: Scope, lists: Sequence[_List]) -> Any:
    """Return (time, list, which one of that instant) of the entry that a cursor stands for; None without one."""
    if not cursor:
        return None
    wrong = asking.Bad("cursor", "invalid_cursor", "This cursor belongs to no page of this receipt.")
    try:
        bound, time, rank, nth = signing.loads(cursor, salt=SALT)
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise wrong from error
    if bound != _bound(metric, scope) or not 0 <= rank < len(lists) or not isinstance(nth, int):
        raise wrong
    return time, rank, nth


def _bound(metric: Metric, scope: Scope) -> str:
    """Return what stands for a number in its cursors: no database id of an owner or item."""
    told = f"cursor:{metric.key}:{scope.subject.value}:{scope.key}"
    return salted_hmac(SALT, told, algorithm="sha256").hexdigest()[:16]


def _entries(page: Sequence[_Row], scope: Scope, viewer: uuid.UUID | None) -> list[Entry]:
    items = Item.objects.in_bulk({row.item_id for row in page if row.item_id})
    secret = _secret_of(scope, items)
    entries = []
    for row in page:
        item = items.get(row.item_id) if row.item_id else None
        entries.append(
            Entry(
                at=from_micros(row.time),
                kind=row.kind,
                item_id=row.item_id,
                title=str(item) if item else "",
                item_uuid=str(item.uuid) if item else "",
                who=_who(row, scope, viewer, secret),
                adds=int(row.adds),
                of=int(row.of),
                reason=row.reason,
            )
        )
    return entries


def _secret_of(scope: Scope, items: dict[int, Item]) -> str:
    """Return for whom pseudonyms are made: an owner sees the same one for all own items, and others see another."""
    if scope.subject is Subject.ITEM and scope.key in items:
        return f"owner {items[scope.key].owner_id or 0}"
    return f"owner {scope.key}" if scope.subject is Subject.OWNER else "staff"


def _who(row: _Row, scope: Scope, viewer: uuid.UUID | None, secret: str) -> str:
    if scope.subject is Subject.USER:
        return "You" if viewer == scope.key else "This member"
    if row.actor == NOBODY:
        return "Not known"
    code = salted_hmac(SALT, f"{secret}:{row.actor}", algorithm="sha256").hexdigest()[:6]
    return f"{PEOPLE.get(row.actor_type, 'Somebody')} {code}"


# The sum


_LABELS = {
    "plays": "Plays",
    "views": "Views",
    "completed": "Completed plays",
    "skipped": "Skipped plays",
    "measured": "Plays of media of known length",
    "completion_bp": "What they covered",
    "played_ms": "Time played",
    "likes": "Likes", "unlikes": "Likes taken back", "saves": "Saves", "unsaves": "Saves taken back",
    "shares": "Shares", "downloads": "Downloads", "comments": "Comments", "ratings": "Ratings",
}  # fmt: skip
_UNITS = {"completion_bp": "bp", "played_ms": "ms", "watched_ms": "ms"}
_LEFT_OUT = {
    "views": "Plays too short for a view",
    "completed": "Plays that were not completed",
    "skipped": "Plays that were not skipped",
    "measured": "Plays of media of unknown length",
}


def _columns(metric: Metric) -> frozenset[str]:
    """Return the columns that the lines name, with all plays, of which the others are left out."""
    if isinstance(metric.how, People):
        return frozenset({"plays"})
    needs_plays = any(BY_KEY[column].of_play for column in metric.columns)
    return metric.columns | ({"plays"} if needs_plays else frozenset())


def _lines(metric: Metric, value: Value, sums: dict[str, int]) -> list[Line]:
    how = metric.how
    if isinstance(how, Sum | Ratio):
        over = how.column if isinstance(how, Sum) else how.over
        lines = [Line(_LABELS[over], sums[over], unit=_UNITS.get(over, ""))]
        under = how.under if isinstance(how, Ratio) else ""
        if under:
            lines.append(Line(_LABELS[under], sums[under], is_of=True))
        lines += [
            Line(_LEFT_OUT[column], sums["plays"] - sums[column], is_left_out=True)
            for column in (over, under)
            if column in _LEFT_OUT
        ]
        return lines
    if isinstance(how, People):
        return [
            Line("Plays", sums["plays"]),
            Line("Further plays of people counted already", (value.over or 0) - sums["plays"]),
        ]
    if isinstance(how, Replays):
        rest = (value.under or 0) - (value.over or 0)
        return [
            Line("Replays", value.over or 0),
            Line("Plays", value.under or 0, is_of=True),
            Line("Plays that repeat nothing", rest, is_left_out=True),
        ]
    if value.over is None:
        return []
    unit = _UNITS.get(how.column, "") if isinstance(how, Lifetime) else ""
    lines = [Line(metric.label, value.over, unit=unit)]
    return lines if value.under is None else [*lines, Line("Out of", value.under, is_of=True)]


def _events(lists: Sequence[_List], scope: Scope, window: Window) -> int:
    """Return how many plays and actions there are to count: from the roll-ups where they know, else counted."""
    columns = {column for one in lists for column in one.columns}
    total = sum(rollups.totals(scope, window, columns).values())
    for one in lists:
        if not one.columns:
            where = _inside(one, scope, window)
            total += spans.number(Sql(f"SELECT COUNT(*) FROM {one.table} WHERE {where.text}", where.params))
    return total


def _curl(metric: Metric, scope: Scope, window: Window, origin: str) -> str:
    query = urlencode({**asking.subject_query(scope), **asking.query_of(window)})
    return f'curl -H "Authorization: Bearer $TOKEN" "{origin}/api/stats/metrics/{metric.key}?{query}"'

"""What only a look at everything can tell of the whole site: counted by a task now and then, and kept with its time.

A fact is counted again a minute later, or when 200 times as long has passed as counting it took, at the latest after an
hour: on a small site they are fresh, and on a great one no fact takes more than half a percent of a processor.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.db.models import Count, Max, Min, Q
from django.utils.module_loading import import_string

from stats.fields import to_micros
from stats.kinds import Kind
from stats.metrics import Scope
from stats.models import Action, ActorStats, Item, PlatformFact, Play, StreamMark
from stats.possible import achievements, asked, customisation, growth, social, streaming
from stats.possible.trends import full_weeks
from stats.windows import DAY, Window, day_of, midnight

LEAST, MOST = timedelta(minutes=1), timedelta(hours=1)
TIMES_ITS_COST = 200
LOCK, LOCKED_S = "stats.refreshing_facts", 600
DAYS = 28
LONGEST_STREAK = 400
GAP_US = 30 * 60 * 1_000_000
NOBODY = "0" * 32


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact: `count(now)` returns it as JSON has it."""

    key: str
    count: Callable[[datetime], Any]


def refresh(now: datetime, *, all_of_them: bool = False) -> int:
    """Count the facts of `settings.PLATFORM_FACTS` that are due, unless somebody else does. Returns how many that were.

    Counting is in no transaction, which on SQLite would keep everybody else from writing.
    """
    if not cache.add(LOCK, True, LOCKED_S):
        return 0
    try:
        known = PlatformFact.objects.in_bulk()
        due = [fact for fact in registered() if all_of_them or is_due(known.get(fact.key), now)]
        for fact in due:
            started = time.monotonic()
            told = fact.count(now)
            took_ms = round(1000 * (time.monotonic() - started))
            value = {"told": told, "took_ms": took_ms}
            PlatformFact.objects.update_or_create(key=fact.key, defaults={"value": value, "as_of": now})
    finally:
        cache.delete(LOCK)
    return len(due)


def is_due(kept: PlatformFact | None, now: datetime) -> bool:
    """Whether a fact is to be counted again."""
    if kept is None:
        return True
    rest = TIMES_ITS_COST * timedelta(milliseconds=kept.value["took_ms"])
    return now - kept.as_of >= min(max(rest, LEAST), MOST)


def registered() -> list[Fact]:
    """Return all facts of the settings."""
    return [fact for path in settings.PLATFORM_FACTS for fact in import_string(path)]


def recent_days(now: datetime) -> tuple[date, datetime]:
    """Return the first of the 28 site days of which today is the last, and when it began."""
    first = day_of(now, settings.TIME_ZONE) - (DAYS - 1) * DAY
    return first, midnight(first, settings.TIME_ZONE)


# Of the whole site, or of one item


_DURATIONS = """
SELECT COUNT(*), COALESCE(SUM(played_ms), 0), MAX(CASE WHEN place = (n + 1) / 2 THEN played_ms END),
    MAX(CASE WHEN place = (9 * n + 9) / 10 THEN played_ms END)
FROM (
    SELECT played_ms, ROW_NUMBER() OVER (ORDER BY played_ms) AS place, COUNT(*) OVER () AS n
    FROM stats_play WHERE played_ms >= 3000 AND started_at >= %s AND started_at < %s{item}
) p
"""
_REWATCHES = """
SELECT COALESCE(SUM(CASE WHEN f.first_at < p.started_at THEN 1 ELSE 0 END), 0), COUNT(*)
FROM stats_play p LEFT JOIN (
    SELECT actor, item_id, MIN(started_at) AS first_at FROM stats_play WHERE is_completed = 1{item} GROUP BY actor, item_id
) f ON f.actor = p.actor AND f.item_id = p.item_id
WHERE p.is_view = 1 AND p.started_at >= %s AND p.started_at < %s{of_p}
"""


def durations(start: datetime, end: datetime, item_id: int | None = None) -> tuple[int, ...]:
    """Return how many plays ran 3 seconds, for how many milliseconds, the median and the 90th percentile. One query."""
    of_item, params = _of_item(item_id)
    return _row(_DURATIONS.format(item=of_item), [to_micros(start), to_micros(end), *params])


def rewatches(start: datetime, end: datetime, item_id: int | None = None) -> tuple[int, ...]:
    """Return how many views were of something completed before, and how many views there were. One query."""
    of_item, params = _of_item(item_id)
    of_p = of_item.replace("item_id", "p.item_id")
    return _row(_REWATCHES.format(item=of_item, of_p=of_p), [*params, to_micros(start), to_micros(end), *params])


def _of_item(item_id: int | None) -> tuple[str, list[int]]:
    return ("", []) if item_id is None else (" AND item_id = %s", [item_id])


# Of the whole site

_SESSIONS = f"""
WITH spans AS (
    SELECT actor, started_at AS a, started_at + played_ms * 1000 AS b FROM stats_play WHERE started_at >= %s AND started_at < %s
    UNION ALL
    SELECT actor, at, at FROM stats_action WHERE at >= %s AND at < %s AND actor <> '{NOBODY}' AND kind NOT IN ({{others}})
), marked AS (
    SELECT actor, a, b, CASE WHEN a <= {GAP_US} + MAX(b) OVER (
        PARTITION BY actor ORDER BY a, b ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    ) THEN 0 ELSE 1 END AS begins FROM spans
), numbered AS (
    SELECT actor, a, b, SUM(begins) OVER (PARTITION BY actor ORDER BY a, b ROWS UNBOUNDED PRECEDING) AS n FROM marked
), whole AS (
    SELECT actor, (MAX(b) - MIN(a)) / 1000 AS ms FROM numbered GROUP BY actor, n HAVING MIN(a) >= %s
)
SELECT COUNT(*), COALESCE(SUM(ms), 0), COALESCE(SUM(CASE WHEN ms = 0 THEN 1 ELSE 0 END), 0),
    MAX(CASE WHEN place = (n + 1) / 2 THEN ms END), COUNT(DISTINCT actor)
FROM (SELECT actor, ms, ROW_NUMBER() OVER (ORDER BY ms) AS place, COUNT(*) OVER () AS n FROM whole) w
"""
_LOGIN_STREAKS = """
SELECT COUNT(*), COALESCE(SUM(length), 0), COALESCE(MAX(length), 0) FROM (
    SELECT COUNT(*) AS length FROM (
        SELECT actor, n, n - ROW_NUMBER() OVER (PARTITION BY actor ORDER BY n) AS run FROM (
            SELECT DISTINCT actor, {number} AS n FROM stats_action WHERE kind = 'login' AND day >= %s AND day <= %s
                AND actor IN (SELECT actor FROM stats_action WHERE kind = 'login' AND day >= %s)
        ) d
    ) r GROUP BY actor, run HAVING MAX(n) >= {yesterday}
) s
"""


def _durations(now: datetime) -> Any:
    return durations(recent_days(now)[1], now)


def _rewatches(now: datetime) -> Any:
    return rewatches(recent_days(now)[1], now)


def _sessions(now: datetime) -> Any:
    start = to_micros(recent_days(now)[1])
    earlier, end = start - 24 * 3600 * 1_000_000, to_micros(now)
    others = ", ".join(f"'{kind}'" for kind in sorted(asked.NOT_BY_HAND))
    return _row(_SESSIONS.format(others=others), [earlier, end, earlier, end, start])


def _login_streaks(now: datetime) -> Any:
    today = day_of(now, settings.TIME_ZONE)
    on_postgresql = connection.vendor == "postgresql"
    number = "day - DATE '2000-01-01'" if on_postgresql else "CAST(julianday(day) - 2451544.5 AS integer)"
    yesterday = (today - date(2000, 1, 1)).days - 1
    sql = _LOGIN_STREAKS.format(number=number, yesterday=yesterday)
    return _row(sql, [(today - day * DAY).isoformat() for day in (LONGEST_STREAK, 0, 1)])


def _logins(now: datetime) -> Any:
    first, _ = recent_days(now)
    today = day_of(now, settings.TIME_ZONE)
    recent = Action.objects.filter(kind=Kind.LOGIN.value, day__gte=first, day__lte=today).exclude(actor_type="a")
    last = [row["last"] for row in recent.values("actor").annotate(last=Max("day")).values("last")]
    return sum((today - day).days for day in last), len(last)


def _ratings(now: datetime) -> Any:
    sql = f"""
    SELECT COALESCE(SUM(amount), 0), COUNT(*) FROM (
        SELECT amount, actor, ROW_NUMBER() OVER (PARTITION BY actor, item_id ORDER BY at DESC, event_id DESC) AS place
        FROM stats_action WHERE kind = 'rating' AND at < %s
    ) r WHERE place = 1 OR actor = '{NOBODY}'
    """
    return _row(sql, [to_micros(now)])


def _playlists(now: datetime) -> Any:
    gone = "SELECT playlist FROM stats_action WHERE kind = 'playlist_deleted' AND playlist IS NOT NULL"
    saved = (
        "SELECT playlist, COUNT(DISTINCT item_id) AS items FROM stats_state"
        f" WHERE relation = 'save' AND is_on = 1 AND playlist <> '{NOBODY}' AND playlist NOT IN ({gone}) GROUP BY playlist"
    )
    made = f"SELECT DISTINCT playlist FROM stats_action WHERE kind = 'playlist_created' AND playlist NOT IN ({gone})"
    items, filled = _row(f"SELECT COALESCE(SUM(items), 0), COUNT(*) FROM ({saved}) s", [])
    (empty,) = _row(f"SELECT COUNT(*) FROM ({made}) m WHERE playlist NOT IN (SELECT playlist FROM ({saved}) s)", [])
    return items, filled, empty


def _milestones(now: datetime) -> Any:
    """Count the powers of ten that each counter of each person has reached, by the number of people at each."""
    powers = [10**power for power in range(16)]
    wanted = {
        f"{column}_{power}": Count("pk", filter=Q(**{f"{column}__gte": power * unit}))
        for column in achievements.COLUMNS
        for unit in (achievements.MS_PER_HOUR if column == "watched_ms" else 1,)
        for power in powers
    }
    names = list(wanted)
    return sum(
        sum(ActorStats.objects.aggregate(**{name: wanted[name] for name in part}).values()) for part in _chunks(names)
    )


def _chunks(names: Sequence[str]) -> list[Sequence[str]]:
    return [names[start : start + 40] for start in range(0, len(names), 40)]


def _uploads(now: datetime) -> Any:
    mondays = full_weeks(day_of(now, settings.TIME_ZONE))
    uploads = Action.objects.filter(kind=Kind.UPLOAD.value)
    videos = uploads.filter(label="video", day__gte=mondays[0]).values("day").annotate(n=Count("event_id"))
    of_day = {row["day"]: row["n"] for row in videos}
    weeks = [(monday.isoformat(), sum(of_day.get(monday + step * DAY, 0) for step in range(7))) for monday in mondays]
    return {"largest": uploads.aggregate(largest=Max("amount"))["largest"], "weeks": weeks}


def _streaming(now: datetime) -> Any:
    _, start = recent_days(now)
    marks = StreamMark.objects.filter(at__gte=start - DAY, at__lt=now).order_by("at", "event_id")
    found = streaming.streams(marks.values_list("actor", "item_id", "at", "is_start"))
    found = [stream for stream in found if stream.start >= start]
    items = {stream.item_id for stream in found}
    first = day_of(start, settings.TIME_ZONE)
    plays = Play.objects.filter(item_id__in=items, day__gte=first, started_at__lt=now).values_list(*asked.PLAY_FIELDS)
    of = streaming.audience(found, (asked.Played(*row) for row in plays))
    streams, weeks = streaming.recent(found, start)
    return {
        "audience": (of.viewer_ms, of.live_ms, of.peak, of.stayed, of.viewers),
        "streams": streams,
        "weeks": weeks,
    }


def _collaborations(now: datetime) -> Any:
    rows = asked.done(
        Action.objects.filter(kind__in=[Kind.COLLABORATION_ACCEPTED.value, Kind.ITEM_CHANGED.value], at__lt=now)
    )
    items = {row.item_id for row in rows if row.item_id is not None}
    owners = dict(Item.objects.filter(pk__in=items).values_list("pk", "owner__uuid"))
    return sum(len(people) > 1 for people in social.contributors(rows, owners).values())


def _referrals(now: datetime) -> Any:
    firsts = growth.first_referrals(asked.done(Action.objects.filter(kind=Kind.REFERRAL.value, at__lt=now)))
    return growth.stayed(asked.active_site_days(firsts))


def _settings(now: datetime) -> Any:
    rows = asked.done(Action.objects.filter(kind=Kind.SETTING_CHANGED.value, at__lt=now))
    return {
        area: len(customisation.folded(row for row in rows if asked.is_of(row.label or "", area)))
        for area in ("notification", "privacy")
    }


def _oldest_item(now: datetime) -> Any:
    made = Item.objects.filter(deleted_at=None, created_at__lt=now).aggregate(oldest=Min("created_at"))["oldest"]
    return {"made": None if made is None else made.isoformat()}


def _backups(now: datetime) -> Any:
    kinds = (Kind.BACKUP_FINISHED.value, Kind.RESTORE_TESTED.value)
    rows = Action.objects.filter(kind__in=kinds, at__lt=now).values_list("kind").annotate(last=Max("at")).order_by()
    return {kind: last.isoformat() for kind, last in rows}


def _items(now: datetime) -> Any:
    _, start = recent_days(now)
    question = asked.Asked(Scope.platform(), Window(start, now, settings.TIME_ZONE))
    return {
        column: {
            "spread": question.spread(column),
            "top": [(row.label, row.value, row.key) for row in question.top(column)],
        }
        for column in asked.SPREAD
    }


def _row(sql: str, params: Sequence[Any]) -> tuple[int, ...]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return tuple(None if value is None else int(value) for value in cursor.fetchone())  # type: ignore[misc]


FACTS = (
    Fact("durations", _durations),
    Fact("rewatches", _rewatches),
    Fact("sessions", _sessions),
    Fact("login_streaks", _login_streaks),
    Fact("logins", _logins),
    Fact("ratings", _ratings),
    Fact("playlists", _playlists),
    Fact("milestones", _milestones),
    Fact("uploads", _uploads),
    Fact("streaming", _streaming),
    Fact("collaborations", _collaborations),
    Fact("referrals", _referrals),
    Fact("settings", _settings),
    Fact("oldest_item", _oldest_item),
    Fact("backups", _backups),
    Fact("items", _items),
)

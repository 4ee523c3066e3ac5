"""What the game must come to, counted the slow way from a plain list of events: no chunks, no sums kept, no code shared.

Days are found by asking for the local date of every single quarter of an hour, and everything is counted at the end.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import groupby
from math import isqrt
from typing import Any
from zoneinfo import ZoneInfo

QUARTER = 900
US = 1_000_000
SITE_ZONE = "UTC"
COUNTED_AS_ACTIVE = {
    "share", "feature_used", "lesson_completed", "quiz_completed", "course_completed", "review", "discussion_post",
}  # fmt: skip


@dataclass(frozen=True)
class Told:
    """One event, as plainly as can be. `at` and `received_at` are microseconds since 1970."""

    id: str
    kind: str
    actor: str
    actor_type: str
    at: int
    received_at: int
    item: int | None = None
    fields: dict[str, Any] = field(default_factory=dict)
    trusted: bool = True


@dataclass
class Game:
    """Everything that the game must hold, in plain values."""

    players: dict[str, dict[str, Any]] = field(default_factory=dict)
    scores: dict[tuple[str, str, str], tuple[int, int, int]] = field(default_factory=dict)
    tallies: dict[tuple[str, str, int, int], int] = field(default_factory=dict)
    unlocks: dict[tuple[str, str, int], bool] = field(default_factory=dict)
    ledger: dict[tuple[str, str, str, str, int], int] = field(default_factory=dict)


def recount(events: Iterable[Told], claims: dict[str, str]) -> Game:
    """Return what the events, in any order and any number of times, make of everybody."""
    mine: dict[str, dict[str, Told]] = defaultdict(dict)
    gone: set[str] = set()
    writers: dict[str, tuple[int, str]] = {}
    for event in events:
        actor = claims.get(event.actor, event.actor)
        if event.kind == "post_deleted":
            gone.add(event.fields["post"])
        if event.kind == "discussion_post" and event.actor_type != "a":
            post = event.fields["post"]
            writers[post] = min(writers.get(post, (event.at, actor)), (event.at, actor))
        if event.actor_type == "u" or event.actor in claims:
            mine[actor][event.id] = event
    game = Game()
    for actor, told in mine.items():
        _count(game, actor, sorted(told.values(), key=lambda one: (one.at, one.id)), gone, writers)
    return game


def _count(game: Game, actor: str, told: list[Told], gone: set[str], writers: dict[str, tuple[int, str]]) -> None:
    of: dict[str, list[Told]] = defaultdict(list)
    for event in told:
        of[event.kind].append(event)
    quarters = sorted({_active_at(one) // US // QUARTER for one in told if one.kind in COUNTED_AS_ACTIVE})
    deeds = ("quiz_voided", "review_deleted", "achievement_unlocked", "achievement_revoked", "xp_corrected")
    if not quarters and not any(one.kind in deeds and one.fields.get("passed", True) for one in told):
        return
    due: dict[tuple[str, str, str, int], int] = Counter()
    counts: dict[str, int] = Counter()
    _lessons(of, due, counts)
    _quizzes(of, due, counts)
    _reviews(of, due, counts)
    posts = {
        (one.at, one.fields["post"], one.fields["course"])
        for one in of["discussion_post"]
        if one.fields["post"] not in gone and writers[one.fields["post"]] == (one.at, actor)
    }
    counts["posts"] = len({post for _, post, _ in posts})
    for _, of_day in groupby(sorted(posts), key=lambda post: _day(post[0])):
        for at, post, course in list(of_day)[:5]:
            due["post", post, course, at] += 30
    _unlocks(game, actor, of, due, counts)
    for one in of["xp_corrected"]:
        due["correction", one.id, "", one.at] += one.fields["amount"]
    zones = [
        (one.at // US // QUARTER, one.fields["value"] or SITE_ZONE)
        for one in _last_of_hours(of["setting_changed"], "time_zone")
    ]
    rests = [
        (_monday(_midnight(one.at) + timedelta(days=8)), {int(day) for day in one.fields["value"].split(",") if day})
        for one in _last_of_hours(of["setting_changed"], "game.rest_days")
    ]
    streak = streak_of(quarters, zones, rests)
    for day in streak.counted:
        due["streak", day.isoformat(), "", _noon(day)] += 20
    listed = [one.fields["value"] for one in of["setting_changed"] if _says(one, "game.listed")]
    is_listed = int(not listed or listed[-1] != "off")
    due = {key: amount for key, amount in due.items() if amount}
    for key, amount in due.items():
        game.ledger[actor, *key] = amount
    xp = sum(due.values())
    game.players[actor] = {
        "xp": xp, "level": max(1, isqrt(max(xp, 0) // 100)), "is_listed": is_listed,
        "reached_at": max((at for *_, at in due), default=0),
        **{name: counts[name] for name in ("lessons", "courses", "quizzes", "perfects", "posts", "reviews", "unlocked", "points")},
        "days": len(streak.counted), "run": streak.run, "longest": streak.longest, "freezes": streak.freezes,
        "last_day": streak.last, "repaired_on": streak.repaired,
    }  # fmt: skip
    _places(game, actor, xp, is_listed, due)


def _lessons(of: dict[str, list[Told]], due: dict[Any, int], counts: dict[str, int]) -> None:
    for item in {one.item for one in of["lesson_completed"]}:
        these = [one for one in of["lesson_completed"] if one.item == item]
        course = min((one.fields["course"] for one in these if "course" in one.fields), default="")
        due["lesson", str(item), course, these[0].at] += 50
        counts["lessons"] += 1
    for course in {one.fields["course"] for one in of["course_completed"]}:
        due["course", course, course, min(_when(of["course_completed"], course))] += 500
        counts["courses"] += 1


def _quizzes(of: dict[str, list[Told]], due: dict[Any, int], counts: dict[str, int]) -> None:
    passes = [one for one in of["quiz_completed"] if one.fields["passed"]]
    voids = [one for one in of["quiz_voided"] if one.fields["passed"]]
    for item in {one.item for one in passes}:
        these, taken = ([one for one in some if one.item == item] for some in (passes, voids))
        if len(these) <= len(taken):
            continue
        perfect, void = ([one for one in some if one.fields["percent"] == 100] for some in (these, taken))
        course, first = min(one.fields["course"] for one in these), these[0].at
        counts["quizzes"] += 1
        if len(perfect) <= len(void):
            due["quiz_passed", str(item), course, first] += 100
            continue
        counts["perfects"] += 1
        if perfect[0].at == first:
            due["quiz_perfect", str(item), course, first] += 150
        else:
            due["quiz_passed", str(item), course, first] += 100
            due["quiz_perfect", str(item), course, perfect[0].at] += 50


def _reviews(of: dict[str, list[Told]], due: dict[Any, int], counts: dict[str, int]) -> None:
    words = sorted(of["review"] + of["review_deleted"], key=lambda one: (one.at, one.id))
    last = {one.fields["course"]: one.kind for one in words}
    counts["reviews"] = sum(kind == "review" for kind in last.values())
    if counts["reviews"]:
        at, course = min((one.at, one.fields["course"]) for one in of["review"])
        due["review", "", course, at] += 50


def _unlocks(game: Game, actor: str, of: dict[str, list[Told]], due: dict[Any, int], counts: dict[str, int]) -> None:
    revoked: dict[tuple[str, int], int] = Counter()
    for one in of["achievement_revoked"]:
        key = one.fields["name"], one.fields["props"]["tier"]
        revoked[key] = max(revoked[key], one.fields["props"]["cycle"])
        game.unlocks.setdefault((actor, *key), False)
    given: dict[tuple[str, int], list[Told]] = defaultdict(list)
    for one in of["achievement_unlocked"]:
        given[one.fields["name"], one.fields["props"]["tier"]].append(one)
    for key, these in given.items():
        best = min(these, key=lambda one: (-one.fields["props"]["cycle"], one.at, one.fields["amount"]))
        stands = best.fields["props"]["cycle"] > revoked[key]
        game.unlocks[actor, *key] = stands
        if stands:
            counts["unlocked"] += 1
            counts["points"] += best.fields["props"]["points"]
            due["achievement", f"{key[0]}:{key[1]}", "", best.at] += best.fields["amount"]


def _places(game: Game, actor: str, xp: int, is_listed: int, due: dict[Any, int]) -> None:
    sums: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for (_, _, course, at), amount in due.items():
        day = date.fromisoformat(_day(at))
        year, week, _ = day.isocalendar()
        for board in {"", course}:
            for period in ("", f"{day:%Y-%m}", f"{year}-W{week:02}"):
                cell = sums[board, period]
                cell[0], cell[1] = cell[0] + amount, max(cell[1], at)
    cells = {("", ""): xp}
    for (board, period), (points, reached) in sums.items():
        if (board, period) != ("", ""):
            game.scores[board, period, actor] = points, reached, is_listed
            cells[board, period] = points
    if is_listed:
        for (board, period), points in cells.items():
            for key in ((board, period, 0, points), (board, period, 1, points // 1024)):
                game.tallies[key] = game.tallies.get(key, 0) + 1


@dataclass
class Run:
    """A streak, counted the slow way."""

    run: int = 0
    longest: int = 0
    freezes: int = 0
    last: date | None = None
    repaired: date | None = None
    counted: list[date] = field(default_factory=list)


def streak_of(
    quarters: Sequence[int],
    zones: Sequence[tuple[int, str]] = (),
    rests: Sequence[tuple[date, set[int]]] = (),
    first_zone: str = "",
) -> Run:
    """Return the streak of ascending active quarters, by the rules as they are told to members."""
    found, first_zone = Run(), first_zone or SITE_ZONE
    if not quarters:
        return found
    active = set(quarters)
    dates: list[tuple[date, int, int]] = []  # each date as it was lived: when it began, and ended
    for day, lived in groupby(
        range(quarters[0] - 160, quarters[-1] + 160),
        key=lambda quarter: _local(quarter, _zone(quarter, zones, first_zone)),
    ):
        these = list(lived)
        dates.append((day, these[0], these[-1] + 1))
    last_seen = last_end = counted_first = 0
    lost: tuple[date, int] | None = None
    for day, begins, ends in dates:
        seen = [quarter for quarter in range(begins, ends) if quarter in active]
        if not seen:
            continue
        if found.last is not None and day <= found.last:
            last_seen, last_end = seen[-1], ends
            continue
        if found.last is not None:
            missed = _missed(dates, found.last, last_end, day, begins, seen[0] - last_seen, rests)
            if missed > found.freezes:
                within = missed == 1 and not found.freezes and seen[0] - last_seen < 72 * 4
                lost, found.run = ((day, found.run) if within else None), 0
            else:
                found.freezes -= missed
        came = seen[0]
        if found.run:
            zone = _zone(counted_first, zones, first_zone)
            later = [one for one in (seen[0], seen[-1]) if one - counted_first >= 80
                     or _local(one, zone) > _local(counted_first, zone)]  # fmt: skip
            if not later:
                found.last, last_seen, last_end = day, seen[-1], ends
                continue
            came = later[0]
        found.run += 1
        found.counted.append(day)
        if lost and day > lost[0]:
            recent = found.repaired is not None and (day - found.repaired).days < 30
            if found.run == 2 and (day - lost[0]).days == 1 and not recent:
                found.run, found.repaired = lost[1] + 2, day
            lost = None
        if len(found.counted) % 7 == 0:
            found.freezes = min(2, found.freezes + 1)
        found.longest = max(found.longest, found.run)
        found.last, last_seen, last_end, counted_first = day, seen[-1], ends, came
    return found


def _missed(
    dates: list[tuple[date, int, int]],
    last: date,
    since: int,
    day: date,
    begins: int,
    idle: int,
    rests: Sequence[tuple[date, set[int]]],
) -> int:
    missed, resting, seen = 0, 0, {last}
    for missing, begin, end in dates:
        if since <= begin < begins and last < missing < day and missing > max(seen):
            seen.add(missing)
            chosen = [weekdays for first, weekdays in rests if first <= missing]
            if chosen and missing.weekday() in chosen[-1]:
                resting += 1
            elif end - begin >= 96:
                missed += 1
    return max(missed, idle // 96 - 2 - resting, 0)


def _active_at(one: Told) -> int:
    late = not one.trusted and one.received_at - one.at > 48 * 3600 * US
    return one.received_at if late else one.at


def _says(one: Told, setting: str) -> bool:
    return one.fields["setting"] == setting


def _last_of_hours(events: list[Told], setting: str) -> list[Told]:
    found = {one.at // (3600 * US): one for one in events if _says(one, setting)}
    return list(found.values())


def _monday(day: date) -> date:
    while day.weekday():
        day += timedelta(days=1)
    return day


def _when(events: list[Told], course: str) -> list[int]:
    return [one.at for one in events if one.fields["course"] == course]


def _zone(quarter: int, zones: Sequence[tuple[int, str]], first: str) -> str:
    held = first
    for since, name in zones:
        if since <= quarter:
            held = name
    return held


@cache
def _local(quarter: int, zone: str) -> date:
    return datetime.fromtimestamp(quarter * QUARTER, UTC).astimezone(ZoneInfo(zone)).date()


def _day(at: int) -> str:
    return datetime.fromtimestamp(at // US, UTC).astimezone(ZoneInfo(SITE_ZONE)).date().isoformat()


def _midnight(at: int) -> date:
    return datetime.fromtimestamp(at // US, UTC).date()


def _noon(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, 12, tzinfo=UTC).timestamp()) * US

"""What the game costs with a million members: places, boards, streaks, chunks of events, pages.

    .venv/bin/python benchmarks/gamification.py [--members 1000000] [--rounds 7] [--rebuild] [--smoke]

PostgreSQL (`BENCH_GAME_DATABASE_URL`, default `eightpoint_game` on 127.0.0.1 as `postgres`; that database is dropped and
made, and kept for the day). `--smoke` is a small one on SQLite, to see that it runs.

A chunk is 10,000 events of as many members, applied as the drain does, and taken back: without the game, with it, and with
its achievements, in turn. Its times are the median CPU time of this process and of the database's, which others who use the
machine do not lengthen. A page is asked for in this process as a member in the middle of the board.
"""

import argparse
import hashlib
import os
import random
import statistics
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from _site import site

DEFAULT_URL = "postgres://postgres@127.0.0.1:5432/eightpoint_game"
LOOKS = 200
PLACE_MS, BOARD_MS, STREAK_MS, PAGE_MS, QUERIES = 1.0, 2000.0, 1.0, 50, 12
ADDED = 0.3
ITEMS, LONG_DAYS, CHUNK = 2_000, 1_000, 10_000
MIX = (0.5, 0.65, 0.8, 0.9, 0.96)
WRITTEN = (
    "gamification_score", "gamification_player", "gamification_entry", "gamification_tally", "gamification_activeday",
    "gamification_fact", "gamification_unlock", "gamification_moment", "stats_event", "stats_action", "stats_play",
    "stats_actorstats", "stats_actorday",
)  # fmt: skip
EARNED = {"lessons_completed": "lessons", "longest_streak": "longest"}
KINDS = ("play", "page_view", "like", "share", "save", "learn")


@dataclass(frozen=True, slots=True)
class Town:
    """How many members there are, and since when. Member 1 has been active on each of the last thousand days."""

    members: int
    now: datetime

    def member(self, number: int) -> uuid.UUID:
        """Return a member's id."""
        from django.db import connection

        if connection.vendor == "postgresql":
            return uuid.UUID(hashlib.md5(str(number).encode(), usedforsecurity=False).hexdigest())
        return uuid.UUID(int=number)

    @property
    def yesterday(self) -> date:
        """The last day on which everybody was active."""
        return self.now.date() - timedelta(days=1)


# Filling


def fill(town: Town) -> None:
    """Fill the database in use: one statement a table, the same on both databases."""
    from django.core.cache import cache
    from django.core.management.color import no_style
    from django.db import connection, transaction

    from gamification.achievements import defaults
    from gamification.achievements.models import Backfill
    from gamification.models import Player

    cache.clear()
    started = time.perf_counter()
    with transaction.atomic(), _hurried() as cursor:
        defaults.seed()
        Backfill.objects.update(finished_at=town.now)
        for table, sql in _statements(town):
            begun = time.perf_counter()
            with _unindexed(cursor, table.split()[0].rstrip(":")):
                cursor.execute(sql)
            print(f"    {table}: {time.perf_counter() - begun:.1f} s", file=sys.stderr, flush=True)
        for sql in connection.ops.sequence_reset_sql(no_style(), [_user(), Player]):
            cursor.execute(sql)
    _stay(town)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")
    print(f"Filled in {time.perf_counter() - started:.0f} s.", flush=True)


@contextmanager
def _hurried() -> Iterator[Any]:
    """Give a cursor that sorts in memory, and does not wait for the disk."""
    from django.db import connection

    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            for setting in (
                "work_mem = '256MB'",
                "maintenance_work_mem = '256MB'",
                "synchronous_commit = off",
                "jit = off",
            ):
                cursor.execute(f"SET LOCAL {setting}")
        yield cursor


@contextmanager
def _unindexed(cursor: Any, table: str) -> Iterator[None]:
    """Make the indexes of an empty table, but those of its keys, when it is full: sorted once instead of row by row."""
    from django.db import connection

    made: list[tuple[str, str]] = []
    if connection.vendor == "postgresql":
        cursor.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = %s AND NOT EXISTS"
            f" (SELECT 1 FROM pg_constraint WHERE conname = indexname) AND NOT EXISTS (SELECT 1 FROM {table})",
            [table],
        )
        made = cursor.fetchall()
    for name, _ in made:
        cursor.execute(f'DROP INDEX "{name}"')
    yield
    for _, definition in made:
        cursor.execute(definition)


def _user() -> Any:
    from accounts.models import User

    return User


def _statements(town: Town) -> list[tuple[str, str]]:
    """Return what fills each table. Points are a number's pseudo-random cube, so that few have many and many as many.

    Everybody has the achievements that they have earned, with what these pay.
    """
    from django.db import connection

    from gamification.achievements.defaults import DEFAULTS
    from gamification.scores import periods_of_day

    on_postgresql = connection.vendor == "postgresql"
    actor = "CAST(md5(CAST(i AS text)) AS uuid)" if on_postgresql else "printf('%032x', i)"
    day = "CAST('{}' AS date)" if on_postgresql else "'{}'"
    yesterday = day.format(town.yesterday)
    quarter = (town.yesterday - date(1970, 1, 1)).days * 96
    at = (quarter + 48) * 900_000_000
    month, week = periods_of_day(town.yesterday)
    course = "CAST(md5(CAST(i % 200 AS text)) AS uuid)" if on_postgresql else "printf('%032x', i % 200)"
    board = f"REPLACE(CAST({course} AS text), '-', '')"
    numbers = f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {town.members})"
    long_days = f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {LONG_DAYS})"
    back = f"{yesterday} - i" if on_postgresql else f"date({yesterday}, '-' || i || ' day')"
    dice = "(CAST(i AS bigint) * 7919 % 1000003)"
    lessons = f"CAST({dice} * 1.0 * {dice} / 1000003 * {dice} / 1000003 * 300 / 1000003 AS integer)"
    run = "1 + i % 29"
    points = f"(60 + 50 * ({lessons}) + 20 * ({run}))"
    earned = [one for one in DEFAULTS if one.metric in EARNED]
    badges = [(one, EARNED[one.metric], 200) for one in earned]
    badges += [(one, "level", 0) for one in DEFAULTS if one.metric == "level_attained"]
    has = [f"CASE WHEN {column} >= {one.threshold} THEN {{}} ELSE 0 END" for one, column, _ in badges]
    paid = " + ".join(case.format(xp) for case, (_, _, xp) in zip(has, badges, strict=True) if xp)
    unlocked = " + ".join(case.format(1) for case in has)
    worth = " + ".join(case.format(one.points) for case, (one, _, _) in zip(has, badges, strict=True))
    listed = " UNION ALL ".join(
        f"SELECT '{one.key}' AS name, {xp} AS pays, {one.points} AS worth, '{column}' AS what, {one.threshold} AS least"
        for one, column, xp in badges
    )
    no, yes = ("false", "true") if on_postgresql else ("0", "1")
    now = f"'{town.now.isoformat(sep=' ')}'" + ("::timestamptz" if on_postgresql else "")
    score = "INSERT INTO gamification_score (board, period, actor, xp, reached_at, is_listed)"
    tally = "INSERT INTO gamification_tally (board, period, size, cell, people)"
    entry = "INSERT INTO gamification_entry (actor, rule, ref, cause, course, amount, earned_at, recorded_at)"
    return [
        (
            "accounts_user",
            (
                "INSERT INTO accounts_user (password, is_superuser, first_name, last_name, is_staff, is_active, uuid, username,"
                " username_key, email, time_zone, locale, theme, avatar, bio, opted_out, created_at, updated_at) "
                f"{numbers} SELECT '!', {no}, 'Member', CAST(i AS text), {no}, {yes}, {actor}, 'member' || i, 'member' || i,"
                f" 'm' || i || '@example.org', '', '', 'system', '', '', {no}, {now}, {now} FROM n"
            ),
        ),
        (
            "gamification_player",
            (
                "INSERT INTO gamification_player (actor, xp, level, reached_at, is_listed, lessons, days, run, longest,"
                " freezes, last_day, day_from, day_to, first_quarter, zone, unlocked, points)"
                f" {numbers}, done AS MATERIALIZED (SELECT i, {lessons} AS lessons, {run} AS longest, {points} AS earned FROM n),"
                f" paid AS MATERIALIZED (SELECT done.*, earned + {paid} AS xp FROM done),"
                " risen AS MATERIALIZED (SELECT paid.*, CASE WHEN xp < 400 THEN 1 ELSE CAST(FLOOR(SQRT(xp / 100)) AS integer) END AS level"
                f" FROM paid) SELECT {actor}, xp, level, {at} - i, CASE WHEN i % 50 = 0 THEN 0 ELSE 1 END, lessons, longest,"
                f" longest, longest, 1, {yesterday}, {quarter}, {quarter} + 96, {quarter} + 36, 'UTC', {unlocked}, {worth}"
                " FROM risen"
            ),
        ),
        (
            "gamification_unlock",
            (
                "INSERT INTO gamification_unlock (actor, name, tier, cycle, revoked, earned_at, xp, points, version)"
                f" SELECT actor, name, 1, 1, 0, {at}, pays, worth, 1 FROM gamification_player JOIN ({listed}) b"
                " ON CASE what WHEN 'lessons' THEN lessons WHEN 'longest' THEN longest"
                " ELSE level END >= least ORDER BY actor, name"
            ),
        ),
        (
            "gamification_tally",
            (
                f"{tally} SELECT '', '', size, CASE WHEN size = 0 THEN xp ELSE xp / 1024 END, COUNT(*)"
                " FROM gamification_player CROSS JOIN (SELECT 0 AS size UNION SELECT 1) s WHERE is_listed = 1 GROUP BY 3, 4"
            ),
        ),
        (
            "gamification_choice",
            (
                f"INSERT INTO gamification_choice (actor, setting, at, event_id, value) {numbers} SELECT {actor},"
                f" 'game.listed', {at}, {actor}, 'off' FROM n WHERE i % 50 = 0"
            ),
        ),
        (
            "gamification_activeday",
            (
                f"INSERT INTO gamification_activeday (actor, day, early, late) {numbers} SELECT {actor}, {yesterday},"
                f" {1 << 36}, 0 FROM n"
            ),
        ),
        (
            "gamification_activeday of member 1",
            (
                f"INSERT INTO gamification_activeday (actor, day, early, late) {long_days} SELECT"
                f" '{town.member(1).hex}', {back}, {1 << 36}, 0 FROM n"
            ),
        ),
        (
            "gamification_entry",
            f"{entry} {numbers} SELECT {actor}, 'lesson', '1', 0, {course}, {points}, {at}, {at} FROM n",
        ),
        (
            "gamification_entry of member 1",
            f"{entry} {long_days} SELECT '{town.member(1).hex}', 'streak', CAST({back} AS text), 0, NULL, 20, {at}, {at} FROM n",
        ),
        (
            "gamification_entry of achievements",
            f"{entry} SELECT actor, 'achievement', name || ':1', 0, NULL, xp, {at}, {at} FROM gamification_unlock WHERE xp > 0",
        ),
        (
            "gamification_score: month",
            f"{score} {numbers} SELECT '', '{month}', {actor}, {points} / 20 * 10, {at} - i, 1 FROM n WHERE i % 3 = 0",
        ),
        (
            "gamification_score: week",
            f"{score} {numbers} SELECT '', '{week}', {actor}, {points} / 50 * 10, {at} - i, 1 FROM n WHERE i % 10 = 0",
        ),
        (
            "gamification_score: courses",
            f"{score} {numbers} SELECT {board}, '', {actor}, {points}, {at} - i, 1 FROM n WHERE i % 5 = 0",
        ),
        (
            "gamification_tally: boards",
            (
                f"{tally} SELECT board, period, size, CASE WHEN size = 0 THEN xp ELSE xp / 1024 END, COUNT(*)"
                " FROM gamification_score CROSS JOIN (SELECT 0 AS size UNION SELECT 1) s WHERE is_listed = 1 GROUP BY 1, 2, 3, 4"
            ),
        ),
    ]


def _stay(town: Town) -> None:
    """Let the member who asks for the pages be in a team of fifty, which takes part in a challenge."""
    from django.utils import timezone

    from gamification.challenges import running
    from gamification.teams import forming

    people = list(_user().objects.filter(username__in=[f"member{n}" for n in _team(town)]).order_by("pk"))
    staff = people[0]
    team = forming.create(staff, "Early birds", "Up before the bakers.", is_open=True)
    for member in people[1:50]:
        forming.join(team, member)
    staff.is_staff = staff.is_superuser = True
    staff.save(update_fields=["is_staff", "is_superuser"])
    today = timezone.now().date()
    challenge = running.create(
        staff,
        title="A week of learning",
        metric="total_xp",
        zone="UTC",
        starts_on=today,
        ends_on=today + timedelta(days=6),
    )
    for member in people[:50]:
        running.enter(challenge, member)


def _team(town: Town) -> list[int]:
    return [town.members // 2 + n for n in range(50)]


def prepared(name: str, members: int, *, rebuild: bool) -> Town:
    """Return what is in the database, which is made if it is not there."""
    from django.core.management import call_command
    from django.db import connection

    town = Town(members, datetime.now(UTC))
    if connection.vendor != "postgresql":
        call_command("migrate", verbosity=0)
        fill(town)
        return town
    import _loading

    told = f"{members} {town.now.date()}"
    if rebuild or not _loading.is_filled(name, told):
        _loading.blank(name)
        _loading.use(name)
        fill(town)
        _loading.keep(name, told, {})
    _loading.use(name)
    return town


# Places, boards, streaks


def looked_at(town: Town, rounds: int) -> dict[str, tuple[float, float, float]]:
    """Return milliseconds, CPU milliseconds and the most allowed of each question."""
    from gamification import queries, streaks
    from gamification.boards import ranking, snapshots
    from gamification.scores import periods_of_day
    from gamification.streaks import Zones

    dice = random.Random(3)
    some = [town.member(1 + dice.randrange(town.members)) for _ in range(LOOKS)]
    month, week = periods_of_day(town.yesterday)
    course = next(iter(_courses()))
    at = (town.yesterday - date(1970, 1, 1)).days * 96
    past = [at + 36 - 96 * day for day in range(LONG_DAYS, -1, -1)]

    def each(ask: Callable[[uuid.UUID], Any]) -> tuple[float, float]:
        return _median(lambda: [ask(one) for one in some], rounds, len(some))

    ranking.place(some[0])
    return {
        "own rank, all time": (*each(ranking.place), PLACE_MS),
        "own rank, month": (*each(lambda one: ranking.place(one, "", month)), PLACE_MS),
        "own rank, week": (*each(lambda one: ranking.place(one, "", week)), PLACE_MS),
        "own rank in a course": (*each(lambda one: ranking.place(one, course)), PLACE_MS),
        "own row with its neighbours": (*each(ranking.near), 5 * PLACE_MS),
        "top 100, all time": (*_median(ranking.top, rounds * 9), PLACE_MS),
        "top 100 as last taken": (*_median(lambda: snapshots.read("", week, town.now), rounds * 9), PLACE_MS),
        "top 100, month": (*_median(lambda: ranking.top("", month), rounds * 9), PLACE_MS),
        "boards taken anew": (*_median(lambda: snapshots.rebuild(datetime.now(UTC)), rounds), BOARD_MS),
        "streak of one member": (*each(lambda one: queries.standings([one], town.now)), STREAK_MS),
        "a streak as a function, one day more": (
            *_median(lambda: streaks.folded(past[-1:], Zones("Europe/Amsterdam")), rounds * 9), STREAK_MS,
        ),
        f"a streak of {LONG_DAYS} days from the beginning": (
            *_median(lambda: streaks.folded(past, Zones("Europe/Amsterdam")), rounds * 9), STREAK_MS * 20,
        ),
    }  # fmt: skip


def _courses() -> list[str]:
    from gamification.models import Score

    return list(Score.objects.exclude(board="").values_list("board", flat=True)[:1])


def _median(work: Callable[[], Any], rounds: int, parts: int = 1) -> tuple[float, float]:
    """Return the median milliseconds of one part of the work: on the clock, and of CPU."""
    from reads import median_ms

    return median_ms(work, rounds) / parts, median_ms(work, rounds, clock=_cpu()) / parts


def _cpu() -> Callable[[], float]:
    from django.conf import settings
    from reads import cpu_clock

    return cpu_clock() if settings.ON_POSTGRESQL else time.process_time


# Chunks


class Chunks:
    """Makes chunks of events of members, as the inbox keeps them."""

    def __init__(self, town: Town, size: int) -> None:
        from stats import items, sources
        from stats.models import Item

        self.town, self.size, self.dice = town, size, random.Random(11)
        self.source, _ = sources.create(f"game {uuid.uuid4().hex[:8]}")
        self.items = [f"video-{number}" for number in range(ITEMS)]
        for start in range(0, ITEMS, 1000):
            items.find(self.source.pk, [(key, "video") for key in self.items[start : start + 1000]], create=True)
        self.lessons = list(Item.objects.all()[:300])

    def mixed(self, people: list[uuid.UUID], now: datetime) -> bytes:
        """Return a chunk of the usual: half plays, and four of a hundred finish a lesson."""
        return self._of(lambda actor: self._event(actor, now), people)

    def learning(self, people: list[uuid.UUID], now: datetime) -> bytes:
        """Return a chunk in which everybody finishes a lesson."""
        return self._of(lambda actor: self._lesson(actor, now), people)

    def people(self) -> list[uuid.UUID]:
        """Return as many different members as a chunk has events."""
        numbers = self.dice.sample(range(1, self.town.members + 1), min(self.size, self.town.members))
        return [self.town.member(number) for number in numbers]

    def _of(self, made: Callable[[uuid.UUID], str], people: list[uuid.UUID]) -> bytes:
        return "".join(made(people[number % len(people)]) for number in range(self.size)).encode()

    def _event(self, actor: uuid.UUID, now: datetime) -> str:
        from stats import ingest, wire
        from stats.actors import user_actor
        from stats.ids import uuid7
        from stats.kinds import Sender

        share = self.dice.random()
        kind = next((kind for kind, most in zip(KINDS, MIX, strict=False) if share < most), KINDS[-1])
        if kind == "learn":
            return self._lesson(actor, now)
        one: dict[str, Any] = {
            "type": kind, "id": str(uuid7()), "item": self.dice.choice(self.items), "content_type": "video",
            "occurred_at": (now - timedelta(seconds=self.dice.randrange(1, 60))).isoformat(),
        }  # fmt: skip
        if kind == "play":
            played = self.dice.randrange(1, 60)
            one |= {
                "occurred_at": (now - timedelta(seconds=60)).isoformat(), "play_id": str(uuid.uuid4()), "source": "player",
                "duration_seconds": played, "item_duration_seconds": 60, "ranges": [[0, played]], "quality": "720p",
            }  # fmt: skip
        elif kind == "page_view":
            one |= {"url": "/browse/", "title": "Browse"}
        elif kind == "share":
            one |= {"platform": "email"}
        sending = ingest.Sending(self.source, Sender.SERVER, user_actor(actor))
        rows, told = ingest.prepare(sending, wire.from_values([one]), now)
        if not rows:
            raise SystemExit(f"Ingest refused {one}: {told}")
        return rows[0]

    def _lesson(self, actor: uuid.UUID, now: datetime) -> str:
        from stats import encoding
        from stats.actors import user_actor
        from stats.ids import uuid7
        from stats.kinds import KINDS as SPECS
        from stats.kinds import Kind
        from stats.models import Source

        lesson = self.dice.choice(self.lessons)
        return encoding.own_row(
            SPECS[Kind.LESSON_COMPLETED], user_actor(actor), event_id=uuid7(), item=lesson,
            occurred_at=now - timedelta(seconds=30), received_at=now, source_id=Source.SITE, session_id=None,
            fields={"course": str(self.town.member(lesson.pk % 200))},
        )  # fmt: skip


def applied(payload: bytes, *, game: bool, achievements: bool, keep: bool = False) -> float:
    """Apply a chunk, and take it back unless it is to be kept. Returns the CPU seconds."""
    from django.conf import settings
    from django.db import connection, transaction
    from django.test import override_settings

    from stats import fresh, ledger

    whole = settings.EVENT_PROJECTIONS
    changed = override_settings(
        EVENT_PROJECTIONS=whole if game else [path for path in whole if not path.startswith("gamification.")],
        EVENT_REACTORS=settings.EVENT_REACTORS if achievements else [],
        EFFECT_LISTENERS=settings.EFFECT_LISTENERS if achievements else [],
    )
    fresh.open_stage(connection)
    clock = _cpu()
    with changed, transaction.atomic():
        started = clock()
        ledger.apply(connection, [payload], refuse=lambda _reports: None)
        took = clock() - started
        if not keep:
            transaction.set_rollback(True)
    if connection.vendor == "postgresql":  # rows that were taken back would lie in the way of the next round's
        with connection.cursor() as cursor:
            cursor.execute(f"VACUUM {', '.join(WRITTEN)}")
    return took


def chunked(town: Town, rounds: int, size: int) -> dict[str, tuple[float, float, float]]:
    """Return CPU milliseconds of chunks: without the game, with it, and with achievements as well."""
    chunks, found = Chunks(town, size), {}
    people, now = chunks.people(), datetime.now(UTC)
    applied(chunks.mixed(people, now), game=True, achievements=True)  # the first one makes temporary tables

    def measured(make: Callable[[list[uuid.UUID], datetime], bytes]) -> tuple[float, float, float]:
        payloads = [make(people, datetime.now(UTC)) for _ in range(rounds)]
        ways = ((False, False), (True, False), (True, True))
        times = [[applied(one, game=game, achievements=too) for game, too in ways] for one in payloads]
        without, game, both = (1000 * statistics.median(column) for column in zip(*times, strict=True))
        return without, game, both

    found["everybody's first events of the day"] = measured(chunks.mixed)
    found["everybody's first events of the day are lessons"] = measured(chunks.learning)
    applied(chunks.mixed(people, now), game=True, achievements=True, keep=True)
    found["everybody was here today"] = measured(chunks.mixed)
    found["everybody was here today, and finishes a lesson"] = measured(chunks.learning)
    few = people[: max(1, len(people) // 20)]
    found["one in twenty of them, again and again"] = measured(lambda _people, at: chunks.mixed(few, at))
    return found


# Pages


PAGES = (
    ("home", "/"),
    ("achievements", "/dashboard/achievements/"),
    ("progress", "/dashboard/progress/"),
    ("leaderboard: month", "/dashboard/leaderboard/"),
    ("leaderboard: all time", "/dashboard/leaderboard/?timeframe=all_time"),
    ("leaderboard: friends", "/dashboard/leaderboard/?scope=friends"),
    ("leaderboard: team", "/dashboard/leaderboard/?scope=team"),
    ("teams", "/teams/"),
    ("challenges", "/challenges/"),
    ("member", "/members/{name}/"),
    ("API: stats", "/api/gamification/stats"),
    ("API: ledger", "/api/gamification/xp"),
    ("API: achievements", "/api/gamification/achievements"),
    ("API: leaderboard", "/api/gamification/leaderboard?timeframe=weekly"),
    ("API: moments", "/api/gamification/moments"),
)


def asked(town: Town, rounds: int) -> dict[str, tuple[float, float, int] | str]:
    """Ask for every page: milliseconds, CPU milliseconds and queries, or what went wrong."""
    from django.core.cache import cache
    from django.test import Client
    from reads import counted, median_ms

    member = _user().objects.get(username=f"member{_team(town)[1]}")
    client = Client(HTTP_HOST="localhost", raise_request_exception=False)
    client.force_login(member)

    def forget() -> None:
        cache.clear()
        client.get("/privacy/")  # the middleware notes who was there, once a while

    found: dict[str, tuple[float, float, int] | str] = {}
    for what, address in PAGES:
        path = address.format(name=member.username)

        def ask(path: str = path) -> Any:
            return client.get(path)

        status = ask().status_code
        if status != 200:
            found[what] = f"was answered {status}"
            continue
        wall, cpu = median_ms(ask, rounds, before=forget), median_ms(ask, rounds, before=forget, clock=_cpu())
        forget()
        with counted() as times:
            ask()
        found[what] = wall, cpu, len(times)
    return found


# Telling


def tell(
    looks: dict[str, tuple[float, float, float]],
    chunks: dict[str, tuple[float, float, float]],
    pages: dict[str, tuple[float, float, int] | str],
) -> bool:
    """Print the tables. Returns whether every page is there."""
    from reads import head, ms, show

    head("question", "time", "CPU", "at most", "")
    for what, (wall, cpu, most) in looks.items():
        show(what, ms(wall), ms(cpu), ms(most), "missed" if cpu > most else "late" if wall > most else "")
    head("a chunk in which", "without the game", "with it", "and achievements", "these add", "")
    for what, (without, game, both) in chunks.items():
        added = (both - game) / game
        show(what, ms(without), ms(game), ms(both), f"{added:+.0%}", "missed" if added > ADDED else "")
    head("page or endpoint", "time", "CPU", "queries", f"{PAGE_MS} ms; {QUERIES}")
    for what, found in pages.items():
        if isinstance(found, str):
            show(what, found, "", "", "")
            continue
        wall, cpu, queries = found
        missed = "missed" if cpu > PAGE_MS or queries > QUERIES else "late" if wall > PAGE_MS else ""
        show(what, ms(wall), ms(cpu), str(queries), missed)
    return not any(isinstance(found, str) for found in pages.values())


def main() -> None:
    """Read the options, fill the database, measure."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--members", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--rebuild", action="store_true")
    parser.add_argument("--smoke", action="store_true", help="few members on SQLite, to see that it runs")
    options = parser.parse_args()
    url = os.environ.get("BENCH_GAME_DATABASE_URL", DEFAULT_URL)
    with site("game", url, on_sqlite=options.smoke) as name:
        members, rounds, size = (500, 1, 200) if options.smoke else (options.members, options.rounds, CHUNK)
        town = prepared(name, members, rebuild=options.rebuild)
        if not tell(looked_at(town, rounds), chunked(town, rounds, size), asked(town, rounds)):
            raise SystemExit("Not all pages are there.")


if __name__ == "__main__":
    main()

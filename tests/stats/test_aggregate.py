"""`aggregate` says what it did or why not, and leaves the same roll-ups however often it is killed or started."""

import contextlib
import io
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import uuid
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings as site_settings
from django.core.management import CommandError, call_command

from stats import ledger, tasks, visitors
from stats.actors import user_actor
from stats.ids import uuid7
from stats.kinds import Kind
from stats.models import BuiltPeriod, DayAudience, DirtyDay, Item, RollupPeriod
from stats.windows import DAY, period_of
from tests.conftest import IN_CI
from tests.stats import chaos, world

NOON = datetime(2026, 3, 28, 12, tzinfo=UTC)
SEED = int(os.environ.get("CHAOS_SEED", "0")) or random.randrange(1, 10**6)
KILLS = 3
FILMS = 800


def aggregate(*arguments: str) -> str:
    call_command("aggregate", *arguments, stdout=(out := io.StringIO()))
    return out.getvalue()


def play(film: Item, person: int, at: datetime) -> None:
    with ledger.recording():
        ledger.record(
            Kind.PLAY,
            user_actor(uuid.UUID(int=person)),
            item=film,
            occurred_at=at,
            play_id=str(uuid7()),
            duration_seconds=60,
        )


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("grain", "key", "start", "said"),
    [
        ("weekly", "w", date(2026, 3, 23), "2026-03-23 to 2026-03-29: 3 rows."),
        ("monthly", "m", date(2026, 3, 1), "2026-03-01 to 2026-03-31: 3 rows."),
        ("yearly", "y", date(2025, 1, 1), "2025-01-01 to 2025-12-31: 3 rows."),
    ],
)
def test_the_period_that_has_the_date_is_aggregated(grain, key, start, said):
    day = NOON.date() if grain != "yearly" else date(2025, 7, 1)
    play(world.make_film(), 1, datetime(day.year, day.month, day.day, tzinfo=UTC))

    assert aggregate(grain, day.isoformat()) == said + "\n"
    assert aggregate(grain, day.isoformat()) == said + "\n"

    assert list(BuiltPeriod.objects.values_list("grain", "start")) == [(key, start)]
    assert set(RollupPeriod.objects.values_list("grain", "start", "plays", "people")) == {(key, start, 1, 1)}


@pytest.mark.django_db
def test_without_a_date_it_is_the_last_that_is_over():
    for grain in ("weekly", "monthly", "yearly"):
        aggregate(grain)

    today = visitors.today()
    assert set(BuiltPeriod.objects.values_list("grain", "start")) == {
        (grain, period_of(grain, period_of(grain, today) - DAY)) for grain in "wmy"
    }


@pytest.mark.django_db
def test_a_day_is_counted_anew_for_all_items_and_what_is_stale_goes():
    film = world.make_film()
    play(film, 1, NOON)
    aggregate("daily", "2026-03-28")
    DayAudience.objects.filter(scope="i").update(people=7)
    DayAudience.objects.create(scope="i", key=film.pk + 9, day=NOON.date(), people=3, replays=1)

    assert aggregate("daily", "2026-03-28") == "2026-03-28: 2 items counted anew.\n"

    rows = set(DayAudience.objects.values_list("scope", "key", "people", "replays"))
    assert rows == {("i", film.pk, 1, 0), ("s", 0, 1, 0), ("p", 0, 1, 0)}
    assert "0 items counted anew" in aggregate("daily")


@pytest.mark.django_db
def test_all_aggregates_every_period_that_is_over_and_not_aggregated():
    play(world.make_film(), 1, NOON)

    assert "settled" in aggregate("daily", "--all")
    assert not DirtyDay.objects.exists()
    assert aggregate("monthly", "--all") == "2026-03-01 to 2026-03-31: 3 rows.\n"
    assert aggregate("monthly", "--all") == ""
    assert aggregate("--all").startswith("0 days of items settled.\n2026-03-23 to 2026-03-29: 3 rows.\n")
    world.assert_sound()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "Aggregate what? There are: daily, weekly, monthly, yearly."),
        (["hourly"], "No grain 'hourly'; there are: daily, weekly, monthly, yearly."),
        (["weekly", "2026-02-30"], "'2026-02-30' is no date such as "),
        (["weekly", "yesterday"], "'yesterday' is no date such as "),
        (["daily", "2999-01-01"], "2999-01-01 is yet to come."),
        (["weekly", "today"], "is not over."),
        (["yearly", "today"], "is not over."),
        (["weekly", "2026-03-28", "--all"], "Either a date or --all."),
    ],
)
def test_what_cannot_be_done_is_told_with_status_2(arguments, said):
    today = visitors.today().isoformat()

    with pytest.raises(CommandError) as refused:
        aggregate(*(today if one == "today" else one for one in arguments))

    assert said in str(refused.value)
    assert refused.value.returncode == 2
    assert not BuiltPeriod.objects.exists()


@pytest.mark.django_db
def test_the_tasks_do_the_same_and_catch_up():
    film = world.make_film()
    play(film, 1, NOON)
    play(film, 1, NOON - timedelta(days=365))

    assert tasks.settle() > 0
    assert tasks.aggregate("d") == 0
    assert [tasks.aggregate(grain) > 0 for grain in "wmy"] == [True, True, True]
    assert [tasks.aggregate(grain) for grain in "wmy"] == [0, 0, 0]

    year = RollupPeriod.objects.get(grain="y", scope="p", start=date(2025, 1, 1))
    assert (year.plays, year.people) == (1, 1)
    world.assert_sound()


def test_the_schedule_is_in_the_sites_time_zone():
    from config.celery import app

    schedule = app.conf.beat_schedule
    tasks_of = {name: one["args"] for name, one in schedule.items() if one["task"] == "stats.aggregate"}
    assert sorted(key for [key] in tasks_of.values()) == ["d", "m", "w", "y"]
    assert str(app.conf.timezone) == site_settings.TIME_ZONE
    assert schedule["settle"]["schedule"] <= timedelta(seconds=10)
    assert {one["task"] for one in schedule.values()} >= {"stats.settle"}


# What is killed in the middle


def fill() -> None:
    """Fill a site with plays of a quarter of a year by many people, of many items. Run inside the site's tree."""
    from stats import drain, encoding, inbox
    from stats.kinds import KINDS

    chance = random.Random(7)
    films = [Item(type="video", title=f"Film {n}", duration_ms=100_000) for n in range(FILMS)]
    Item.objects.bulk_create(films)
    first, lines = datetime(2025, 10, 3, tzinfo=UTC), []
    for number in range(8 * FILMS):
        at = first + timedelta(seconds=chance.randrange(150 * 86_400))
        kind = Kind.LIKE if number % 5 == 0 else Kind.PLAY
        fields = {"play_id": str(number), "duration_seconds": chance.choice([5, 60])} if kind is Kind.PLAY else {}
        lines.append(
            encoding.own_row(
                KINDS[kind], user_actor(uuid.UUID(int=1 + chance.randrange(200))), event_id=uuid7(),
                item=chance.choice(films), occurred_at=at, received_at=at + timedelta(hours=1), source_id=0,
                session_id=None, fields=fields,
            )
        )  # fmt: skip
    inbox.insert(
        [("".join(lines[at : at + 3000]).encode(), len(lines[at : at + 3000])) for at in range(0, len(lines), 3000)]
    )
    pace = drain.Pace()
    while drain.drain_once(pace):
        pass


class Tables:
    """The site's database, seen from outside."""

    NAMES = ("stats_replayday", "stats_dayaudience", "stats_rollupperiod", "stats_builtperiod", "stats_dirtyday")

    def __init__(self, site: chaos.Site, postgres: chaos.Postgres | None) -> None:
        if postgres:
            self._connection: Any = psycopg.connect(postgres.url, autocommit=True)
        else:
            file = next((site.folder / "data").glob("*.sqlite3"))
            self._connection = sqlite3.connect(file, isolation_level=None, timeout=60)

    def all(self) -> dict[str, list[tuple[str, ...]]]:
        return {
            name: sorted(tuple(map(str, row)) for row in self._connection.execute(f"SELECT * FROM {name}").fetchall())
            for name in self.NAMES
        }

    def count(self, name: str) -> int:
        return self._connection.execute(f"SELECT COUNT(*) FROM {name}").fetchone()[0]

    def undo(self) -> None:
        """Forget everything that was settled, and queue all of it."""
        for name in self.NAMES:
            self._connection.execute(f"DELETE FROM {name}")
        self._connection.execute(
            "INSERT INTO stats_dirtyday (item_id, source_id, day) SELECT DISTINCT item_id, source_id, day FROM stats_play"
        )

    def close(self) -> None:
        self._connection.close()


@pytest.mark.sites
@pytest.mark.parametrize("database", ["postgresql", "sqlite"])
def test_killed_in_the_middle_and_run_again_twice_at_once_the_rollups_are_the_same(database):
    if database == "postgresql" and chaos.Postgres.programs() is None:
        (pytest.fail if IN_CI else pytest.skip)("postgresql is missing")
    with place(database) as (site, tables):
        site.manage("shell", "--verbosity=0", "-c", "from tests.stats import test_aggregate; test_aggregate.fill()")
        site.manage("aggregate", "--all")
        wanted, chance = tables.all(), random.Random(SEED)
        assert len(wanted["stats_rollupperiod"]) > FILMS
        assert wanted["stats_dirtyday"] == []

        for _ in range(KILLS):
            tables.undo()
            kill_in_the_middle(site, tables, chance, wanted)
        both = [start(site) for _ in range(2)]

        assert [one.wait() for one in both] == [0, 0]
        assert tables.all() == wanted, SEED
        assert "No differences" in site.manage("verify_stats")


def kill_in_the_middle(site: chaos.Site, tables: Tables, chance: random.Random, wanted: dict[str, Any]) -> None:
    """Start, and kill with -9 while days are being settled or periods built."""
    goal = chance.choice(["stats_dayaudience", "stats_rollupperiod", "stats_rollupperiod"])
    part = chance.uniform(0.05, 0.7) * len(wanted[goal])
    process, deadline = start(site), time.monotonic() + 120
    while tables.count(goal) <= part:
        assert process.poll() is None, "it ended before it could be killed"
        assert time.monotonic() < deadline
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert len(tables.all()["stats_rollupperiod"]) < len(wanted["stats_rollupperiod"])


def start(site: chaos.Site) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "manage.py", "aggregate", "--all"],
        cwd=site.root, env=site.environment, stdout=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip


@contextlib.contextmanager
def place(database: str) -> Any:
    """Yield a site of its own, and a look into its tables."""
    folder = Path(tempfile.mkdtemp(prefix="eightpoint-aggregate-"))
    folder.chmod(0o755)
    postgres, site, tables = None, None, None
    try:
        postgres = chaos.Postgres(folder) if database == "postgresql" else None
        site = chaos.Site(folder, postgres.url if postgres else "")
        tables = Tables(site, postgres)
        yield site, tables
    finally:
        if tables:
            tables.close()
        if site:
            site.stop()
        if postgres:
            postgres.stop()
        shutil.rmtree(folder, ignore_errors=True)

"""Members in and out as files: a thousand members with 100,000 history entries, in, out, in again, out again.

    .venv/bin/python benchmarks/exchange.py [--database sqlite|postgresql|both] [--members 1000] [--entries 100000] [--smoke]

The files have what is awkward: names in many scripts, members without a history and one beyond what is kept, texts as long
as they may be, every role and every state of a subscription, features beside the role, numbers beyond the history, equal
times, and very old ones. They are imported into an empty site (A); what A exports is imported into another empty site (B);
what B exports must be, byte for byte, what A did; `verify_stats` must find both sites sound. One more import into B must
change nothing.

Each step is the command that operators run, a process of its own: from its time on the clock that of a command that does
nothing is taken off; processor time (of the process, not of the database's) is as it is, memory the most that it held. Beside them stand floors of the same run: reading and writing the same files with the standard
library, one bulk insert of the entries into a bare table, and the start of a command that does nothing.

Databases are its own and are dropped: SQLite files in a temporary folder, and that of `BENCH_EXCHANGE_DATABASE_URL` with `_a`
and `_b` behind its name (default `eightpoint_exchange` on 127.0.0.1 as `postgres`).
"""

import argparse
import json
import os
import random
import sqlite3
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, LiteralString
from urllib.parse import quote

from _site import ROOT

DEFAULT_URL = "postgres://postgres@127.0.0.1:5432/eightpoint_exchange"
KEPT = 1000
HOUR_S = 3600
NAMES = ("Zoë", "Łukasz", "Ольга", "李小龙", "محمد", "Ελένη", "さくら", "Søren", "Nguyễn", "דוד")
ROLES = ("free", "subscriber", "premium", "admin")
OF_SUBSCRIBERS = ("priority_upload", "hd_streaming", "ad_free", "custom_playlists")
ALL_FEATURES = (
    "custom_branding", "priority_upload", "advanced_analytics", "hd_streaming", "ad_free", "early_access",
    "custom_playlists", "bulk_operations",
)  # fmt: skip
NOW = datetime.now(UTC).replace(tzinfo=None, microsecond=0)
FIRST = datetime.fromtimestamp(100_000, UTC).replace(tzinfo=None)


@dataclass(frozen=True, slots=True)
class Run:
    """What one command cost."""

    seconds: float
    cpu_s: float
    peak_mb: float
    said: str


def main() -> None:
    """Read the options and measure on each database."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--database", choices=("sqlite", "postgresql", "both"), default="both")
    parser.add_argument("--members", type=int, default=1_000)
    parser.add_argument("--entries", type=int, default=100_000)
    parser.add_argument("--smoke", action="store_true", help="few members on SQLite, to see that it runs")
    options = parser.parse_args()
    if options.smoke:
        options.members, options.entries, options.database = 30, 900, "sqlite"
    with tempfile.TemporaryDirectory(prefix="eightpoint-exchange-") as name:
        folder = Path(name)
        make_files(folder / "made", options.members, options.entries)
        print(f"{options.members:,} members, {options.entries:,} history entries, {_size(folder / 'made'):.1f} MB.")
        if options.database != "postgresql":
            with _sqlite(folder) as urls:
                measure("SQLite", folder / "sqlite", folder / "made", urls, options)
        if options.database != "sqlite":
            with _postgresql() as urls:
                measure("PostgreSQL", folder / "postgresql", folder / "made", urls, options)


def measure(name: str, work: Path, made: Path, urls: list[str], options: argparse.Namespace) -> None:
    """Import, export, import, export, compare, verify, print. Stops with a message when something is not the same."""
    one, two = Site(urls[0], work / "a"), Site(urls[1], work / "b")
    for site in (one, two):
        site.run("migrate", "-v0")
        site.run("seed_plans")
    idle = one.run("seed_plans")
    steps = [("import", one.run("import_users", made)), ("export", one.run("export_users", work / "one"))]
    steps.append(("import of the export", two.run("import_users", work / "one")))
    steps.append(("export of it", two.run("export_users", work / "two")))
    steps.append(("import once more", two.run("import_users", work / "one")))
    if _bytes(work / "one") != _bytes(work / "two"):
        raise SystemExit(f"{name}: the second export differs from the first.")
    if not steps[-1][1].said.startswith("0 members made"):
        raise SystemExit(f"{name}: importing again said: {steps[-1][1].said}")
    for site in (one, two):
        site.run("verify_stats")
    read_s, write_s, insert_s = floors(made, urls[0])
    print(
        f"\n{name}\n| what | time | processor | members/s | entries/s | ratio to floor | peak memory |\n|---|---|---|---|---|---|---|"
    )
    for what, seconds in (("floor: read the files", read_s), ("floor: write them", write_s)):
        print(_row(what, seconds, options))
    print(_row("floor: bare bulk insert of the entries", insert_s, options))
    print(_row("a command that does nothing", idle.seconds, options, cpu_s=idle.cpu_s, peak_mb=idle.peak_mb))
    for what, cost in steps:
        floor = write_s if "export" in what and "import" not in what else read_s + insert_s
        spent = max(cost.seconds - idle.seconds, 0.001)
        print(_row(what, spent, options, ratio=spent / floor, cpu_s=cost.cpu_s, peak_mb=cost.peak_mb))
    print("Both exports have the same bytes; both sites verify.")


def _row(
    what: str, seconds: float, options: argparse.Namespace, ratio: float = 0, cpu_s: float = 0, peak_mb: float = 0
) -> str:
    cells = (
        what, f"{seconds:.2f} s", f"{cpu_s:.1f} s" if cpu_s else "", f"{options.members / seconds:,.0f}",
        f"{options.entries / seconds:,.0f}", f"{ratio:.0f}" if ratio else "", f"{peak_mb:.0f} MB" if peak_mb else "",
    )  # fmt: skip
    return f"| {' | '.join(cells)} |"


class Site:
    """A site without a server: its commands run on a database and a folder of its own."""

    def __init__(self, url: str, data: Path) -> None:
        data.mkdir(parents=True)
        self.environment = {
            **os.environ,
            "DATABASE_URL": url,
            "DATA_DIR": str(data),
            "SECRET_KEY": "b" * 50,
            "DEBUG": "1",
        }
        self.environment.pop("REDIS_URL", None)

    def run(self, *arguments: object) -> Run:
        """Run a command to its end. Stops with what it said when it fails."""
        began = time.perf_counter()
        child = subprocess.Popen(
            [sys.executable, ROOT / "manage.py", *map(str, arguments)],
            env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        assert child.stdout is not None
        said = child.stdout.read()
        _, status, usage = os.wait4(child.pid, 0)
        seconds = time.perf_counter() - began
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            raise SystemExit(f"{' '.join(map(str, arguments))}: {said}")
        return Run(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1000, said)


def floors(made: Path, url: str) -> tuple[float, float, float]:
    """Return the seconds that it takes to read the files, to write them, and to insert the entries into a bare table."""
    began = time.perf_counter()
    read = {path: json.loads(path.read_bytes()) for path in made.rglob("*.json")}
    read_s = time.perf_counter() - began
    with tempfile.TemporaryDirectory(prefix="eightpoint-exchange-") as folder:
        began = time.perf_counter()
        for place, value in enumerate(read.values()):
            Path(folder, str(place)).write_text(json.dumps(value, ensure_ascii=False, indent=2), encoding="utf-8")
        write_s = time.perf_counter() - began
    rows = [tuple(entry.values()) for value in read.values() if isinstance(value, list) for entry in value]
    began = time.perf_counter()
    marks = "video text, stream text, at text, seconds real, type text, session text, completed boolean, quality text"
    if url.startswith("sqlite"):
        with sqlite3.connect(url.removeprefix("sqlite:///")) as database:
            database.execute(f"CREATE TEMPORARY TABLE bare ({marks})")
            database.executemany(f"INSERT INTO bare VALUES ({', '.join('?' * 8)})", rows)
    else:
        import psycopg

        with psycopg.connect(url) as connection, connection.cursor() as cursor:
            cursor.execute(f"CREATE TABLE bare ({marks})".encode())
            with cursor.copy("COPY bare FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
    return read_s, write_s, time.perf_counter() - began


def make_files(folder: Path, members: int, entries: int) -> None:
    """Write the four kinds of files, the same every time."""
    chance = random.Random("exchange")
    (folder / "history").mkdir(parents=True)
    histories = [_length(number, chance) for number in range(members)]
    scale = max(entries - KEPT - KEPT // 2, 1) / max(sum(histories[1:]), 1)
    lengths = [min(KEPT + KEPT // 2, entries), *(round(length * scale) for length in histories[1:])]
    lengths[-1] = max(lengths[-1] + entries - sum(lengths), 0)
    users, stats, features = {}, {}, {}
    for number in range(members):
        user_id = _id(number, chance)
        history = _history(number, lengths[number], chance)
        created, role = _created(number, chance), ROLES[number % 4 if number % 40 < 4 else chance.choice((0, 0, 1, 2))]
        users[user_id] = _user(number, user_id, role, created, chance)
        stats[user_id] = _stats(user_id, created, history, chance)
        features[user_id] = _features(role, chance)
        if history:
            _write(folder / "history" / f"{quote(user_id, safe='')}_history.json", history)
    for name, value in (("users", users), ("user_stats", stats), ("subscriber_features", features)):
        _write(folder / f"{name}.json", value)


def _length(number: int, chance: random.Random) -> int:
    """Return how long a history is, before it is scaled: some are empty."""
    return 0 if number % 9 == 1 else chance.randrange(1, 200)


def _id(number: int, chance: random.Random) -> str:
    if number % 3 == 0:
        return f"uuid-{number}"
    if number % 3 == 1:
        return str(uuid.UUID(int=chance.getrandbits(128), version=4))
    return f"{NAMES[number % len(NAMES)]}/№ {number}"


def _created(number: int, chance: random.Random) -> datetime:
    if number % 50 == 2:
        return FIRST + timedelta(microseconds=number)
    return NOW - timedelta(days=chance.randrange(30, 4000), microseconds=chance.randrange(10**6))


def _user(number: int, user_id: str, role: str, created: datetime, chance: random.Random) -> dict[str, Any]:
    """Return a member: subscriptions that run, that are over, and none."""
    ends = None
    if role in ("subscriber", "premium"):
        ends = NOW + timedelta(days=chance.randrange(2, 900), microseconds=number)
    elif number % 5 == 0:
        ends = NOW - timedelta(days=chance.randrange(1, 900), microseconds=number)
    return {
        "user_id": user_id, "username": f"{NAMES[number % len(NAMES)]}-{number}" + "x" * (100 if number % 70 == 3 else 0),
        "email": f"member.{number}+tag@example.org", "role": role, "created_at": created.isoformat(),
        "updated_at": (created + timedelta(days=chance.randrange(29))).isoformat(), "is_active": number % 11 != 5,
        "subscription_expires": ends and ends.isoformat(),
    }  # fmt: skip


def _stats(user_id: str, created: datetime, history: list[dict[str, Any]], chance: random.Random) -> dict[str, Any]:
    """Return the eight numbers: some are what the history says, some are more."""
    beyond = chance.random() < 0.4
    hours = sum(int(entry["duration_seconds"] * 1000 + 0.5) for entry in history) / (HOUR_S * 1000)
    last = max((entry["watched_at"] for entry in history), default=None)
    return {
        "user_id": user_id, "subscriber_features_used": chance.randrange(9) * beyond,
        "watch_history_entries": len(history) + chance.randrange(5000) * beyond,
        "total_watched_hours": hours + chance.randrange(900) * beyond, "videos_uploaded": chance.randrange(30),
        "streams_created": chance.randrange(3), "images_uploaded": chance.randrange(99),
        "total_interactions": chance.randrange(10**6) * beyond, "last_activity_timestamp": last,
        "created_at": created.isoformat(), "updated_at": max(last or "", created.isoformat()),
    }  # fmt: skip


def _features(role: str, chance: random.Random) -> list[str]:
    """Return the role's features, one more or one fewer."""
    usual = {"free": (), "subscriber": OF_SUBSCRIBERS}.get(role, ALL_FEATURES)
    odd = chance.choice(ALL_FEATURES) if chance.random() < 0.3 else ""
    return [feature for feature in ALL_FEATURES if (feature in usual) != (feature == odd)]


def _history(number: int, length: int, chance: random.Random) -> list[dict[str, Any]]:
    """Return a history, the oldest first: many entries at the very same time, keys as long as they may be."""
    is_old = number % 60 == 7
    start = FIRST if is_old else NOW - timedelta(days=chance.randrange(10, 3000))
    step = timedelta(hours=5) if is_old else (NOW - start) / (length + 1)
    entries = []
    for place in range(length):
        at = start + step * (place - place % 3 if number % 4 == 0 else place)
        kind = chance.choice(("video", "video", "stream", "track"))
        video = (
            f"{kind}-{chance.randrange(2000):04d}"
            if chance.random() < 0.98
            else f"{NAMES[number % 10]} " * 20 + str(place)
        )
        entries.append(
            {
                "video_id": video, "stream_id": video if kind == "stream" else None, "watched_at": at.isoformat(),
                "duration_seconds": chance.choice((0, 1800, 12.5, round(chance.uniform(0, 7200), 3))),
                "content_type": kind, "session_id": chance.choice((None, f"session-{chance.randrange(10**6)}")),
                "completed": chance.random() < 0.3, "quality": chance.choice((None, "480p", "720p", "1080p")),
            }
        )  # fmt: skip
    return entries


def _write(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def _bytes(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def _size(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.rglob("*.json")) / 1e6


@contextmanager
def _sqlite(folder: Path) -> Iterator[list[str]]:
    yield [f"sqlite:///{folder}/{name}.sqlite3" for name in ("a", "b")]


@contextmanager
def _postgresql() -> Iterator[list[str]]:
    """Make two databases, and drop them."""
    import psycopg
    from psycopg import sql

    server, _slash, name = os.environ.get("BENCH_EXCHANGE_DATABASE_URL", DEFAULT_URL).rpartition("/")
    names = [f"{name}_{suffix}" for suffix in ("a", "b")]

    def each(*statements: LiteralString) -> None:
        with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
            for one in names:
                for statement in statements:
                    connection.execute(sql.SQL(statement).format(sql.Identifier(one)))

    each("DROP DATABASE IF EXISTS {} WITH (FORCE)", "CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'")
    try:
        yield [f"{server}/{one}" for one in names]
    finally:
        each("DROP DATABASE IF EXISTS {} WITH (FORCE)")


if __name__ == "__main__":
    main()

"""How fast events are taken, applied and seen, beside what the database itself can do in the same run.

    .venv/bin/python benchmarks/ingest.py [--database postgresql|sqlite|both] [--seconds 8] [--rounds 5] [--big] [--smoke]

Starts its own web process and drain on a database of its own (PostgreSQL: `BENCH_DATABASE_URL`, default a database
`eightpoint_bench` on 127.0.0.1 as `postgres`; it is dropped and made anew). Keys are drawn from 100,000 people and
10,000 items. The floor is the rate at which one connection writes the log's very rows into a table with the log's
primary key: COPY on PostgreSQL, executemany on SQLite, 10,000 rows a commit. Every figure is the median of the rounds;
the sustained one is measured once, for a minute, with clients that wait while more than 20,000 events do. `--big` adds
how fast the drain is with 10 million rows in the log.
"""

import argparse
import itertools
import json
import os
import random
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
PEOPLE, ITEMS = 100_000, 10_000
CLIENTS = {1: 32, 50: 8, 1000: 4}
HOST = "127.0.0.1"
DEFAULT_URL = "postgres://postgres@127.0.0.1:5432/eightpoint_bench"
TICKS = os.sysconf("SC_CLK_TCK")
BURST_S, SUSTAINED_S = 15.0, 60.0
HELD_BACK_AT = 20_000
BIG = 10_000_000
MARK = b"eeeeeeee"
TEMPLATES = {1: 20_000, 50: 2000, 1000: 100}

_sent = itertools.count(1)


# The world: a database, a web process, a drain


def free_port() -> int:
    """Return a port that nobody uses."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]


def fresh_database(url: str) -> None:
    """Drop and make the benchmark's PostgreSQL database."""
    import psycopg

    base, _, name = url.rpartition("/")
    with psycopg.connect(f"{base}/postgres", autocommit=True) as admin:
        admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        admin.execute(f'CREATE DATABASE "{name}"')


@contextmanager
def world(database: str) -> Iterator["World"]:
    """Yield a migrated site of its own, and take everything away again."""
    folder = Path(tempfile.mkdtemp(prefix="eightpoint-bench-"))
    url = os.environ.get("BENCH_DATABASE_URL", DEFAULT_URL) if database == "postgresql" else ""
    if url:
        fresh_database(url)
    port = free_port()
    os.environ.update(
        DATA_DIR=str(folder),
        DATABASE_URL=url,
        PORT=str(port),
        SECRET_KEY="b" * 50,
        DJANGO_SETTINGS_MODULE="config.settings",
    )
    os.environ.pop("REDIS_URL", None)
    subprocess.run([sys.executable, "manage.py", "migrate", "-v0"], cwd=ROOT, check=True)
    one = World(database, port)
    try:
        yield one
    finally:
        one.stop()
        shutil.rmtree(folder, ignore_errors=True)


class World:
    """A running site under load."""

    def __init__(self, database: str, port: int) -> None:
        sys.path.insert(0, str(ROOT))
        import django

        django.setup()
        from stats import sources

        self.database, self.port = database, port
        self.source, self.secret = sources.create("benchmark")
        self.web = self._start("granian", "--interface", "wsgi", "--host", HOST, "--port", str(port), "--workers", "1",
                               "--blocking-threads", "16", "--blocking-threads-idle-timeout", "600", "--runtime-mode", "st",
                               "--backlog", "1024", "--no-ws", "--log-level", "error", "config.wsgi:application")  # fmt: skip
        self.drain: subprocess.Popen[bytes] | None = None
        self._wait_for_port()
        self._make_items()

    def _start(self, program: str, *arguments: str) -> "subprocess.Popen[bytes]":
        return subprocess.Popen([str(BIN / program), *arguments], cwd=ROOT, start_new_session=True)

    def start_drain(self) -> None:
        """Start the drain."""
        self.drain = self._start("python", "manage.py", "drain")

    def stop_drain(self) -> None:
        """Stop the drain between two chunks."""
        if self.drain:
            self.drain.terminate()
            self.drain.wait(20)
            self.drain = None

    def stop(self) -> None:
        """Stop everything."""
        from django.db import connection

        self.stop_drain()
        os.killpg(self.web.pid, signal.SIGKILL)
        self.web.wait()
        connection.close()

    def _wait_for_port(self) -> None:
        for _ in range(300):
            try:
                socket.create_connection((HOST, self.port), 1).close()
                return
            except OSError:
                time.sleep(0.1)
        raise SystemExit("The web process did not start.")

    def _make_items(self) -> None:
        from stats import items

        for start in range(0, ITEMS, 1000):
            items.find(self.source.pk, [(f"video-{n}", "video") for n in range(start, start + 1000)], create=True)

    def backlog(self) -> int:
        """Return the events that wait."""
        from stats import inbox

        return inbox.backlog(fresh=True)

    def wait_until_applied(self) -> None:
        """Wait for an empty inbox."""
        while self.backlog():
            time.sleep(0.02)

    def clear_inbox(self) -> None:
        """Forget what waits."""
        from stats.models import InboxBatch

        InboxBatch.objects.all().delete()

    def cpu_s(self) -> dict[str, float]:
        """Return the CPU seconds so far of web, drain and database."""
        parts = {"web": _tree_cpu(self.web.pid), "drain": _tree_cpu(self.drain.pid) if self.drain else 0.0}
        if self.database == "postgresql":
            parts["database"] = sum(
                _cpu(int(pid)) for pid in os.listdir("/proc") if pid.isdigit() and _name(pid) == "postgres"
            )
        return parts

    def wal_bytes(self) -> int:
        """Return the position of PostgreSQL's write-ahead log."""
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_current_wal_lsn() - '0/0'::pg_lsn")
            return int(cursor.fetchone()[0])


def _name(pid: str) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""


def _cpu(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(int(field) for field in fields[11:15]) / TICKS


def _tree_cpu(pid: int) -> float:
    total = _cpu(pid)
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return total
    return total + sum(_tree_cpu(int(child)) for child in children)


# Events and load


def event(now: datetime) -> dict[str, Any]:
    """Return one event of a plausible mix, half of them plays."""
    from stats.ids import uuid7

    share = random.random()
    started = now - timedelta(seconds=random.randrange(60, 3000))
    one: dict[str, Any] = {
        "id": str(uuid7()), "occurred_at": started.isoformat(), "item": f"video-{random.randrange(ITEMS)}",
        "session_id": f"s{random.randrange(PEOPLE)}",
    }  # fmt: skip
    if share < 0.5:
        played = random.randrange(1, 60)
        return one | {
            "type": "play", "content_type": "video", "play_id": str(uuid.uuid4()), "source": "player", "speed": 1.0,
            "duration_seconds": played, "item_duration_seconds": 60, "ranges": [[0, played]], "quality": "720p",
        }  # fmt: skip
    if share < 0.65:
        return one | {"type": "page_view", "url": f"/items/{random.randrange(ITEMS)}", "title": "An item"}
    if share < 0.8:
        return one | {"type": "like"}
    if share < 0.83:
        return one | {"type": "unlike"}
    if share < 0.9:
        return one | {"type": "share", "platform": "email"}
    return one | {"type": "save" if share < 0.95 else "download"}


def _events(size: int, now: datetime) -> list[dict[str, Any]]:
    """Return events whose ids have the mark where the number of the request will stand."""
    events = [event(now) for _ in range(size)]
    for one in events:
        for name in one.keys() & {"id", "play_id"}:
            one[name] = one[name][:24] + MARK.decode() + one[name][32:]
    return events


def requests(world: World, size: int, number: int) -> Iterator[bytes]:
    """Yield whole HTTP requests, each with a batch of its own.

    Bodies repeat after 100,000 events at most, but never an id: part of each is filled in when it is sent.
    """
    now = datetime.now(UTC)
    templates = [
        http(world, json.dumps({"sent_at": now.isoformat(), "events": _events(size, now)}).encode())
        for _ in range(min(number, TEMPLATES[size]))
    ]
    return (
        template.replace(MARK, b"%08x" % next(_sent))
        for template in itertools.islice(itertools.cycle(templates), number)
    )


def exchange(connection: socket.socket, request: bytes) -> int:
    """Send a request on a kept connection and return the answer's status."""
    connection.sendall(request)
    answer = b""
    while b"\r\n\r\n" not in answer:
        answer += _receive(connection)
    head, _, body = answer.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
    while len(body) < length:
        body += _receive(connection)
    return int(head[9:12])


def _receive(connection: socket.socket) -> bytes:
    part = connection.recv(65536)
    if not part:
        raise SystemExit("The site closed the connection.")
    return part


def warm_up(world: World) -> None:
    """Let the web process meet every item once, as one that has run for a while has."""
    one = {"type": "download", "session_id": "s1"}
    with socket.create_connection((HOST, world.port)) as connection:
        for start in range(0, ITEMS, 1000):
            body = json.dumps([one | {"item": f"video-{number}"} for number in range(start, start + 1000)]).encode()
            exchange(connection, http(world, body))
    world.clear_inbox()


def http(world: World, body: bytes) -> bytes:
    """Return a whole HTTP request."""
    head = (
        f"POST /api/stats/events HTTP/1.1\r\nHost: {HOST}\r\nAuthorization: Bearer {world.secret}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def acknowledge(
    world: World, size: int, batches: Iterator[bytes], seconds: float, go: threading.Event | None = None
) -> float:
    """Send batches from several clients at once, while `go` is set; return the events acknowledged a second."""
    lock = threading.Lock()
    until = time.perf_counter() + seconds
    taken = [0] * CLIENTS[size]

    def client(number: int) -> None:
        with socket.create_connection((HOST, world.port)) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while time.perf_counter() < until:
                if go and not go.wait(0.1):
                    continue
                with lock:
                    request = next(batches, None)
                if request is None:
                    return
                status = exchange(connection, request)
                if status != 202:
                    raise SystemExit(f"An answer was {status}.")
                taken[number] += size

    threads = [threading.Thread(target=client, args=(number,)) for number in range(CLIENTS[size])]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(taken) / (time.perf_counter() - started)


# Figures


def floor(world: World, rows: int) -> float:
    """Return the rows a second of the plainest durable write of the log's rows, with the log's key."""
    from django.db import connection
    from django.utils import timezone

    from stats import fresh, ingest, log, wire
    from stats.kinds import Sender
    from stats.rows import COLUMNS, values

    sending = ingest.Sending(world.source, Sender.SERVER)
    now = datetime.now(UTC)
    lines: list[str] = []
    while len(lines) < rows:
        made, _ = ingest.prepare(sending, wire.from_values([event(now) for _ in range(1000)]), timezone.now())
        lines += made
    columns = log.column_definitions(connection.vendor)
    chunks = [lines[start : start + 10_000] for start in range(0, rows, 10_000)]
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS bench_floor")
        cursor.execute(f"CREATE TABLE bench_floor ({columns}, PRIMARY KEY (id, source_id))")
        payloads: list[Any] = (
            ["".join(chunk).encode() for chunk in chunks]
            if connection.vendor == "postgresql"
            else [[values(line.encode()) for line in chunk] for chunk in chunks]
        )
        started = time.perf_counter()
        for payload in payloads:
            if connection.vendor == "postgresql":
                with cursor.copy(f"COPY bench_floor ({log.NAMES}) FROM STDIN") as copy:
                    copy.write(payload)
            else:
                cursor.execute("BEGIN IMMEDIATE")
                marks = ", ".join(["%s"] * len(COLUMNS))
                cursor.executemany(f"INSERT INTO bench_floor ({log.NAMES}) VALUES ({marks})", payload)
                cursor.execute("COMMIT")
        seconds = time.perf_counter() - started
        cursor.execute("DROP TABLE bench_floor")
    fresh.open_stage(connection)
    return rows / seconds


def drained(world: World, events: int) -> tuple[float, dict[str, float], float]:
    """Fill the inbox, then drain it: events a second, CPU microseconds an event by part, WAL bytes an event."""
    from django.utils import timezone

    from stats import inbox, ingest, wire
    from stats.kinds import Sender

    world.stop_drain()
    sending = ingest.Sending(world.source, Sender.SERVER)
    now = datetime.now(UTC)
    for _ in range(events // 50):
        rows, _ = ingest.prepare(sending, wire.from_values([event(now) for _ in range(50)]), timezone.now())
        inbox.insert([("".join(rows).encode(), len(rows))])
    before, wal = world.cpu_s(), world.wal_bytes() if world.database == "postgresql" else 0
    world.start_drain()
    while (left := world.backlog()) == events:
        time.sleep(0.005)
    started = time.perf_counter()
    world.wait_until_applied()
    seconds = time.perf_counter() - started
    after = world.cpu_s()
    written = (world.wal_bytes() - wal) / events if world.database == "postgresql" else 0.0
    cpu = {part: (after[part] - before[part]) / events * 1e6 for part in after}
    return left / seconds, cpu, written


def together(world: World, seconds: float) -> tuple[float, dict[str, float]]:
    """Acknowledge and apply at once: applied events a second over the whole time, and CPU microseconds an event by part."""
    batches = requests(world, 50, int(seconds * 900))
    world.wait_until_applied()
    before, started = world.cpu_s(), time.perf_counter()
    rate = acknowledge(world, 50, batches, seconds)
    sent = rate * (time.perf_counter() - started)
    world.wait_until_applied()
    after, whole = world.cpu_s(), time.perf_counter() - started
    return sent / whole, {part: (after[part] - before[part]) / sent * 1e6 for part in after}


def sustained(world: World, seconds: float) -> tuple[float, list[int]]:
    """Acknowledge as much as is applied: applied events a second, and what waits at the start, middle and end.

    The start is when the drain has met its first full chunks; from then on what waits shall not grow.
    """
    go, over = threading.Event(), threading.Event()
    waiting: list[int] = []

    def watch() -> None:
        """Hold the clients back while much waits, and note what waits."""
        while not over.wait(0.05):
            waiting.append(world.backlog())
            (go.set if waiting[-1] < HELD_BACK_AT else go.clear)()

    watcher = threading.Thread(target=watch)
    world.wait_until_applied()
    batches = requests(world, 50, int((seconds + 2) * 2000))
    watcher.start()
    go.set()
    acknowledge(world, 50, batches, min(2, seconds), go)
    begin, left, waiting[:] = time.perf_counter(), world.backlog(), []
    rate = acknowledge(world, 50, batches, seconds, go)
    whole = time.perf_counter() - begin
    over.set()
    watcher.join()
    end = world.backlog()
    return rate + (left - end) / whole, [left, waiting[len(waiting) // 2], end]


def fill_log(rows: int) -> None:
    """Put rows into the log, with ids of this month's past, and nothing else."""
    from django.db import connection

    from stats import log

    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {log.TABLE} ({log.NAMES}, chunk) SELECT"
            " CAST(lpad(to_hex((extract(epoch FROM now()) * 1000)::bigint - n), 12, '0') || '7' || substr(m, 1, 3) || '8'"
            " || substr(m, 4, 15) AS uuid), 1, 'download', 1, 1, '2020-01-01', CAST(m AS uuid), 'a', n %% 10000, 's' || n,"
            " NULL, NULL, NULL, NULL, NULL, 0 FROM (SELECT n, md5(n::text) AS m FROM generate_series(1, %s) n) made",
            [rows],
        )
        cursor.execute("CHECKPOINT")


def visible_ms(world: World, number: int, load: float = 0.0) -> list[float]:
    """Return the milliseconds from an answer to the counter that shows its event, for single events, at a load a second."""
    from stats.models import Item, ItemCounter

    stop = threading.Event()
    noise: threading.Thread | None = None
    if load:
        noise = threading.Thread(target=_keep_loading, args=(world, load, stop))
        noise.start()
        time.sleep(1)
    times = []
    item = Item.objects.get(source=world.source, external_key="video-1")
    with socket.create_connection((HOST, world.port)) as connection:
        for _ in range(number):
            one = {"type": "download", "item": "video-1", "session_id": "s1"}
            body = json.dumps([one]).encode()
            downloads = ItemCounter.objects.filter(item_id=item.pk).values_list("downloads", flat=True)
            before = downloads.first() or 0
            exchange(connection, http(world, body))
            answered = time.perf_counter()
            while (downloads.first() or 0) <= before:
                time.sleep(0.0005)
            times.append((time.perf_counter() - answered) * 1000)
            time.sleep(random.uniform(0, 0.02))
    stop.set()
    if noise:
        noise.join()
    return times


def _keep_loading(world: World, rate: float, stop: threading.Event) -> None:
    batches = requests(world, 50, 10**9)
    with socket.create_connection((HOST, world.port)) as connection:
        started, sent = time.perf_counter(), 0
        while not stop.is_set():
            due = (time.perf_counter() - started) * rate / 50
            if sent < due:
                exchange(connection, next(batches))
                sent += 1
            else:
                time.sleep(0.001)


def record_ms(number: int) -> list[float]:
    """Return the milliseconds of the site's own actions, each one like in a transaction of its own."""
    from stats import ledger
    from stats.actors import user_actor
    from stats.kinds import Kind
    from stats.models import Item

    items = list(Item.objects.all()[:100])
    times = []
    for turn in range(number):
        started = time.perf_counter()
        with ledger.recording():
            ledger.record(
                Kind.LIKE if turn % 2 == 0 else Kind.UNLIKE, user_actor(uuid.uuid4()), item=items[turn % len(items)]
            )
        times.append((time.perf_counter() - started) * 1000)
    return times


def p99(times: list[float]) -> float:
    """Return the 99th percentile."""
    return sorted(times)[min(len(times) - 1, int(len(times) * 0.99))]


def median_of(rounds: int, measure: Callable[[], float]) -> float:
    """Return the median of several rounds."""
    return statistics.median(measure() for _ in range(rounds))


def show(what: str, figure: str, ratio: str, target: str) -> None:
    """Print one line of the table."""
    print(f"| {what:<58} | {figure:>22} | {ratio:>16} | {target:<22} |", flush=True)


def run(database: str, seconds: float, rounds: int, rows: int, *, burst: float, minute: float, big: int) -> None:
    """Measure one database and print the table."""
    with world(database) as site:
        postgres = database == "postgresql"
        base = median_of(rounds, lambda: floor(site, rows))
        warm_up(site)
        print(f"\n### {'PostgreSQL' if postgres else 'SQLite'}\n")
        show("what", "figure", "ratio to floor", "target")
        print(f"|{'-' * 60}|{'-' * 24}|{'-' * 18}|{'-' * 24}|")
        show(f"floor: {'COPY' if postgres else 'executemany'} with primary key", f"{base:,.0f} rows/s", "1", "")
        for size in (1, 50, 1000):
            enough = {1: 6000, 50: 1500, 1000: 150}[size] * max(1, int(seconds))

            def measure(size: int = size, enough: int = enough) -> float:
                rate = acknowledge(site, size, requests(site, size, enough), seconds)
                site.clear_inbox()
                return rate

            rate = median_of(rounds, measure)
            target = {1: ">= 4000/s", 50: ">= 30 %", 1000: ">= 60 %"}[size] if postgres else ""
            show(f"acknowledged durable, batch {size}", f"{rate:,.0f} events/s", f"{rate / base:.1%}", target)
        results = [drained(site, rows) for _ in range(rounds)]
        alone = statistics.median(result[0] for result in results)
        show("drained (log and all projections)", f"{alone:,.0f} events/s", f"{alone / base:.1%}", "")
        if postgres:
            wal = statistics.median(result[2] for result in results)
            show("WAL written by the drain per event", f"{wal:,.0f} bytes", "", "<= 1000 bytes")
        both = [together(site, burst) for _ in range(rounds)]
        rate = statistics.median(result[0] for result in both)
        target = ">= 9 %" if postgres else ">= 15 %"
        show(f"acknowledged and applied, burst of {burst:.0f} s", f"{rate:,.0f} events/s", f"{rate / base:.1%}", target)
        lasting, waiting = sustained(site, minute)
        target = ">= 6 %" if postgres else ""
        show(f"acknowledged and applied, {minute:.0f} s", f"{lasting:,.0f} events/s", f"{lasting / base:.1%}", target)
        show("  waiting at the start, middle, end", ", ".join(f"{events:,}" for events in waiting), "", "does not grow")
        site.wait_until_applied()
        cpu = {part: statistics.median(result[1][part] for result in both) for part in both[0][1]}
        shown = ", ".join(f"{part} {value:.0f}" for part, value in cpu.items())
        show("CPU per event, batch 50", f"{sum(cpu.values()):.0f} us", "", "<= 45 us, web <= 15" if postgres else "")
        show("  of it", f"{shown}", "", "")
        idle = visible_ms(site, 40 * rounds)
        show(
            "answer to visible, idle: p50, p99",
            f"{statistics.median(idle):.0f}, {p99(idle):.0f} ms",
            "",
            "p99 <= 50 ms",
        )
        half = visible_ms(site, 40 * rounds, load=rate / 2)
        show(
            "answer to visible, half load: p50, p99",
            f"{statistics.median(half):.0f}, {p99(half):.0f} ms",
            "",
            "p99 <= 250 ms",
        )
        site.wait_until_applied()
        own = record_ms(60 * rounds)
        show(
            "record() of the site's own, idle: p50, p99",
            f"{statistics.median(own):.1f}, {p99(own):.1f} ms",
            "",
            "p99 <= 20 ms",
        )
        if big and postgres:
            fill_log(big)
            full = statistics.median(drained(site, rows)[0] for _ in range(rounds))
            show(
                f"drained with {big:,} rows in the log",
                f"{full:,.0f} events/s",
                f"{full / alone:.2f} of empty",
                ">= 0.85",
            )


def main() -> None:
    """Read the options and run."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--database", choices=["postgresql", "sqlite", "both"], default="both")
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--big", action="store_true", help="also with 10 million rows in the log (PostgreSQL)")
    parser.add_argument("--smoke", action="store_true", help="one short round, to see that it runs")
    options = parser.parse_args()
    seconds, rounds, rows = (1.0, 1, 30_000) if options.smoke else (options.seconds, options.rounds, 100_000)
    burst, minute = (1.0, 2.0) if options.smoke else (BURST_S, SUSTAINED_S)
    random.seed(8)
    if options.database == "both":
        rest = [argument for argument in sys.argv[1:] if argument not in {"--database", "both"}]
        for name in ("postgresql", "sqlite"):
            subprocess.run([sys.executable, __file__, "--database", name, *rest], check=True)
        return
    run(options.database, seconds, rounds, rows, burst=burst, minute=minute, big=BIG if options.big else 0)


if __name__ == "__main__":
    main()

"""Clients that send while what serves them is killed, for `test_chaos.py`. Black-box: all goes through HTTP and `manage.py`."""

import contextlib
import gzip
import http.client
import json
import os
import pickle
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg

from tests import migrated
from tests.stats.recount import Numbers, Told

ROOT = Path(__file__).resolve().parents[2]
EVENTS_PER_BATCH = 50
CLIENTS = 8
GIVE_UP_S = 90.0
PEOPLE = 20
KINDS = (
    "play", "play", "play", "like", "like", "unlike", "save", "unsave", "share", "comment", "download", "upload",
    "feature_used", "stream_started", "stream_ended", "page_view", "action",
)  # fmt: skip
BAD = (
    {"type": "explode"},
    {"type": "action", "name": "a\0b"},
    {"type": "download", "item": "video-1", "bytes": 2**64},
    {"type": "like", "item": "video-1", "user": "nobody"},
    {"type": "like", "item": "video-1", "occurred_at": "2026-02-30T00:00:00Z"},
    {"type": "share", "item": "video-1", "platform": "myspace"},
    {"type": ["like"]},
    7,
)
SETUP = """
import json
from django.contrib.auth import get_user_model
from stats.models import Item
people = [get_user_model()(username=f"p{n}", email=f"p{n}@example.org", password="!") for n in range(%d)]
get_user_model().objects.bulk_create(people)
items = [Item(type="video", title=f"Film {n}", duration_ms=100_000) for n in range(4)]
Item.objects.bulk_create(items)
print(json.dumps({"people": [p.uuid.hex for p in people], "items": [str(i.uuid) for i in items]}))
"""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def processor_s(pid: int) -> float:
    """Return how long the first thread of a process has used the processor."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9


class Postgres:
    """A PostgreSQL of our own, which may be killed. It keeps its promises: nothing is switched off."""

    def __init__(self, folder: Path) -> None:
        self._home = folder / "postgres"
        self._home.mkdir()
        if os.geteuid() == 0:
            shutil.chown(self._home, "postgres")
        self.port = free_port()
        self._run("initdb", "--auth=trust", "--username=postgres", "--no-sync", "--encoding=UTF8", "--no-locale")
        self.start()
        with psycopg.connect(f"{self.server}/postgres", autocommit=True) as connection:
            connection.execute("CREATE DATABASE chaos")
        self.url = f"{self.server}/chaos"

    @staticmethod
    def programs() -> Path | None:
        """Return where `initdb` and `pg_ctl` are."""
        found = shutil.which("initdb")
        places = [Path(found).parent] if found else sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
        return next((place for place in places if (place / "initdb").exists()), None)

    @property
    def server(self) -> str:
        return f"postgres://postgres@127.0.0.1:{self.port}"

    def start(self) -> None:
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={self._home}/data"
        for _ in range(20):  # what was killed may still hold the memory
            if (
                self._run(
                    "pg_ctl",
                    "start",
                    "--wait",
                    "--silent",
                    f"--log={self._home}/log",
                    f"--options={options}",
                    check=False,
                )
                == 0
            ):
                return
            time.sleep(0.2)
        raise AssertionError("PostgreSQL does not start: " + (self._home / "log").read_text()[-2000:])

    def kill(self) -> None:
        postmaster = int((self._home / "data" / "postmaster.pid").read_text().split()[0])
        children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
        for pid in (postmaster, *map(int, children)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def stop(self) -> None:
        self._run("pg_ctl", "stop", "--mode=immediate", "--silent", check=False)

    def _run(self, program: str, *arguments: str, check: bool = True) -> int:
        place = self.programs()
        assert place is not None
        command = [str(place / program), f"--pgdata={self._home}/data", *arguments]
        if os.geteuid() == 0:
            command = ["runuser", "-u", "postgres", "--", *command]
        return subprocess.run(
            command, check=check, cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ).returncode


class Site:
    """Web and drain, as the supervisor starts them, in the tree at `root`."""

    def __init__(self, folder: Path, database_url: str, root: Path = ROOT) -> None:
        self.folder, self.root, self.port = folder, root, free_port()
        self.environment = {
            **{name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "PYTEST_CURRENT_TEST"}},
            "DATA_DIR": str(folder / "data"), "PYTHONPATH": str(root), "LOG_LEVEL": "ERROR",
        }  # fmt: skip
        if database_url:
            self.environment["DATABASE_URL"] = database_url
        if database_url or root != ROOT:
            self.manage("migrate", "--verbosity=0")
        else:
            migrated.copy_to(folder / "data")
        commands = json.loads(
            self.run(
                "-c",
                "import django, json; django.setup(); from config import supervisor as s;"
                f"print(json.dumps({{p.name: p.command for p in s.programs({self.port})}}))",
                DJANGO_SETTINGS_MODULE="config.settings",
            )
        )
        self._commands = {"web": commands["web"], "drain": commands["drain"], "standby": commands["drain"]}
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self.log = (folder / "site.log").open("wb")

    def run(self, *arguments: str, **environment: str) -> str:
        """Run Python in the site's tree and return what it prints."""
        done = subprocess.run(
            [sys.executable, *arguments], cwd=self.root, env={**self.environment, **environment}, check=False,
            capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        return done.stdout

    def manage(self, *arguments: str) -> str:
        return self.run("manage.py", *arguments)

    def start(self, name: str) -> None:
        self._running[name] = subprocess.Popen(
            self._commands[name],
            cwd=self.root,
            env=self.environment,
            stdout=self.log,
            stderr=self.log,
            start_new_session=True,
        )

    def hold(self, name: str) -> None:
        """Let a program that has started and found nothing to do stand still, so that work gathers before it."""
        pid, used, deadline = self._running[name].pid, -1.0, time.monotonic() + 30
        while processor_s(pid) - used > 0.05 and time.monotonic() < deadline:
            used = processor_s(pid)
            time.sleep(0.15)
        os.killpg(pid, signal.SIGSTOP)

    def go_on(self, name: str, busy_s: float) -> None:
        """Let it go on; return when it has used the processor for `busy_s` since, which is in the midst of its work."""
        pid = self._running[name].pid
        used = processor_s(pid)
        os.killpg(pid, signal.SIGCONT)
        deadline = time.monotonic() + 2
        while processor_s(pid) < used + busy_s and time.monotonic() < deadline:
            time.sleep(0.001)

    def backlog(self) -> int | None:
        """Return how many events wait, as the site says; None when it does not answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/readyz")
            return json.loads(connection.getresponse().read())["backlog"]
        except (OSError, http.client.HTTPException, ValueError):
            return None
        finally:
            connection.close()

    def kill(self, name: str) -> None:
        process = self._running.pop(name)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def stop(self) -> None:
        for name in list(self._running):
            self.kill(name)
        self.log.close()


@dataclass
class Load:
    """What the clients shall send, and what the recount is told of it."""

    batches: list[list[Any]]
    bad: list[set[int]]
    told: list[Told]


def load(chance: random.Random, batches: int, people: list[str], items: list[str], source: int) -> Load:
    """Return mixed events: cumulative plays, clicks at equal times, events that come in two batches, and 2 % bad ones."""
    start = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=6)
    keys = [*items, "video-1", "video-2", "track-1"]
    result = Load([], [], [])
    earlier: list[dict[str, Any]] = []
    for _ in range(batches):
        batch: list[Any] = []
        bad = set(chance.sample(range(EVENTS_PER_BATCH), EVENTS_PER_BATCH // 50))
        for index in range(EVENTS_PER_BATCH):
            if index in bad:
                batch.append(chance.choice(BAD))
            elif earlier and chance.random() < 0.05:
                batch.append(chance.choice(earlier))
            else:
                event, told = _event(chance, start, people, keys, source)
                batch.append(event)
                earlier.append(event)
                result.told.append(told)
        result.batches.append(batch)
        result.bad.append(bad)
    return result


def _event(
    chance: random.Random, start: datetime, people: list[str], keys: list[str], source: int
) -> tuple[dict[str, Any], Told]:
    kind, person, key = chance.choice(KINDS), chance.choice(people), chance.choice(keys)
    minute = chance.choice([0, 0, 1, 2, 30, 31, 40, chance.randrange(120)])
    fields: dict[str, Any] = {}
    if kind == "play":
        begin = chance.randrange(0, 160) / 2
        fields = {"play_id": f"{key}.{minute}", "duration_seconds": chance.choice([0, 5, 12, 31, 60]),
                  "ranges": [[begin, begin + chance.randrange(1, 60) / 2]]}  # fmt: skip
    elif kind in {"save", "unsave"} and chance.random() < 0.5:
        fields = {"playlist": str(uuid.UUID(int=chance.randrange(1, 3)))}
    elif kind == "share":
        fields = {"platform": chance.choice(["email", "copy_link"])}
    elif kind == "upload":
        fields = {"content_type": chance.choice(["video", "stream", "image"])}
    elif kind == "feature_used":
        fields = {"feature": "hd_streaming"}
    elif kind == "page_view":
        fields = {"url": "https://example.org/a?b=\\c", "title": "Ü\n\t\\N"}
    elif kind == "action":
        fields = {"name": "clicked", "props": {"a": ["\\", "'", None]}}
    event_id = uuid.UUID(int=chance.getrandbits(128)) if chance.random() < 0.3 else _uuid7(chance)
    about = kind not in {"upload", "feature_used", "page_view", "action"}
    at = start + timedelta(minutes=minute)
    event = {"id": str(event_id), "type": kind, "user": str(uuid.UUID(person)), "occurred_at": at.isoformat(), **fields}
    if about:
        event["item"] = key
    own = len(key) == 36
    told = Told(
        id=event_id.hex, source=source, kind=kind, actor=person, actor_type="u", at=int(at.timestamp()) * 1_000_000,
        item=key if about else None, item_type="video", media_ms=100_000 if own else None, fields=fields,  # type: ignore[arg-type]
    )  # fmt: skip
    return event, told


def _uuid7(chance: random.Random) -> uuid.UUID:
    return uuid.UUID(
        int=time.time_ns() // 1_000_000 << 80
        | 0x7 << 76
        | chance.getrandbits(12) << 64
        | 2 << 62
        | chance.getrandbits(62)
    )


@dataclass
class Clients:
    """Eight clients that send every batch one to three times, and again whenever no answer or a 503 came."""

    port: int
    key: str
    load: Load
    chance: random.Random
    acknowledged: set[int] = field(default_factory=set)
    answers: int = 0
    released: int = 0
    retries: int = 0
    wrong: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        order = [index for index in range(len(self.load.batches)) for _ in range(self.chance.randint(1, 3))]
        self.chance.shuffle(order)
        self._order = iter(order)
        self.planned = len(order)
        self._lock = threading.Lock()
        self._permits = threading.Semaphore(0)
        self._threads = [threading.Thread(target=self._send_all, daemon=True) for _ in range(CLIENTS)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def release(self, batches: int) -> None:
        """Let the clients send so many more batches."""
        self.released += batches
        self._permits.release(batches)

    @property
    def running(self) -> bool:
        return any(thread.is_alive() for thread in self._threads)

    def _send_all(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        while True:
            self._permits.acquire()
            with self._lock:
                index = next(self._order, None)
            if index is None:
                return
            body = json.dumps(self.load.batches[index]).encode()
            headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
            if index % 3 == 0:
                body, headers["Content-Encoding"] = gzip.compress(body), "gzip"
            deadline = time.monotonic() + GIVE_UP_S
            while not self._is_taken(connection, index, body, headers):
                if time.monotonic() > deadline:
                    self.wrong.append(f"batch {index} was never taken")
                    return
                time.sleep(0.1)

    def _is_taken(
        self, connection: http.client.HTTPConnection, index: int, body: bytes, headers: dict[str, str]
    ) -> bool:
        try:
            connection.request("POST", "/api/stats/events", body, headers)
            response = connection.getresponse()
            answer = response.read()
        except (OSError, http.client.HTTPException):
            connection.close()
            self.retries += 1
            return False
        if response.status == 503 and int(response.headers["Retry-After"]) > 0:
            self.retries += 1
            return False
        with self._lock:
            self.answers += 1
            if response.status != 202:
                self.wrong.append(f"{response.status} {answer[:300]!r}")
            elif {one["index"] for one in json.loads(answer)["rejected"]} != self.load.bad[index]:
                self.wrong.append(f"batch {index}: {answer[:1500]!r}")
            self.acknowledged.add(index)
        return True


@dataclass
class Result:
    """What is there in the end."""

    log: list[str]
    letters: list[str]
    numbers: Numbers
    items: dict[str, int]


@dataclass
class Chaos:
    """One run: a site, its killers' victims, and what must have come of it."""

    site: Site
    postgres: Postgres | None
    chance: random.Random
    kills: int
    done: list[str] = field(default_factory=list)

    def run(self) -> tuple[Clients, Load, Result]:
        """Send everything while killing; wait until all is applied. Returns what was sent and what is there."""
        keys = json.loads(self.site.manage("create_source", "chaos"))
        world = json.loads(self.site.manage("shell", "--verbosity=0", "-c", SETUP % PEOPLE).splitlines()[-1])
        sent = load(self.chance, 20 * self.kills, world["people"], world["items"], keys["id"])
        clients = Clients(self.site.port, keys["secret_key"], sent, self.chance)
        self.site.start("web")
        self.site.start("drain")
        clients.start()
        self._kill_while(clients)
        self._wait(lambda: not clients.running, "the clients to end")
        self.site.kill("drain")
        self.site.manage("drain", "--once")
        return clients, sent, self.report()

    def _kill_while(self, clients: Clients) -> None:
        """Let the clients send another part of the batches, and kill something in the midst of it, again and again."""
        victims = ["web", "drain", "postgres"] if self.postgres else ["web", "drain"]
        part = clients.planned // (self.kills + 1)
        for number in range(self.kills):
            victim = victims[number % len(victims)]
            if victim == "web":
                clients.release(part)
                self._wait(lambda: clients.answers >= clients.released - part // 2, f"answers before kill {number}")
            else:
                self._wait(lambda: self.site.backlog() == 0, f"calm before kill {number}")
                self.site.hold("drain")
                clients.release(part)
                deadline = time.monotonic() + 1.5  # on SQLite the drain may hold the lock while it stands still
                while clients.answers < clients.released - part // 3 and time.monotonic() < deadline:
                    time.sleep(0.005)
                self.site.go_on("drain", self.chance.uniform(0.003, 0.03 if self.postgres else 0.1))
            self.done.append(victim)
            if victim == "postgres":
                assert self.postgres
                self.postgres.kill()
                time.sleep(self.chance.random())
                self.postgres.start()
            else:
                self.site.kill(victim)
                time.sleep(self.chance.random() * 0.3)
                self.site.start(victim)
        clients.release(clients.planned + CLIENTS)

    def take_over(self) -> tuple[float, Clients, Load, Result]:
        """Kill the working drain in the midst of a chunk. Returns how long the other took to apply all, and what is there."""
        keys = json.loads(self.site.manage("create_source", "chaos"))
        world = json.loads(self.site.manage("shell", "--verbosity=0", "-c", SETUP % PEOPLE).splitlines()[-1])
        sent = load(self.chance, 40, world["people"], world["items"], keys["id"])
        clients = Clients(self.site.port, keys["secret_key"], sent, self.chance)
        self.site.start("web")
        self.site.start("drain")
        clients.start()
        clients.release(5)
        self._wait(lambda: clients.answers >= 5 and self.site.backlog() == 0, "the drain to work")
        self.site.start("standby")
        self.site.hold("standby")
        self.site.go_on("standby", 0)
        self.site.hold("drain")
        clients.release(clients.planned + CLIENTS)
        deadline = time.monotonic() + 1.5
        while clients.running and time.monotonic() < deadline:
            time.sleep(0.005)
        self.site.go_on("drain", 0.02)
        killed_at = time.monotonic()
        self.site.kill("drain")
        self._wait(lambda: self.site.backlog() == 0, "the other drain")
        took = time.monotonic() - killed_at
        self._wait(lambda: not clients.running and self.site.backlog() == 0, "the clients to end")
        return took, clients, sent, self.report()

    def report(self) -> Result:
        """Ask the site's own tree what is stored."""
        path = self.site.folder / "report"
        code = f"from tests.stats import chaos; chaos.write_report({str(path)!r})"
        self.site.manage("shell", "--verbosity=0", "-c", code)
        return pickle.loads(path.read_bytes())

    def _wait(self, claim: Any, what: str, seconds: float = GIVE_UP_S) -> None:
        deadline = time.monotonic() + seconds
        while not claim():
            assert time.monotonic() < deadline, f"waited in vain for {what}; killed so far: {self.done}"
            time.sleep(0.01)


def write_report(path: str) -> None:
    """Write what the database of this process has. Run inside the site's tree."""
    from django.db import connection

    from stats import settling
    from stats.models import DeadLetter, Item
    from tests.stats.recount import kept

    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM stats_event")
        log = [uuid.UUID(str(id_)).hex for (id_,) in cursor.fetchall()]
    letters = [f"{letter.code}: {letter.reason}" for letter in DeadLetter.objects.all()]
    items = {item.external_key or str(item.uuid): item.pk for item in Item.objects.all()}
    while settling.settle(wait=True):
        pass
    Path(path).write_bytes(pickle.dumps(Result(log, letters, kept(), items)))


@contextlib.contextmanager
def chaos(*, on_postgresql: bool, kills: int, seed: int, root: Path = ROOT) -> Iterator[Chaos]:
    """Yield a site that may be killed, and end all of it."""
    folder = Path(tempfile.mkdtemp(prefix="eightpoint-chaos-"))
    folder.chmod(0o755)
    postgres, site = None, None
    try:
        postgres = Postgres(folder) if on_postgresql else None
        site = Site(folder, postgres.url if postgres else "", root)
        yield Chaos(site, postgres, random.Random(seed), kills)
    finally:
        if site:
            site.stop()
        if postgres:
            postgres.stop()
        shutil.rmtree(folder, ignore_errors=True)

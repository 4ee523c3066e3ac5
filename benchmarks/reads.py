"""How long reading takes at a million events and at ten: sums from roll-ups beside raw ones, every page and endpoint.

    .venv/bin/python benchmarks/reads.py [--events 1000000,10000000] [--rounds 5] [--rebuild] [--smoke]

Half of the events are plays, by 100,000 people of 10,000 items of 1,000 members, in the last 90 days. PostgreSQL only
(`BENCH_READS_DATABASE_URL`, default `eightpoint_reads` on 127.0.0.1 as `postgres`; databases of that name with a suffix
are dropped and made). They are filled set-wise; that this gives what the real ingest makes of the same events is checked
on a sample each time. A filled database is kept for the day and used again, unless `--rebuild` is given.

Pages are asked for in this process as the person who sees them; a time is the median of the rounds, with nothing in the
cache and with what the time before left there ("again"). Beside them stands the CPU time of this process and of the
database's, which others who use the machine do not lengthen.
"""

import argparse
import hashlib
import html
import os
import re
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from _site import site

if TYPE_CHECKING:
    from _population import Crowd, Size

DEFAULT_URL = "postgres://postgres@127.0.0.1:5432/eightpoint_reads"
SAMPLE = 20_000
DASHBOARD_MS = {1_000_000: 100, 10_000_000: 150}
PAGE_MS = 50
FEW_QUERIES, QUERIES = 12, 15
VERSION = re.compile('data-version="([^"]*)"')


@dataclass(frozen=True, slots=True)
class Measured:
    """Milliseconds with an empty cache and again, milliseconds of CPU and in the database, and the number of queries."""

    first: float
    again: float
    cpu: float
    database: float
    queries: int


@dataclass(frozen=True, slots=True)
class Compared:
    """Milliseconds of the same sums from the roll-ups, from plays and actions, and from the log."""

    rolled_up: float
    indexed: float
    log: float | None


@dataclass(frozen=True, slots=True)
class Asked:
    """A page or endpoint: who asks for what, and what it may cost."""

    what: str
    who: str
    address: str
    is_dashboard: bool = False
    headers: dict[str, str] = field(default_factory=dict)
    polls: bool = False


class Missing(Exception):
    """There is no such page, or it fails; the message says which."""


def median_ms(
    work: Callable[[], Any],
    rounds: int,
    before: Callable[[], Any] | None = None,
    clock: Callable[[], float] = time.perf_counter,
) -> float:
    """Return the median milliseconds of some rounds; `before` runs before each and is not counted."""
    times = []
    for _ in range(rounds):
        if before:
            before()
        started = clock()
        work()
        times.append((clock() - started) * 1000)
    return statistics.median(times)


def cpu_clock(*, own: bool = True) -> Callable[[], float]:
    """Return a clock of the CPU seconds of the process that serves the connection, with those of this one if asked."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        [pid] = cursor.fetchone()
    spent = Path(f"/proc/{pid}/schedstat")

    def clock() -> float:
        return (time.process_time() if own else 0.0) + int(spent.read_text().split()[0]) / 1e9

    return clock if spent.exists() else time.process_time


# Databases


def fingerprint(events: int, size: "Size") -> str:
    """Return what a filled database depends on: its day, its size, and the tables that are filled."""
    import _loading

    from stats import visitors

    told = repr((events, size, visitors.today(), _loading.tables()))
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def inhabited(name: str, size: "Size", now: datetime, *, rebuild: bool) -> str:
    """Return the name of a database with the population and nothing else, made if it is not there."""
    import _loading

    database = f"{name}_inhabited_{size.people}"
    first = now.date() - timedelta(days=92)
    if not _loading.is_filled(database, fingerprint(0, size)) or rebuild:
        _loading.inhabit(database, size, first)
        _loading.keep(database, fingerprint(0, size), {})
    else:
        _loading.migrate(database)
    return database


def check(name: str, template: str, size: "Size", number: int, now: datetime) -> None:
    """Stop unless loading gives what the real ingest makes of the first events of each day."""
    import _loading
    from _population import Crowd

    found = []
    for way in ("copied", "ingested"):
        _loading.copy(f"{name}_{way}", template)
        _loading.use(f"{name}_{way}")
        crowd = Crowd(number, size, now)
        events = _loading.sample(crowd, min(SAMPLE, number // 5))
        if way == "copied":
            _loading.load(events)
        else:
            _loading.ingest_really(crowd, events)
        found.append(_loading.contents())
        _loading.drop(f"{name}_{way}")
    if differing := _loading.differences(*found):
        raise SystemExit(f"Loading does not give what ingest gives; rows that differ: {differing}")
    rows = {table: len(kept) for table, kept in found[0].items() if kept}
    events_in_log = rows.pop(log_table())
    print(
        f"\n{events_in_log:,} of the events through the real ingest, and loaded: no difference in {len(rows)} tables with"
        f" {sum(rows.values()):,} rows.",
        flush=True,
    )


def log_table() -> str:
    """Return the name of the log."""
    from stats import log

    return log.TABLE


def filled(name: str, template: str, events: int, size: "Size", now: datetime, *, rebuild: bool) -> str:
    """Return the name of a database with so many events, loaded if it is not there yet."""
    import _loading
    from _population import Crowd

    database, print_ = f"{name}_{events}", fingerprint(events, size)
    if _loading.is_filled(database, print_) and not rebuild:
        _loading.migrate(database)
        return database
    _loading.copy(database, template)
    _loading.use(database)
    started = time.perf_counter()
    crowd = Crowd(events, size, now)
    took = _loading.load(list(crowd.units(day)) for day in crowd.days())
    _loading.keep(database, print_, took | {"all": time.perf_counter() - started})
    return database


# Sums


def compared(rounds: int, people: "People") -> Iterator[tuple[str, str, Callable[[], Compared]]]:
    """Yield what is summed, its target, and how to measure it from roll-ups, plays and actions, and the log."""
    from django.conf import settings
    from django.utils import timezone

    from stats import rollups, windows
    from stats.metrics import Scope

    now = timezone.now()
    window = windows.named("30d", now, settings.TIME_ZONE)
    scopes = {
        "site": Scope.platform(),
        "hottest item": Scope.item(people.hot_item.pk),
        "usual item": Scope.item(people.usual_item.pk),
        "hottest owner": Scope.owner(people.owners["hottest"].pk),
        "usual owner": Scope.owner(people.owners["usual"].pk),
    }
    series = (("site", "≥ 1000×"), ("hottest item", "≥ 100×"), ("usual item", "≥ 100×"), ("hottest owner", ""))
    for name, target in series:
        yield f"30 days of the {name}", target, _series(rollups, scopes[name], window, rounds)
    for name in ("site", "hottest item", "hottest owner", "usual owner"):
        yield f"totals of the {name}", "", _totals(rollups, scopes[name], window, rounds)
    for name in ("site", "hottest item", "hottest owner", "usual owner"):
        yield f"people of the {name}", "", _people(rollups, scopes[name], window, rounds)


def _series(rollups: Any, scope: Any, window: Any, rounds: int) -> Callable[[], Compared]:
    from stats.measures import KEYS

    def measure() -> Compared:
        return Compared(
            median_ms(lambda: rollups.by_day(scope, window, KEYS), rounds),
            median_ms(lambda: _raw(scope, window, KEYS, by_day=True), 1),
            median_ms(lambda: _of_log(scope, window, by_day=True), 1),
        )

    return measure


def _totals(rollups: Any, scope: Any, window: Any, rounds: int) -> Callable[[], Compared]:
    from stats.measures import KEYS

    def measure() -> Compared:
        return Compared(
            median_ms(lambda: rollups.totals(scope, window, KEYS), rounds),
            median_ms(lambda: _raw(scope, window, KEYS, by_day=False), 1),
            median_ms(lambda: _of_log(scope, window, by_day=False), 1),
        )

    return measure


def _people(rollups: Any, scope: Any, window: Any, rounds: int) -> Callable[[], Compared]:
    from stats import spans

    def measure() -> Compared:
        return Compared(
            median_ms(lambda: rollups.people(scope, window), rounds),
            median_ms(lambda: spans.rows(spans.people(scope, [spans.span_of(window)])), 1),
            median_ms(lambda: _of_log(scope, window, by_day=False, head="COUNT(DISTINCT actor)"), 1),
        )

    return measure


def _raw(scope: Any, window: Any, columns: Any, *, by_day: bool) -> Any:
    from stats import spans

    selects = spans.raw(scope, [spans.span_of(window)], sorted(columns), spans.site_day if by_day else None)
    return spans.rows(spans.union(selects))


def _of_log(scope: Any, window: Any, *, by_day: bool, head: str = "") -> Any:
    """Sum reports and likes as the log has them, which has no index for it: less than what the roll-ups tell."""
    from django.db import connection

    from stats import log
    from stats.fields import to_micros
    from stats.metrics import Subject

    head = head or (
        "COUNT(DISTINCT CASE WHEN kind = 'play' THEN play_id END), SUM(CASE WHEN kind = 'play' THEN amount END),"
        " SUM(CASE WHEN kind = 'like' THEN 1 END), SUM(CASE WHEN kind = 'share' THEN 1 END)"
    )
    where = {
        Subject.PLATFORM: "true",
        Subject.ITEM: f"item_id = {scope.key}",
        Subject.OWNER: f"item_id IN (SELECT id FROM stats_item WHERE owner_id = {scope.key})",
    }[scope.subject]
    start, tail = ("day, ", " GROUP BY day") if by_day else ("", "")
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {start}{head} FROM {log.TABLE} WHERE occurred_at >= %s AND occurred_at < %s AND {where}{tail}",
            [to_micros(window.start_at), to_micros(window.end_at)],
        )
        return cursor.fetchall()


# Pages


@dataclass
class People:
    """Who asks: owners, members, staff; and about which items."""

    owners: dict[str, Any]
    members: dict[str, Any]
    staff: Any
    hot_item: Any
    usual_item: Any

    def of(self, who: str) -> Any:
        """Return a person by name; the owner of the hottest item is `hot item`."""
        named = {f"{name} owner": one for name, one in self.owners.items()}
        named |= {f"{name} member": one for name, one in self.members.items()}
        return named | {"staff": self.staff, "owner of the item": self.hot_item.owner}


def people_of(crowd: "Crowd") -> People:
    """Return those who have most, and some who have what is usual."""
    from django.contrib.auth import get_user_model

    from stats.models import Item

    users = get_user_model().objects
    owners = list(Item.objects.order_by("owner_id").values_list("owner_id", flat=True).distinct())
    item = Item.objects.select_related("owner").order_by("pk")
    return People(
        {"hottest": users.get(pk=owners[0]), "usual": users.get(pk=owners[len(owners) // 2])},
        {"very active": users.get(uuid=crowd.members[15].id), "usual": users.get(uuid=crowd.members[len(crowd.members) // 2].id)},
        users.get(username="keeper"),
        item[0],
        item[crowd.size.items // 2],
    )  # fmt: skip


def pages(people: People) -> list[Asked]:
    """Return all that is asked for."""
    item, usual = people.hot_item.uuid, people.owners["usual"].uuid
    owner = people.owners["hottest"].uuid
    htmx = {"HX-Request": "true"}
    asked = [
        Asked(f"studio, {who}, {span}", who, f"/studio/?range={span}", is_dashboard=True)
        for who in ("usual owner", "hottest owner")
        for span in ("24h", "30d", "90d", "1y", "all")
    ]
    asked += [
        Asked("studio, all items", "hottest owner", "/studio/items/?range=30d", is_dashboard=True),
        Asked("studio, hottest item, 30d", "owner of the item", f"/studio/items/{item}/?range=30d", is_dashboard=True),
        Asked("studio, hottest item, 90d", "owner of the item", f"/studio/items/{item}/?range=90d", is_dashboard=True),
        Asked("studio, poll, changed", "hottest owner", "/studio/?range=30d", is_dashboard=True, headers=htmx),
        Asked("studio, poll, unchanged", "hottest owner", "/studio/?range=30d", headers=htmx, polls=True),
        Asked("studio, CSV of items", "hottest owner", "/studio/items.csv?range=30d", is_dashboard=True),
        Asked("studio, CSV of days", "hottest owner", "/studio/days.csv?range=30d", is_dashboard=True),
        Asked("insights, usual member", "usual member", "/insights/", is_dashboard=True),
        Asked("insights, very active member", "very active member", "/insights/", is_dashboard=True),
        Asked("insights, all numbers, usual member", "usual member", "/insights/numbers/", is_dashboard=True),
        Asked("insights, all numbers, very active member", "very active member", "/insights/numbers/", is_dashboard=True),
        Asked("insights, poll, changed", "very active member", "/insights/", is_dashboard=True, headers=htmx),
        Asked("insights, poll, unchanged", "very active member", "/insights/", headers=htmx, polls=True),
        Asked("insights, CSV of days", "very active member", "/insights/activity.csv"),
        Asked("insights, whole site", "staff", "/insights/site/", is_dashboard=True),
        Asked("receipt page, plays of an owner", "hottest owner", "/receipts/plays/?owner=me&range=30d", is_dashboard=True),
        Asked("receipt page, people of an item", "owner of the item", f"/receipts/unique_plays/?item={item}&range=30d", is_dashboard=True),
        Asked("receipt page, own plays", "very active member", "/receipts/watch_history_entries/?user=me", is_dashboard=True),
        Asked("GET analytics, site", "staff", "/api/stats/analytics?range=30d", is_dashboard=True),
        Asked("GET analytics, hottest owner", "staff", f"/api/stats/analytics?timeRange=30d&artistId={owner}", is_dashboard=True),
        Asked("GET analytics, usual owner", "staff", f"/api/stats/analytics?timeRange=30d&artistId={usual}", is_dashboard=True),
        Asked("GET analytics, hottest item", "staff", f"/api/stats/analytics?timeRange=30d&trackId={item}", is_dashboard=True),
        Asked("GET dashboard/stats", "hottest owner", "/api/dashboard/stats?range=30d", is_dashboard=True),
        Asked("GET dashboard/stats, usual owner", "usual owner", "/api/dashboard/stats?range=30d", is_dashboard=True),
        Asked("GET metrics", "hottest owner", "/api/stats/metrics"),
        Asked("GET metrics/plays, site", "staff", "/api/stats/metrics/plays?range=30d"),
        Asked("GET metrics/plays, owner", "hottest owner", "/api/stats/metrics/plays?range=30d&owner=me"),
        Asked("GET metrics/unique_plays, site", "staff", "/api/stats/metrics/unique_plays?range=30d"),
        Asked("GET metrics/replay_rate, owner", "hottest owner", f"/api/stats/metrics/replay_rate?range=30d&owner={owner}"),
        Asked("GET users/me/stats/(one)", "very active member", "/api/users/me/stats/watch_history_entries"),
        Asked("GET users/me/stats", "very active member", "/api/users/me/stats"),
        Asked("GET receipts/plays, owner", "hottest owner", "/api/stats/receipts/plays?owner=me&range=30d"),
        Asked("GET receipts/plays, site", "staff", "/api/stats/receipts/plays?range=30d"),
        Asked("home (eight stats)", "very active member", "/"),
        Asked("profile", "very active member", "/profile/"),
        Asked("history page", "very active member", "/history/"),
        Asked("GET history of 100", "very active member", "/api/users/me/history?limit=100"),
        Asked("item page, hottest", "usual member", f"/items/{item}/"),
        Asked("browse", "usual member", "/browse/"),
        Asked("browse, plays", "usual member", "/browse/?order=popular"),
        Asked("browse, words", "usual member", "/browse/?q=track+77"),
        Asked("front page of a guest", "", "/"),
    ]  # fmt: skip
    return asked


@contextmanager
def counted() -> Iterator[list[float]]:
    """Collect the milliseconds of each query."""
    from django.db import connection

    times: list[float] = []

    def clock(execute: Any, sql: Any, params: Any, many: Any, context: Any) -> Any:
        started = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            times.append((time.perf_counter() - started) * 1000)

    with connection.execute_wrapper(clock):
        yield times


def measured(asked: Asked, people: People, rounds: int) -> Measured:
    """Ask for one page. Raises Missing when it is not there."""
    from django.core.cache import cache
    from django.test import Client

    client = Client(HTTP_HOST="localhost", raise_request_exception=True)
    if asked.who:
        client.force_login(people.of(asked.who)[asked.who])
    headers = dict(asked.headers)

    def forget() -> None:
        cache.clear()
        client.get("/privacy/")  # the middleware notes who was there, once a while

    def ask() -> Any:
        response = client.get(asked.address, headers=headers)
        _ = response.getvalue() if response.streaming else None
        return response

    try:
        response = ask()
    except Exception as error:
        raise Missing(f"failed: {error!r}") from error
    for _ in range(3):  # what is on a page may change with the minute
        if asked.polls and response.status_code == 200 and (seen := VERSION.search(response.content.decode())):
            headers["If-None-Match"] = html.unescape(seen[1])
            response = ask()
    if response.status_code != (304 if asked.polls else 200):
        raise Missing(f"was answered {response.status_code}")
    first = median_ms(ask, rounds, before=forget)
    cpu = median_ms(ask, rounds, before=forget, clock=cpu_clock())
    again = median_ms(ask, rounds)
    forget()
    with counted() as times:
        ask()
    return Measured(first, again, cpu, sum(times), len(times))


def in_database(people: People, rounds: int) -> Iterator[tuple[str, float, str]]:
    """Yield what members' pages ask most, the milliseconds of the database's CPU, and the target."""
    from stats import history
    from stats import queries as stats

    person = people.members["very active"].uuid
    for what, work, target in (
        ("eight stats of a member", lambda: stats.eight_stats(person), "≤ 1 ms"),
        ("100 plays of the history", lambda: history.entries(person, limit=100), "≤ 5 ms"),
    ):
        yield what, median_ms(work, max(rounds, 20), clock=cpu_clock(own=False)), target


# The tables


@dataclass
class Results:
    """What one database gave, by what was measured."""

    sums: dict[str, Compared] = field(default_factory=dict)
    pages: dict[str, Measured] = field(default_factory=dict)
    parts: dict[str, float] = field(default_factory=dict)


def measure(events: int, size: "Size", now: datetime, rounds: int, only: str) -> Results:
    """Measure the database in use."""
    from _population import Crowd

    people, results = people_of(Crowd(events, size, now)), Results()
    for what, _, work in compared(rounds, people):
        if only in what:
            work()
            results.sums[what] = work()
    for asked in pages(people):
        if only not in asked.what:
            continue
        try:
            results.pages[asked.what] = found = measured(asked, people, rounds)
            told = f"{found.first:.0f} ms, {found.again:.0f} again, {found.cpu:.0f} of CPU, {found.database:.0f} in the database, {found.queries} queries"
            print(f"  {asked.what}: {told}", file=sys.stderr, flush=True)
        except Missing as missing:
            print(f"  {asked.what}: {asked.address} {missing}", file=sys.stderr, flush=True)
    if not only:
        results.parts = {what: ms for what, ms, _ in in_database(people, rounds)}
    return results


def short(events: int) -> str:
    """Return a number of events in words."""
    return f"{events // 1_000_000} M" if events >= 1_000_000 else f"{events:,}"


def ms(value: float | None) -> str:
    """Return milliseconds as they are printed."""
    if value is None:
        return "–"
    return f"{value:,.0f} ms" if value >= 100 else f"{value:.1f} ms" if value >= 1 else f"{value:.2f} ms"


def show(*cells: str) -> None:
    """Print one line of a table."""
    print("| " + " | ".join(cells) + " |", flush=True)


def head(*cells: str) -> None:
    """Print the first lines of a table."""
    print()
    show(*cells)
    show(*("---" for _ in cells))


def tell(found: dict[int, Results], people: People, rounds: int) -> bool:
    """Print the tables. Returns whether nothing was missing."""
    for events, results in found.items():
        head(f"sums, 30 days, {short(events)} events", "roll-ups", "plays, actions", "ratio", "log", "ratio", "target")
        for what, target, _ in compared(rounds, people):
            if one := results.sums.get(what):
                show(
                    what, ms(one.rolled_up), ms(one.indexed), f"{one.indexed / one.rolled_up:,.0f}×", ms(one.log),
                    f"{(one.log or 0) / one.rolled_up:,.0f}×", target,
                )  # fmt: skip
    head(
        "page or endpoint",
        *(name for events in found for name in (short(events), "again", "CPU", "queries")),
        "target",
        "",
    )
    complete = True
    for asked in pages(people):
        cells, missed = [], []
        for events, results in found.items():
            page = results.pages.get(asked.what)
            complete = complete and page is not None
            cells += (
                [ms(page.first), ms(page.again), ms(page.cpu), str(page.queries)] if page else ["not there", "", "", ""]
            )
            most = DASHBOARD_MS.get(events, 150) if asked.is_dashboard else PAGE_MS
            if page and (page.first > most or page.queries > (QUERIES if asked.is_dashboard else FEW_QUERIES)):
                missed.append(short(events))
        target = "100/150 ms; 15" if asked.is_dashboard else f"{PAGE_MS} ms; {FEW_QUERIES}"
        show(asked.what, *cells, target, f"missed at {', '.join(missed)}" if missed else "")
    head("in the database", *(short(events) for events in found), "target")
    for what, _, target in in_database(people, 1):
        show(what, *(ms(results.parts.get(what)) for results in found.values()), target)
    return complete


def main() -> None:
    """Read the options, fill the databases, measure."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--events", default="1000000,10000000")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", default="", help="measure what has this in its name")
    parser.add_argument("--rebuild", action="store_true")
    parser.add_argument("--smoke", action="store_true", help="few events and people, to see that it runs")
    options = parser.parse_args()
    url = os.environ.get("BENCH_READS_DATABASE_URL", DEFAULT_URL)
    with site("reads", url) as name:
        run(name, options)


def run(name: str, options: argparse.Namespace) -> None:
    """Fill the databases, measure, print."""
    import _loading
    from _population import Crowd, Size

    now = datetime.now(UTC)
    size = Size(5_000, 500, 50) if options.smoke else Size()
    numbers = [SAMPLE] if options.smoke else [int(number) for number in options.events.split(",")]
    rounds = 1 if options.smoke else options.rounds
    template = inhabited(name, size, now, rebuild=options.rebuild)
    if not options.only:
        check(name, template, size, numbers[0], now)
    found = {}
    for number in numbers:
        _loading.use(filled(name, template, number, size, now, rebuild=options.rebuild))
        print(f"\n{number:,} events. {_loading.told_of_loading()}", flush=True)
        found[number] = measure(number, size, now, rounds, options.only)
    people = people_of(Crowd(numbers[0], size, now))
    complete = tell(found, people, rounds)
    _loading.use(template)
    if options.smoke:
        for number in numbers:
            _loading.drop(f"{name}_{number}")
    if not complete and not options.only:
        raise SystemExit("Not all pages are there.")


if __name__ == "__main__":
    main()

"""How long the back office takes with a year of 100,000 members, of whom 60,000 have paid: every page, every endpoint.

    .venv/bin/python benchmarks/office.py [--events 1000000] [--payers 60000] [--rounds 5] [--only revenue] [--smoke]

PostgreSQL only (`BENCH_OFFICE_DATABASE_URL`, default `eightpoint_office` on 127.0.0.1 as `postgres`; databases of that name
with a suffix are dropped and made, kept for the day, and used again unless `--rebuild` is given). What members did is the
population of `reads.py`, spread over a year; what they paid are two years of ledgers: monthly renewals, upgrades, members
who leave and some who come back, refunds. What is derived from the ledgers is held against a sum over every line of them.

Pages are asked for in this process as an administrator; a time is the median of the rounds with nothing in the cache, and
again with what the time before left there. Beside them stands the CPU time of this process and of the database's, which
others who use the machine do not lengthen: "late" is what took its time on the clock alone. The database answers without
parallel workers, so that its CPU time is all there is, and today's numbers are counted every minute, as the scheduler does.
Queries are those of every look but the first of a minute, which asks for what is remembered for a minute too: notes,
currencies, the site's first day, who is active now.
"""

import argparse
import os
import random
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from _site import site

DEFAULT_URL = "postgres://postgres@127.0.0.1:5432/eightpoint_office"
DASHBOARD_MS, PAGE_MS, FEW_QUERIES, QUERIES = 100, 50, 12, 15
YEAR_DAYS, PERIOD, GRACE = 365, timedelta(days=30), timedelta(days=7)
PAID_DAYS = 2 * YEAR_DAYS
LEAVES, UPGRADES, COMES_BACK, GIVEN_BACK = 0.05, 0.02, 0.3, 0.01
RANGES = ("24h", "7d", "30d", "90d", "1y")
PAGES = ("", "users/", "engagement/", "content/", "learning/", "gamification/", "revenue/", "system/")
COUNTRIES = ("NL", "DE", "BE", "FR", "ES", "IT", "PL", "SE", "", "US")
SUBSCRIBER, PREMIUM = 0, 1
SCHEDULED_S = 60
BATCH = 5_000


@dataclass(frozen=True, slots=True)
class Asked:
    """A page or endpoint and whether it is a dashboard, which may cost more."""

    what: str
    address: str
    is_dashboard: bool = False


@dataclass
class Money:
    """Two years of subscriptions and payments: the same number of payers gives the same rows."""

    payers: int
    now: datetime
    chance: random.Random = field(default_factory=lambda: random.Random("office"))
    subscriptions: list[dict[str, Any]] = field(default_factory=list)
    changes: list[dict[str, Any]] = field(default_factory=list)
    payments: list[dict[str, Any]] = field(default_factory=list)

    def lived(self, users: list[int], plans: list[Any]) -> None:
        """Let members subscribe, renew, upgrade, leave and come back, up to now."""
        for user in users[: self.payers]:
            at = self.now - timedelta(seconds=self.chance.randrange(PAID_DAYS * 86_400))
            country = self.chance.choice(COUNTRIES)
            while at < self.now:
                at = self._subscribed(user, plans, at, country)
                if self.chance.random() > COMES_BACK:
                    break
                at += timedelta(days=self.chance.randrange(10, 200))

    def _subscribed(self, user: int, plans: list[Any], began: datetime, country: str) -> datetime:
        """Add one subscription of a member. Returns when it ended, or a moment to come."""
        number, level = len(self.subscriptions) + 1, self.chance.choice((SUBSCRIBER, SUBSCRIBER, PREMIUM))
        at, before, change, status = began, 0, "started", "active"
        while True:
            plan, end = plans[level], at + PERIOD
            self._change(number, user, plan, change, before, plan.price_minor * 12, at, end)
            self._pay(number, user, plan, at, country)
            before = plan.price_minor * 12
            if end > self.now:
                break
            if self.chance.random() < LEAVES:
                self._change(number, user, plan, "cancelled", before, 0, end, end)
                status = "cancelled"
                break
            change = "renewed"
            if level == SUBSCRIBER and self.chance.random() < UPGRADES:
                level, change = PREMIUM, "upgraded"
            at = end
        self.subscriptions.append({
            "id": number, "user_id": user, "plan_id": plan.pk, "status": status, "starts_at": began, "paid_from": at,
            "current_period_end": end, "price_minor": plan.price_minor, "gateway": "manual", "granted_by": "gateway",
            "grace_until": end + GRACE,
        })  # fmt: skip
        return end

    def _change(
        self, number: int, user: int, plan: Any, change: str, before: int, after: int, at: datetime, end: datetime
    ) -> None:
        self.changes.append({
            "event_id": self._id(), "subscription_id": number, "user_id": user, "change": change, "plan_id": plan.pk,
            "role_before": plan.role if before else "free", "role_after": plan.role if after else "free",
            "period_end": end, "holds_until": end + GRACE, "run_rate_before": before, "run_rate_after": after, "by": "gateway",
            "at": at,
        })  # fmt: skip

    def _pay(self, number: int, user: int, plan: Any, at: datetime, country: str) -> None:
        paid = {
            "id": len(self.payments) + 1, "uuid": self._id(), "event_id": self._id(), "user_id": user, "kind": "payment",
            "amount_minor": plan.price_minor, "currency": "EUR", "product": "subscription", "subscription_id": number,
            "plan_id": plan.pk, "gateway": "manual", "country": country, "at": at,
        }  # fmt: skip
        self.payments.append(paid)
        if self.chance.random() < GIVEN_BACK:
            back = min(self.now, at + timedelta(hours=self.chance.randrange(1, 200)))
            ids = {"id": len(self.payments) + 1, "uuid": self._id(), "event_id": self._id(), "refund_of_id": paid["id"]}
            self.payments.append(paid | ids | {"kind": "refund", "at": back})

    def _id(self) -> uuid.UUID:
        return uuid.UUID(int=self.chance.getrandbits(128), version=4)


def pay_up(payers: int, now: datetime) -> None:
    """Fill the ledgers of money in the database in use, and derive from them what the site derives."""
    from django.core.management import call_command
    from django.core.management.color import no_style
    from django.db import connection

    from accounts import plans
    from accounts.models import Payment, Plan, Subscription, SubscriptionChange, User

    started, money = time.perf_counter(), Money(payers, now)
    plans.seed()
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE accounts_user SET created_at = %s - ((id * 7919) %% %s) * interval '1 minute' WHERE NOT is_staff",
            [now, YEAR_DAYS * 1440],
        )
    users = list(User.objects.filter(is_staff=False).order_by("pk").values_list("pk", flat=True))
    money.chance.shuffle(users)
    money.lived(users, [Plan.objects.get(key=key) for key in ("subscriber", "premium")])
    Subscription.objects.bulk_create((Subscription(**row) for row in money.subscriptions), batch_size=BATCH)
    SubscriptionChange.objects.bulk_create((SubscriptionChange(**row) for row in money.changes), batch_size=BATCH)
    Payment.objects.bulk_create((Payment(**row) for row in money.payments), batch_size=BATCH)
    with connection.cursor() as cursor:
        for sql in connection.ops.sequence_reset_sql(no_style(), [Subscription, SubscriptionChange, Payment]):
            cursor.execute(sql)
    derive()
    call_command("aggregate_platform", all=True, verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    print(
        f"{len(money.changes):,} lines of {len(money.subscriptions):,} subscriptions and {len(money.payments):,} payments in"
        f" {time.perf_counter() - started:.0f} s.",
        flush=True,
    )


def derive() -> None:
    """Derive the spells, moves and days of all lines and payments, as their events would."""
    from django.db import connection, transaction

    from analytics.revenue.projecting import REVENUE
    from stats import fresh, ledger

    fresh.open_stage(connection)
    with transaction.atomic(), connection.cursor() as cursor:
        ledger.text_uuids(cursor)
        cursor.execute(
            "INSERT INTO fresh (id, kind, actor) SELECT c.event_id, 'subscription_changed', u.uuid"
            " FROM accounts_subscriptionchange c JOIN accounts_user u ON u.id = c.user_id"
            " UNION ALL SELECT event_id, kind, NULL FROM accounts_payment"
        )
        batch = fresh.Fresh(cursor, cursor.rowcount)
        batch.kinds = frozenset({"subscription_changed", "payment", "refund"})
        REVENUE.project(batch)
        batch.empty("fresh")


def check(now: datetime) -> None:
    """Stop unless the numbers of a year are what every line of the ledgers says."""
    from django.conf import settings
    from django.db import connection

    from analytics.revenue.queries import Summary
    from stats import windows

    window = windows.named("1y", now, settings.TIME_ZONE)
    summary = Summary(window, "EUR", now)
    found = {
        "run rate": summary.books.rate,
        "run rate a year ago": summary.books.before.rate,
        "members who pay": summary.customers,
        "payments": summary.takings.paid_minor,
        "refunds": summary.takings.refunded_minor,
    }
    last = (
        "SELECT COALESCE(SUM(run_rate_after), 0), COUNT(*) FILTER (WHERE run_rate_after > 0) FROM ("
        " SELECT DISTINCT ON (subscription_id) run_rate_after, holds_until FROM accounts_subscriptionchange"
        " WHERE at {until} %s ORDER BY subscription_id, at DESC, id DESC) l WHERE holds_until > %s"
    )
    with connection.cursor() as cursor:
        cursor.execute(last.format(until="<="), [now, now])
        rate, people = cursor.fetchone()
        cursor.execute(last.format(until="<"), [window.start_at, window.start_at - timedelta(microseconds=1)])
        [before, _] = cursor.fetchone()
        cursor.execute(
            "SELECT COALESCE(SUM(amount_minor) FILTER (WHERE kind = 'payment'), 0),"
            " COALESCE(SUM(amount_minor) FILTER (WHERE kind = 'refund'), 0) FROM accounts_payment WHERE at >= %s AND at <= %s",
            [window.start_at, now],
        )
        paid, refunded = cursor.fetchone()
    counted = dict(zip(found, map(int, (rate, before, people, paid, refunded)), strict=True))
    if counted != found:
        raise SystemExit(f"The numbers are not what the ledgers say: {found}, but {counted}")
    print(
        f"The same from every line of the ledgers: {', '.join(f'{name} {value:,}' for name, value in found.items())}."
    )


def pages() -> Iterator[Asked]:
    """Yield all that is asked for."""
    from accounts.models import User

    payer = User.objects.filter(subscriptions__isnull=False).order_by("pk").first()
    for name in PAGES:
        for span in RANGES:
            yield Asked(
                f"{name.rstrip('/') or 'overview'}, {span}", f"/admin/analytics/{name}?range={span}", is_dashboard=True
            )
    yield Asked("revenue, not compared", "/admin/analytics/revenue/?range=1y&compare=no", is_dashboard=True)
    for key, what in (
        ("revenue-churn", "who left"), ("mrr-movements", "who moved"), ("revenue-net", "payments"),
        ("overview-new", "new members"),
    ):  # fmt: skip
        yield Asked(f"behind: {what}, 1y", f"/admin/analytics/behind/{key}/?range=1y")
    yield Asked("CSV: MRR by day", "/admin/analytics/csv/mrr-by-day/?range=1y", is_dashboard=True)
    yield Asked("unusual days", "/admin/analytics/unusual/", is_dashboard=True)
    for what, query in (
        ("people", ""), ("people: half an e-mail", "?q=ber1234"), ("people: paying", "?subscription=paying"),
        ("people: premium, active", "?role=premium&activity=active-30"),
    ):  # fmt: skip
        yield Asked(what, f"/admin/people/{query}")
    yield Asked("people: subscribers", "/admin/people/subscribers/", is_dashboard=True)
    yield Asked("people: analytics", "/admin/people/overview/", is_dashboard=True)
    yield Asked("people: possible stats", "/admin/people/possible/", is_dashboard=True)
    yield Asked("person", f"/admin/people/{payer.uuid if payer else ''}/", is_dashboard=True)
    for name in (
        "overview",
        "user-growth",
        "engagement",
        "revenue",
        "top-courses",
        "top-instructors",
        "system-health",
        "dashboard",
    ):
        yield Asked(f"GET {name}", f"/api/admin/analytics/{name}", is_dashboard=True)


def lay_by_day() -> None:
    """Lay rows of days in the order of the days, as a site writes them: loading writes them by person and by item."""
    from django.db import connection

    with connection.cursor() as cursor:
        for table in ("stats_actorday", "stats_rollupday"):
            cursor.execute(f"CREATE INDEX lay ON {table} (day)")
            cursor.execute(f"CLUSTER {table} USING lay")
            cursor.execute("DROP INDEX lay")


class Scheduler:
    """Counts today's numbers every minute, as a running site's scheduler does."""

    def __init__(self) -> None:
        self.counted = 0.0

    def work(self) -> None:
        """Count, if the last time was a minute ago."""
        from django.utils import timezone

        from analytics.platform import aggregating

        if time.monotonic() - self.counted > SCHEDULED_S:
            aggregating.refresh_today(timezone.now())
            self.counted = time.monotonic()


def measured(asked: Asked, rounds: int, scheduler: Scheduler) -> Any:
    """Ask for one page; what went wrong where it is not there."""
    from django.core.cache import cache
    from django.test import Client
    from reads import Measured, counted, cpu_clock, median_ms

    from accounts.models import User

    client = Client(HTTP_HOST="localhost", raise_request_exception=True)
    client.force_login(User.objects.get(username="keeper"))

    def forget() -> None:
        scheduler.work()
        cache.clear()
        client.get("/privacy/")  # the middleware notes who was there, once a while

    def ask() -> Any:
        response = client.get(asked.address)
        _ = response.getvalue() if response.streaming else None
        return response

    scheduler.work()
    try:
        response = ask()
    except Exception as error:  # noqa: BLE001  # whatever a page fails with is told
        return f"failed: {error!r}"
    if response.status_code != 200:
        return f"was answered {response.status_code}"
    first = median_ms(ask, rounds, before=forget)
    cpu = median_ms(ask, rounds, before=forget, clock=cpu_clock())
    again = median_ms(ask, rounds)
    with counted() as times:
        ask()
    return Measured(first, again, cpu, sum(times), len(times))


def tell(results: dict[Asked, Any]) -> bool:
    """Print the table. Returns whether nothing was missing."""
    from reads import head, ms, show

    head("page or endpoint", "time", "again", "CPU", "in the database", "queries", "target", "")
    for asked, found in results.items():
        if isinstance(found, str):
            show(asked.what, found, "", "", "", "", "", "")
            continue
        most, queries = (DASHBOARD_MS, QUERIES) if asked.is_dashboard else (PAGE_MS, FEW_QUERIES)
        missed = "missed" if found.cpu > most or found.queries > queries else "late" if found.first > most else ""
        times = (ms(found.first), ms(found.again), ms(found.cpu), ms(found.database))
        show(asked.what, *times, str(found.queries), f"{most} ms; {queries}", missed)
    return not any(isinstance(found, str) for found in results.values())


def prepared(name: str, options: argparse.Namespace) -> datetime:
    """Make the database in use one with a year of everything. Returns the moment at which it was filled."""
    import _population

    _population.DAYS = YEAR_DAYS
    import _loading
    import reads

    size = _population.Size(2_000, 300, 30) if options.smoke else _population.Size(333_330, 10_000, 1_000)
    events = 4_000 if options.smoke else options.events
    payers = 150 if options.smoke else options.payers
    now = datetime.now(UTC)
    fingerprint = f"{reads.fingerprint(events, size)} {payers}"
    database = f"{name}_{events}"
    if options.rebuild or not _loading.is_filled(database, fingerprint):
        template = inhabited(name, size, now, rebuild=options.rebuild)
        _loading.copy(database, template)
        _loading.use(database)
        crowd = _population.Crowd(events, size, now)
        took = _loading.load(list(crowd.units(day)) for day in crowd.days())
        _loading.use(database)
        lay_by_day()
        pay_up(payers, now)
        _loading.keep(database, fingerprint, took | {"all": sum(took.values())})
    else:
        _loading.migrate(database)
    _loading.use(database)
    return now


def inhabited(name: str, size: Any, now: datetime, *, rebuild: bool) -> str:
    """Return the name of a database with members and items and the partitions of a year."""
    import _loading
    import reads

    database = f"{name}_inhabited_{size.people}"
    if rebuild or not _loading.is_filled(database, reads.fingerprint(0, size)):
        _loading.inhabit(database, size, now.date() - timedelta(days=YEAR_DAYS + 2))
        _loading.keep(database, reads.fingerprint(0, size), {})
    else:
        _loading.migrate(database)
    return database


def run(name: str, options: argparse.Namespace) -> None:
    """Fill the database, check it, measure, print."""
    import _loading
    from django.db import connection

    now = prepared(name, options)
    check(now)
    with connection.cursor() as cursor:
        cursor.execute("SET max_parallel_workers_per_gather = 0")
    results, scheduler = dict[Asked, Any](), Scheduler()
    for asked in pages():
        if options.only in asked.what:
            results[asked] = found = measured(asked, 1 if options.smoke else options.rounds, scheduler)
            print(f"  {asked.what}: {found}", file=sys.stderr, flush=True)
    complete = tell(results)
    if options.smoke:
        _clear(_loading, name)
    if not complete:
        raise SystemExit("Not all pages are there.")


def _clear(loading: Any, name: str) -> None:
    from django.db import connection

    connection.close()
    drop: Callable[[str], None] = loading.drop
    for suffix in ("4000", "inhabited_2000"):
        drop(f"{name}_{suffix}")


def main() -> None:
    """Read the options, fill the database, measure."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--payers", type=int, default=60_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", default="", help="measure what has this in its name")
    parser.add_argument("--rebuild", action="store_true")
    parser.add_argument("--smoke", action="store_true", help="few events and people, to see that it runs")
    options = parser.parse_args()
    reads = os.environ.get("BENCH_READS_DATABASE_URL", "")
    url = os.environ.get("BENCH_OFFICE_DATABASE_URL") or (f"{reads}_office" if reads else DEFAULT_URL)
    with site("office", url) as name:
        run(name, options)


if __name__ == "__main__":
    main()

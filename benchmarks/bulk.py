"""Bulk actions of the staff at size: what each makes of how many members in a second, and what taking it back costs.

    .venv/bin/python benchmarks/bulk.py [--members 20000] [--smoke]

The members have nothing but an account and, from the second action on, a subscription with a ledger that grows by each
action. Everything is done by `analytics.people.bulk.work`, as the worker does it: each member's row locked, the change, its
event with all projections, its line of the ledger, and the mark that it was done, a chunk at a time. Mails are not sent.
Every member must have been done, and `verify_stats` must find the site sound. Beside them stands a floor of the same run: the
statement that would move the ends of all subscriptions at once and add a line of the ledger for each, and nothing else.

The database is its own and is dropped: that of `BENCH_BULK_DATABASE_URL` (default `eightpoint_bulk` on 127.0.0.1 as
`postgres`). `--smoke` is a small one on SQLite, to see that it runs.
"""

import argparse
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from _site import site

DEFAULT_URL = "postgres://postgres@127.0.0.1:5432/eightpoint_bulk"
TARGET = 200
STEPS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("upgrade", {"role": "premium", "days": 90, "reason": ""}),
    ("extend", {"days": 30, "reason": "An outage"}),
    ("feature", {"feature": "ad_free", "how": "give", "days": 30, "note": ""}),
    ("message", {"subject": "News", "text": "The site is new.", "with_mail": False}),
    ("deactivate", {"reason": "Spam"}),
)
FLOOR = (
    "UPDATE accounts_subscription SET current_period_end = current_period_end, updated_at = updated_at",
    (
        "CREATE TEMP TABLE floor AS SELECT * FROM accounts_subscriptionchange"
        " WHERE id IN (SELECT MAX(id) FROM accounts_subscriptionchange GROUP BY subscription_id)"
    ),
)


def main() -> None:
    """Read the options and measure."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--members", type=int, default=20_000)
    parser.add_argument("--smoke", action="store_true", help="few members on SQLite, to see that it runs")
    options = parser.parse_args()
    members = 250 if options.smoke else options.members
    url = os.environ.get("BENCH_BULK_DATABASE_URL", DEFAULT_URL)
    with _database(url, on_sqlite=options.smoke), site("bulk", url, on_sqlite=options.smoke):
        measure(members, is_strict=not options.smoke)


def measure(members: int, *, is_strict: bool) -> None:
    """Make the members, run each action and take it back, and print what it took. Raises SystemExit below the target."""
    from django.core.management import call_command
    from django.db import connection, transaction

    from accounts import plans
    from accounts.models import User
    from analytics.people import bulk
    from analytics.people.many import ACT
    from stats import verify

    call_command("migrate", verbosity=0)
    plans.seed()
    boss = User.objects.create(username="boss", email="boss@example.org", is_staff=True, is_superuser=True)
    names = (f"member-{number}" for number in range(members))
    User.objects.bulk_create(
        (User(username=name, username_key=name, email=f"{name}@example.org") for name in names), batch_size=1000
    )
    print(f"{members:,} members on {connection.vendor}.\n\n| action | time | members/s | taken back, members/s |")
    print("|---|---|---|---|")
    slow = []
    for key, params in STEPS:
        made = bulk.prepare(ACT[key], User.objects.filter(is_staff=False), boss, "")
        bulk.describe(made, params)
        bulk.start(made, bulk.digest(made))
        seconds, back = _worked(made), "–"
        if key not in {"upgrade", "message"}:
            back = f"{members / _worked(bulk.undo(made, boss)):,.0f}"
        print(f"| {key} | {seconds:.1f} s | {members / seconds:,.0f} | {back} |")
        if members / seconds < TARGET:
            slow.append(key)
    began = time.perf_counter()
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in FLOOR:
            cursor.execute(statement)
    seconds = time.perf_counter() - began
    print(f"| floor of extend: two statements for all | {seconds:.1f} s | {members / seconds:,.0f} | – |")
    if differences := list(verify.differences()):
        raise SystemExit(f"The log says something else: {differences[:3]}")
    if is_strict and slow:
        raise SystemExit(f"Below {TARGET} members a second: {', '.join(slow)}")


def _worked(made: Any) -> float:
    """Work an action off and return the seconds. Raises SystemExit unless every member was done."""
    from analytics.people import bulk

    began = time.perf_counter()
    bulk.work(made.uuid)
    seconds = time.perf_counter() - began
    made.refresh_from_db()
    if made.done != made.total:
        raise SystemExit(f"{made}: {made.done} of {made.total} were done, {made.failed} failed.")
    return seconds


@contextmanager
def _database(url: str, *, on_sqlite: bool) -> Iterator[None]:
    """Make the database anew, and drop it in the end."""
    if on_sqlite:
        yield
        return
    import psycopg
    from psycopg import sql

    server, _slash, name = url.rpartition("/")
    with psycopg.connect(f"{server}/postgres", autocommit=True) as admin:
        drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
        admin.execute(drop)
        admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield
        finally:
            admin.execute(drop)


if __name__ == "__main__":
    main()

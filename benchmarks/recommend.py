"""How often recommendations name what somebody watched next: hit rate at 10 on the last play, which is held out.

    .venv/bin/python benchmarks/recommend.py [--people 20000] [--items 2000] [--asked 2000] [--smoke]

People with tastes (`_tastes.py`) watch items; the last play of each is kept back, all others are plays of the site. Then
the site counts who watches what together, and is asked for ten recommendations for some of the people, as its API is.
Beside it: the ten that most people watched, of the last two weeks and of all time; and the ten that the tastes themselves
make likeliest, which no recommender can beat for long. Everybody is recommended only what they have not watched.

Uses a database of its own: SQLite in a temporary folder, or `BENCH_RECOMMEND_DATABASE_URL`, whose tables are emptied.
"""

import argparse
import os
import statistics
import time
import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from _site import site

if TYPE_CHECKING:
    from _tastes import Person, Tastes

AT = 10
RECENT_DAYS = 14
LEAST_RATIO = 2.0


@dataclass(frozen=True, slots=True)
class Asked:
    """Somebody who is recommended something: who they are, what they watched before, and what next."""

    actor: uuid.UUID
    person: "Person"
    held_out: int


def main() -> None:
    """Read the options, set the site up on a database of its own, measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=20_000)
    parser.add_argument("--items", type=int, default=2_000)
    parser.add_argument("--asked", type=int, default=2_000)
    parser.add_argument("--smoke", action="store_true", help="few people, to see that it runs")
    options = parser.parse_args()
    if options.smoke:
        options.people, options.items, options.asked = 1_500, 300, 100
    url = os.environ.get("BENCH_RECOMMEND_DATABASE_URL", "")
    with site("recommend", url, on_sqlite=not url):
        run(options)


def run(options: argparse.Namespace) -> None:
    """Make people watch, recommend, print. Stops with a message when popularity is hardly beaten."""
    from _tastes import Tastes
    from django.core.management import call_command
    from django.db import connection
    from django.utils import timezone

    from library.recommending import cowatching

    call_command("migrate", verbosity=0)
    now = timezone.now()
    tastes = Tastes(options.people, options.items)
    asked = [
        Asked(uuid.UUID(int=(7 << 76) + number + 1), person, person.watched.pop())
        for number, person in enumerate(tastes.people)
    ]
    pks = settle_in(tastes, asked, now)
    plays = sum(len(one.person.watched) for one in asked)
    began = time.perf_counter()
    pairs = cowatching.refresh(now)
    took = time.perf_counter() - began
    began = time.perf_counter()
    cowatching.refresh(now)
    again = time.perf_counter() - began

    some = asked[:: max(1, len(asked) // options.asked)][: options.asked]
    rates, times = guess(tastes, some, asked, pks)
    print(f"{options.people:,} people, {options.items:,} items, {plays:,} plays, {connection.vendor}.")
    print(f"Counting who watches what together: {took:.1f} s, again {again:.1f} s; {pairs:,} pairs.")
    print(f"Ten recommendations: {statistics.median(times):.1f} ms (median of {len(times):,}).\n")
    print(f"| guess | hit rate at {AT}, {len(some):,} people | against most popular |\n| --- | --- | --- |")
    popular = max(rate for name, rate in rates.items() if name.startswith("most watched"))
    for name, rate in rates.items():
        print(f"| {name} | {rate:.1%} | {rate / popular:.2f}× |")
    if rates["recommended"] < LEAST_RATIO * popular and not options.smoke:
        raise SystemExit(f"Less than {LEAST_RATIO}× of what popularity alone gives.")


def settle_in(tastes: "Tastes", asked: Sequence[Asked], now: datetime) -> list[int]:
    """Write the items and the plays that are not held out. Returns the numbers of the items."""
    from django.contrib.auth import get_user_model
    from django.db import connection

    from library.models import Media
    from stats import visitors
    from stats.fields import to_micros
    from stats.models import Item, Play

    with connection.cursor() as cursor:
        for table in ("stats_play", "library_cowatch", "library_media", "stats_item"):
            cursor.execute(f"DELETE FROM {table}")
    owner, _ = get_user_model().objects.get_or_create(username="keeper", email="keeper@example.org")
    items = [
        Item(title=f"Item {number}", type="video", owner=owner, duration_ms=600_000, created_at=now)
        for number in range(len(tastes.items))
    ]
    Item.objects.bulk_create(items, batch_size=1_000)
    before = now - timedelta(days=400)
    Media.objects.bulk_create((Media(item=item, published_at=before) for item in items), batch_size=1_000)
    day = visitors.today()
    rows = [
        Play(
            actor=one.actor, source_id=0, play_id=f"p{place}", actor_type="g", item_id=items[item].pk, item_type="video",
            started_at=now - timedelta(days=days), client_start=to_micros(now - timedelta(days=days)), reported_at=now,
            played_ms=600_000, media_ms=600_000, covered_ms=600_000, position_ms=600_000, ranges="[]", is_view=1,
            is_completed=1, is_skipped=0, completion_bp=10_000, latest=one.actor, day=day,
        )
        for one in asked
        for place, (item, days) in enumerate(zip(one.person.watched, one.person.days_ago, strict=False))
    ]  # fmt: skip
    Play.objects.bulk_create(rows, batch_size=2_000)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    return [item.pk for item in items]


def guess(
    tastes: "Tastes", some: Sequence[Asked], everybody: Sequence[Asked], pks: Sequence[int]
) -> tuple[dict[str, float], list[float]]:
    """Return the hit rate of each way of guessing, and the milliseconds that each recommendation took."""
    from django.contrib.auth.models import AnonymousUser

    from library.recommending import picking

    place_of = {pk: place for place, pk in enumerate(pks)}
    times: list[float] = []

    def recommended(one: Asked) -> list[int]:
        began = time.perf_counter()
        found = picking.picks(AnonymousUser(), one.actor, AT)
        times.append((time.perf_counter() - began) * 1000)
        return [place_of[pick.item.pk] for pick in found]

    ways: dict[str, Callable[[Asked], list[int]]] = {
        "recommended": recommended,
        "most watched in two weeks": most_watched(everybody, RECENT_DAYS),
        "most watched ever": most_watched(everybody, None),
        "likeliest by the tastes themselves": lambda one: tastes.best_guess(one.person, AT),
    }
    return {name: hit_rate(some, way) for name, way in ways.items()}, times


def most_watched(everybody: Sequence[Asked], days: int | None) -> Callable[[Asked], list[int]]:
    """Return a guesser who names what most people watched, and the one asked did not."""
    counts: Counter[Any] = Counter()
    for one in everybody:
        for item, ago in zip(one.person.watched, one.person.days_ago, strict=False):
            counts[item] += days is None or ago < days
    ranked = [item for item, _ in counts.most_common()]

    def guessed(one: Asked) -> list[int]:
        seen = set(one.person.watched)
        found = (item for item in ranked if item not in seen)
        return [item for item, _ in zip(found, range(AT), strict=False)]

    return guessed


def hit_rate(some: Sequence[Asked], way: Callable[[Asked], list[int]]) -> float:
    """Return the share of people whose held-out play is among the ten."""
    return sum(one.held_out in way(one) for one in some) / len(some)


if __name__ == "__main__":
    main()

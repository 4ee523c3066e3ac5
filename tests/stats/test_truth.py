"""Every metric of the registry is what a plain recount of a long stream says, for people, items, owners, sources and all.

The stream goes through the real ingest, late, twice and out of order. `TRUTH_EVENTS` and `TRUTH_SEED` make another one.
"""

import os
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import transaction
from django.test import override_settings

from library.models import Media
from stats import compute, periods, receipts, settling, verify, windows
from stats.fields import to_micros
from stats.metrics import Lifetime, Metric, Scope, Unit
from stats.possible import facts
from stats.receipts import Entry, Receipt
from stats.windows import Window
from tests.stats import stream, world
from tests.stats.recount import Truth, kept, recount
from tests.stats.truths import RECOUNTS, Question, Thing, World

pytestmark = pytest.mark.django_db

EVENTS = int(os.environ.get("TRUTH_EVENTS", "50000"))
SEED = int(os.environ.get("TRUTH_SEED", "20260420"))
OTHER_ZONE = "Asia/Kathmandu"
TODAY = windows.day_of(stream.NOW, stream.ZONE)


@dataclass(frozen=True)
class Told:
    """A stream that was sent, and what it adds up to."""

    there: stream.Places
    rows: list[str]
    world: World


@pytest.fixture(scope="module")
def told(django_db_setup: None, django_db_blocker: Any) -> Iterator[Told]:
    """Send the stream once for all tests of this module, and take everything back at the end."""
    with (
        django_db_blocker.unblock(),
        override_settings(TIME_ZONE=stream.ZONE),
        time_machine.travel(stream.NOW, tick=False),
        transaction.atomic(),
    ):
        yield _send()
        transaction.set_rollback(True)


def _send() -> Told:
    """Send a stream by all ways, build periods before its end has come, and recount it."""
    chance = random.Random(SEED)
    there = stream.places(SEED)
    sent = stream.generate(SEED, there, EVENTS)
    posted, rest = stream.for_http(sent, there, chance)
    rows = stream.disordered(stream.lines(rest, there.sources), chance)
    late = len(rows) * 9 // 10
    stream.feed(rows[:late], chance)
    for grain in ("w", "m", "y"):
        periods.build_unbuilt(grain, TODAY)
    for start in range(0, len(posted), 500):
        world.send([one.wire for one in posted[start : start + 500]], there.secret)
        settling.settle(50)
    stream.feed(rows[late:], chance)
    settling.settle_all()
    facts.refresh(stream.NOW, all_of_them=True)
    return Told(there, rows, _recounted(there, [one.told for one in (*rest, *posted)]))


def _recounted(there: stream.Places, events: list[Any]) -> World:
    media = {one.item_id: one for one in Media.objects.all()}
    items = {
        item.pk: Thing(
            owner=item.owner_id,
            title=item.title,
            made_at=to_micros(item.created_at),
            category=str(media[item.pk].get_category_display()) if item.pk in media else None,
            tags=tuple(media[item.pk].tags) if item.pk in media else (),
        )
        for item in there.items
    }
    owners = {item: thing.owner for item, thing in items.items()}
    return World(
        truth=Truth(events, stream.ZONE, owners),
        numbers=recount(events, stream.ZONE, owners),
        items=items,
        members={member.uuid.hex: member.pk for member in there.members},
        themes={member.uuid.hex: member.theme for member in there.members},
        now=to_micros(stream.NOW),
    )


def _windows() -> list[Window]:
    chance = random.Random(SEED)
    found = [windows.named(name, stream.NOW, stream.ZONE) for name in ("24h", "7d", "30d", "90d", "all")]
    found.append(windows.named("7d", stream.NOW, OTHER_ZONE))
    found.append(windows.between(date(2026, 4, 3), date(2026, 4, 8), stream.NOW, stream.ZONE))
    found.append(windows.between(date(2026, 2, 1), date(2026, 3, 31), stream.NOW, OTHER_ZONE))
    for _ in range(2):
        start = stream.NOW - timedelta(seconds=chance.randint(0, 90 * 86_400))
        end = min(start + timedelta(seconds=chance.randint(60, 40 * 86_400)), stream.NOW)
        found.append(Window(start, end, stream.ZONE))
    return found


def _scopes(told: Told) -> dict[str, list[Scope]]:
    chance = random.Random(SEED)
    there = told.there
    people = [member.uuid for member in there.members[:3] + chance.sample(there.members[3:], 4)] + there.guests[:5]
    return {
        "user": [Scope.user(person) for person in people],
        "item": [Scope.item(item.pk) for item in chance.sample(there.items, 25)],
        "owner": [Scope.owner(owner.pk) for owner in there.owners[:4]] + [Scope.owner(there.members[-1].pk)],
        "source": [Scope.source(source.pk) for source in there.sources],
        "platform": [Scope.platform()],
    }


def _question(told: Told, scope: Scope, window: Window) -> Question:
    return Question(
        world=told.world,
        subject=scope.subject.value,
        key=scope.key.hex if scope.subject.value == "user" else scope.key,
        start=to_micros(window.start_at),
        end=to_micros(window.end_at),
        zone=window.zone,
        is_all=window.name == "all",
        until=None if window.until is None else to_micros(window.until),
    )


def _shown(metric: Metric, value: compute.Value) -> Any:
    if metric.unit is Unit.LIST:
        return (value.rows and (value.value, tuple((row.label, row.value) for row in value.rows))) or None
    if isinstance(value.value, datetime):
        return to_micros(value.value)
    return None if value.value is None else value.value if isinstance(value.value, int | float) else str(value.value)


def _is(found: Any, wanted: Any) -> bool:
    if isinstance(found, int | float) and isinstance(wanted, int | float):
        return bool(found == pytest.approx(wanted, abs=6e-5, rel=1e-9))
    return bool(found == wanted)


def test_every_table_is_what_the_recount_says(told):
    found, wanted = vars(kept()), dict(vars(told.world.numbers))
    wanted["periods"] = {key: row for key, row in wanted["periods"].items() if windows.next_period(*key[:2]) <= TODAY}

    for name, numbers in wanted.items():
        assert found[name] == numbers, name


def test_every_metric_has_a_recount(told):
    missing = [metric for metric in compute.registry().values() if metric.key not in RECOUNTS]

    assert RECOUNTS.keys() <= compute.registry().keys()
    for metric in missing:
        assert metric.waits_for
        assert not metric.kinds


@pytest.mark.parametrize("subject", ["user", "item", "owner", "source", "platform"])
def test_every_metric_is_what_the_recount_says(told, subject):
    metrics = [metric for metric in compute.registry().values() if subject in {one.value for one in metric.subjects}]
    wrong = []
    for scope in _scopes(told)[subject]:
        for window in _windows():
            values = compute.compute_all(metrics, scope, window)
            asked = _question(told, scope, window)
            for metric in metrics:
                found = _shown(metric, values[metric.key])
                wanted = RECOUNTS[metric.key](asked) if metric.key in RECOUNTS else None
                if not _is(found, wanted):
                    wrong.append(f"{metric.key} of {scope} in {window}: is {found}, should be {wanted}")

    if wrong:
        pytest.fail("\n".join([f"{len(wrong)} are wrong:", *wrong[:100]]))


@pytest.mark.parametrize("subject", ["user", "item", "owner", "source", "platform"])
def test_the_entries_of_every_receipt_add_up_to_the_number(told, subject):
    chance = random.Random(SEED)
    metrics = [metric for metric in compute.registry().values() if subject in {one.value for one in metric.subjects}]
    day, everything = [windows.named(name, stream.NOW, stream.ZONE) for name in ("24h", "all")]
    wrong, summed = [], set()
    for scope in _scopes(told)[subject][:4]:
        for metric in metrics:
            is_lifelong = isinstance(metric.how, Lifetime) or subject == "user"
            for window in (day, _windows()[-1], *[everything] * is_lifelong):
                receipt, entries = _pages(metric, scope, window, chance)
                if receipt.is_summed:
                    summed.add(metric.key)
                    wrong += [f"{metric.key} of {scope} in {window}: {one}" for one in _mistakes(receipt, entries)]

    assert summed >= {metric.key for metric in metrics if metric.additive and metric.unit is not Unit.MOMENT}
    if wrong:
        pytest.fail("\n".join([f"{len(wrong)} are wrong:", *wrong[:100]]))


def _pages(metric: Metric, scope: Scope, window: Window, chance: random.Random) -> tuple[Receipt, list[Entry]]:
    receipt = receipts.receipt(metric, scope, window, limit=chance.choice((30, 5000)))
    entries = list(receipt.entries)
    while receipt.is_summed and receipt.cursor:
        receipt = receipts.receipt(metric, scope, window, receipt.cursor, limit=5000)
        entries += receipt.entries
    return receipt, entries


def _mistakes(receipt: Receipt, entries: list[Entry]) -> Iterator[str]:
    value, counted = receipt.value, [line for line in receipt.lines if not line.is_left_out]
    sums = {
        "entries": (sum(one.adds for one in entries), sum(one.of for one in entries)),
        "lines": tuple(sum(line.value for line in counted if line.is_of == is_of) for is_of in (False, True)),
    }
    for name, (over, under) in sums.items():
        if over != value.over or (value.under is not None and under != value.under):
            yield f"the {name} add up to {over} of {under}, not to {value.over} of {value.under}"
    if len(entries) != receipt.events:
        yield f"there are {len(entries)} entries of {receipt.events} events"
    if [one.at for one in entries] != sorted((one.at for one in entries), reverse=True):
        yield "the newest do not come first"


def test_the_log_says_the_same_and_sending_it_again_moves_nothing(told):
    chance = random.Random(SEED)
    before = world.tables()
    assert verify.differences() == []

    stream.feed(chance.sample(told.rows, len(told.rows) // 10), chance)
    settling.settle_all()

    assert world.tables() == before
    assert verify.differences() == []

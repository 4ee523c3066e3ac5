"""People and replays are those of the plays, however and whenever they are settled; periods follow what comes late.

The recount here is plain Python over the plays and actions. `SETTLE_EXAMPLES` sets how many random streams are tried.
"""

import os
import random
import threading
import time
import uuid
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from stats import ledger, periods, settling, verify, visitors, wire
from stats.actors import Actor, ActorType, guest_actor, user_actor
from stats.ids import uuid7
from stats.inbox import insert
from stats.ingest import Sending, prepare
from stats.kinds import Kind, Sender
from stats.models import Action, BuiltPeriod, DayAudience, DirtyDay, Item, Play, RollupDay, RollupPeriod, Source
from stats.windows import next_period, period_of
from tests.stats import world

pytestmark = pytest.mark.django_db

EXAMPLES = int(os.environ.get("SETTLE_EXAMPLES", "25"))
ZONE = "Europe/Berlin"  # on 29 March 2026 the day has 23 hours
START = datetime(2026, 3, 27, 21, 30, tzinfo=UTC)
DAY = date(2026, 3, 28)
NOON = datetime(2026, 3, 28, 11, tzinfo=UTC)
MEMBERS = [Actor(uuid.UUID(int=n), ActorType.USER) for n in (0xA1, 0xA2)]
GUEST = Actor(uuid.UUID(int=0xB1), ActorType.GUEST)
NOBODY = Actor(uuid.UUID(int=0xC1), ActorType.ANONYMOUS)


@pytest.fixture
def places(db):
    """Return two sources and three items, two of one owner."""
    owner = world.make_member("ana")
    sources = [Source.objects.get(pk=Source.SITE), world.make_source().source]
    items = [world.make_film(owner=owner), world.make_film("Second", owner=owner), world.make_film("Nobody's")]
    return sources, items


@pytest.fixture(autouse=True)
def zone(settings):
    settings.TIME_ZONE = ZONE


def play(item: Item, actor: Actor, at: datetime, play_id: str | None = None, seconds: int = 60, **fields: Any) -> None:
    """Record a play; 60 seconds of it are a view."""
    with ledger.recording():
        ledger.record(
            Kind.PLAY,
            actor,
            item=item,
            occurred_at=at,
            play_id=play_id or str(uuid7()),
            duration_seconds=seconds,
            **fields,
        )


def audience() -> dict[tuple[str, int, date], tuple[int, int]]:
    return {(row.scope, row.key, row.day): (row.people, row.replays) for row in DayAudience.objects.all()}


def recounted() -> dict[tuple[str, int, date], tuple[int, int]]:
    """Count people and replays of all days from the plays, one by one."""
    people, replays = defaultdict(set), defaultdict(int)
    plays = sorted(Play.objects.all(), key=lambda one: (one.started_at, one.source_id, one.play_id, one.client_start))
    owners = dict(Item.objects.values_list("pk", "owner_id"))
    for number, one in enumerate(plays):
        day = one.started_at.astimezone(ZoneInfo(ZONE)).date()
        is_replay = any(
            before.actor == one.actor and before.item_id == one.item_id and before.is_view
            and one.started_at - before.started_at <= timedelta(hours=24)
            for before in plays[:number]
        )  # fmt: skip
        for scope, key in (("i", one.item_id), ("o", owners[one.item_id]), ("s", one.source_id), ("p", 0)):
            if key is not None:
                people[scope, key, day].add(one.actor)
                replays[scope, key, day] += is_replay
    return {key: (len(actors), replays[key]) for key, actors in people.items()}


def expected_periods() -> dict[Any, tuple[int, ...]]:
    """Count plays, played time, likes, people and replays of every built period from plays and actions."""
    found: dict[Any, list[Any]] = defaultdict(lambda: [0, 0, 0, set()])
    owners, zone = dict(Item.objects.values_list("pk", "owner_id")), ZoneInfo(ZONE)
    facts = [
        (one.started_at, one.item_id, one.source_id, (1, one.played_ms, 0), one.actor) for one in Play.objects.all()
    ]
    facts += [(one.at, one.item_id, one.source_id, (0, 0, 1), None) for one in Action.objects.filter(kind="like")]
    by_day = recounted()
    rows = {}
    for grain, start in BuiltPeriod.objects.values_list("grain", "start"):
        found.clear()
        for at, item, source, counts, actor in facts:
            if start <= at.astimezone(zone).date() < next_period(grain, start):
                for scope, key in (("i", item), ("o", owners[item]), ("s", source), ("p", 0)):
                    if key is not None:
                        row = found[scope, key]
                        row[:3] = [a + b for a, b in zip(row[:3], counts, strict=True)]
                        row[3] |= {actor} - {None}
        for (scope, key), (plays, played, likes, people) in found.items():
            replays = sum(
                more for (s, k, day), (_, more) in by_day.items()
                if (s, k) == (scope, key) and start <= day < next_period(grain, start)
            )  # fmt: skip
            rows[grain, start, scope, key] = (plays, played, likes, len(people), replays)
    return rows


def kept_periods() -> dict[Any, tuple[int, ...]]:
    return {
        (row.grain, row.start, row.scope, row.key): (row.plays, row.played_ms, row.likes, row.people, row.replays)
        for row in RollupPeriod.objects.all()
    }


def test_a_day_has_each_person_once_and_every_play_after_a_view_as_a_replay(places):
    _, (film, second, _) = places
    owner = film.owner_id
    for hours, actor in ((0, 0), (1, 0), (2, 1), (25, 0), (51, 0)):
        play(film, MEMBERS[actor], NOON + timedelta(hours=hours))
    play(second, MEMBERS[0], NOON)

    settling.settle_all()

    rows, next_day = audience(), DAY + timedelta(days=1)
    assert rows["i", film.pk, DAY] == (2, 1)
    assert rows["i", second.pk, DAY] == (1, 0)
    assert rows["o", owner, DAY] == rows["s", 0, DAY] == rows["p", 0, DAY] == (2, 1)
    assert rows["i", film.pk, next_day] == rows["p", 0, next_day] == (1, 1)
    assert rows["i", film.pk, DAY + timedelta(days=2)] == (1, 0)
    assert rows == recounted()
    assert not DirtyDay.objects.exists()


def test_settling_all_ends_however_much_comes_meanwhile(places):
    _, (film, *_) = places
    turns: list[int] = []

    def meanwhile(done: int, total: int) -> None:
        turns.append(total)
        assert len(turns) < 10
        play(film, MEMBERS[1], NOON + timedelta(minutes=len(turns)))

    for hours in range(3):
        play(film, MEMBERS[0], NOON + timedelta(hours=hours))

    assert settling.settle_all(meanwhile, most=1) >= 3
    assert DirtyDay.objects.exists()
    settling.settle_all()
    assert audience() == recounted()


def test_a_short_play_makes_no_replay_but_may_be_one(places):
    _, (film, *_) = places
    play(film, MEMBERS[0], NOON, seconds=1)
    play(film, MEMBERS[0], NOON + timedelta(hours=1), seconds=60)
    play(film, MEMBERS[0], NOON + timedelta(hours=2), seconds=1)

    settling.settle_all()

    assert audience()["i", film.pk, DAY] == (1, 1)


def test_a_view_that_comes_late_makes_replays_of_the_days_after_it(places):
    _, (film, *_) = places
    play(film, MEMBERS[0], datetime(2026, 3, 29, 22, 10, tzinfo=UTC))  # 0:10 on Monday; Sunday had 23 hours
    settling.settle_all()
    assert audience()["i", film.pk, date(2026, 3, 30)] == (1, 0)

    play(film, MEMBERS[0], datetime(2026, 3, 28, 22, 30, tzinfo=UTC))  # 23:30 on Saturday
    settling.settle_all()

    assert audience()["i", film.pk, date(2026, 3, 30)] == (1, 1)
    assert audience()["p", 0, date(2026, 3, 30)] == (1, 1)
    assert audience() == recounted()


def test_a_play_counts_for_the_app_that_played_it_though_another_was_first(places):
    (site, app), (film, *_) = places
    play(film, MEMBERS[0], NOON)
    with ledger.recording():
        ledger.record(
            Kind.PLAY, MEMBERS[0], item=film, occurred_at=NOON + timedelta(hours=1), play_id="x", source_id=app.pk
        )

    settling.settle_all()

    rows = audience()
    assert (rows["s", site.pk, DAY], rows["s", app.pk, DAY], rows["p", 0, DAY]) == ((1, 0), (1, 1), (1, 1))


def test_a_guest_who_turns_out_to_be_a_member_is_one_person_less(places):
    _, (film, *_) = places
    play(film, MEMBERS[0], NOON)
    play(film, GUEST, NOON + timedelta(hours=1))
    settling.settle_all()
    assert audience()["i", film.pk, DAY] == (2, 0)

    with ledger.recording():
        ledger.record(Kind.GUEST_CLAIMED, MEMBERS[0], guest=str(GUEST.id))
    settling.settle_all()

    assert audience()["i", film.pk, DAY] == audience()["p", 0, DAY] == (1, 1)


def test_a_week_that_was_aggregated_follows_what_comes_late(places):
    _, (film, second, _) = places
    monday = period_of("w", DAY)
    play(film, MEMBERS[0], NOON)
    assert periods.build("w", monday, visitors.today()) == 4
    row = RollupPeriod.objects.get(scope="i", key=film.pk)
    assert (row.plays, row.people, row.replays, row.likes) == (1, 1, 0, 0)

    play(film, MEMBERS[1], NOON - timedelta(days=2))
    play(second, MEMBERS[1], NOON - timedelta(days=3))
    with ledger.recording():
        ledger.record(Kind.LIKE, MEMBERS[0], item=film, occurred_at=NOON)
        ledger.record(Kind.LIKE, MEMBERS[0], item=film, occurred_at=NOON + timedelta(days=7))
    settling.settle_all()

    row = RollupPeriod.objects.get(scope="i", key=film.pk)
    assert (row.plays, row.people, row.replays, row.likes) == (2, 2, 0, 1)
    assert kept_periods() == expected_periods()
    assert {key[3] for key in kept_periods() if key[2] == "i"} == {film.pk, second.pk}
    world.assert_sound()


def test_a_later_report_of_an_old_play_reaches_the_period_too(places):
    _, (film, *_) = places
    play(film, MEMBERS[0], NOON, "p", seconds=40)
    periods.build("m", date(2026, 3, 1), visitors.today())

    play(film, MEMBERS[0], NOON, "p", seconds=70)
    settling.settle_all()

    assert RollupPeriod.objects.get(scope="p").played_ms == 70_000


def test_aggregating_twice_changes_nothing_and_mends_what_is_stale(places):
    _, (film, *_) = places
    play(film, MEMBERS[0], NOON)
    monday = period_of("w", DAY)
    periods.build("w", monday, visitors.today())
    before = kept_periods()
    RollupPeriod.objects.filter(scope="i").update(plays=99, key=film.pk + 50)

    periods.build("w", monday, visitors.today())

    assert kept_periods() == before
    assert list(BuiltPeriod.objects.values_list("grain", "start")) == [("w", monday)]


def test_only_what_is_over_is_aggregated(places):
    _, (film, *_) = places
    play(film, MEMBERS[0], NOON)

    for grain in "wmy":
        with pytest.raises(periods.NotOver):
            periods.build(grain, period_of(grain, visitors.today()), visitors.today())
    with pytest.raises(ValueError, match="does not begin"):
        periods.build("w", DAY, visitors.today())

    assert not BuiltPeriod.objects.exists()
    assert periods.unbuilt("m", date(2026, 5, 1)) == [date(2026, 3, 1)]
    assert periods.unbuilt("m", date(2026, 4, 1)) == [date(2026, 3, 1)]
    assert periods.unbuilt("m", date(2026, 3, 31)) == []
    assert periods.unbuilt("y", date(2026, 12, 31)) == []


def test_a_period_in_the_making_is_kept_up_and_not_yet_there(places, monkeypatch):
    _, (film, second, _) = places
    play(film, MEMBERS[0], NOON)
    settling.settle_all()
    BuiltPeriod.objects.create(grain="M", start=date(2026, 3, 1))  # who built it was killed

    play(second, MEMBERS[0], NOON)
    settling.settle_all()
    world.assert_sound()
    assert periods.unbuilt("m", date(2026, 4, 1)) == [date(2026, 3, 1)]
    assert {key[3] for key in kept_periods() if key[2] == "i"} == {second.pk}

    periods.build_unbuilt("m", date(2026, 4, 1))
    assert kept_periods() == expected_periods()
    assert list(BuiltPeriod.objects.values_list("grain", flat=True)) == ["m"]


def test_a_year_of_many_items_is_aggregated_slice_by_slice(places, monkeypatch):
    monkeypatch.setattr(periods, "KEYS_AT_ONCE", 2)
    _, items = places
    films = [*items, *(world.make_film(f"Film {n}") for n in range(4))]
    for number, film in enumerate(films):
        play(film, MEMBERS[number % 2], NOON - timedelta(days=100 * number))
    seen: list[tuple[int, int]] = []

    assert periods.build("y", date(2025, 1, 1), visitors.today(), lambda *at: seen.append(at)) == 7

    assert seen[-1] == (7, 7)
    assert kept_periods() == expected_periods()


@hypothesis_settings(
    max_examples=EXAMPLES, deadline=None, database=None, print_blob=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(
    stream=st.lists(
        st.tuples(
            st.sampled_from(
                ["play", "play", "play", "play", "play", "play", "like", "claim", "settle", "week", "month"]
            ),
            st.sampled_from([*MEMBERS, GUEST, NOBODY]),
            st.sampled_from(
                [0, 0, 60, 60, 61, 24 * 60, 25 * 60, 47 * 60, 48 * 60 + 45, 72 * 60]
            ),  # minutes after START
            st.sampled_from([0, 0, 0, 1, 2]),  # item
            st.integers(0, 1),  # source
            st.sampled_from([1, 40, 60]),  # seconds played
            st.sampled_from([0, 0, 90, 100, 3700]),  # how wrong the clock is
            st.integers(0, 2),  # part of the play's id
        ),
        min_size=15,
        max_size=50,
    ),
    slices=st.lists(st.integers(1, 4), min_size=1, max_size=5),
    seed=st.integers(0, 2**32),
)
def test_settling_in_any_slices_at_any_time_gives_the_recount(places, stream, slices, seed):
    chance = random.Random(seed)
    with transaction.atomic():
        for kind, actor, minute, item, source, seconds, skew, part in stream:
            if kind == "settle":
                settling.settle(chance.choice(slices))
            elif kind in {"week", "month"}:
                grain = kind[0]
                periods.build(grain, period_of(grain, DAY), visitors.today())
            elif kind == "claim":
                with ledger.recording():
                    ledger.record(Kind.GUEST_CLAIMED, MEMBERS[0], guest=str(GUEST.id))
            else:
                fields = (
                    {"play_id": f"{item}.{minute}.{'aB-'[part]}", "duration_seconds": seconds} if kind == "play" else {}
                )
                apply(places, kind, actor, minute, item, source, skew if kind == "play" else 0, fields)
        while settling.settle(chance.choice(slices)):
            pass

        assert audience() == recounted()
        assert kept_periods() == expected_periods()
        assert [str(one) for one in verify.differences()] == []
        transaction.set_rollback(True)


def apply(places, kind, actor, minute, item, source, skew, fields) -> None:
    """Send one event and apply it."""
    said = START + timedelta(minutes=minute)
    now = START + timedelta(days=5)
    told = {
        "id": str(uuid7()),
        "type": kind,
        "occurred_at": world.at(said),
        "item": str(places[1][item].uuid),
        **fields,
    }
    decoded = wire.from_values([told])
    decoded.sent_at = now - timedelta(seconds=skew)
    rows, outcome = prepare(Sending(places[0][source], Sender.INTERNAL, actor), decoded, now)
    assert not outcome.rejected, outcome.rejected
    insert([(rows[0].encode(), 1)])
    world.drain_all()


@pytest.mark.django_db(transaction=True)
def test_many_settle_and_aggregate_while_others_write():
    films = [world.make_film(f"Film {n}", owner=world.make_member(f"m{n}")) for n in range(3)]
    stop, errors = threading.Event(), []

    def write(seed: int) -> None:
        chance = random.Random(seed)
        actors = [user_actor(uuid.UUID(int=n)) for n in (1, 2, 3)] + [guest_actor(uuid.UUID(int=9))]
        while not stop.is_set():
            play(chance.choice(films), chance.choice(actors), START + timedelta(hours=chance.randrange(90)))
            with ledger.recording():
                ledger.record(Kind.LIKE, chance.choice(actors), item=chance.choice(films), occurred_at=NOON)

    def settle(seed: int) -> None:
        while not stop.is_set():
            settling.settle(1 + seed)

    def build(seed: int) -> None:
        while not stop.is_set():
            periods.build("wm"[seed % 2], period_of("wm"[seed % 2], DAY), visitors.today())

    threads = [
        threading.Thread(target=trying, args=(errors, one, n)) for one in (write, settle, build) for n in range(2)
    ]
    for thread in threads:
        thread.start()
    time.sleep(4)
    stop.set()
    for thread in threads:
        thread.join()

    assert errors == []
    settling.settle_all()
    assert audience() == recounted()
    assert kept_periods() == expected_periods()
    assert BuiltPeriod.objects.count() == 2
    world.assert_sound()


def trying(errors: list[Exception], work: Any, seed: int) -> None:
    try:
        work(seed)
    except Exception as error:  # noqa: BLE001 (told by the test)
        errors.append(error)
    finally:
        connection.close()


@pytest.mark.django_db(transaction=True)
def test_what_is_queued_is_settled_beside_other_work(monkeypatch):
    monkeypatch.setattr(settling, "EVERY_S", 0.05)
    film = world.make_film()
    play(film, MEMBERS[0], NOON)

    with settling.beside():
        deadline = time.monotonic() + 20
        while DirtyDay.objects.exists() and time.monotonic() < deadline:
            time.sleep(0.02)

    assert audience()["i", film.pk, DAY] == (1, 0)
    assert not any(thread.name == "settling" for thread in threading.enumerate())


@pytest.mark.django_db(transaction=True)
def test_one_settles_at_a_time_and_others_do_not_wait_unless_they_want_to():
    play(world.make_film(), MEMBERS[0], NOON)
    results: list[int] = []

    def elsewhere() -> None:
        try:
            results.append(settling.settle())
        finally:
            connection.close()

    with settling.alone(connection):
        thread = threading.Thread(target=elsewhere)
        thread.start()
        thread.join()

    assert results == [0]
    assert settling.settle(wait=True) == 1
    assert RollupDay.objects.filter(scope="p").count() == 1

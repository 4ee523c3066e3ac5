"""What the roll-ups answer is what plays and actions say, for any window, in any zone, whatever is settled or built."""

import os
import random
from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.db import transaction
from django.test import override_settings
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stats import compute, ledger, periods, rollups, settling
from stats.measures import KEYS
from stats.metrics import Scope
from stats.spans import parts_of
from stats.windows import Window, between, midnight, named
from tests.stats.happenings import START, TODAY, ZONES, One, events, make_places, moments, record, scopes, tell

pytestmark = pytest.mark.django_db

EXAMPLES = int(os.environ.get("WINDOW_EXAMPLES", "8"))


@pytest.fixture
def places(db):
    return make_places()


class Undone(Exception):
    """Ends an example: everything in it is rolled back."""


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    zone=st.sampled_from(ZONES),
    asked_in=st.sampled_from(ZONES),
    stream=events,
    seed=st.integers(0, 2**32),
    spans=st.lists(st.tuples(moments, moments), min_size=2, max_size=2),
    days=st.tuples(st.integers(-1, 15), st.integers(0, 80)),
)
def test_roll_ups_answer_what_plays_and_actions_say(places, zone, asked_in, stream, seed, spans, days):
    first = (START + timedelta(days=days[0])).date()
    windows = [
        between(first, first + timedelta(days=days[1]), TODAY, asked_in),
        between(first, first + timedelta(days=days[1] // 8), TODAY, zone),
        named("all", TODAY, zone),
    ]
    for a, b in spans:
        start, end = START + timedelta(minutes=min(a, b)), START + timedelta(minutes=max(a, b) + 1, microseconds=7)
        windows.append(Window(start, end, asked_in))
        windows.append(Window(start, end, zone))

    with override_settings(TIME_ZONE=zone), pytest.raises(Undone), transaction.atomic():
        tell(stream, places, random.Random(seed))
        for scope in scopes(places):
            for window in windows:
                agree(scope, window)
        raise Undone


def agree(scope: Scope, window: Window) -> None:
    """Every way to ask gives what the raw tables say."""
    raw = rollups.raw_totals(scope, window)
    days = (
        [
            Window(
                max(midnight(day, window.zone), window.start_at),
                min(midnight(day + timedelta(1), window.zone), window.end_at),
                window.zone,
            )
            for day in window
        ]
        if window.days < 20
        else []
    )

    assert rollups.totals(scope, window, KEYS) == {key: raw[key] for key in KEYS}
    assert rollups.people(scope, window) == raw["people"]
    assert rollups.replays(scope, window) == raw["replays"]
    by_day = rollups.by_day(scope, window)
    assert {key: sum(sums[key] for sums in by_day.values()) for key in KEYS} == {key: raw[key] for key in KEYS}
    assert sum(rollups.replays_by_day(scope, window).values()) == raw["replays"]
    people = rollups.people_by_day(scope, window)
    for day, part in zip(window, days, strict=False):
        told = rollups.raw_totals(scope, part)
        assert by_day.get(day, dict.fromkeys(KEYS, 0)) == {key: told[key] for key in KEYS}
        assert people.get(day, 0) == told["people"]
    for name in compute.BREAKDOWNS:
        total = raw["shares" if name == "share_platform" else "plays"]
        assert sum(row.value for row in compute.breakdown(name, scope, window)) == total


def test_a_late_event_in_a_built_month_counts_before_and_after_it_is_settled(places):
    scope, window = Scope.item(places[1][0].pk), named("all", TODAY, "UTC")
    play = One("play", who=0, item=0, source=0, minutes=60, seconds=60, choice=0)
    like = One("like", who=0, item=0, source=0, minutes=70, seconds=0, choice=0)
    with ledger.recording():
        record(play, places)
    periods.build_unbuilt("m", TODAY.date())
    assert parts_of(window).periods == (("m", date(2026, 3, 1)),)

    with ledger.recording():
        record(replace(play, minutes=180, choice=1), places)
        record(like, places)

    assert parts_of(window).periods == ()
    agree(scope, window)
    settling.settle_all()
    assert parts_of(window).periods == (("m", date(2026, 3, 1)),)
    agree(scope, window)
    assert rollups.totals(scope, window, ["plays", "likes"]) == {"plays": 2, "likes": 1}


def test_people_are_not_the_sum_of_the_days_people(places):
    scope = Scope.item(places[1][0].pk)
    with ledger.recording():
        for day in range(3):
            record(One("play", 0, 0, 0, day * 1440, 60, 0), places)
            record(One("play", 1, 0, 0, day * 1440, 5, 0), places)
    window = between(START.date(), START.date() + timedelta(days=6), TODAY, "UTC")

    days = rollups.people_by_day(scope, window)

    assert (sum(days.values()), rollups.people(scope, window)) == (6, 2)
    assert rollups.people(Scope.platform(), window) == 2


def test_what_began_the_same_instant_repeats_in_the_order_of_its_key(places):
    scope, window = Scope.item(places[1][0].pk), named("all", TODAY, "UTC")
    with ledger.recording():
        for choice in (0, 1, 2):
            record(One("play", 0, 0, 0, 60, 60, choice), places)
        record(One("play", 1, 0, 0, 60, 60, 0), places)
        record(One("play", 1, 0, 0, 60 + 1440, 60, 0), places)
        record(One("play", 1, 0, 0, 61 + 2880, 60, 0), places)

    assert rollups.replays(scope, window) == 3  # two of the first person's, and one exactly 24 hours later


def test_days_end_where_the_clocks_of_the_zone_say(places):
    with override_settings(TIME_ZONE="UTC"):
        with ledger.recording():
            for minutes in (2 * 1440 - 60, 2 * 1440 + 120, 3 * 1440 - 121, 3 * 1440 - 120):
                record(One("play", 0, 0, 0, minutes, 60, minutes % 9), places)
        window = between(date(2026, 3, 28), date(2026, 3, 30), TODAY, "Europe/Amsterdam")

        days = rollups.by_day(Scope.platform(), window, ["plays"])

    assert days == {date(2026, 3, 29): {"plays": 3}, date(2026, 3, 30): {"plays": 1}}

"""What the roll-ups answer is what plays and actions say, for any window, in any zone, whatever is settled or built."""

import os
import random
from datetime import timedelta

import pytest
from django.db import transaction
from django.test import override_settings
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stats import compute, rollups
from stats.measures import KEYS
from stats.metrics import Scope
from stats.windows import Window, between, midnight, named
from tests.stats.happenings import START, TODAY, ZONES, events, make_places, moments, scopes, tell

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

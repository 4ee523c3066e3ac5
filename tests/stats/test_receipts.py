"""A receipt's entries are the number: all of them, once each, on pages of any size."""

import os
import random
from datetime import timedelta

import pytest
from django.db import transaction
from django.test import override_settings
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stats import compute, ledger, receipts
from stats.metrics import METRIC, METRICS, Scope
from stats.windows import Window, named
from tests.stats.happenings import PEOPLE, START, TODAY, One, events, make_places, moments, record, scopes, tell

pytestmark = pytest.mark.django_db

EXAMPLES = int(os.environ.get("RECEIPT_EXAMPLES", "6"))


class Undone(Exception):
    """Ends an example: everything in it is rolled back."""


@pytest.fixture
def places(db):
    return make_places()


def whole_receipt(metric, scope: Scope, window: Window, limit: int) -> tuple[receipts.Receipt, list[receipts.Entry]]:
    """Return the first page of a receipt, and the entries of all of them."""
    first = page = receipts.receipt(metric, scope, window, limit=limit)
    entries = list(page.entries)
    while page.cursor:
        page = receipts.receipt(metric, scope, window, page.cursor, limit)
        entries += page.entries
    return first, entries


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(stream=events, seed=st.integers(0, 2**32), span=st.tuples(moments, moments), limit=st.integers(2, 40))
def test_what_the_entries_add_is_the_number_for_every_metric(places, stream, seed, span, limit):
    start, end = START + timedelta(minutes=min(span)), START + timedelta(minutes=max(span) + 1)
    chance = random.Random(seed)
    window = chance.choice([Window(start, end, "Europe/Amsterdam"), named("all", TODAY, "Asia/Kathmandu")])

    with override_settings(TIME_ZONE="Asia/Kathmandu"), pytest.raises(Undone), transaction.atomic():
        tell(stream, places, chance)
        for scope in scopes(places):
            for metric in METRICS:
                if scope.subject in metric.subjects:
                    adds_up(metric, scope, window, limit)
        raise Undone


def adds_up(metric, scope: Scope, window: Window, limit: int) -> None:
    first, entries = whole_receipt(metric, scope, window, limit)

    assert first.value == compute.compute(metric, scope, window)
    assert first.events == len(entries)
    assert [entry.at for entry in entries] == sorted((entry.at for entry in entries), reverse=True)
    if first.is_summed:
        assert sum(entry.adds for entry in entries) == first.value.over
        assert sum(entry.of for entry in entries) == (first.value.under or 0)
        assert sum(line.value for line in first.lines if not line.is_left_out and not line.is_of) == first.value.over
        assert sum(line.value for line in first.lines if line.is_of) == (first.value.under or 0)


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_what_happened_at_the_same_instant_is_on_some_page_once(places, limit):
    with ledger.recording():
        for who in range(3):
            record(One("play", who, 0, 0, 60, 60, 0), places)
            record(One("like", who, 0, 0, 60, 0, 0), places)

    adds_up(METRIC["like_rate"], Scope.item(places[1][0].pk), named("all", TODAY, "UTC"), limit)


def test_the_first_like_of_an_item_is_the_one_that_counts(places):
    member = Scope.user(PEOPLE[0].id)
    with ledger.recording():
        for minutes in (0, 10, 20):
            record(One("like", 0, 0, 0, minutes, 0, 0), places)
        record(One("like", 0, 1, 0, 20, 0, 0), places)
        record(One("comment", 0, 0, 0, 30, 0, 0), places)
    late = Window(START + timedelta(minutes=5), START + timedelta(minutes=60), "UTC")

    _, all_entries = whole_receipt(METRIC["total_interactions"], member, named("all", TODAY, "UTC"), 50)
    _, late_entries = whole_receipt(METRIC["total_interactions"], member, late, 50)

    assert [entry.adds for entry in all_entries if entry.item_id == places[1][0].pk] == [1, 0, 0, 1]
    assert {entry.reason for entry in all_entries if not entry.adds} == {"An item liked before"}
    assert sum(entry.adds for entry in late_entries) == 2


def test_a_pseudonym_tells_nothing_and_oneself_is_you(places):
    item = places[1][0]
    with ledger.recording():
        record(One("play", 0, 0, 0, 60, 60, 0), places)
    everything = named("all", TODAY, "UTC")
    member = PEOPLE[0].id

    [by_owner] = receipts.receipt(METRIC["plays"], Scope.item(item.pk), everything).entries
    [own] = receipts.receipt(METRIC["plays"], Scope.user(member), everything, viewer=member).entries
    [seen_by_staff] = receipts.receipt(METRIC["plays"], Scope.user(member), everything).entries

    assert by_owner.who.startswith("Member ")
    assert member.hex[:6] not in by_owner.who
    assert (own.who, seen_by_staff.who) == ("You", "This member")

"""A receipt's entries are the number: all of them, once each, on pages of any size."""

import os
import random
from datetime import timedelta

import pytest
from django.db import transaction
from django.test import override_settings
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stats import compute, receipts
from stats.metrics import METRICS, Scope
from stats.windows import Window, named
from tests.stats.happenings import START, TODAY, events, make_places, moments, scopes, tell

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

"""What one page asks again is asked once, and the answers are the same."""

from datetime import UTC, datetime, timedelta

import pytest

from stats import compute, memory, windows
from stats.metrics import METRIC, Scope
from tests.analytics.events import guest, watch
from tests.factories import make_item

NOW = datetime.now(UTC)
METRICS = [METRIC[key] for key in ("plays", "watched_hours", "unique_plays", "likes")]


@pytest.mark.django_db
def test_inside_a_page_the_same_is_answered_with_fewer_questions(django_assert_num_queries):
    item = make_item()
    watch(guest("a"), item, NOW - timedelta(hours=3))
    scope, window = Scope.item(item.pk), windows.named("30d", NOW, "UTC")

    def ask():
        before = windows.before(window)
        return (
            compute.compute_all(METRICS, scope, window),
            compute.compute_all(METRICS, scope, before),
            compute.breakdowns(("play_source", "share_platform"), scope, window),
        )

    with django_assert_num_queries(8):
        told = ask()
    with memory.kept(), django_assert_num_queries(5):
        assert ask() == told


@pytest.mark.django_db
def test_the_next_page_knows_nothing_of_the_one_before():
    item = make_item()
    scope, window = Scope.item(item.pk), windows.named("30d", NOW, "UTC")

    counts = []
    for _ in range(2):
        with memory.kept():
            counts.append(compute.compute(METRIC["plays"], scope, window).value)
        watch(guest("a"), item, NOW - timedelta(hours=3))

    assert counts == [0, 1]
    assert not memory.is_on()

"""How much of a film was watched and of a text read: never more than the time allows, whatever is told."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from library.learning.facts import read_ms, watched_ms
from stats.watching import MAX_SPEED, SLACK_MS

TOTAL = 60_000
spans = st.tuples(st.integers(0, TOTAL), st.integers(0, TOTAL))
plays = st.lists(st.lists(spans, max_size=4), max_size=5)
times = st.integers(0, 2 * TOTAL)


@given(plays, times, times)
def test_nobody_watches_more_than_there_is_or_time_allows(told, played, since):
    seen = watched_ms(told, played, since, TOTAL)

    assert 0 <= seen <= TOTAL
    assert seen <= played * MAX_SPEED + SLACK_MS
    assert seen <= since * MAX_SPEED + SLACK_MS
    assert seen <= sum(max(0, end - start) for ranges in told for start, end in ranges)


@given(plays, times, times)
def test_the_order_of_plays_and_telling_them_twice_change_nothing(told, played, since):
    seen = watched_ms(told, played, since, TOTAL)

    assert watched_ms([*reversed(told), *told], played, since, TOTAL) == seen


@given(st.lists(st.integers(1, TOTAL - 1), unique=True, max_size=6).map(sorted))
def test_pieces_that_cover_a_film_together_are_the_whole_film(cuts):
    edges = [0, *cuts, TOTAL]
    pieces = [[span] for span in pairwise(edges)]

    assert watched_ms(pieces, TOTAL, TOTAL, TOTAL) == TOTAL


@given(times, st.integers(0, 5000), st.integers(1, TOTAL))
def test_nobody_reads_more_than_they_came_down_to_or_time_allows(spent, reached, total):
    read = read_ms(spent, reached, total)

    assert 0 <= read <= min(total, spent * MAX_SPEED)
    assert read <= total * min(reached, 1000) / 1000 + 1

"""What a weekday is expected to bring."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.anomalies.expecting import LEAST, WEEK, expected, median

DAY = date(2026, 3, 31)
values = st.lists(st.integers(0, 10**9), min_size=LEAST, max_size=8)


def before(*numbers: int) -> dict[date, int]:
    return {DAY - (place + 1) * WEEK: number for place, number in enumerate(numbers)}


def test_the_same_weekdays_make_the_range_and_no_other_day():
    known = before(100, 104, 96, 101, 99, 103, 98, 100)
    noise = {DAY - timedelta(days=number): 10_000 for number in range(1, 60) if number % 7}

    found = expected(DAY, known | noise)

    assert found == expected(DAY, known)
    assert found is not None
    assert (found.typical, found.least, found.most, found.seen) == (100, 96, 104, 8)
    assert found.has(100)
    assert found.has(125)
    assert not found.has(131)
    assert not found.has(60)


def test_one_odd_day_does_not_move_what_is_expected():
    calm, odd = expected(DAY, before(*[100] * 8)), expected(DAY, before(*[100] * 7, 9_000))

    assert calm is not None
    assert odd is not None
    assert (calm.low, calm.high) == (odd.low, odd.high)


@pytest.mark.parametrize(
    ("numbers", "usual", "odd"), [((0, 0, 0, 0), 3, 4), ((1, 0, 2, 1), 4, 5), ((400,) * 8, 460, 461)]
)
def test_small_counts_may_be_a_few_more_and_great_ones_a_share(numbers, usual, odd):
    found = expected(DAY, before(*numbers))

    assert found is not None
    assert found.has(usual)
    assert not found.has(odd)


def test_too_few_weeks_expect_nothing_and_days_that_are_missing_are_no_noughts():
    assert expected(DAY, before(5, 5, 5)) is None
    known = before(50, 50, 50, 50, 50)
    del known[DAY - 2 * WEEK]
    found = expected(DAY, known)
    assert found is not None
    assert (found.least, found.seen) == (50, 4)


def test_hours_are_judged_as_hours():
    hour = 3_600_000
    found = expected(DAY, before(*[100 * hour] * 8), quantum=hour)

    assert found is not None
    assert found.has(129 * hour)
    assert not found.has(131 * hour)


@given(values)
def test_the_usual_is_expected_and_a_count_never_below_nought(numbers):
    found = expected(DAY, before(*numbers))

    assert found is not None
    assert 0 <= found.low <= found.typical <= found.high
    assert found.has(median(numbers))


@given(values, st.permutations(range(8)))
def test_the_order_of_the_weeks_does_not_matter(numbers, order):
    shuffled = [numbers[place] for place in order if place < len(numbers)]

    assert expected(DAY, before(*numbers)) == expected(DAY, before(*shuffled))

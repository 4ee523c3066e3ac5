"""Parts of periods, to the cent, and where periods end."""

from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.billing.proration import MONTH, YEAR, difference, next_end, part

START = datetime(2026, 1, 1, tzinfo=UTC)
prices = st.integers(0, 2**62)
lengths = st.integers(1, 400 * 86_400 * 10**6)
instants = st.datetimes(datetime(2000, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC))


def microseconds(number):
    return timedelta(microseconds=number)


@given(prices, lengths, st.integers(-(10**9), 10**14))
def test_a_part_is_the_exact_fraction_rounded_once(price, length, passed):
    end = START + microseconds(length)

    worth = part(price, START, end, START + microseconds(passed))

    rest = min(max(length - passed, 0), length)
    assert abs(Fraction(price * rest, length) - worth) <= Fraction(1, 2)
    assert 0 <= worth <= price


@given(prices, prices, lengths, lengths)
def test_there_and_back_again_is_nothing(old, new, length, passed):
    end, now = START + microseconds(length), START + microseconds(passed)

    assert difference(old, new, START, end, now) + difference(new, old, START, end, now) == 0


@given(prices, prices, prices, lengths, lengths)
def test_two_steps_cost_what_one_does(first, second, third, length, passed):
    period = START, START + microseconds(length), START + microseconds(passed)

    assert difference(first, second, *period) + difference(second, third, *period) == difference(first, third, *period)


@pytest.mark.parametrize(
    ("days_left", "worth"), [(30, 1000), (15, 500), (10, 333), (20, 667), (0, 0), (31, 1000), (-1, 0)]
)
def test_parts_of_ten_euros(days_left, worth):
    end = START + timedelta(days=30)

    assert part(1000, START, end, end - timedelta(days=days_left)) == worth


def test_half_a_cent_is_rounded_up():
    assert part(1, START, START + timedelta(days=2), START + timedelta(days=1)) == 1


def test_a_period_without_length_is_worth_nothing():
    assert part(1000, START, START, START) == 0
    assert part(1000, START, START - timedelta(days=1), START) == 0


def test_months_end_on_their_day_however_short_the_one_before_was():
    ends, at = [], datetime(2028, 1, 31, 9, tzinfo=UTC)
    for _ in range(4):
        at = next_end(at, MONTH, 31)
        ends.append(at.strftime("%m-%d %H"))

    assert ends == ["02-29 09", "03-31 09", "04-30 09", "05-31 09"]


def test_a_leap_day_comes_back():
    at = datetime(2024, 2, 29, tzinfo=UTC)
    for _ in range(3):
        at = next_end(at, YEAR, 29)
        assert (at.month, at.day) == (2, 28)

    assert next_end(at, YEAR, 29).day == 29


@given(instants, st.sampled_from([MONTH, YEAR]))
def test_the_next_period_is_a_month_or_a_year_long(at, interval):
    days = (next_end(at, interval, at.day) - at).days

    assert days in ({28, 29, 30, 31} if interval == MONTH else {365, 366})


def test_another_interval_is_refused():
    with pytest.raises(ValueError, match="week"):
        next_end(START, "week", 1)

"""Spells and movements from lines, without a database."""

from collections import defaultdict
from datetime import date, timedelta
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from analytics.revenue.rates import (
    Line,
    Movement,
    Spell,
    a_month,
    divided,
    months_of,
    moves_of,
    rate_at,
    spells_of,
)

HOUR = 3_600_000_000
DAY = 24 * HOUR


def day_of(micros):
    return date(2025, 1, 1) + timedelta(days=micros // DAY)


def line(at, rate, until, subscription=1, plan=1, currency="EUR", granted=True):
    return Line(subscription, plan, currency, rate, at * HOUR, until * HOUR, granted)


def told(moves):
    return [(move.day.day, move.movement, move.amount, move.people) for move in moves]


def test_renewals_are_one_spell_and_the_clock_ends_it():
    spells = spells_of([line(0, 7200, 720), line(720, 7200, 1440), line(1440, 7200, 2160)])

    assert spells == [Spell(1, 1, "EUR", 7200, 0, 2160 * HOUR)]
    assert rate_at(spells, 2160 * HOUR - 1) == 7200
    assert rate_at(spells, 2160 * HOUR) == 0


def test_a_renewal_that_came_late_leaves_a_gap():
    spells = spells_of([line(0, 7200, 720), line(800, 7200, 1440)])

    assert [(spell.since, spell.until) for spell in spells] == [(0, 720 * HOUR), (800 * HOUR, 1440 * HOUR)]


def test_what_nobody_pays_for_is_a_spell_that_does_not_move():
    spells = spells_of([line(0, 0, 720), line(100, 0, 100, granted=False)])

    assert spells == [Spell(1, 1, "EUR", 0, 0, 100 * HOUR)]
    assert moves_of(spells, day_of) == []


def test_each_movement_by_what_was_before():
    lines = [
        line(0, 600, 9000),
        line(30, 1400, 9000),
        line(60, 600, 9000),
        line(90, 0, 90, granted=False),
        line(130, 600, 9000),
    ]

    assert told(moves_of(spells_of(lines), day_of))[:5] == [
        (1, Movement.NEW, 600, 1),
        (2, Movement.EXPANSION, 800, 0),
        (3, Movement.CONTRACTION, -800, 0),
        (4, Movement.CHURN, -600, -1),
        (6, Movement.REACTIVATION, 600, 1),
    ]


def test_an_upgrade_and_its_taking_back_on_one_day_is_no_movement():
    moves = moves_of(spells_of([line(0, 600, 9000), line(30, 1400, 9000), line(40, 600, 9000)]), day_of)

    assert [move.movement for move in moves] == [Movement.NEW, Movement.CHURN]


def test_another_currency_is_another_story():
    moves = moves_of(spells_of([line(0, 600, 9000), line(30, 700, 8000, currency="USD")]), day_of)

    assert [(move.currency, move.movement) for move in moves] == [
        ("EUR", Movement.NEW), ("EUR", Movement.CHURN), ("USD", Movement.NEW), ("USD", Movement.CHURN),
    ]  # fmt: skip


def test_the_month_in_which_somebody_first_paid_stays():
    moves = moves_of(spells_of([line(0, 600, 24), line(1000, 600, 2000)]), day_of)

    assert {move.cohort for move in moves} == {date(2025, 1, 1)}


lines = st.lists(
    st.tuples(st.integers(0, 240), st.integers(0, 3), st.integers(0, 200), st.integers(1, 2), st.sampled_from(["EUR", "USD"])),
    max_size=12,
)  # fmt: skip


@given(lines)
def test_spells_say_at_every_instant_what_the_lines_say(drawn):
    """Of two lines of one instant the later holds; nothing holds after its `until`."""
    chain = [
        line(at, rate * 600, at + length, subscription, rate + 1, currency, rate > 0)
        for at, rate, length, subscription, currency in sorted(drawn, key=lambda one: one[0])
    ]
    spells = spells_of(chain)

    for at in {moment for one in chain for moment in (one.at, one.until, one.at - 1, one.until - 1)}:
        expected = 0
        for subscription in (1, 2):
            before = [one for one in chain if one.subscription == subscription and one.at <= at]
            if before and before[-1].until > at:
                expected += before[-1].rate
        assert rate_at(spells, at) == expected


@given(lines)
def test_movements_add_up_to_the_difference_of_any_two_days(drawn):
    chain = [
        line(at, rate * 600, at + length, subscription, rate + 1, currency, rate > 0)
        for at, rate, length, subscription, currency in sorted(drawn, key=lambda one: one[0])
    ]
    spells = spells_of(chain)
    moves = moves_of(spells, day_of)

    for currency in ("EUR", "USD"):
        sums, people = defaultdict(int), defaultdict(int)
        for move in moves:
            if move.currency == currency:
                sums[move.day] += move.amount
                people[move.day] += move.people
        paid = [spell for spell in spells if spell.currency == currency]
        total = heads = 0
        for number in range(20):
            total += sums[day_of(number * DAY)]
            heads += people[day_of(number * DAY)]
            assert rate_at(paid, (number + 1) * DAY - 1) == total
            assert heads == (total > 0)


@given(st.integers(-(10**20), 10**20), st.integers(1, 10**9))
def test_dividing_rounds_half_to_even_and_never_through_a_float(amount, by):
    assert divided(amount, by) == round(Fraction(amount, by))


@given(st.integers(0, 10**15), st.lists(st.integers(-(10**12), 10**12), min_size=1, max_size=6))
def test_the_months_of_the_parts_add_up_to_the_month_of_the_whole(start, parts):
    total = a_month(start + sum(parts)) - a_month(start)

    assert sum(months_of(parts, total)) == (total if any(parts) else 0)
    assert all(abs(month - part / 12) <= 2 for month, part in zip(months_of(parts, total), parts, strict=True))

"""Levels are the whole part of the square root of a hundredth of all points, at least 1."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gamification.levels import level_of, points_for, standing
from gamification.rules import AWARD, Rule
from tests.gamification.game import LEAST


@pytest.mark.parametrize(
    ("points", "level"),
    [
        (-500, 1), (0, 1), (99, 1), (100, 1), (399, 1), (400, 2), (899, 2), (900, 3), (2_499, 4), (2_500, 5), (9_999, 9),
        (10_000, 10), (62_499, 24), (62_500, 25), (250_000, 50), (2**53, 9_490_626),
    ],
)  # fmt: skip
def test_a_level_begins_at_a_hundred_times_its_square(points, level):
    assert level_of(points) == level


@given(points=st.integers(-(10**6), 10**15), more=st.integers(0, 10**9))
def test_more_points_are_never_a_lower_level(points, more):
    assert 1 <= level_of(points) <= level_of(points + more)


@given(points=st.integers(0, 10**15))
def test_points_lie_between_where_their_level_begins_and_the_next_one_does(points):
    level = standing(points)

    assert level.begins_at <= points < level.next_at
    assert level_of(level.next_at) == level.number + 1
    assert level_of(level.next_at - 1) == level.number
    assert (level.done + level.left, level.begins_at + level.done) == (level.needed, points)
    assert 0 <= level.percent < 100


@given(level=st.integers(2, 10**6))
def test_the_points_for_a_level_are_the_least_that_reach_it(level):
    assert level_of(points_for(level)) == level
    assert level_of(points_for(level) - 1) == level - 1


@pytest.mark.parametrize(
    ("points", "title"),
    [(0, "Newcomer"), (2_500, "Explorer"), (10_000, "Expert"), (62_500, "Master"), (250_000, "Legend")],
)
def test_a_level_has_a_title(points, title):
    assert standing(points).title == title


def test_every_rule_pays_what_the_third_seed_says():
    assert {rule: award.amount for rule, award in AWARD.items() if rule != Rule.CORRECTION} == LEAST
    assert AWARD[Rule.POST].per_day == 5

"""How a headline figure tells its change: which way it went, whether that is good, by how much."""

from dataclasses import replace

import pytest

from analytics.dashboards.registry import Figure, panels
from analytics.dashboards.showing import Card
from stats.metrics import Unit


@pytest.mark.parametrize(
    ("now", "before", "is_higher_better", "direction", "mood", "text", "step"),
    [
        (12, 10, True, "up", "good", "20.0 %", 20.0), (12, 10, False, "up", "bad", "20.0 %", 20.0),
        (8, 10, False, "down", "good", "20.0 %", -20.0), (5, 0, True, "new", "good", "", None),
        (5, 0, False, "new", "bad", "", None), (0, 0, False, "same", "", "", 0.0), (-5, 0, True, "new", "bad", "", None),
        (50, -100, True, "up", "good", "150.0 %", 150.0), (-200, -100, True, "down", "bad", "100.0 %", -100.0),
        (-200, -100, False, "down", "good", "100.0 %", -100.0),
    ],
)  # fmt: skip
def test_a_change_says_which_way_and_whether_that_is_good(now, before, is_higher_better, direction, mood, text, step):
    panel = replace(panels()["content-plays"], is_higher_better=is_higher_better)
    card = Card(panel, Figure(now, before))

    delta = card.delta

    assert (delta.direction, delta.mood, delta.text) == (direction, mood, text)
    assert card.step == step


def test_a_percentage_moves_by_points():
    card = Card(replace(panels()["content-plays"], unit=Unit.PERCENT), Figure(61.3, 63.1))

    assert (card.delta.direction, card.delta.text, card.step) == ("down", "1.8 pts", -1.8)


@pytest.mark.parametrize(("now", "before"), [(5, None), (None, 5), (None, None)])
def test_there_is_no_change_against_nothing(now, before):
    card = Card(panels()["content-plays"], Figure(now, before))

    assert (card.delta, card.step) == (None, None)

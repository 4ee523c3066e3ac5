"""What an answer is worth."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from library.quizzes import marking
from library.quizzes.marking import Key

quickly = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
ids = st.frozensets(st.sampled_from("abcdef"), max_size=6)


@quickly
@given(right=ids, chosen=ids, partial=st.booleans(), kind=st.sampled_from(["single", "multiple"]))
def test_a_choice_earns_all_only_for_exactly_what_is_right(right, chosen, partial, kind):
    part = marking.share(kind, Key(right=right, is_partial=partial), sorted(chosen))

    assert 0 <= part <= 1
    assert (part == 1) == (bool(right) and chosen == right)
    if not partial or kind == "single":
        assert part in {0, 1}


@quickly
@given(right=ids.filter(bool), wrong=st.frozensets(st.sampled_from("uvwxyz")))
def test_who_ticks_everything_earns_no_more_than_who_ticks_what_is_right(right, wrong):
    key = Key(right=right, is_partial=True)

    part = marking.share("multiple", key, sorted(right | wrong))

    assert part == max(0, Fraction(len(right) - len(wrong), len(right)))


def test_a_part_is_earned_by_half_of_what_is_right():
    key = Key(right=frozenset("ab"), is_partial=True)

    assert marking.share("multiple", key, ["a"]) == Fraction(1, 2)
    assert marking.share("multiple", key, ["a", "c"]) == 0
    assert marking.share("multiple", Key(right=frozenset("ab")), ["a"]) == 0


@pytest.mark.parametrize(
    ("text", "number", "tolerance", "is_right"),
    [
        ("3.14", "3.14159", "0.01", True),
        ("3,14", "3.14159", "0.01", True),
        ("3.15", "3.14", "0.01", True),
        ("3.151", "3.14", "0.01", False),
        ("1,000", "1000", "0", True),
        ("1.000", "1000", "0", True),
        ("1,000", "1", "0", True),
        ("1,234,567.5", "1234567.5", "0", True),
        ("1.234.567,5", "1234567.5", "0", True),
        ("1 000", "1000", "0", True),
        ("−5", "-5", "0", True),
        ("6.02e23", "6.02e23", "0", True),
        ("1,0,0", "100", "0", False),
        ("ten", "10", "0", False),
        ("NaN", "0", "1000", False),
        ("Infinity", "0", "1000", False),
        ("1e999", "0", "1000", False),
        ("9" * 41, "9", "1e50", False),
        ("", "0", "1", False),
        ("٣", "3", "0", False),
    ],
)
def test_numbers_are_read_as_people_write_them(text, number, tolerance, is_right):
    key = Key(number=Decimal(number), tolerance=Decimal(tolerance))

    assert (marking.share("number", key, text) == 1) is is_right


@quickly
@given(st.text(max_size=60))
def test_any_text_can_be_read_and_compared(text):
    assert marking.normalised(marking.normalised(text)) == marking.normalised(text)
    assert all(reading.is_finite() for reading in marking.readings(text))


@quickly
@given(st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**9), max_value=10**9))
def test_a_number_is_right_however_its_decimals_begin(number):
    key = Key(number=number)

    assert marking.share("number", key, f"{number:f}") == 1
    assert marking.share("number", key, f"{number:f}".replace(".", ",")) == 1


@pytest.mark.parametrize("text", ["Photosynthesis", " photosynthesis. ", "“PHOTOSYNTHESIS”", "ｐhotosynthesis"])
def test_a_short_text_is_compared_without_case_spaces_and_signs(text):
    assert marking.share("text", Key(accepted=("photosynthesis",)), text) == 1


def test_another_word_earns_nothing():
    assert marking.share("text", Key(accepted=("Straße",)), "STRASSE") == 1
    assert marking.share("text", Key(accepted=("Straße",)), "Strand") == 0
    assert marking.share("text", Key(accepted=("+",)), "+") == 1
    assert marking.share("text", Key(accepted=("+",)), "-") == 0


points = st.lists(st.tuples(st.integers(1, 100), st.fractions(0, 1)), min_size=1, max_size=30)


@quickly
@given(rows=points, mark=st.integers(1, 100))
def test_who_sees_the_percentage_to_pass_has_passed(rows, mark):
    marked = [(most, marking.earned(most, part)) for most, part in rows]

    result = marking.result(marked, mark)

    assert 0 <= result.percent <= 100
    assert result.passed == (result.percent >= mark)
    assert (result.percent == 100) == (result.earned == result.most)


def test_two_thirds_are_not_seventy_percent():
    result = marking.result([(1, Decimal(1)), (1, Decimal(1)), (1, Decimal(0))], 67)

    assert (result.percent, result.passed) == (66, False)


def test_nothing_asked_is_nothing_passed():
    assert marking.result([], 1) == marking.Mark(Decimal(0), 0, 0, False)

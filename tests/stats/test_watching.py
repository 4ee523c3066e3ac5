"""What a play amounts to, as properties."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stats import watching

ranges = st.lists(st.tuples(st.integers(0, 400), st.integers(0, 400)), max_size=20)
media = st.none() | st.integers(1, 500)


def covered(spans):
    return {ms for start, end in spans for ms in range(start, end)}


@given(ranges)
def test_a_union_covers_the_same_media_with_gaps_between_its_parts(spans):
    united = watching.unite(spans)

    assert covered(united) == covered(spans)
    assert all(start < end for start, end in united)
    assert all(one[1] < other[0] for one, other in pairwise(united))


@given(ranges, ranges)
def test_uniting_in_parts_is_uniting_at_once(some, others):
    assert watching.unite([*watching.unite(some), *watching.unite(others)]) == watching.unite([*others, *some])


@given(ranges, st.integers(0, 1000), media)
def test_coverage_is_never_more_than_there_is_or_could_be_played(spans, played, length):
    seen = watching.covered_ms(watching.unite(spans), played, length)

    assert 0 <= seen <= min(len(covered(spans)), 2 * played + 2000)
    assert length is None or seen <= length


@given(
    st.sampled_from(["video", "track", "lesson", "stream", "image"]),
    st.integers(0, 500_000),
    media,
    st.integers(0, 1000),
)
def test_playing_on_never_takes_a_view_or_a_completion_back(item_type, played, length, more):
    seen = min(played, length or played)
    later = min(played + more, length or played + more)

    assert watching.is_view(item_type, played, seen, length) <= watching.is_view(
        item_type, played + more, later, length
    )
    assert watching.is_completed(item_type, seen, length) <= watching.is_completed(item_type, later, length)


@pytest.mark.parametrize(
    ("item_type", "played_s", "covered_s", "media_s", "expected"),
    [
        ("video", 29.9, 29.9, 600, False), ("video", 30, 0, 600, True), ("video", 10, 10, 20, True),
        ("video", 9.9, 9.9, 20, False), ("video", 30, 30, None, True), ("lesson", 15, 15, 30, True),
        ("stream", 29.9, 0, None, False), ("stream", 30, 0, None, True), ("image", 0.9, 0, None, False),
        ("image", 1, 0, None, True), ("track", 100, 100, 200, True), ("track", 99.9, 99.9, 200, False),
        ("track", 240, 240, 3600, True), ("track", 239, 239, 3600, False), ("track", 60, 24, 30, True),
        ("track", 60, 23.9, 30, False), ("track", 16, 16, 31, True), ("track", 30, 30, None, True),
    ],
)  # fmt: skip
def test_a_view_is_a_play_long_enough_for_its_type(item_type, played_s, covered_s, media_s, expected):
    length = media_s and media_s * 1000

    assert watching.is_view(item_type, int(played_s * 1000), int(covered_s * 1000), length) is expected


@pytest.mark.parametrize(
    ("item_type", "covered_s", "media_s", "told", "expected"),
    [
        ("video", 85, 100, False, True), ("video", 84.9, 100, True, False), ("track", 80, 100, False, True),
        ("track", 79.9, 100, True, False), ("video", 85, None, False, False), ("video", 0, None, True, True),
        ("stream", 100, 100, False, False), ("stream", 0, None, True, True), ("lesson", 85, 100, False, True),
    ],
)  # fmt: skip
def test_completion_is_coverage_and_a_word_counts_only_where_nothing_can_be_measured(
    item_type, covered_s, media_s, told, expected
):
    length = media_s and media_s * 1000

    assert watching.is_completed(item_type, int(covered_s * 1000), length, told=told) is expected

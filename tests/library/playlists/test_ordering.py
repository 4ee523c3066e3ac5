"""Lists in a new order: nothing is lost, nothing is doubled, and what one does not see stays where it is."""

from hypothesis import given
from hypothesis import strategies as st

from library.playlists.ordering import moved, placed

lists = st.lists(st.integers(), unique=True, min_size=1, max_size=12)


@given(lists, st.data())
def test_those_that_are_not_ordered_keep_their_places(now, data):
    wanted = data.draw(st.permutations(data.draw(st.lists(st.sampled_from(now), unique=True))))

    then = placed(now, wanted)

    assert sorted(then) == sorted(now)
    assert [one for one in then if one in wanted] == wanted
    assert [then[at] for at, one in enumerate(now) if one not in wanted] == [one for one in now if one not in wanted]


@given(lists, st.integers(-20, 20), st.data())
def test_one_is_moved_and_the_others_keep_their_order(now, places, data):
    one = data.draw(st.sampled_from(now))

    then = moved(now, one, places)

    assert then.index(one) == min(max(now.index(one) + places, 0), len(now) - 1)
    assert [other for other in then if other != one] == [other for other in now if other != one]

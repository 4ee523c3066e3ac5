"""Streams created, as the fifth statistic counts them."""

import itertools
from datetime import UTC, datetime, timedelta

import pytest

from stats import queries
from tests.stats import world
from tests.stats.world import event

pytestmark = pytest.mark.django_db
START = datetime.now(UTC) - timedelta(hours=3)


@pytest.fixture
def live(db):
    return world.make_film("Live", type="stream", duration_ms=None)


def marks(live, ana, *told):
    return [
        event("stream_started" if kind == "+" else "stream_ended", live, user=str(ana.uuid),
              occurred_at=world.at(START + timedelta(minutes=minutes)))
        for kind, minutes in told
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("told", "streams"),
    [
        ([("+", 0)], 1),
        ([("-", 0)], 0),
        ([("+", 0), ("-", 60)], 1),
        ([("+", 0), ("+", 5)], 1),
        ([("+", 0), ("+", 5.01)], 2),
        ([("+", 0), ("-", 60), ("+", 64)], 1),
        ([("+", 0), ("-", 60), ("+", 66)], 2),
        ([("+", 0), ("+", 4), ("+", 8), ("+", 12)], 1),
        ([("+", 0), ("+", 0)], 1),
    ],
)
def test_coming_back_within_five_minutes_is_the_same_stream(source, live, ana, told, streams):
    for order in list(itertools.permutations(marks(live, ana, *told)))[:6]:
        for mark in order:
            world.send([mark], source.secret)

        assert queries.eight_stats(ana.uuid).streams_created == streams
    world.assert_sound()


def test_a_mark_that_comes_late_joins_two_streams(source, live, ana):
    first, last, between = marks(live, ana, ("+", 0), ("+", 8), ("-", 4))
    world.send([first, last], source.secret)
    assert queries.eight_stats(ana.uuid).streams_created == 2

    world.send([between], source.secret)

    assert queries.eight_stats(ana.uuid).streams_created == 1
    world.assert_sound()


def test_another_stream_and_another_person_are_counted_apart(source, live, ana):
    ben, second = world.make_member("ben"), world.make_film("Second", type="stream")
    world.send([*marks(live, ana, ("+", 0)), *marks(second, ana, ("+", 1)), *marks(live, ben, ("+", 2))], source.secret)

    assert (queries.eight_stats(ana.uuid).streams_created, queries.eight_stats(ben.uuid).streams_created) == (2, 1)


def test_an_upload_of_a_stream_and_a_start_both_count(source, live, ana):
    world.send([*marks(live, ana, ("+", 0)), event("upload", user=str(ana.uuid), content_type="stream")], source.secret)

    assert queries.eight_stats(ana.uuid).streams_created == 2


def test_a_stream_of_nobody_makes_no_person(source, live):
    world.send([event("stream_started", live), event("stream_ended", live)], source.secret)

    assert world.tables()["stats_actorstats"] == []
    world.assert_sound()

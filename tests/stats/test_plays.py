"""One playback is one play, however its reports arrive."""

import itertools
import uuid
from datetime import UTC, datetime, timedelta

import pytest

from stats import queries
from stats.models import DeadLetter, Play
from tests.stats import world
from tests.stats.world import event

pytestmark = pytest.mark.django_db
START = world.ago(hours=1)


ids = (str(uuid.UUID(int=(0x7 << 76) + number)) for number in itertools.count(1))


def report(item, ana, seconds, *ranges, play_id="p", start=START, **rest):
    """Return a report of a play; its id is greater than that of the one before."""
    rest.setdefault("id", next(ids))
    return event("play", item, play_id=play_id, user=str(ana.uuid), occurred_at=start, duration_seconds=seconds,
                 ranges=[list(span) for span in ranges], **rest)  # fmt: skip


def facts():
    play = Play.objects.get()
    return play.played_ms, play.covered_ms, bool(play.is_view), bool(play.is_completed)


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
@pytest.mark.parametrize("together", [True, False])
def test_start_heartbeat_and_end_are_one_play_in_any_order(source, film, ana, order, together):
    reports = [
        report(film, ana, 0, position_seconds=0),
        report(film, ana, 30, (0, 30), position_seconds=30, session_id="old"),
        report(film, ana, 90, (30, 90), position_seconds=90, session_id="new", quality="720p"),
    ]
    ordered = [reports[index] for index in order]
    for batch in [ordered + ordered] if together else [[one] for one in [*ordered, *ordered]]:
        world.send(batch, source.secret)

    assert facts() == (90_000, 90_000, True, True)
    play = Play.objects.get()
    assert (play.position_ms, play.session_id, play.quality) == (90_000, "new", "720p")
    assert queries.item_counters([film.pk])[film.pk] == queries.Counters(plays=1, views=1)
    eight = queries.eight_stats(ana.uuid)
    assert (eight.watch_history_entries, eight.watched_ms) == (1, 90_000)
    world.assert_sound()


def test_an_older_report_takes_nothing_back(source, film, ana):
    world.send([report(film, ana, 60, (0, 60))], source.secret)
    world.send([report(film, ana, 20, (0, 20))], source.secret)

    assert facts() == (60_000, 60_000, True, False)


def test_seeking_to_the_end_completes_nothing(source, film, ana):
    world.send([report(film, ana, 6, (0, 3), (97, 100), position_seconds=100, completed=True)], source.secret)

    assert facts() == (6_000, 6_000, False, False)


def test_ten_seconds_at_double_speed_are_ten_seconds_watched_and_twenty_covered(source, film, ana):
    world.send([report(film, ana, 20, (0, 10), (10, 30), speed=2.0)], source.secret)

    assert facts() == (20_000, 30_000, False, False)
    assert queries.eight_stats(ana.uuid).watched_ms == 20_000


def test_watching_the_same_part_again_is_time_but_no_coverage(source, film, ana):
    world.send([report(film, ana, 60, (0, 20), (0, 20), (5, 25))], source.secret)

    assert facts() == (60_000, 25_000, True, False)


def test_coverage_ends_where_the_media_ends(source, film, ana):
    world.send([report(film, ana, 200, (0, 400))], source.secret)

    assert facts() == (200_000, 100_000, True, True)


def test_ranges_cannot_say_more_than_was_played(source, film, ana):
    world.send([report(film, ana, 10, (0, 100))], source.secret)

    assert facts() == (10_000, 22_000, False, False)


@pytest.mark.parametrize("together", [True, False])
def test_a_report_that_names_another_item_or_start_is_put_aside(source, film, ana, together):
    other = world.make_film("Other")
    first = [report(film, ana, 20)]
    wrong = [report(other, ana, 50), report(film, ana, 50, start=world.ago(hours=2))]
    if together:  # in one chunk, but not in one batch, which would be refused at once
        for batch in (first, *([one] for one in wrong)):
            assert world.post(batch, source.secret).status_code == 202
        world.drain_all()
    else:
        for batch in (first, *([one] for one in wrong)):
            world.send(batch, source.secret)

    assert facts() == (20_000, 0, False, False)
    letters = DeadLetter.objects.order_by("event_id")
    assert [letter.code for letter in letters] == ["play_conflict"] * 2
    assert {letter.event_id for letter in letters} == {uuid.UUID(one["id"]) for one in wrong}
    assert len(world.logged()) == 1
    world.assert_sound()


def test_two_people_and_two_sources_may_use_one_play_id(source, film, ana):
    ben, other = world.make_member("ben"), world.make_source("other")
    world.send([report(film, ana, 20), report(film, ben, 30)], source.secret)
    world.send([report(film, ana, 40)], other.secret)

    assert Play.objects.count() == 3
    assert queries.eight_stats(ana.uuid).watched_ms == 60_000
    assert queries.item_counters([film.pk])[film.pk].plays == 3


def test_a_changed_clock_skew_does_not_move_the_last_activity_back_and_forth(source, film, ana):
    """The start by the server's clock differs from report to report; what is counted must not depend on their order."""
    said = datetime.now(UTC) - timedelta(hours=3)
    reports = [report(film, ana, seconds, start=world.at(said)) for seconds in (30, 31)]

    def apply(order):
        from django.db import transaction

        with transaction.atomic():
            for index in order:
                sent = datetime.now(UTC) - timedelta(hours=2) - timedelta(seconds=40 * index)
                response = world.post({"sent_at": world.at(sent), "events": [reports[index]]}, source.secret)
                assert response.status_code == 202
                world.drain_all()
            world.assert_sound()
            transaction.set_rollback(True)

    apply([0, 1])
    apply([1, 0])


def test_nobody_in_particular_counts_for_the_item_alone(source, film):
    one = {"type": "play", "item": str(film.uuid), "play_id": "p", "occurred_at": START, "duration_seconds": 40}
    world.send([one], source.public)

    assert queries.item_counters([film.pk])[film.pk] == queries.Counters(plays=1, views=1)
    assert world.tables()["stats_actorstats"] == []


def test_many_plays_in_one_chunk_are_as_right_as_few(source, ana):
    """Above twenty keys the tables are read and written another way."""
    films = [world.make_film(f"Film {n}") for n in range(30)]
    world.send([report(film, ana, 10, (0, 10), play_id=f"a\\t{n}'") for n, film in enumerate(films)], source.secret)
    world.send([report(film, ana, 40, (5, 45), play_id=f"a\\t{n}'") for n, film in enumerate(films)], source.secret)

    assert set(Play.objects.values_list("played_ms", "covered_ms", "is_view")) == {(40_000, 45_000, 1)}
    assert queries.eight_stats(ana.uuid).watch_history_entries == 30
    world.assert_sound()

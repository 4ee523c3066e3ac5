"""Boards as last taken: swapped whole, said with as of when, never in one's own way."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from gamification.boards import ranking, snapshots
from gamification.boards.models import Snapshot
from gamification.boards.tasks import rebuild_leaderboards
from gamification.scores import periods_of_day
from stats.ids import uuid7
from stats.visitors import today
from tests.gamification.boards import playing
from tests.stats import world

pytestmark = pytest.mark.django_db


@pytest.fixture
def ana(db):
    return world.make_member("ana")


def people(taken):
    return [row.actor for row in taken.rows]


def test_a_board_is_read_as_it_was_taken_until_it_is_taken_again(ana):
    now, week = timezone.now(), periods_of_day(today())[1]
    playing.earn(ana, world.make_film("One"), now)
    snapshots.rebuild(now)
    ben = world.make_member("ben")
    playing.earn(ben, world.make_film("Two"), now)

    for period in ("", week):
        taken = snapshots.read("", period, now + timedelta(minutes=1))
        assert people(taken) == [ana.uuid]
        assert taken.rows == [row for row in ranking.top("", period) if row.actor == ana.uuid]
        assert taken.as_of == now
    assert ranking.place(ben.uuid).rank == 1

    later = now + timedelta(minutes=1)
    snapshots.rebuild(later)

    taken = snapshots.read("", "", later)
    assert set(people(taken)) == {ana.uuid, ben.uuid}
    assert taken.as_of == later


def test_a_board_that_was_not_taken_lately_is_read_as_it_is(ana):
    now = timezone.now()
    snapshots.rebuild(now)
    playing.earn(ana, world.make_film("One"), now)

    later = now + snapshots.FRESH
    taken = snapshots.read("", "", later)

    assert people(taken) == [ana.uuid]
    assert taken.as_of == later


def test_courses_are_taken_when_points_were_posted_in_them(ana):
    now, course, quiet = timezone.now(), uuid7(), uuid7()
    playing.earn(ana, world.make_film("Zero"), now, quiet)
    assert snapshots.rebuild(now) == 3
    playing.earn(ana, world.make_film("One"), now, course)

    assert snapshots.rebuild(now) == 6

    assert people(snapshots.read(course.hex, "", now)) == [ana.uuid]
    assert not Snapshot.objects.filter(board=quiet.hex).exists()
    assert people(snapshots.read(quiet.hex, "", now)) == [ana.uuid]
    assert snapshots.rebuild(now) == 3


def test_what_is_old_goes(ana):
    now, course = timezone.now(), uuid7()
    snapshots.rebuild(now)
    playing.earn(ana, world.make_film("One"), now, course)
    snapshots.rebuild(now)
    assert Snapshot.objects.filter(board=course.hex).count() == 3

    snapshots.rebuild(now + timedelta(days=40))

    assert not Snapshot.objects.filter(board=course.hex).exists()
    assert Snapshot.objects.filter(board="").count() == 3


def test_the_command_and_the_task_take_them(ana, capsys):
    playing.earn(ana, world.make_film("One"), timezone.now() - timedelta(days=40))

    call_command("rebuild_leaderboard")

    assert "3 boards" in capsys.readouterr().out
    assert rebuild_leaderboards() == 3

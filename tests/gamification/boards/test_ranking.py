"""Places, lists and neighbours on boards, held against what one counts by hand."""

from datetime import timedelta

import pytest
from django.db import connection

from gamification.boards import ranking
from gamification.boards.ranking import Place
from gamification.scores import periods_of_day
from stats import ledger
from stats.actors import user_actor
from stats.ids import uuid7
from stats.kinds import Kind
from tests.gamification.boards import playing
from tests.gamification.boards.playing import NOON, by_hand
from tests.stats import world

pytestmark = pytest.mark.django_db

MONTH, WEEK = periods_of_day(NOON.date())


def shown(rows):
    return [(row.rank, row.actor, row.xp) for row in rows]


@pytest.mark.parametrize("seed", range(3))
def test_every_rank_is_what_counting_by_hand_gives_with_many_ties(seed):
    people, courses = [uuid7() for _ in range(40)], [uuid7(), uuid7()]
    playing.play(people, [world.make_film(f"Lesson {n}") for n in range(4)], courses, seed)

    for board in ("", *(course.hex for course in courses)):
        for period in ("", MONTH, WEEK):
            expected = by_hand(board, period)
            assert board or len({rank for rank, _, _ in expected}) < len(expected) / 2
            assert shown(ranking.top(board, period)) == expected
            assert shown(ranking.top(board, period, 7)) == expected[:7]
            assert shown(ranking.among(people, board, period)) == expected
            for index, (rank, actor, xp) in enumerate(expected):
                place = ranking.place(actor, board, period)
                assert (place.rank, place.xp, place.people) == (rank, xp, len(expected))
                near = ranking.near(actor, board, period, around=2).rows
                assert shown(near) == expected[max(0, index - 2) : index + 3]


def test_four_with_three_scores_rank_one_two_two_four():
    people = [world.make_member(name) for name in ("ana", "ben", "cem", "dea")]
    lessons = [world.make_film(f"Lesson {n}") for n in range(3)]
    for person, count in zip(people, (3, 2, 2, 1), strict=True):
        for number in range(count):
            playing.earn(person, lessons[number])

    rows = ranking.top()

    assert [row.rank for row in rows] == [1, 2, 2, 4]
    assert [row.xp for row in rows] == [170, 120, 120, 70]


def test_inside_a_tie_who_was_there_first_stands_first():
    late, early = world.make_member("late"), world.make_member("early")
    lesson = world.make_film("Lesson")
    playing.earn(late, lesson, NOON)
    playing.earn(early, lesson, NOON - timedelta(days=1))

    assert [row.actor for row in ranking.top()] == [early.uuid, late.uuid]


def test_who_leaves_the_boards_has_no_rank_and_no_row_and_the_next_move_up():
    ana, ben = world.make_member("ana"), world.make_member("ben")
    lessons = [world.make_film("One"), world.make_film("Two")]
    playing.earn(ana, lessons[0])
    playing.earn(ana, lessons[1])
    playing.earn(ben, lessons[0])

    playing.choose(ana, "game.listed", "off")

    for period in ("", MONTH, WEEK):
        own = ranking.place(ana.uuid, "", period)
        assert (own.rank, own.xp, own.people, own.is_listed) == (None, 120, 1, False)
        assert ranking.near(ana.uuid, "", period).rows == []
        assert shown(ranking.top("", period)) == [(1, ben.uuid, 70)]
        assert shown(ranking.among([ana.uuid, ben.uuid], "", period)) == [(1, ben.uuid, 70)]
        assert ranking.place(ben.uuid, "", period).rank == 1

    playing.choose(ana, "game.listed", "on")

    assert ranking.place(ana.uuid).rank == 1
    assert ranking.place(ben.uuid).rank == 2


def test_what_is_taken_back_is_off_the_boards():
    ana, ben, course, post = world.make_member("ana"), world.make_member("ben"), str(uuid7()), str(uuid7())
    playing.earn(ben, world.make_film("Lesson"), NOON)
    with ledger.recording():
        ledger.record(Kind.DISCUSSION_POST, user_actor(ana.uuid), course=course, post=post, occurred_at=NOON)
        ledger.record(Kind.LESSON_COMPLETED, user_actor(ana.uuid), item=world.make_film("Other"), occurred_at=NOON)
    assert ranking.place(ana.uuid, "", WEEK).rank == 1

    with ledger.recording():
        ledger.record(Kind.POST_DELETED, user_actor(ana.uuid), course=course, post=post)

    assert shown(ranking.top("", WEEK)) == by_hand("", WEEK)
    assert ranking.place(ana.uuid, "", WEEK).rank == 1
    assert ranking.place(ben.uuid, "", WEEK).rank == 1


def test_nobody_has_no_rank():
    assert ranking.place(uuid7()) == Place(None, 0, 0)
    assert ranking.place(uuid7(), uuid7().hex, WEEK) == Place(None, 0, 0)
    assert ranking.near(uuid7()).rows == []
    assert ranking.top() == []
    assert ranking.among([]) == []


def test_a_list_that_has_everybody_says_the_place_and_the_neighbours():
    people = [uuid7() for _ in range(12)]
    playing.play(people, [world.make_film("One"), world.make_film("Two")], [uuid7()], 5)
    rows = ranking.among(people)

    for row in rows:
        assert ranking.place_among(row.actor, rows) == ranking.place(row.actor)
        assert ranking.around(row.actor, rows) == ranking.near(row.actor).rows
    assert ranking.place_among(uuid7(), rows) == Place(None, 0, len(rows))
    assert ranking.around(uuid7(), rows) == []


@pytest.mark.parametrize(("board", "period"), [("", ""), ("", WEEK)])
def test_places_cost_what_they_say(django_assert_num_queries, board, period):
    ana = world.make_member("ana")
    playing.earn(ana, world.make_film("Lesson"))

    with django_assert_num_queries(1):
        ranking.place(ana.uuid, board, period)
    with django_assert_num_queries(1):
        ranking.top(board, period)
    with django_assert_num_queries(2):
        ranking.near(ana.uuid, board, period)
    with django_assert_num_queries(1):
        ranking.among([ana.uuid], board, period)


def test_the_first_are_read_along_the_index(django_assert_num_queries):
    with django_assert_num_queries(1) as queries:
        ranking.top("", WEEK)
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("EXPLAIN QUERY PLAN " + queries.captured_queries[0]["sql"])
            plan = " ".join(str(row) for row in cursor.fetchall())
        assert "gamification_score_by_xp" in plan
        assert "TEMP B-TREE" not in plan


@pytest.mark.parametrize("amount", [-70, -100])
def test_who_has_nothing_or_less_in_a_time_has_no_rank_there(amount):
    ana, ben, cem = (world.make_member(name) for name in ("ana", "ben", "cem"))
    lesson, earlier = world.make_film("Lesson"), NOON - timedelta(days=40)
    for person in (ana, ben, cem):
        playing.earn(person, lesson, NOON)
    playing.earn(ana, world.make_film("Other"), earlier)
    with ledger.recording():
        ledger.record(Kind.XP_CORRECTED, user_actor(ana.uuid), amount=amount, occurred_at=NOON)

    for period in (MONTH, WEEK):
        own = ranking.place(ana.uuid, "", period)
        assert (own.rank, own.xp, own.people, own.is_listed) == (None, 70 + amount, 2, True)
        assert ranking.near(ana.uuid, "", period).rows == []
        assert [row.actor for row in ranking.top("", period)] == [
            row.actor for row in ranking.among([ben.uuid, cem.uuid])
        ]
        assert shown(ranking.near(ben.uuid, "", period, around=5).rows) == by_hand("", period)
        assert shown(ranking.among([ana.uuid, ben.uuid], "", period)) == [(1, ben.uuid, 70)]
    assert ranking.place(ana.uuid).people == 3

"""Follows, ratings and courses: what each person said last stands, and the counters are what stands."""

import itertools
import uuid

import pytest
from django.test import override_settings

from stats import ledger, queries
from stats.actors import guest_actor, user_actor
from stats.ids import derived
from stats.kinds import Kind
from stats.queries import CourseCounts, FollowCounts, Rated
from tests.stats import world
from tests.stats.world import event

pytestmark = pytest.mark.django_db
COURSE = uuid.UUID(int=0xC0)


@pytest.fixture
def ben(db):
    return world.make_member("ben")


def told(kind, who, minutes=10, item=None, **fields):
    return event(kind, item, user=str(who.uuid), occurred_at=world.ago(minutes=minutes), **fields)


def record(kind, who, *, times=1, **fields):
    with ledger.recording():
        for _ in range(times):
            ledger.record(kind, who if hasattr(who, "type") else user_actor(who.uuid), **fields)


def course():
    return queries.course_counts([COURSE])[COURSE]


# Follows


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
@pytest.mark.parametrize("together", [True, False])
def test_the_last_word_on_somebody_holds_in_whatever_order_they_come(source, ana, ben, order, together):
    words = [
        told(kind, ana, minutes, target=str(ben.uuid))
        for kind, minutes in (("follow", 3), ("unfollow", 2), ("follow", 1))
    ]
    ordered = [words[index] for index in order]
    for batch in [ordered, ordered] if together else [[one] for one in ordered]:
        world.send(batch, source.secret)

    assert queries.follow_counts([ana.uuid, ben.uuid]) == {
        ana.uuid: FollowCounts(following=1),
        ben.uuid: FollowCounts(followers=1),
    }
    assert queries.following(ana.uuid, [ben.uuid, ana.uuid]) == {ben.uuid}
    world.assert_sound()


def test_who_unfollows_is_in_no_list_and_the_newest_come_first(source, ana, ben):
    eve = world.make_member("eve")
    world.send(
        [told("follow", who, minutes, target=str(ana.uuid)) for who, minutes in ((ben, 9), (eve, 5), (ana, 4))]
        + [told("follow", ana, 8, target=str(one.uuid)) for one in (ben, eve)]
        + [told("unfollow", ana, 2, target=str(ben.uuid))],
        source.secret,
    )

    assert [row.actor for row in queries.followers_of(ana.uuid)] == [eve.uuid, ben.uuid]
    assert [row.target for row in queries.followed_by(ana.uuid)] == [eve.uuid]
    assert queries.follow_counts([ana.uuid])[ana.uuid] == FollowCounts(2, 1)
    world.assert_sound()


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_a_guest_who_turns_out_to_be_a_member_follows_once_and_never_oneself(ana, ben, order):
    guest = uuid.UUID(int=0xB0)
    words = [
        lambda: (
            record(Kind.FOLLOW, guest_actor(guest), target=str(ben.uuid)),
            record(Kind.FOLLOW, guest_actor(guest), target=str(ana.uuid)),
        ),
        lambda: record(Kind.FOLLOW, ana, target=str(ben.uuid)),
        lambda: record(Kind.GUEST_CLAIMED, ana, guest=str(guest)),
    ]
    for index in order:
        words[index]()

    assert queries.follow_counts([ana.uuid, ben.uuid, guest]) == {
        ana.uuid: FollowCounts(0, 1),
        ben.uuid: FollowCounts(1, 0),
        guest: FollowCounts(),
    }
    world.assert_sound()


# Ratings


def test_everybodys_last_stars_make_the_average(source, film, ana, ben):
    world.send(
        [
            told("rating", ana, 9, film, stars=1),
            told("rating", ana, 5, film, stars=5),
            told("rating", ana, 7, film, stars=2),
            told("rating", ben, 8, film, stars=4),
        ],
        source.secret,
    )

    assert queries.item_ratings([film.pk, 0]) == {film.pk: Rated(2, 9), 0: Rated()}
    assert queries.item_ratings([film.pk])[film.pk].average == 4.5
    assert queries.own_ratings(ana.uuid, [film.pk]) == {film.pk: 5}
    world.assert_sound()


def test_a_rating_as_guest_gives_way_to_the_members_later_one(film, ana):
    guest = guest_actor(uuid.UUID(int=0xB0))
    record(Kind.RATING, guest, item=film, stars=1)
    record(Kind.RATING, ana, item=film, stars=4)
    assert queries.item_ratings([film.pk])[film.pk] == Rated(2, 5)

    record(Kind.GUEST_CLAIMED, ana, guest=str(guest.id))

    assert queries.item_ratings([film.pk])[film.pk] == Rated(1, 4)
    assert queries.own_ratings(guest.id, [film.pk]) == {}
    world.assert_sound()


def test_ratings_of_somebody_unknown_are_each_somebodys(film):
    with ledger.recording():
        for stars in (2, 5):
            ledger.record(Kind.RATING, None, item=film, stars=stars)

    assert queries.item_ratings([film.pk])[film.pk] == Rated(2, 7)
    world.assert_sound()


# Courses


def test_a_person_counts_once_in_a_course(film, ana, ben):
    for who in (ana, ana, ben):
        record(Kind.ENROLLED, who, course=str(COURSE))
    record(Kind.COURSE_COMPLETED, ana, course=str(COURSE), times=2)
    for lesson in (1, 2, 1):
        record(Kind.LESSON_COMPLETED, ana, item=film, course=str(COURSE), event_id=derived("lesson", lesson))

    assert course() == CourseCounts(enrolled=2, completed=1, lessons_completed=2)
    world.assert_sound()


def test_a_quiz_is_passed_once_by_each_until_no_passed_attempt_holds(film, ana, ben):
    facts = {"item": film, "course": str(COURSE), "percent": 90, "passed": True}
    record(Kind.QUIZ_COMPLETED, ana, **facts, times=2)
    record(Kind.QUIZ_COMPLETED, ben, **facts | {"percent": 20, "passed": False})
    record(Kind.QUIZ_COMPLETED, ben, **facts, props={"points": 9})
    assert course().quizzes_passed == 2

    record(Kind.QUIZ_VOIDED, ana, **facts)
    assert course().quizzes_passed == 2
    record(Kind.QUIZ_VOIDED, ana, **facts)

    assert course().quizzes_passed == 1
    world.assert_sound()


def test_the_last_review_of_each_counts_until_it_is_deleted(ana, ben):
    for who, stars in ((ana, 2), (ana, 5), (ben, 4)):
        record(Kind.REVIEW, who, course=str(COURSE), stars=stars)
    assert (course().rating, course().rating.average) == (Rated(2, 9), 4.5)

    record(Kind.REVIEW_DELETED, ana, course=str(COURSE))

    assert course().rating == Rated(1, 4)
    world.assert_sound()


def test_posts_that_stand_are_counted_even_of_nobody_known():
    with ledger.recording():
        for kind in (Kind.DISCUSSION_POST, Kind.DISCUSSION_POST, Kind.POST_DELETED):
            ledger.record(kind, None, course=str(COURSE))

    assert course().posts == 1
    world.assert_sound()


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_what_guest_and_member_did_in_a_course_counts_once(film, ana, order):
    guest = guest_actor(uuid.UUID(int=0xB0))

    def take_course(who):
        record(Kind.ENROLLED, who, course=str(COURSE))
        record(Kind.QUIZ_COMPLETED, who, item=film, course=str(COURSE), percent=100, passed=True)
        record(Kind.COURSE_COMPLETED, who, course=str(COURSE))

    steps = [
        lambda: take_course(guest),
        lambda: (take_course(ana), record(Kind.REVIEW, ana, course=str(COURSE), stars=3)),
        lambda: record(Kind.GUEST_CLAIMED, ana, guest=str(guest.id)),
    ]
    for index in order:
        steps[index]()

    assert course() == CourseCounts(enrolled=1, completed=1, quizzes_passed=1, reviews=1, stars=3)
    world.assert_sound()


@override_settings(ENABLE_USER_ANALYTICS=False)
def test_follows_enrolments_and_reviews_stand_with_member_analytics_switched_off(ana, ben):
    record(Kind.FOLLOW, ana, target=str(ben.uuid))
    record(Kind.ENROLLED, ana, course=str(COURSE))
    record(Kind.REVIEW, ana, course=str(COURSE), stars=5)

    assert queries.following(ana.uuid, [ben.uuid]) == {ben.uuid}
    assert (course().enrolled, course().reviews) == (1, 1)


def test_every_question_costs_one_query(film, ana, ben, django_assert_num_queries):
    people, items, courses = [ana.uuid, ben.uuid], [film.pk, film.pk + 1], [COURSE, uuid.UUID(int=1)]

    with django_assert_num_queries(5):
        queries.follow_counts(people)
        queries.following(ana.uuid, people)
        queries.item_ratings(items)
        queries.own_ratings(ana.uuid, items)
        queries.course_counts(courses)

"""What is worth telling is kept once; calm members hear nothing; the past comes as one digest."""

from datetime import timedelta

import pytest
from django.utils import timezone

from gamification.moments import queries, telling
from gamification.moments.models import Moment
from gamification.playing import choosing
from stats import ledger
from stats.actors import user_actor
from stats.fields import to_micros
from stats.fresh import Effect
from stats.ids import uuid7
from stats.kinds import Kind
from tests.factories import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def ben(db):
    return make_user("ben")


def told(user):
    return sorted(Moment.objects.filter(actor=user.uuid).values_list("kind", "ref", "amount"))


def effect(user, kind, ref, amount=1, at=None):
    return Effect(user.uuid.hex, kind, ref, amount, to_micros(at or timezone.now()))


def complete_course(user):
    with ledger.recording():
        ledger.record(Kind.COURSE_COMPLETED, user_actor(user.uuid), course=str(uuid7()))


def test_a_level_that_was_reached_is_told(ben):
    complete_course(ben)

    assert ("level", "2") in [row[:2] for row in told(ben)]


def test_of_several_levels_at_once_only_the_highest_is_told(ben):
    telling.listen([effect(ben, "level", "9"), effect(ben, "level", "10"), effect(ben, "level", "2")])

    assert told(ben) == [("level", "10", 1)]


def test_what_is_told_again_is_kept_once(ben):
    for _ in range(2):
        telling.listen([effect(ben, "unlock", "first_steps:1", 50), effect(ben, "streak", "7", 7)])

    assert told(ben) == [("streak", "7", 7), ("unlock", "first_steps:1", 50)]


def test_points_alone_and_what_is_older_than_a_week_are_no_moments(ben):
    long_ago = timezone.now() - timedelta(days=8)

    telling.listen([effect(ben, "xp", "lesson:1", 50), effect(ben, "unlock", "first_steps:1", 50, long_ago)])

    assert told(ben) == []


def test_a_backfill_is_one_digest_that_counts_up_until_it_is_seen(ben):
    long_ago = timezone.now() - timedelta(days=400)
    telling.listen([effect(ben, "backfill", f"old_{number}:1", 50, long_ago) for number in range(3)])
    telling.listen([effect(ben, "backfill", "old_4:1", 50, long_ago)])
    assert told(ben) == [("digest", "", 4)]

    queries.mark(ben.uuid, timezone.now())
    telling.listen([effect(ben, "backfill", "old_5:1", 50, long_ago)])

    assert told(ben) == [("digest", "", 1)]
    assert queries.waiting(ben.uuid, timezone.now()).count() == 1


def test_calm_members_hear_nothing_also_not_afterwards(ben):
    choosing.change(ben, calm=True)
    telling.listen([effect(ben, "unlock", "first_steps:1", 50), effect(ben, "backfill", "old:1", 50)])
    choosing.change(ben, calm=False)

    assert told(ben) == []
    telling.listen([effect(ben, "unlock", "first_steps:1", 50)])
    assert told(ben) == [("unlock", "first_steps:1", 50)]


def test_of_several_pages_that_have_shown_a_moment_one_marks_it(ben):
    telling.listen([effect(ben, "unlock", "first_steps:1", 50)])

    assert [queries.mark(ben.uuid, timezone.now()) for _ in range(2)] == [1, 0]


def test_what_nobody_looked_at_for_a_week_is_news_no_more_and_goes(ben):
    telling.listen([effect(ben, "unlock", "first_steps:1", 50)])
    later = timezone.now() + telling.NEWS_FOR + timedelta(minutes=1)

    assert not queries.waiting(ben.uuid, later).exists()
    assert telling.drop_old(later) == 1


def test_a_chunk_without_news_asks_the_database_nothing(ben, django_assert_num_queries):
    with django_assert_num_queries(0):
        telling.listen([effect(ben, "xp", "lesson:1", 50)] * 1000)


def test_a_chunk_with_news_of_many_costs_a_few_queries(django_assert_max_num_queries, ben):
    people = [ben, *(make_user(f"member{number}") for number in range(20))]

    with django_assert_max_num_queries(6):
        telling.listen(
            [effect(user, kind, "7:1" if kind != "level" else "7") for user in people for kind in telling.TOLD]
        )

"""The smallest walk through the game: what the third seed promises, to the number."""

import pytest

from gamification.models import Entry, Player
from stats import ledger, verify
from stats.actors import user_actor
from stats.ids import uuid7
from stats.kinds import Kind
from tests.stats import world

pytestmark = pytest.mark.django_db


@pytest.fixture
def ben(db):
    return world.make_member("ben")


def test_what_is_done_in_a_course_pays_what_the_table_says(ben):
    lesson, quiz, course, post = world.make_film("Lesson"), world.make_film("Quiz"), str(uuid7()), str(uuid7())
    actor = user_actor(ben.uuid)

    with ledger.recording() as done:
        ledger.record(Kind.LESSON_COMPLETED, actor, item=lesson, course=course)
        ledger.record(Kind.QUIZ_COMPLETED, actor, item=quiz, course=course, percent=80, passed=True)
    with ledger.recording():
        ledger.record(Kind.QUIZ_COMPLETED, actor, item=quiz, course=course, percent=100, passed=True)
        ledger.record(Kind.COURSE_COMPLETED, actor, course=course)
        ledger.record(Kind.REVIEW, actor, course=course, stars=5)
        ledger.record(Kind.DISCUSSION_POST, actor, course=course, post=post)

    player = Player.objects.get(actor=ben.uuid)
    assert player.xp == 50 + 150 + 500 + 50 + 30 + 20
    assert (player.lessons, player.quizzes, player.perfects, player.courses) == (1, 1, 1, 1)
    assert (player.posts, player.reviews, player.level, player.run) == (1, 1, 2, 1)
    assert sum(Entry.objects.values_list("amount", flat=True)) == player.xp
    assert sorted(effect.amount for effect in done.effects) == [20, 50, 100]
    assert verify.differences() == []

    with ledger.recording():
        ledger.record(Kind.POST_DELETED, actor, course=course, post=post)

    assert Player.objects.get(actor=ben.uuid).xp == 770
    assert verify.differences() == []

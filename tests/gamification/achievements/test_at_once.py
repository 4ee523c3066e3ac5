"""Many at once: one unlock, paid once; and any order of anything gives the same."""

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, connections
from django.db.models import F

from gamification.achievements import backfilling, defaults
from gamification.models import Entry, Player, Score, Unlock
from stats import ledger, verify
from stats.actors import user_actor
from stats.ids import uuid7
from stats.kinds import Kind
from tests.gamification.achievements.test_unlocking import NOON, done, has, tell
from tests.stats import world


@pytest.mark.django_db(transaction=True)
def test_twenty_parallel_completions_of_one_lesson_unlock_and_pay_once():
    defaults.seed()
    ben, lesson, course = world.make_member("ben"), world.make_film(), str(uuid7())

    def complete(number):
        try:
            with ledger.recording():
                ledger.record(
                    Kind.LESSON_COMPLETED,
                    user_actor(ben.uuid),
                    item=lesson,
                    course=course,
                    occurred_at=NOON + timedelta(seconds=number),
                )
            if number % 4 == 0:
                backfilling.check(ben.uuid)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(20 if connection.vendor == "postgresql" else 4) as pool:
        list(pool.map(complete, range(20)))

    assert Unlock.objects.filter(cycle__gt=F("revoked")).count() == 1
    assert has(ben) == {"first_steps": NOON}
    assert Player.objects.get(actor=ben.uuid).xp == 50 + 20 + 200
    assert sum(Entry.objects.values_list("amount", flat=True)) == 270


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(4))
def test_any_order_and_any_chunks_give_the_same(seed, make_achievement):
    defaults.seed()
    make_achievement("quizzer", "quizzes_passed", 2, 3)
    make_achievement("perfect", "perfect_quizzes", 1)
    make_achievement("talker", "discussion_posts", 3)
    make_achievement("thousand", "total_xp", 1000, every=500)
    make_achievement("many", "badges_unlocked", 4)
    chance = random.Random(seed)
    films, course, posts = [world.make_film(f"{n}") for n in range(14)], str(uuid7()), [str(uuid7()) for _ in range(5)]

    def story(person):
        at = [NOON + timedelta(hours=5 * n) for n in range(60)]
        quiz = {"course": course, "passed": True}
        return [
            *(done(person, Kind.LESSON_COMPLETED, at[2 * n], item=films[n], course=course) for n in range(11)),
            *(done(person, Kind.QUIZ_COMPLETED, at[3 * n], item=films[11 + n], percent=80, **quiz) for n in range(3)),
            done(person, Kind.QUIZ_COMPLETED, at[13], item=films[12], percent=100, **quiz),
            done(person, Kind.QUIZ_VOIDED, at[40], item=films[11], percent=80, **quiz),
            *(
                done(person, Kind.DISCUSSION_POST, at[7 * n], course=course, post=f"{post}")
                for n, post in enumerate(posts)
            ),
            done(person, Kind.POST_DELETED, at[50], course=course, post=posts[1]),
            done(person, Kind.COURSE_COMPLETED, at[30], course=course),
        ]

    def outcome(person):
        player = Player.objects.get(actor=person.uuid)
        scores = sorted(Score.objects.filter(actor=person.uuid).values_list("board", "period", "xp"))
        return has(person), player.xp, player.level, player.unlocked, player.points, scores

    ann = world.make_member("ann")
    hers = story(ann)
    tell(*hers)
    expected = outcome(ann)
    ben = world.make_member("ben")
    own = {post: str(uuid7()) for post in posts}
    his = [
        (
            kind,
            user_actor(ben.uuid),
            fields | {"event_id": uuid7()} | ({"post": own[fields["post"]]} if "post" in fields else {}),
        )
        for kind, _actor, fields in hers
    ]
    chance.shuffle(his)
    while his:
        size = chance.choice((1, 1, 2, 5))
        chunk, his = his[:size], his[size:]
        tell(*chunk)
        if chance.random() < 0.3:
            tell(*chunk)

    assert outcome(ben) == expected
    assert verify.differences() == []

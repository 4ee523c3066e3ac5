"""Who earns what, when it was earned, and that neither order nor repetition changes it."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from django.db.models import F

from gamification.achievements import book, defaults
from gamification.achievements.models import Achievement
from gamification.models import Entry, Player, Unlock
from stats import ledger, verify
from stats.actors import guest_actor, user_actor
from stats.ids import uuid7
from stats.kinds import Kind
from tests.stats import world

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 10, 5, 12, tzinfo=UTC)


@pytest.fixture
def ben(db):
    defaults.seed()
    return world.make_member("ben")


def done(person, kind, at, **fields):
    """Return an event of somebody, to be recorded now or later."""
    return (kind, user_actor(person.uuid), {"occurred_at": at, "event_id": uuid7(), **fields})


def tell(*events):
    with ledger.recording() as recorded:
        for kind, actor, fields in events:
            ledger.record(kind, actor, **fields)
    return recorded


def lessons(person, count, start=NOON, course=None):
    course = course or str(uuid7())
    return [
        done(
            person,
            Kind.LESSON_COMPLETED,
            start + timedelta(minutes=20 * n),
            item=world.make_film(f"Lesson {n}"),
            course=course,
        )
        for n in range(count)
    ]


def has(person):
    """Return what somebody has: when it was earned, by key."""
    rows = Unlock.objects.filter(actor=person.uuid, cycle__gt=F("revoked"))
    return {row.name if row.tier == 1 else f"{row.name}:{row.tier}": row.earned_at for row in rows}


def test_the_first_and_the_tenth_lesson_unlock_when_they_were_finished(ben):
    tell(*lessons(ben, 9))
    assert has(ben) == {"first_steps": NOON}

    tell(*lessons(ben, 1, NOON + timedelta(days=1)))

    assert has(ben) == {"first_steps": NOON, "learning_enthusiast": NOON + timedelta(days=1)}
    player = Player.objects.get(actor=ben.uuid)
    assert player.xp == 10 * 50 + 2 * 20 + 2 * 200
    assert (player.unlocked, player.points) == (2, 150)
    assert verify.differences() == []


def test_unlocking_is_told_with_what_was_done(ben):
    recorded = tell(*lessons(ben, 1))

    assert ("xp", "achievement:first_steps:1", 200) in [(one.kind, one.ref, one.amount) for one in recorded.effects]


def test_what_unlocking_pays_raises_the_level_and_that_unlocks_again_without_pay(ben):
    tell(*lessons(ben, 45))

    assert set(has(ben)) == {"first_steps", "learning_enthusiast", "level_5"}
    assert not Entry.objects.filter(ref__startswith="level_5").exists()
    assert Player.objects.get(actor=ben.uuid).xp == 45 * 50 + 2 * 20 + 2 * 200


def test_the_level_is_earned_with_the_points_that_reached_it(ben):
    events = lessons(ben, 42)
    tell(*events)

    # 20 of the day, 200 each for the first and the tenth lesson, so the 42nd lesson passes 2500
    assert has(ben)["level_5"] == NOON + timedelta(minutes=20 * 41)


def test_a_streak_of_seven_days_is_earned_on_the_seventh(ben):
    tell(*(one for day in range(7) for one in lessons(ben, 1, NOON + timedelta(days=day))))

    assert has(ben)["committed"] == NOON + timedelta(days=6)


def test_the_same_events_in_any_order_and_any_chunks_earn_the_same_at_the_same_time(ben):
    ann = world.make_member("ann")
    mine = [event for day in range(8) for event in lessons(ben, 2, NOON + timedelta(days=day))]
    hers = [(kind, user_actor(ann.uuid), fields | {"event_id": uuid7()}) for kind, _actor, fields in mine]

    tell(*mine)
    for event in reversed(hers):
        tell(event)

    assert has(ann) == has(ben)
    assert set(has(ben)) == {"first_steps", "learning_enthusiast", "committed"}
    assert Player.objects.get(actor=ann.uuid).xp == Player.objects.get(actor=ben.uuid).xp
    sums = [
        sorted(Entry.objects.filter(actor=one.uuid, earned_at=at).values_list("amount", flat=True))
        for one in (ann, ben)
        for at in [has(ben)["learning_enthusiast"]]
    ]
    assert sum(sums[0]) == sum(sums[1])
    assert verify.differences() == []


def test_events_that_are_sent_again_unlock_nothing_again(ben):
    events = lessons(ben, 10)
    tell(*events)
    before = has(ben), Player.objects.get(actor=ben.uuid).xp

    tell(*events)
    tell(*reversed(events))

    assert (has(ben), Player.objects.get(actor=ben.uuid).xp) == before


def test_what_is_undone_is_taken_back_and_may_be_earned_again(ben, make_achievement):
    make_achievement("quizzes", "quizzes_passed", 2)
    quizzes = [world.make_film(f"Quiz {n}") for n in range(3)]
    course = str(uuid7())

    def passed(n):
        at = NOON + timedelta(hours=n)
        return done(ben, Kind.QUIZ_COMPLETED, at, item=quizzes[n], course=course, percent=80, passed=True)

    def voided(n):
        at = NOON + timedelta(days=1)
        return done(ben, Kind.QUIZ_VOIDED, at, item=quizzes[n], course=course, percent=80, passed=True)

    tell(passed(0), passed(1))
    assert has(ben)["quizzes"] == NOON + timedelta(hours=1)

    tell(voided(0))
    assert "quizzes" not in has(ben)
    assert Player.objects.get(actor=ben.uuid).xp == 100 + 20

    tell(passed(2))
    assert has(ben)["quizzes"] == NOON + timedelta(hours=2)
    assert Player.objects.get(actor=ben.uuid).xp == 2 * 100 + 20 + 200
    assert verify.differences() == []


def test_voiding_one_of_three_moves_the_instant_to_the_third(ben, make_achievement):
    make_achievement("quizzes", "quizzes_passed", 2)
    course = str(uuid7())
    quizzes = [world.make_film(f"Quiz {n}") for n in range(3)]
    tell(
        *(
            done(ben, Kind.QUIZ_COMPLETED, NOON + timedelta(hours=n), item=quiz, course=course, percent=80, passed=True)
            for n, quiz in enumerate(quizzes)
        )
    )

    tell(done(ben, Kind.QUIZ_VOIDED, NOON + timedelta(days=1), item=quizzes[0], course=course, percent=80, passed=True))

    assert has(ben)["quizzes"] == NOON + timedelta(hours=2)
    assert Player.objects.get(actor=ben.uuid).xp == 2 * 100 + 20 + 200
    assert verify.differences() == []


def test_a_guests_lessons_unlock_for_the_member_who_the_guest_turned_out_to_be(ben):
    guest = uuid7()
    with ledger.recording():
        ledger.record(Kind.LESSON_COMPLETED, guest_actor(guest), item=world.make_film(), occurred_at=NOON)
    assert has(ben) == {}

    with ledger.recording():
        ledger.record(Kind.GUEST_CLAIMED, user_actor(ben.uuid), guest=str(guest))

    assert has(ben) == {"first_steps": NOON}
    assert not Unlock.objects.filter(actor=UUID(str(guest))).exists()


def test_a_lifetime_counter_unlocks_when_it_was_reached(ben, make_achievement):
    make_achievement("explorer", "subscriber_features_used", 3)
    used = [done(ben, Kind.FEATURE_USED, NOON + timedelta(hours=n), feature="hd_streaming") for n in range(5)]

    tell(used[4], used[2])
    assert "explorer" not in has(ben)
    tell(used[0])
    assert has(ben)["explorer"] == NOON + timedelta(hours=4)
    tell(used[1], used[3])

    assert has(ben)["explorer"] == NOON + timedelta(hours=2)
    assert verify.differences() == []


def test_tiers_and_repetitions_are_unlocked_one_by_one(ben, make_achievement):
    make_achievement("reader", "lessons_completed", 2, 4, every=3)
    tell(*lessons(ben, 11))

    found = has(ben)

    assert {key for key in found if key.startswith("reader")} == {"reader", "reader:2", "reader:3", "reader:4"}
    assert found["reader:4"] == NOON + timedelta(minutes=20 * 9)


def test_badges_unlock_by_badges_without_going_round(ben, make_achievement):
    make_achievement("collector", "badges_unlocked", 2, points=0)
    make_achievement("hoarder", "badges_unlocked", 3)
    make_achievement("rich", "badge_points", 150, points=0)
    tell(*lessons(ben, 10))

    at = NOON + timedelta(minutes=20 * 9)
    assert {key: has(ben)[key] for key in ("collector", "hoarder", "rich")} == dict.fromkeys(
        ("collector", "hoarder", "rich"), at
    )
    assert verify.differences() == []


def test_every_state_of_what_is_published_is_told_from_every_other(make_achievement):
    rows = [make_achievement(key, "lessons_completed", 1) for key in ("one", "two", "three")]
    assert set(book.load().current) == {"one", "two", "three"}
    for retired in ({0, 1}, {2}, {0}, {1, 2}, set()):  # 1 and 2 add up to 3
        for number, row in enumerate(rows):
            Achievement.objects.filter(pk=row.pk).update(is_retired=number in retired)

        assert set(book.load().current) == {row.key for number, row in enumerate(rows) if number not in retired}


def test_the_rules_cost_one_query_while_they_stand(make_achievement, django_assert_num_queries):
    make_achievement("one", "lessons_completed", 1)
    first = book.load()

    with django_assert_num_queries(1):
        assert book.load() is first

"""Where a member stands: points, level, streak, calendar, place, time spent studying, and the ledger in words."""

import random
from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.management import call_command

from gamification import corrections, queries
from gamification.models import Entry, Player
from stats import ledger
from stats.actors import guest_actor, user_actor
from stats.ids import uuid7
from stats.kinds import Kind
from tests.factories import make_course, make_lesson, make_section, make_staff
from tests.stats import world

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)
"""A Wednesday."""
HOUR = timedelta(hours=1)


@pytest.fixture
def ben(db):
    return world.make_member("ben")


def did(actor, kind, at=NOON, **fields):
    with ledger.recording() as done:
        ledger.record(kind, actor, occurred_at=at, **fields)
    return done


def active(person, *ago):
    """Let a member do something that counts at noon, so many days before the 18th of November."""
    with ledger.recording():
        for days in ago:
            at = NOON - timedelta(days=days)
            ledger.record(Kind.FEATURE_USED, user_actor(person.uuid), feature="ad_free", occurred_at=at)


def chose(person, setting, value, at=NOON):
    did(user_actor(person.uuid), Kind.SETTING_CHANGED, at, setting=setting, value=value)


def kinds(calendar):
    return [day.kind for day in calendar.days]


def test_a_new_member_stands_at_the_first_level_with_nothing(ben, django_assert_max_num_queries):
    with django_assert_max_num_queries(5):
        card = queries.card(ben.uuid, NOON)

    assert (card.xp, card.level.number, card.level.left, card.streak.current) == (0, 1, 400, 0)
    assert (card.rank, card.lessons, card.study_s, card.streak_ends_at) == (None, 0, 0, None)
    assert card.is_listed


def test_the_card_says_what_was_earned_done_and_held(ben, django_assert_max_num_queries):
    actor, course = user_actor(ben.uuid), str(uuid7())
    did(actor, Kind.LESSON_COMPLETED, NOON - timedelta(days=40), item=world.make_film(), course=course)
    did(
        actor,
        Kind.QUIZ_COMPLETED,
        NOON - timedelta(days=9),
        item=world.make_film(),
        course=course,
        percent=100,
        passed=True,
    )
    did(actor, Kind.COURSE_COMPLETED, NOON - HOUR, course=course)

    with django_assert_max_num_queries(5):
        card = queries.card(ben.uuid, NOON)

    assert (card.xp, card.level.number) == (50 + 150 + 500 + 3 * 20, 2)
    assert (card.week_xp, card.month_xp) == (520, 690)
    assert (card.lessons, card.quizzes, card.perfects, card.courses, card.days) == (1, 1, 1, 1, 3)
    assert (card.streak.current, card.streak.longest, card.streak.is_active_today) == (1, 1, True)
    assert card.streak_ends_at == datetime(2026, 11, 20, tzinfo=UTC)


def test_equal_points_share_a_place_and_who_does_not_take_part_has_none(ben):
    people = [ben, *(world.make_member(name) for name in ("ana", "eve", "kim"))]
    for person in people:
        active(person, *range(3 if person.username == "ana" else 1))

    assert [queries.card(one.uuid, NOON).rank for one in people] == [2, 1, 2, 2]

    chose(people[1], "game.listed", "off")

    cards = [queries.card(one.uuid, NOON) for one in people]
    assert [card.rank for card in cards] == [1, None, 1, 1]
    assert {card.people for card in cards} == {3}
    assert [card.is_listed for card in cards] == [True, False, True, True]


def test_time_in_lessons_is_studied_and_time_in_films_is_not(ben):
    lesson = world.make_film("Ebb", type="lesson", duration_ms=600_000)
    film = world.make_film("Tide", duration_ms=600_000)
    keys = world.make_source(origins=[])
    told = [("a", lesson, 90.5), ("b", lesson, 30), ("c", film, 200)]

    world.send(
        [
            world.event("play", item, play_id=name, user=str(ben.uuid), duration_seconds=seconds,
                        occurred_at=world.ago(minutes=30))
            for name, item, seconds in told
        ],
        keys.secret,
    )  # fmt: skip

    assert queries.study_seconds(ben.uuid) == 120


def test_a_streak_is_the_same_from_its_row_and_from_all_activity(ben):
    active(ben, 0, 1, 2, 6, 7, 8, 9, 30)

    (standing,) = queries.standings([ben.uuid], NOON).values()

    assert standing == queries.streak_until(ben.uuid, NOON + timedelta(microseconds=1))
    assert (standing.current, standing.longest) == (3, 4)


@pytest.mark.parametrize("seed", range(8))
def test_every_past_stands_the_same_from_its_row_and_from_all_activity(ben, seed):
    chance = random.Random(seed)
    chose(ben, "game.rest_days", "5,6", NOON - timedelta(days=20))
    chose(ben, "time_zone", "Asia/Tokyo", NOON - timedelta(days=9))
    active(ben, *sorted(chance.sample(range(26), chance.randint(1, 24))))

    for hours in range(0, 200, 7):
        now = NOON + timedelta(hours=hours)
        (standing,) = queries.standings([ben.uuid], now).values()
        assert standing == queries.streak_until(ben.uuid, now + timedelta(microseconds=1))


def test_a_guest_has_a_streak_of_days_though_no_points():
    guest = guest_actor(uuid7())
    for days in range(3):
        did(guest, Kind.FEATURE_USED, NOON - timedelta(days=days), feature="ad_free")

    assert queries.streak_until(guest.id, NOON + HOUR).current == 3
    assert not Player.objects.filter(actor=guest.id).exists()


def test_the_calendar_tells_active_missed_and_coming_days(ben):
    active(ben, 1, 2, 5)

    shown = queries.calendar(ben.uuid, date(2026, 11, 12), date(2026, 11, 20), NOON)

    assert kinds(shown) == ["", "active", "missed", "missed", "active", "active", "", "", ""]
    assert [day.date.day for day in shown.days if day.is_today] == [18]
    assert [day.date.day for day in shown.days if day.is_future] == [19, 20]
    assert shown.standing.current == 2
    assert shown.ends_at == datetime(2026, 11, 19, tzinfo=UTC)


def test_the_calendar_tells_what_freezes_save_until_the_streak_is_lost(ben):
    active(ben, *range(3, 10))

    def since(hours):
        return queries.calendar(ben.uuid, date(2026, 11, 15), date(2026, 11, 19), NOON + timedelta(hours=hours))

    assert kinds(since(-24)) == ["active", "frozen", "", "", ""]
    assert since(-24).standing.current == 7
    assert kinds(since(0)) == ["active", "missed", "missed", "", ""]
    assert since(0).standing.current == 0


def test_rest_days_chosen_a_week_before_are_told_as_such(ben):
    chose(ben, "game.rest_days", "5,6", NOON - timedelta(days=30))
    active(ben, 2, 5)

    shown = queries.week(ben.uuid, datetime(2026, 11, 16, 13, tzinfo=UTC))
    before = queries.calendar(ben.uuid, date(2026, 11, 13), date(2026, 11, 16), NOON)

    assert [day.date.weekday() for day in shown.days] == list(range(7))
    assert kinds(shown) == ["active", "", "", "", "", "", ""]
    assert kinds(before) == ["active", "rest", "rest", "active"]
    assert (shown.standing.current, before.standing.current) == (2, 0)


def test_settings_are_what_was_chosen_last(ben):
    assert not queries.chosen([ben.uuid])[ben.uuid].is_calm

    chose(ben, "game.calm", "on", NOON)
    chose(ben, "game.public", "off", NOON + HOUR)
    chose(ben, "game.public", "on", NOON)
    chose(ben, "game.rest_days", "6", NOON)
    chose(ben, "game.rest_days", "nonsense", NOON + HOUR)

    held = queries.chosen([ben.uuid])[ben.uuid]
    assert (held.is_calm, held.is_public, held.is_listed, held.rest_days) == (True, False, True, {6})
    assert not queries.is_public(ben.uuid)


def test_many_members_cost_no_more_queries_than_one(ben, django_assert_num_queries):
    people = [ben, *(world.make_member(name) for name in ("ana", "eve"))]
    for number, person in enumerate(people):
        active(person, *range(number))

    with django_assert_num_queries(2):
        found = queries.briefs([one.uuid for one in people], NOON)

    assert [found[one.uuid].current_streak for one in people] == [0, 1, 2]
    assert [found[one.uuid].xp for one in people] == [0, 20, 40]


def test_every_posting_explains_itself(ben, django_assert_max_num_queries):
    course = make_course(title="Reading the sea")
    lesson = make_lesson(make_section(course), title="Ebb and flood")
    actor, post, film = user_actor(ben.uuid), str(uuid7()), world.make_film("A quiz elsewhere")
    with ledger.recording():
        ledger.record(Kind.LESSON_COMPLETED, actor, item=lesson.item, course=str(course.uuid), occurred_at=NOON)
        ledger.record(
            Kind.QUIZ_COMPLETED, actor, item=film, course=str(uuid7()), percent=90, passed=True, occurred_at=NOON
        )
        ledger.record(Kind.COURSE_COMPLETED, actor, course=str(course.uuid), occurred_at=NOON)
        ledger.record(Kind.REVIEW, actor, course=str(course.uuid), stars=4, occurred_at=NOON)
        ledger.record(Kind.DISCUSSION_POST, actor, course=str(course.uuid), post=post, occurred_at=NOON)
    did(actor, Kind.POST_DELETED, course=str(course.uuid), post=post)

    with django_assert_max_num_queries(4):
        lines = queries.explained(queries.entries(ben.uuid))

    assert lines[0].text == "−30 taken back, given for a post in “Reading the sea”"
    assert {line.text for line in lines[1:]} == {
        "+50 for finishing “Ebb and flood”",
        "+100 for passing “A quiz elsewhere”",
        "+500 for completing “Reading the sea”",
        "+50 for your first review of a course",
        "+30 for a post in “Reading the sea”",
        "+20 for being active on 18 November 2026",
    }
    assert sum(line.amount for line in lines) == queries.card(ben.uuid, NOON).xp
    of = {line.rule: line for line in lines}
    assert of["lesson"].address == f"/courses/{course.slug}/lessons/{lesson.uuid}/"
    assert of["course"].address == f"/courses/{course.slug}/"
    assert of["streak"].address == ""
    assert all(line.earned_at == NOON for line in lines)


def test_what_staff_gave_says_why_and_an_achievement_its_name(ben):
    staff = make_staff()
    call_command("seed_achievements")
    did(user_actor(ben.uuid), Kind.LESSON_COMPLETED, item=world.make_film(), course=str(uuid7()))
    corrections.correct(ben, -30, "Counted twice by a fault of ours", staff, ref=uuid7())

    texts = {line.text for line in queries.explained(queries.entries(ben.uuid))}

    assert texts >= {
        "−30 by staff: Counted twice by a fault of ours",
        "+200 for unlocking “First Steps”",
    }


def test_a_posting_about_something_that_is_gone_is_told_without_its_name(ben):
    Entry.objects.create(
        actor=ben.uuid, rule="lesson", ref="999999", cause=0, amount=50, earned_at=NOON, recorded_at=NOON
    )

    (line,) = queries.explained(queries.entries(ben.uuid))

    assert (line.text, line.title, line.address) == ("+50 for finishing a lesson", "", "")


def test_a_lesson_that_was_taken_out_keeps_its_name_and_leads_nowhere(ben):
    lesson = make_lesson(title="Ebb and flood")
    course = lesson.section.course
    did(user_actor(ben.uuid), Kind.LESSON_COMPLETED, item=lesson.item, course=str(course.uuid))
    lesson.deleted_at = NOON
    lesson.save()

    line = next(one for one in queries.explained(queries.entries(ben.uuid)) if one.rule == "lesson")

    assert (line.title, line.address) == ("Ebb and flood", "")


def test_the_ledger_is_told_in_the_order_of_what_happened_without_what_only_moved(ben):
    film, course = world.make_film("Tide"), str(uuid7())
    actor, now = user_actor(ben.uuid), datetime.now(UTC)
    for hours in (3, 5):  # the earlier one comes later: the points move to it
        with ledger.recording():
            ledger.record(
                Kind.LESSON_COMPLETED, actor, item=film, course=course, occurred_at=now - timedelta(hours=hours)
            )
    with ledger.recording():
        ledger.record(
            Kind.DISCUSSION_POST, actor, course=course, post=str(ben.uuid), occurred_at=now - timedelta(hours=4)
        )
    with ledger.recording():
        ledger.record(Kind.POST_DELETED, actor, course=course, post=str(ben.uuid))

    told = [(line.rule, line.amount) for line in queries.explained(queries.entries(ben.uuid)) if line.rule != "streak"]

    assert told == [("post", -30), ("post", 30), ("lesson", 50)]

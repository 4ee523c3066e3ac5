"""Bots: whatever they replay, reorder, forge, repeat or do at once, they earn no more than an honest person would."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from gamification.achievements import defaults
from gamification.models import Entry, Player, Unlock
from library.discussions import seats
from library.discussions import writing as discussing
from library.learning import enrolling, reviews
from library.learning.models import LessonOpened, Reading
from library.quizzes import attempts
from stats import ledger
from stats.actors import guest_actor, user_actor
from stats.ids import uuid7
from stats.kinds import KINDS, Kind, Sender
from stats.models import Item
from tests.factories import api_client, make_course, make_enrolment, make_lesson, make_section, make_thread, make_user
from tests.gamification.game import be_active, choose, noon, xp_of
from tests.quizzes.making import given, learner, make_quiz
from tests.stats import world

pytestmark = pytest.mark.django_db

DAY, LESSON, COURSE, REVIEW, POST = 20, 50, 500, 50, 30
ORIGIN = "http://testserver"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def bot(db):
    return make_user("bot")


def send(person: Any, *events: dict[str, Any], **headers: Any) -> dict[str, Any]:
    """Send events as a page of the site does, in the name of who is logged in. Returns the answer."""
    client = Client()
    client.force_login(person)
    answer = client.post(world.EVENTS, json.dumps(list(events)), "application/json", HTTP_ORIGIN=ORIGIN, **headers)
    world.drain_all()
    return answer.json()


def watch(
    person: Any, lesson: Any, *ranges: tuple[float, float], played: float, ago: timedelta = 5 * MINUTE, **fields: Any
) -> None:
    """Report one play of a lesson's film, which lasts a minute, as the player does."""
    item = Item.objects.get(pk=lesson.item_id)
    at = world.at(timezone.now() - ago)
    send(
        person,
        world.event(
            "play", item, play_id=str(uuid7()), occurred_at=at, duration_seconds=played, ranges=list(ranges), **fields
        ),
    )


def film(person: Any, ago: timedelta = 10 * MINUTE) -> Any:
    """Return a lesson with a film, of a course with another one, handed out to the person."""
    lesson = make_lesson(kind="video")
    make_lesson(lesson.section)
    make_enrolment(lesson.section.course, person)
    LessonOpened.objects.create(user=person, lesson=lesson, opened_at=timezone.now() - ago)
    return lesson


def complete(person: Any, lesson: Any) -> int:
    """Ask for the completion of a lesson. Returns the status."""
    status: int = api_client(person).post(f"/api/lessons/{lesson.uuid}/complete").status_code
    return status


def at_once(number: int, act: Callable[[], Any]) -> list[Any]:
    """Do something so many times at the same moment."""
    gate = Barrier(number)

    def go() -> Any:
        try:
            gate.wait()
            return act()
        finally:
            connection.close()

    with ThreadPoolExecutor(number) as pool:
        return [one.result() for one in [pool.submit(go) for _ in range(number)]]


# Requests


def test_a_day_pays_once_however_much_is_sent_how_often_and_in_which_order(bot):
    item = world.make_film()
    events = [world.event(kind, item) for kind in ("like", "unlike") * 20] + [
        world.event("play", item, play_id=f"p{number}", duration_seconds=60, occurred_at=world.ago(minutes=2))
        for number in range(20)
    ]

    for batch in (events, events[::-1], events[::3], events):
        send(bot, *batch)

    assert xp_of(bot) == DAY
    world.assert_sound()


def test_a_browser_cannot_say_what_only_the_server_may(bot):
    told = {
        "course": str(uuid7()), "post": str(uuid7()), "stars": 5, "percent": 100, "passed": True, "name": "first_steps",
        "amount": 10**6, "setting": "time_zone", "value": "Asia/Tokyo", "guest": str(uuid7()), "feature": "hd_streaming",
        "props": {"tier": 1, "cycle": 9, "points": 10**6}, "target": str(uuid7()), "playlist": str(uuid7()),
        "comment": str(uuid7()), "external_id": "x", "currency": "EUR", "change": "x", "content_type": "video",
        "bytes": 5, "viewers": 3, "play_id": "x",
    }  # fmt: skip
    item, specs = world.make_film(), [spec for spec in KINDS.values() if spec.sender > Sender.BROWSER]

    answer = send(
        bot,
        *(
            world.event(spec.kind, item, **{name: told[name] for name in spec.required if name in told})
            for spec in specs
        ),
    )

    assert [one["code"] for one in answer["rejected"]] == ["event_type_not_allowed"] * len(specs)
    assert answer["accepted"] == xp_of(bot) == 0
    assert not Player.objects.exists()


def test_nobody_earns_for_another(bot):
    ana = make_user("ana")

    send(bot, *(world.event("like", world.make_film(), user=name) for name in (str(ana.uuid), "ana")))

    assert xp_of(ana) == 0


@pytest.mark.parametrize(
    "address",
    [
        "streak/update",
        "achievements/check",
        "stats",
        "xp",
        "leaderboard",
        "admin/achievements/seed",
        "admin/leaderboard/rebuild",
        "admin/achievement/create",
    ],
)
def test_no_address_of_the_game_awards_anything(bot, address):
    defaults.seed()
    forged = {
        "xp": 10**6,
        "current_streak": 365,
        "streak": 365,
        "achievement": "first_steps",
        "points": 10**6,
        "user": "bot",
    }

    for _ in range(3):
        api_client(bot).post(f"/api/gamification/{address}", forged, format="json")
        api_client(bot).put(f"/api/gamification/{address}", forged, format="json")

    assert xp_of(bot) == 0
    assert not Entry.objects.exists()
    assert not Unlock.objects.exists()


# Loops


def test_writing_and_deleting_posts_leaves_nothing_but_the_day(bot):
    thread = make_thread(make_course())
    make_enrolment(thread.course, bot)
    began = xp_of(bot)

    for _ in range(12):
        post = discussing.answer(bot, thread, "A post.", at=timezone.now())
        discussing.delete(post, bot, seats.of(bot, thread.course))

    assert (began, xp_of(bot)) == (DAY, DAY)
    world.assert_sound()


def test_posts_beyond_five_a_day_pay_nothing(bot):
    thread = make_thread(make_course())
    make_enrolment(thread.course, bot)

    for number in range(12):
        discussing.answer(bot, thread, f"Post {number}.", at=timezone.now())

    assert xp_of(bot) == DAY + 5 * POST


def test_taking_and_leaving_courses_pays_nothing_but_the_day(bot):
    courses = [make_course() for _ in range(5)]

    for course in courses * 3:
        enrolment = enrolling.enrol(bot, course)
        enrolling.revoke(enrolment, course.owner)

    assert xp_of(bot) == DAY


def test_writing_changing_and_deleting_reviews_pays_for_one_at_most(bot):
    courses = [make_course() for _ in range(4)]
    for course in courses:
        make_enrolment(course, bot)

    for _ in range(3):
        for course in courses:
            for stars in (1, 5, 3):
                review, _ = reviews.write(bot, course, stars)
            reviews.delete(review, review.author)
    assert xp_of(bot) == DAY

    for course in courses:
        reviews.write(bot, course, 4)
    assert xp_of(bot) == DAY + REVIEW
    world.assert_sound()


def test_the_owner_of_a_course_earns_nothing_by_taking_it(bot):
    course = make_course(bot)
    lesson = make_lesson(make_section(course))

    with pytest.raises(enrolling.Refused):
        enrolling.enrol(bot, course)
    statuses = {complete(bot, lesson) for _ in range(3)}

    assert statuses & {200, 201} == set()
    assert xp_of(bot) in {0, DAY}


# Films


def test_ten_seconds_in_a_loop_are_no_lesson(bot):
    lesson = film(bot)

    for number in range(30):
        watch(bot, lesson, (0, 10), played=10, ago=timedelta(seconds=10 * number + 10))
    watch(bot, lesson, *[(0, 10)] * 30, played=300)

    assert complete(bot, lesson) == 409
    assert xp_of(bot) == DAY


def test_sixteen_times_the_speed_is_counted_as_twice(bot):
    lesson = film(bot)

    watch(bot, lesson, (0, 60), played=4, speed=16)

    assert complete(bot, lesson) == 409
    assert xp_of(bot) == DAY


def test_twenty_tabs_play_no_faster_than_one(bot):
    lesson = film(bot, ago=timedelta(seconds=4))

    for tab in range(20):
        watch(bot, lesson, (3 * tab, 3 * tab + 3), played=3, ago=timedelta(seconds=4))

    assert complete(bot, lesson) == 409
    assert xp_of(bot) == DAY


def test_who_watches_a_film_in_pieces_and_asks_twenty_times_earns_what_an_honest_person_does(bot):
    honest = make_user()
    for person, pieces in ((honest, [(0, 60)]), (bot, [(start, start + 10) for start in range(0, 60, 10)] * 3)):
        lesson = film(person)
        for start, end in pieces:
            watch(person, lesson, (start, end), played=end - start)
        assert {complete(person, lesson) for _ in range(20)} == {200}

    assert xp_of(bot) == xp_of(honest) == DAY + LESSON


# Clocks and zones


def test_a_clock_set_forward_earns_no_day(bot):
    item = world.make_film()
    ahead = [datetime.now(UTC) + timedelta(days=days, hours=1) for days in range(10)]

    answer = send(bot, *(world.event("like", item, occurred_at=world.at(moment)) for moment in ahead))
    assert {one["code"] for one in answer["rejected"]} == {"event_in_future"}
    for moment in ahead:
        client = Client()
        client.force_login(bot)
        body = {"events": [world.event("like", item, occurred_at=world.at(moment))], "sent_at": world.at(moment)}
        client.post(world.EVENTS, json.dumps(body), "application/json", HTTP_ORIGIN=ORIGIN)
    world.drain_all()

    assert xp_of(bot) <= DAY


def test_a_past_made_up_today_is_no_more_than_two_days_offline(bot):
    item = world.make_film()

    send(bot, *(world.event("like", item, occurred_at=world.ago(hours=hours)) for hours in range(0, 24 * 7, 3)))

    assert xp_of(bot) <= 3 * DAY
    assert Player.objects.get().run <= 3


def test_hopping_through_all_zones_earns_hardly_a_day_more_than_staying(bot):
    honest, zones = make_user(), ["Pacific/Kiritimati", "Asia/Tokyo", "UTC", "America/New_York", "Pacific/Pago_Pago"]
    moments = [noon(0, 0) + timedelta(hours=3 * step) for step in range(8 * 10)]

    be_active(honest, *moments)
    for number, moment in enumerate(moments):
        if not number % 2:
            choose(bot, "time_zone", zones[number % len(zones)], at=moment)
    be_active(bot, *moments)

    assert xp_of(honest) == 10 * DAY
    assert xp_of(bot) <= 12 * DAY  # a journey from one end of the world to the other lies between
    world.assert_sound()


def test_many_guests_who_are_claimed_earn_no_more_than_the_one_who_claims_them(bot):
    moments = [noon(day, hour) for day in range(5) for hour in (6, 18)]
    with ledger.recording():
        guests = [guest_actor(uuid7()) for _ in range(20)]
        for guest in guests:
            for moment in moments:
                ledger.record(Kind.FEATURE_USED, guest, occurred_at=moment, feature="hd_streaming")
    for guest in guests:
        with ledger.recording():
            ledger.record(Kind.GUEST_CLAIMED, user_actor(bot.uuid), occurred_at=noon(6), guest=str(guest.id))

    assert xp_of(bot) == 5 * DAY
    world.assert_sound()


# Quizzes


def test_a_quiz_tried_until_it_is_passed_pays_once_and_perfect_the_difference(bot):
    quiz = make_quiz("single", "single")
    make_lesson(quiz.lesson.section)
    make_enrolment(quiz.lesson.section.course, bot)

    for right in (False, False, True, False, True, True):
        attempt, _ = attempts.start(quiz, bot)
        attempts.submit(attempt, given(attempt, right=right))

    assert xp_of(bot) == DAY + LESSON + 150
    world.assert_sound()


def test_an_attempt_cannot_be_handed_in_twice_or_by_another(bot):
    quiz = make_quiz()
    person = learner(quiz)
    attempt, _ = attempts.start(quiz, person)
    answers = given(attempt)
    address = f"/api/learning/quizzes/attempts/{attempt.uuid}/submit"

    assert api_client(bot).post(address, {}, format="json").status_code in {403, 404}
    attempts.submit(attempt, answers)
    for _ in range(5):
        with pytest.raises(attempts.Refused):
            attempts.submit(attempt, answers)

    assert xp_of(bot) == 0
    assert xp_of(person) == DAY + LESSON + 150 + COURSE


def test_attempts_of_a_day_are_limited(bot):
    quiz = make_quiz()
    make_enrolment(quiz.lesson.section.course, bot)

    with pytest.raises(attempts.Refused, match="too_many_attempts"):
        for _ in range(200):
            attempt, _ = attempts.start(quiz, bot)
            attempts.submit(attempt, given(attempt, right=False))

    assert xp_of(bot) == DAY


# All at once


@pytest.mark.django_db(transaction=True)
def test_twenty_completions_of_the_last_lesson_at_once_pay_and_unlock_once():
    defaults.seed()
    bot, lesson = make_user(), make_lesson()
    make_enrolment(lesson.section.course, bot)
    LessonOpened.objects.create(user=bot, lesson=lesson, opened_at=timezone.now() - 60 * MINUTE)
    Reading.objects.create(user=bot, lesson=lesson, read_ms=10**7, reached=1000)
    token = api_client(bot)._credentials

    def ask() -> int:
        client = api_client()
        client.credentials(**token)
        status: int = client.post(f"/api/lessons/{lesson.uuid}/complete").status_code
        return status

    assert set(at_once(20, ask)) == {200}

    amounts = sorted(Entry.objects.values_list("rule", "amount"))
    assert amounts == [
        ("achievement", 200),
        ("achievement", 200),
        ("course", COURSE),
        ("lesson", LESSON),
        ("streak", DAY),
    ]
    assert sorted(Unlock.objects.values_list("name", flat=True)) == ["course_graduate", "first_steps"]
    assert xp_of(bot) == 970
    world.assert_sound()


@pytest.mark.django_db(transaction=True)
def test_twenty_reviews_and_posts_at_once_pay_what_they_pay_one_by_one():
    thread = make_thread(make_course())
    bot = make_enrolment(thread.course, make_user())

    def act() -> None:
        reviews.write(bot, thread.course, 5)
        discussing.answer(bot, thread, "A post.", at=timezone.now())

    at_once(20, act)

    assert xp_of(bot) == DAY + REVIEW + 5 * POST
    world.assert_sound()

"""The game's pages: the wall, one's progress, the settings, what home and profiles show, and calm mode that hides all of it."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from gamification import queries
from gamification.boards import snapshots
from gamification.choices import REST_DAYS
from gamification.models import Choice
from gamification.playing import choosing, pages
from gamification.queries import CalendarDay
from gamification.streaks import Standing
from stats import ledger
from stats.actors import user_actor
from stats.ids import uuid7
from stats.kinds import Kind
from tests.factories import make_item, make_lesson, make_section, make_user

pytestmark = pytest.mark.django_db

WALL, PROGRESS, SETTINGS = "/dashboard/achievements/", "/dashboard/progress/", "/settings/game/"
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
TOKEN = re.compile(r'(?<=name="csrfmiddlewaretoken" value=")[^"]*')


@pytest.fixture
def ben(client):
    user = make_user("ben")
    client.force_login(user)
    return user


def do(user, kind, **fields):
    with ledger.recording():
        ledger.record(kind, user_actor(user.uuid), **fields)


def text_of(client, address):
    """Return a page without its token: that is made by chance, and would spell any short word some day."""
    answer = client.get(address)
    assert answer.status_code == 200
    return TOKEN.sub("", answer.content.decode())


def test_the_wall_shows_what_one_has_and_how_far_one_is(client, ben):
    call_command("seed_achievements")
    for _ in range(3):
        do(ben, Kind.LESSON_COMPLETED, item=make_item(title="Lesson", type="lesson"), course=str(uuid7()))

    page = text_of(client, WALL)

    assert "1 of 12 unlocked, 50 points." in page
    assert "3 of 10" in page
    assert "Unlocked" in page
    assert "First Steps" in page


def test_the_wall_can_be_seen_by_rarity(client, ben):
    call_command("seed_achievements")

    assert "First Steps" not in text_of(client, f"{WALL}?rarity=legendary")
    assert "Unstoppable" in text_of(client, f"{WALL}?rarity=legendary")
    assert "First Steps" in text_of(client, f"{WALL}?rarity=nonsense")


def test_progress_explains_every_point(client, ben):
    do(ben, Kind.LESSON_COMPLETED, item=make_item(title="Reading the tide", type="lesson"), course=str(uuid7()))

    page = text_of(client, PROGRESS)

    assert "+50" in page
    assert "Reading the tide" in page
    assert "1-day streak" in page
    assert "Today counts." in page


def test_a_new_member_sees_how_it_begins(client, ben):
    page = text_of(client, PROGRESS)

    assert "No points yet" in page
    assert "Be active today, and a streak begins." in page


def test_what_is_chosen_is_kept_as_events_and_only_changes_are(client, ben):
    sent = {"public": "on", "rest_days": ["5", "6"]}

    for _ in range(2):
        assert client.post(SETTINGS, sent).status_code == 302

    chosen = choosing.of(ben.uuid)
    assert (chosen.is_public, chosen.is_listed, chosen.is_calm) == (True, False, False)
    assert chosen.rest_days == {5, 6}
    assert Choice.objects.filter(actor=ben.uuid, setting__startswith="game.").count() == 3


def test_three_rest_days_are_too_many_and_nonsense_is_refused(client, ben):
    assert client.post(SETTINGS, {"listed": "on", "rest_days": ["4", "5", "6"]}).status_code == 400
    assert client.post(SETTINGS, {"listed": "on", "rest_days": ["7"]}).status_code == 400
    assert not Choice.objects.filter(setting=REST_DAYS).exists()


def test_settings_show_what_holds(client, ben):
    choosing.change(ben, calm=True, rest_days=[2])

    form = client.get(SETTINGS).context["form"]

    assert form.initial == {"calm": True, "listed": True, "public": False, "rest_days": ["2"], "goal_min": 20}


def test_calm_mode_hides_the_game_everywhere(client, ben):
    do(ben, Kind.COURSE_COMPLETED, course=str(uuid7()))
    places = ("/", "/profile/", "/settings/", WALL, PROGRESS, f"/members/{ben.username}/")
    assert all("XP" in text_of(client, place) for place in ("/", "/profile/", PROGRESS))

    choosing.change(ben, calm=True, public=True)

    for place in places:
        page = text_of(client, place)
        for word in ("XP", "streak", 'id="moments"', 'href="/dashboard/'):
            assert word not in page, (place, word)


def test_guests_are_asked_to_log_in(client, db):
    for place in (WALL, PROGRESS, SETTINGS):
        assert client.get(place).status_code == 302


def test_home_shows_level_streak_and_what_the_next_level_takes(client, ben):
    do(ben, Kind.COURSE_COMPLETED, course=str(uuid7()))

    page = text_of(client, "/")

    assert "1-day streak" in page
    assert "380 XP to level 3" in page


def play(user, at, minutes):
    item = make_item(duration_ms=7_200_000)
    do(user, Kind.PLAY, item=item, occurred_at=at, play_id=str(uuid7()), duration_seconds=60 * minutes)


def goal_of(user, now):
    return queries.goal(user.uuid, now, choosing.of(user.uuid))


def test_home_shows_how_far_todays_goal_is(client, ben):
    choosing.change(ben, goal_min=40)
    now = timezone.now()
    before = max(timezone.localtime(now, UTC).replace(hour=0, minute=0, second=0), now - timedelta(minutes=30))
    play(ben, before, 0.1)

    page = text_of(client, "/")

    assert "40 minutes to today’s goal." in page
    assert "of 40 min" in page
    assert f'href="{SETTINGS}#goal"' in page


def test_the_goal_counts_the_minutes_of_plays_that_began_on_ones_own_day(ben):
    do(ben, Kind.SETTING_CHANGED, setting="time_zone", value="Pacific/Auckland", occurred_at=NOW - timedelta(days=9))
    midnight = datetime(2026, 11, 20, 11, tzinfo=UTC)
    for at, minutes in ((midnight - timedelta(minutes=20), 10), (midnight, 7.5), (NOW - timedelta(hours=2), 5.4)):
        play(ben, at, minutes)
    play(make_user(), NOW - timedelta(hours=3), 30)

    before, after = goal_of(ben, midnight + timedelta(hours=23)), goal_of(ben, midnight + timedelta(hours=24))

    assert (before.minutes, before.done, before.left) == (20, 12, 8)
    assert (after.done, after.left) == (0, 20)


def test_a_goal_is_reached_and_one_may_want_none(client, ben):
    play(ben, timezone.now() - timedelta(minutes=1), 1)
    for goal, minutes in ((0, None), (10, 10)):
        client.post(SETTINGS, {"listed": "on", "goal_min": str(goal)})
        found = goal_of(ben, timezone.now())
        assert (found and found.minutes) == minutes
        page = text_of(client, "/")
        assert ("Today’s goal" in page) is bool(goal)
        assert "XP to level" in page
    assert client.post(SETTINGS, {"listed": "on", "goal_min": "7"}).status_code == 400
    assert queries.Goal(10, 10).left == queries.Goal(10, 11).left == 0


@pytest.mark.parametrize("lessons", [3, 40])
def test_pages_of_the_game_cost_less_than_twelve_queries(client, ben, lessons, django_assert_max_num_queries):
    call_command("seed_achievements")
    section = make_section()
    course = section.course
    for _ in range(lessons):
        do(ben, Kind.LESSON_COMPLETED, item=make_lesson(section).item, course=str(course.uuid))
    do(ben, Kind.COURSE_COMPLETED, course=str(course.uuid))
    snapshots.rebuild(timezone.now())
    for place in (WALL, PROGRESS, "/dashboard/leaderboard/", "/dashboard/leaderboard/?timeframe=weekly", "/"):
        client.get(place)

        with django_assert_max_num_queries(12 if place == "/" else 11, info=place):
            assert client.get(place).status_code == 200
    assert ("Page 1 of 2" in text_of(client, PROGRESS)) is (lessons == 40)


def test_the_profile_shows_ones_level_and_best_achievements(client, ben):
    call_command("seed_achievements")
    do(ben, Kind.COURSE_COMPLETED, course=str(uuid7()))

    page = text_of(client, "/profile/")

    assert "Rank this month" in page
    assert "Course Graduate" in page
    assert "1 of 12" in page


def test_others_see_the_game_of_a_member_only_by_consent(client, ben):
    do(ben, Kind.COURSE_COMPLETED, course=str(uuid7()))
    client.force_login(make_user("ada"))
    page = f"/members/{ben.username}/"
    assert "Level 2" not in text_of(client, page)

    choosing.change(ben, public=True)

    assert "Level 2" in text_of(client, page)
    client.logout()
    assert "Level 2" in text_of(client, page)
    choosing.change(ben, public=False)
    assert "Level 2" not in text_of(client, page)


def test_pages_ask_a_bounded_number_of_questions(client, ben, django_assert_max_num_queries):
    call_command("seed_achievements")
    for number in range(12):
        do(ben, Kind.LESSON_COMPLETED, item=make_item(title=f"Lesson {number}", type="lesson"), course=str(uuid7()))
    client.get(WALL)

    with django_assert_max_num_queries(12):
        client.get(WALL)
    with django_assert_max_num_queries(18):
        client.get(PROGRESS)


@pytest.mark.parametrize(
    ("standing", "hours", "said"),
    [
        (Standing(0, 0, 0, 0, False, date(2026, 11, 21), None, False), None, "Be active today, and a streak begins."),
        (Standing(0, 9, 0, 0, False, date(2026, 11, 21), None, True), None, "Be active today and tomorrow"),
        (Standing(3, 9, 0, 0, True, date(2026, 11, 21), 1, False), 36, "safe until the end of tomorrow"),
        (Standing(3, 9, 0, 0, False, date(2026, 11, 21), 1, False), 12, "lost at midnight"),
        (Standing(3, 9, 1, 0, False, date(2026, 11, 21), 1, False), 36, "lasts until the end of tomorrow"),
        (Standing(3, 9, 0, 1, False, date(2026, 11, 21), 1, False), 12, "1 freeze keeps the streak"),
    ],
)
def test_what_keeps_a_streak_alive_is_said_in_words(standing, hours, said):
    with timezone.override(UTC):
        assert said in pages.alive(standing, NOW + timedelta(hours=hours) if hours else None, NOW)


def test_days_of_the_calendar_have_a_shape_and_words():
    today = date(2026, 11, 21)
    kinds = ("active", "frozen", "rest", "missed", "repaired", "short", "hop", "")

    drawn = pages.cells([CalendarDay(today, kind, False, False) for kind in kinds])

    assert [cell.shape for cell in drawn] == ["did", "ice", "rest", "gone", "did", "rest", "did", ""]
    assert all(cell.words for cell in drawn)
    assert pages.cells([CalendarDay(today, "", True, False)])[0].shape == "now"


def test_the_months_calendar_is_six_whole_weeks(ben):
    calendar = pages.month(ben.uuid, date(2026, 11, 21), NOW)

    assert len(calendar.days) == 42
    assert calendar.days[0].date.weekday() == 0
    assert calendar.days[-1].date == date(2026, 11, 22)


def test_rest_days_are_named():
    assert pages.rest_words([5, 6]) == "Saturday and Sunday"
    assert pages.rest_words([]) == ""


def test_nobody_is_public_without_having_said_so(ben):
    assert not queries.is_public(ben.uuid)

"""What stands on the dashboards is what a separate count of plays, accounts and events finds."""

import csv
import io
from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
from django.urls import reverse

from accounts.models import StaffAction, User
from analytics.dashboards import asking, facts
from analytics.dashboards.registry import panels
from analytics.platform import aggregating
from gamification.models import Entry, Player
from stats.kinds import Kind
from stats.models import Action, ActorDay, Item, PlatformFact, Play
from tests.analytics.dashboards.moments import DAY, HOUR, NOW
from tests.analytics.events import act, watch
from tests.factories import make_course, make_enrolment, make_item, make_user

pytestmark = pytest.mark.django_db

TODAY = NOW.date()


@pytest.fixture
def busy(db):
    """People who came, played and reacted at many hours of forty days; the same each time."""
    people = [make_user(created_at=NOW - timedelta(hours=37 * number)) for number in range(26)]
    films = [make_item(people[0], created_at=NOW - timedelta(days=9 * number)) for number in range(5)]
    for number in range(60):
        who, film, at = people[number % 7], films[number % 3], NOW - timedelta(hours=17 * number + 1)
        watch(who, film, at, ranges=[(0, 10 + number % 50)])
        if number % 4 == 0:
            act(Kind.LIKE, who, film, at)
        if number % 6 == 0:
            act(Kind.SHARE, who, film, at, platform="email")
    aggregating.catch_up(NOW)
    aggregating.refresh_today(NOW)
    return people


def table(staff, key: str, words: str = "") -> list[list[str]]:
    """Return the rows of a panel's CSV, without what it is of and without its heads."""
    answer = staff.get(reverse("dashboards:csv", args=[key]) + words)
    assert answer.status_code == 200
    return list(csv.reader(io.StringIO(answer.getvalue().decode())))[2:]


def days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def test_new_members_by_day_are_the_accounts_that_were_made(staff, busy):
    rows = table(staff, "new-members-by-day")

    made = Counter(user.created_at.date() for user in User.objects.all())
    assert [sum(map(int, row[1:])) for row in rows] == [made[day] for day in days(TODAY - 29 * DAY, TODAY)]


def test_all_members_by_day_end_with_how_many_there_are(staff, busy):
    rows = table(staff, "members-by-day", "?range=7d")

    expected = [User.objects.filter(created_at__date__lte=day).count() for day in days(TODAY - 6 * DAY, TODAY)]
    assert [int(row[1]) for row in rows] == expected


def test_plays_by_day_and_before_are_the_plays_that_began(staff, busy):
    rows = table(staff, "plays-by-day", "?range=7d")

    begun = [play.started_at for play in Play.objects.all()]
    by_day = Counter(at.date() for at in begun)
    before = Counter(at.date() for at in begun if at <= NOW - 7 * DAY)
    wanted = [[by_day[day], before[day - 7 * DAY]] for day in days(TODAY - 6 * DAY, TODAY)]
    assert [[int(row[1]), int(row[2])] for row in rows] == wanted


def test_plays_by_hour_are_those_of_the_last_24_hours(staff, busy):
    rows = table(staff, "plays-by-day", "?range=24h&compare=no")

    begun = Counter((play.started_at - (NOW - DAY)) // HOUR for play in Play.objects.filter(started_at__gte=NOW - DAY))
    assert [int(row[1]) for row in rows] == [begun[number] for number in range(24)]


def test_what_people_do_is_what_was_recorded(staff, busy):
    rows = table(staff, "reactions-by-day")

    told = Counter((action.day, action.kind) for action in Action.objects.all())
    wanted = [
        [told[day, kind] for kind in ("like", "comment", "share", "save")] for day in days(TODAY - 29 * DAY, TODAY)
    ]
    assert [list(map(int, row[1:])) for row in rows] == wanted


def test_active_members_are_the_different_people_of_days_weeks_and_months(staff, busy):
    rows = table(staff, "active-by-day", "?range=7d")

    active = set(ActorDay.objects.filter(acts__gt=0).values_list("actor", "day"))

    def people(day: date, span: int) -> int:
        return len({actor for actor, one in active if day - timedelta(days=span - 1) <= one <= day})

    wanted = [[people(day, 1), people(day, 7), people(day, 30)] for day in days(TODAY - 6 * DAY, TODAY)]
    assert [list(map(int, row[1:])) for row in rows] == wanted


def test_the_most_played_items_come_first_with_their_plays(staff, busy):
    rows = table(staff, "top-items")

    plays = Counter(play.item_id for play in Play.objects.all() if play.started_at.date() > TODAY - 30 * DAY)
    assert sorted((int(row[1]) for row in rows), reverse=True) == [count for _item, count in plays.most_common()]
    assert [int(row[1]) for row in rows] == sorted((int(row[1]) for row in rows), reverse=True)


def test_new_items_are_counted_by_type(staff, busy):
    rows = table(staff, "uploads-by-day", "?range=90d")

    made = Counter(item.created_at.date() for item in Item.objects.all())
    assert [sum(map(int, row[1:])) for row in rows] == [made[day] for day in days(TODAY - 89 * DAY, TODAY)]


def test_enrolments_by_day_are_the_events_and_so_is_the_list_behind_them(staff):
    course = make_course()
    people = [make_enrolment(course) for _number in range(3)]

    rows = table(staff, "enrolled-by-day", "?range=7d&compare=no")
    listed = staff.get(
        reverse("dashboards:behind", args=["enrolled-by-day"]) + f"?range=7d&on={TODAY}"
    ).content.decode()

    assert [int(row[1]) for row in rows] == [0] * 6 + [3]
    assert [person.username for person in people if person.username not in listed] == []
    assert course.title in listed


def test_points_by_day_add_up_to_the_ledger(staff, busy):
    PlatformFact.objects.create(key=facts.POINTS, value={"told": facts.points(NOW), "took_ms": 1}, as_of=NOW)

    rows = table(staff, "points-by-day", "?range=1y")

    assert sum(int(cell) for row in rows for cell in row[1:]) == sum(Entry.objects.values_list("amount", flat=True))
    assert sum(Player.objects.values_list("xp", flat=True)) == sum(Entry.objects.values_list("amount", flat=True))


def test_points_lie_on_their_day_in_a_zone_of_half_hours_too(db, settings):
    settings.TIME_ZONE = "Asia/Kolkata"
    early = datetime(2026, 11, 10, 18, 45, tzinfo=UTC)
    Entry.objects.create(
        actor=make_user().uuid, rule="lesson", ref="1", cause=1, amount=50, earned_at=early, recorded_at=early
    )

    assert facts.points(NOW) == {"2026-11-11": {"lesson": 50}}


def test_who_comes_back_is_counted_by_week_from_each_persons_days(staff, busy):
    told = facts.retention(NOW)

    active = set(ActorDay.objects.filter(acts__gt=0).values_list("actor", "day"))
    for cohort in told:
        start = date.fromisoformat(cohort["week"])
        joined = {user.uuid for user in User.objects.all() if start <= user.created_at.date() < start + 7 * DAY}
        assert cohort["members"] == len(joined)
        for number, people in enumerate(cohort["active"]):
            begin = start + 7 * number * DAY
            assert people == len({actor for actor, day in active if actor in joined and begin <= day < begin + 7 * DAY})


def test_active_now_are_those_who_did_something_in_five_minutes_or_still_play(staff):
    film = make_item(make_user())
    watch(make_user(), film, NOW - timedelta(minutes=4), ranges=[(0, 20)])
    watch(make_user(), film, NOW - timedelta(minutes=40), ranges=[(0, 60 * 38)], item_duration_seconds=6000)
    watch(make_user(), film, NOW - timedelta(minutes=40), ranges=[(0, 60)])
    act(Kind.LIKE, make_user(), film, NOW - timedelta(minutes=1))
    act(Kind.LIKE, make_user(), film, NOW - timedelta(minutes=6))

    figure = panels()["overview-active"].build(_query())

    assert figure.value == 3
    assert figure.points[-2] == 2


def test_a_day_of_new_members_is_told_beside_its_chart_and_leads_to_them(staff, busy):
    day = (NOW - timedelta(hours=37)).date()
    joined = [user for user in User.objects.all() if user.created_at.date() == day]

    address = reverse("dashboards:users") + f"?panel=new-members-by-day&on={day}"
    beside = staff.get(address).content.decode()
    listed = staff.get(reverse("dashboards:behind", args=["new-members-by-day"]) + f"?on={day}").content.decode()

    assert f"Show these {len(joined)} new members" in beside
    assert [user.username for user in joined if user.username not in listed] == []
    assert f"{len(joined)} in all" in listed


def test_who_is_behind_a_number_is_taken_along_as_csv_and_the_audit_log_says_so(staff, busy):
    answer = staff.get(reverse("dashboards:behind", args=["new-members-by-day"]) + "?format=csv")

    lines = answer.getvalue().decode().splitlines()
    joined = [user for user in User.objects.all() if user.created_at.date() > TODAY - 30 * DAY]
    assert len(lines) == 1 + len(joined)
    assert StaffAction.objects.get().what == "numbers.exported"


def _query():
    return asking.query_of({}, NOW)

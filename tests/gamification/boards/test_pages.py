"""The leaderboard's pages and API: who is shown, as what, and what one is told of oneself."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from gamification.boards import closing, periods, queries, snapshots
from gamification.boards.models import Closing
from gamification.scores import periods_of_day
from gamification.teams import forming
from library.people import settings as privacy
from stats import ledger
from stats.actors import user_actor
from stats.ids import uuid7
from stats.kinds import Kind
from stats.visitors import today
from tests.factories import api_client, make_course, make_item, make_staff, make_user
from tests.gamification.boards import playing

pytestmark = pytest.mark.django_db

API = "/api/gamification/leaderboard"
PAGE = "/dashboard/leaderboard/"


@pytest.fixture
def ana(db):
    return make_user("ana", first_name="Ana", last_name="Lind")


@pytest.fixture
def crowd(ana):
    """Twelve members with 1,200 to 100 points less each time, before Ana, who has 70."""
    people = [make_user(f"crowd{number}") for number in range(12)]
    items = [make_item(title=f"Lesson {number}") for number in range(14)]
    now = timezone.now()
    with ledger.recording():
        for number, person in enumerate(people):
            for item in items[: 14 - number]:
                ledger.record(Kind.LESSON_COMPLETED, user_actor(person.uuid), item=item, occurred_at=now)
        ledger.record(Kind.LESSON_COMPLETED, user_actor(ana.uuid), item=items[0], occurred_at=now)
    return people


def ranks(rows):
    return [(row["rank"], row["username"], row["xp"]) for row in rows]


def page(client, user, **query):
    client.force_login(user)
    return client.get(PAGE, query)


# API


@pytest.mark.parametrize("timeframe", ["all_time", "monthly", "weekly"])
def test_the_api_answers_the_first_and_where_one_stands(ana, crowd, timeframe):
    answer = api_client(ana).get(API, {"timeframe": timeframe, "limit": 3}).json()

    assert ranks(answer["results"]) == [(1, "crowd0", 720), (2, "crowd1", 670), (3, "crowd2", 620)]
    me = answer["me"]
    assert (me["rank"], me["xp"], me["people"], me["is_listed"]) == (13, 70, 13, True)
    assert ranks(me["neighbours"]) == [(12, "crowd11", 170), (13, "ana", 70)]
    assert (me["next"]["xp"], me["next"]["username"], me["next"]["rank"]) == (101, "crowd11", 12)
    assert [row["is_me"] for row in me["neighbours"]] == [False, True]
    assert answer["results"][0]["level"] == 2
    assert answer["results"][0]["current_streak"] == 1
    month, week = periods_of_day(today())
    assert answer["period"] == {"all_time": "", "monthly": month, "weekly": week}[timeframe]


def test_ones_own_place_is_of_now_though_the_list_is_of_before(ana, crowd):
    snapshots.rebuild(timezone.now())
    for number in range(14):
        playing.earn(ana, make_item(title=f"More {number}"), timezone.now())

    answer = api_client(ana).get(API, {"limit": 5}).json()

    assert (answer["me"]["rank"], answer["me"]["xp"]) == (1, 770)
    assert ranks(answer["results"])[:2] == [(1, "ana", 770), (2, "crowd0", 720)]
    assert answer["me"]["neighbours"] == []
    assert answer["me"]["next"] is None
    other = api_client(crowd[5]).get(API, {"limit": 5}).json()
    assert other["me"]["rank"] == 7
    assert ranks(other["results"])[0] == (1, "crowd0", 720)


def test_who_has_the_same_points_is_not_to_be_passed_but_the_one_above(ana, crowd):
    twin = make_user("twin")
    playing.earn(twin, make_item(title="Another"), timezone.now() - timedelta(seconds=1))

    for person in (ana, twin):
        me = api_client(person).get(API, {"limit": 2}).json()["me"]
        assert me["rank"] == 13
        assert (me["next"]["username"], me["next"]["xp"], me["next"]["rank"]) == ("crowd11", 101, 12)


def test_the_friends_are_those_whom_one_follows_and_oneself(ana, crowd):
    with ledger.recording():
        for person in (crowd[3], crowd[7]):
            ledger.record(Kind.FOLLOW, user_actor(ana.uuid), target=str(person.uuid))

    answer = api_client(ana).get(API, {"scope": "friends", "timeframe": "weekly"}).json()

    assert [row["username"] for row in answer["results"]] == ["crowd3", "crowd7", "ana"]
    assert [row["rank"] for row in answer["results"]] == [1, 2, 3]
    assert (answer["me"]["rank"], answer["me"]["people"]) == (3, 3)
    assert answer["me"]["next"]["username"] == "crowd7"


def test_a_course_has_its_own_board_for_who_has_points_in_it(ana, crowd):
    course = make_course(crowd[0], title="Tides")
    for number, person in enumerate((ana, crowd[9])):
        for lesson in range(number + 1):
            playing.earn(person, make_item(title=f"Course {lesson}"), timezone.now(), course.uuid)

    answer = api_client(ana).get(API, {"scope": f"course:{course.uuid}"}).json()

    assert ranks(answer["results"]) == [(1, "crowd9", 100), (2, "ana", 50)]
    assert (answer["me"]["rank"], answer["me"]["people"], answer["me"]["next"]["xp"]) == (2, 2, 51)
    assert api_client(crowd[1]).get(API, {"scope": f"course:{course.uuid}"}).status_code == 400
    assert api_client(make_staff()).get(API, {"scope": f"course:{course.uuid.hex}"}).status_code == 200
    assert ("course:" + course.uuid.hex, "Tides") in [(row.key, row.label) for row in queries.scopes(ana)]


def test_who_left_the_boards_is_in_none_even_before_they_are_taken_again(ana, crowd):
    snapshots.rebuild(timezone.now())

    playing.choose(crowd[0], "game.listed", "off")

    for limit in (3, 100):
        answer = api_client(ana).get(API, {"limit": limit}).json()
        assert "crowd0" not in [row["username"] for row in answer["results"]]
    me = api_client(crowd[0]).get(API).json()["me"]
    assert (me["rank"], me["is_listed"], me["next"], me["neighbours"]) == (None, False, None, [])


def test_who_has_no_points_has_no_place(crowd):
    me = api_client(make_user("newcomer")).get(API).json()["me"]

    assert (me["rank"], me["xp"], me["people"], me["is_listed"], me["next"]) == (None, 0, 13, True, None)


def test_somebody_who_is_no_member_any_more_keeps_the_rank_without_a_name(ana, crowd):
    crowd[0].delete()

    first = api_client(ana).get(API).json()["results"][0]

    assert (first["rank"], first["xp"], first["username"], first["user_id"]) == (1, 720, None, None)


@pytest.mark.parametrize(
    ("query", "field", "code"),
    [
        ({"timeframe": "daily"}, "timeframe", "invalid_choice"),
        ({"scope": "nobody"}, "scope", "invalid_choice"),
        ({"scope": "team"}, "scope", "invalid_choice"),
        ({"scope": "course:x"}, "scope", "invalid_choice"),
        ({"scope": "course:0198e1e07c3a7d0f9c5b2a6f1d3e4c5b"}, "scope", "invalid_choice"),
        ({"scope": "x" * 61}, "scope", "too_long"),
        ({"scope": "a\0b"}, "scope", "invalid_characters"),
        ({"limit": "0"}, "limit", "value_out_of_range"),
        ({"limit": "101"}, "limit", "value_out_of_range"),
        ({"limit": "ten"}, "limit", "invalid_parameter"),
        ({"user": "ana"}, "user", "unknown_parameter"),
    ],
)
def test_bad_input_is_refused_with_its_code(ana, query, field, code):
    answer = api_client(ana).get(API, query)

    assert answer.status_code == 400
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert [(error["path"], error["code"]) for error in answer.json()["errors"]] == [(field, code)]


def test_a_team_is_ranked_among_itself(ana, crowd):
    team = forming.create(ana, "Night owls", is_open=True)
    forming.join(team, crowd[4])

    answer = api_client(ana).get(API, {"scope": "team"}).json()

    assert ranks(answer["results"]) == [(1, "crowd4", 520), (2, "ana", 70)]
    assert ("team", "Night owls") in [(row.key, row.label) for row in queries.scopes(ana)]


def test_staff_take_the_boards_anew_and_nobody_else(ana, crowd):
    assert api_client(ana).post("/api/gamification/admin/leaderboard/rebuild").status_code == 403

    answer = api_client(make_staff()).post("/api/gamification/admin/leaderboard/rebuild")

    assert answer.json()["boards"] == 3


def test_what_is_over_is_answered_as_it_was_closed(ana, crowd):
    at = timezone.now() - timedelta(days=70)
    for person in (ana, crowd[0]):
        playing.earn(person, make_item(title=f"Old {person.pk}"), at)
    playing.earn(ana, make_item(title="Older"), at)
    closing.close_due(timezone.now())
    name = periods_of_day(periods.month_of(at.date()).first)[0]

    listed = {row["period"]: row for row in api_client(crowd[0]).get(f"{API}/past").json()["results"]}
    answer = api_client(crowd[0]).get(f"{API}/past/{name}").json()

    assert (listed[name]["rank"], listed[name]["xp"], listed[name]["people"]) == (2, 70, 2)
    assert ranks(answer["results"]) == [(1, "ana", 120), (2, "crowd0", 70)]
    assert (answer["rank"], answer["xp"]) == (2, 70)
    assert api_client(ana).get(f"{API}/past/1999-01").status_code == 404


# Pages


def test_the_page_has_podium_rows_and_ones_own_row_with_neighbours(client, ana, crowd):
    text = page(client, ana).content.decode()

    assert text.index("crowd0") < text.index("crowd1") < text.index("crowd2")
    for words in ("gold", "silver", "bronze", "13th", "of 13", "101 XP to pass crowd11"):
        assert words in text
    assert "3 lessons would do it." in text
    assert "You</span>" in text
    assert "crowd10" not in text.replace("crowd10 ", "")


def test_all_rows_are_to_be_had(client, ana, crowd):
    board = page(client, ana, show="100").context["board"]

    assert len(board.rows) == 13
    assert board.near == []


@pytest.mark.parametrize("timeframe", ["weekly", "monthly", "all_time", "nonsense"])
@pytest.mark.parametrize("scope", ["everyone", "friends"])
def test_every_tab_opens_also_where_nobody_has_points(client, ana, timeframe, scope):
    assert page(client, ana, timeframe=timeframe, scope=scope).status_code == 200
    assert page(client, ana, scope="course:" + uuid7().hex).status_code == 404


def test_who_took_no_part_is_told_so(client, ana, crowd):
    playing.choose(ana, "game.listed", "off")

    text = page(client, ana).content.decode()

    assert "You take no part in leaderboards." in text
    assert "Leave the leaderboards." not in text


def test_calm_mode_shows_nothing_of_it(client, ana, crowd):
    playing.choose(ana, "game.calm", "on")

    for address in (PAGE, reverse("boards:past")):
        client.force_login(ana)
        text = client.get(address).content.decode()
        assert "crowd0" not in text
        assert "podium" not in text


def test_a_name_leads_to_the_page_only_of_who_shows_it(client, ana, crowd):
    privacy.change(crowd[1], {"privacy.profile": "nobody"})

    text = page(client, ana).content.decode()

    assert reverse("people:member", args=["crowd0"]) in text
    assert reverse("people:member", args=["crowd1"]) not in text
    assert "crowd1" in text


def test_what_is_over_has_pages(client, ana, crowd):
    at = timezone.now() - timedelta(days=70)
    playing.earn(ana, make_item(title="Old"), at)
    closing.close_due(timezone.now())
    name = Closing.objects.filter(people__gt=0).order_by("first").first().period
    client.force_login(ana)

    listed = client.get(reverse("boards:past")).content.decode()
    shown = client.get(reverse("boards:final", args=[name])).content.decode()

    assert reverse("boards:final", args=[name]) in listed
    assert "1st" in listed
    assert "1st" in shown
    assert client.get(reverse("boards:final", args=["1999-01"])).status_code == 404


@pytest.mark.parametrize("limit", [None, "100"])
def test_the_page_costs_the_same_however_many_there_are(client, ana, crowd, limit, django_assert_max_num_queries):
    snapshots.rebuild(timezone.now())
    client.force_login(ana)
    client.get(PAGE)

    with django_assert_max_num_queries(15):
        client.get(PAGE, {"show": limit} if limit else {})


def test_the_api_costs_at_most_twelve_queries(ana, crowd, django_assert_max_num_queries):
    snapshots.rebuild(timezone.now())
    client = api_client(ana)

    for query in ({}, {"limit": 3}, {"scope": "friends"}):
        with django_assert_max_num_queries(12):
            client.get(API, query)


def test_a_deactivated_member_is_a_former_one(client, ana, crowd):
    crowd[0].is_active = False
    crowd[0].save()

    row = api_client(ana).get(API).json()["results"][0]
    text = page(client, ana).content.decode()

    assert (row["rank"], row["user_id"], row["name"], row["level"], row["current_streak"]) == (
        1,
        None,
        None,
        None,
        None,
    )
    assert "Former member" in text
    assert "crowd0" not in text

"""The pages and the API of challenges."""

from datetime import timedelta

import pytest
from django.utils import timezone

from gamification.challenges import running, standings
from gamification.challenges.models import Challenge, Who
from stats import windows
from tests.factories import api_client, make_staff, make_user
from tests.gamification.teams.playing import earn, make_team

pytestmark = pytest.mark.django_db

API = "/api/gamification/challenges"


def text(response):
    return " ".join(response.content.decode().split())


def today():
    return windows.day_of(timezone.now(), "UTC")


def held(by=None, **fields):
    days = {"starts_on": today(), "ends_on": today() + timedelta(days=6)}
    return running.create(
        by or make_staff(), **{"title": "Most XP", "metric": "total_xp", "zone": "UTC", **days, **fields}
    )


def form(**fields):
    day = (today() + timedelta(days=1)).isoformat()
    told = {"title": "Most XP", "metric": "total_xp", "zone": "UTC", "starts_on": day, "ends_on": day, "who": "members"}
    return {**told, **fields}


def test_staff_hold_one_a_member_enters_and_sees_the_standings(client, django_assert_max_num_queries):
    staff, ana = make_staff(), make_user("ana")
    client.force_login(staff)
    answer = client.post("/challenges/new/", form(for_whom="everybody", starts_on=today().isoformat(), goal="100"))
    row = Challenge.objects.get()
    assert answer["Location"] == f"/challenges/{row.uuid}/"

    client.force_login(ana)
    for _ in range(2):
        earn(ana)
    assert "Most XP" in text(client.get("/challenges/"))
    client.post(f"/challenges/{row.uuid}/enter/")
    with django_assert_max_num_queries(12):
        client.get("/challenges/")
    with django_assert_max_num_queries(12):
        shown = text(client.get(f"/challenges/{row.uuid}/"))

    assert "The goal is reached." in shown
    assert "/members/ana/" in shown
    assert row.entrants.get().value >= 100
    client.post(f"/challenges/{row.uuid}/leave/")
    assert not row.entrants.exists()


def test_who_leads_a_team_holds_one_for_it_only(client):
    ana = make_user()
    team = make_team(ana, "Owls")
    client.force_login(ana)

    refused = client.post("/challenges/new/", form(for_whom="everybody"))
    client.post("/challenges/new/", form(for_whom="team", who="teams"))

    assert refused.status_code == 400
    assert Challenge.objects.get().team == team
    client.force_login(make_user())
    assert client.get("/challenges/new/").status_code == 404
    assert client.get(f"/challenges/{Challenge.objects.get().uuid}/").status_code == 404


def test_the_form_says_what_is_wrong(client):
    client.force_login(make_staff())
    yesterday = (today() - timedelta(days=2)).isoformat()

    answers = {
        "begins today at the earliest": form(starts_on=yesterday),
        "ends before it begins": form(ends_on=today().isoformat()),
        "does not add up": form(metric="completion_rate", who="teams"),
        "more than 0": form(goal="-1"),
    }
    for words, sent in answers.items():
        answer = client.post("/challenges/new/", {**sent, "for_whom": "everybody"})
        assert answer.status_code == 400
        assert words in text(answer)
    assert not Challenge.objects.exists()


def test_one_that_is_over_says_so(client):
    ana = make_user("ana")
    row = held(
        now=timezone.now() - timedelta(days=10),
        starts_on=today() - timedelta(days=10),
        ends_on=today() - timedelta(days=9),
    )
    standings.run()
    client.force_login(ana)

    assert "Over" in text(client.get(f"/challenges/{row.uuid}/"))
    assert "This challenge is over." in text(client.post(f"/challenges/{row.uuid}/enter/", follow=True))
    assert "Most XP" in text(client.get("/challenges/?show=over"))
    assert "Most XP" not in text(client.get("/challenges/?show=running"))


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        ({"metric": "__class__"}, (400, "unknown_metric")),
        ({"metric": "completion_rate", "who": "teams"}, (400, "not_additive")),
        ({"time_zone": "Mars/Olympus"}, (400, "unknown_timezone")),
        ({"starts_on": "2020-01-01"}, (400, "date_in_past")),
        ({"starts_on": "2026-02-30"}, (400, "invalid")),
        ({"ends_on": "2020-01-01"}, (400, "invalid_range")),
        ({"ends_on": "9999-12-31"}, (400, "range_too_large")),
        ({"goal": -1}, (400, "value_out_of_range")),
        ({"goal": 1e300}, (400, "value_out_of_range")),
        ({"who": "everyone"}, (400, "invalid_choice")),
        ({"team": "00000000-0000-0000-0000-000000000000"}, (404, "not_found")),
    ],
)
def test_a_wrong_challenge_is_refused_with_its_code(wrong, expected):
    day = (today() + timedelta(days=1)).isoformat()
    body = {"title": "Most XP", "metric": "total_xp", "time_zone": "UTC", "starts_on": day, "ends_on": day, **wrong}

    answer = api_client(make_staff()).post(API, body, format="json")

    assert (answer.status_code, answer.json()["code"]) == expected
    assert not Challenge.objects.exists()


def test_by_the_api_one_holds_enters_reads_and_cancels(django_assert_max_num_queries):
    staff, ana, ben = api_client(make_staff()), make_user("ana"), make_user("ben")
    day = today().isoformat()
    body = {"title": "Most XP", "metric": "total_xp", "time_zone": "UTC", "starts_on": day, "ends_on": day, "goal": 50}
    made = staff.post(API, body, format="json").json()
    address, mine = f"{API}/{made['uuid']}", api_client(ana)
    row = Challenge.objects.get()
    for person, lessons in ((ana, 1), (ben, 2)):
        for _ in range(lessons):
            earn(person, row.starts_at)

    entered = mine.post(f"{address}/me")
    again = mine.post(f"{address}/me")
    api_client(ben).post(f"{address}/me")
    with django_assert_max_num_queries(12):
        table = mine.get(f"{address}/standings").json()["results"]
    with django_assert_max_num_queries(12):
        part = mine.get(f"{address}/me").json()

    assert (made["state"], made["entrants"], entered.status_code) == ("running", 0, 201)
    assert (again.status_code, again.json()["code"]) == (409, "already_entered")
    assert [(one["rank"], one["username"], one["is_reached"]) for one in table] == [(1, "ben", True), (2, "ana", True)]
    assert (part["rank"], part["value"]) == (2, table[1]["value"])
    assert [one["uuid"] for one in mine.get(API).json()["results"]] == [made["uuid"]]
    assert mine.delete(address).status_code == 403
    assert staff.delete(address).status_code == 204
    assert mine.delete(f"{address}/me").json()["code"] == "challenge_cancelled"


def test_a_teams_part_is_told_to_its_members():
    ana, noa = make_user(), make_user()
    make_team(ana, "Owls", noa)
    row = held(who=Who.TEAMS)
    api_client(ana).post(f"{API}/{row.uuid}/me")

    part = api_client(noa).get(f"{API}/{row.uuid}/me").json()

    assert (part["rank"], part["team"] is not None, part["is_reached"]) == (1, True, None)
    assert api_client(make_user()).get(f"{API}/{row.uuid}/me").status_code == 404


def test_the_page_of_change_offers_what_can_be_changed(client):
    tomorrow = today() + timedelta(days=1)
    coming, runs = held(starts_on=tomorrow, ends_on=tomorrow), held()
    client.force_login(make_staff())

    assert "Change it" in text(client.get(f"/challenges/{coming.uuid}/"))
    all_of_it = client.get(f"/challenges/{coming.uuid}/change/").context["form"]
    words = client.get(f"/challenges/{runs.uuid}/change/").context["form"]
    assert set(all_of_it.fields) == running.CHANGEABLE
    assert set(words.fields) == running.WHILE_RUNNING

    saved = client.post(f"/challenges/{coming.uuid}/change/", form(title="Most of all", goal="7"))
    late = {"title": "Longer", "ends_on": (today() + timedelta(days=9)).isoformat()}
    client.post(f"/challenges/{runs.uuid}/change/", late)
    early = client.post(f"/challenges/{runs.uuid}/change/", late | {"ends_on": today().isoformat()})

    assert saved["Location"] == f"/challenges/{coming.uuid}/"
    coming.refresh_from_db()
    runs.refresh_from_db()
    assert (coming.title, coming.goal, runs.title) == ("Most of all", 7.0, "Longer")
    assert early.status_code == 400
    assert "it can end later, but not earlier" in text(early)
    client.force_login(make_user())
    assert client.get(f"/challenges/{runs.uuid}/change/").status_code == 404


def test_by_the_api_one_changes_what_is_given():
    row = held()
    staff, member = api_client(make_staff()), api_client(make_user())
    url = f"{API}/{row.uuid}"

    changed = staff.patch(url, {"title": "Longer"}, format="json")
    refused = staff.patch(url, {"time_zone": "Europe/Amsterdam"}, format="json")

    assert (changed.status_code, changed.json()["title"], changed.json()["metric"]) == (200, "Longer", "total_xp")
    assert (refused.status_code, refused.json()["errors"][0]["path"]) == (400, "time_zone")
    assert refused.json()["errors"][0]["code"] == "already_running"
    assert member.patch(url, {"title": "Mine"}, format="json").json()["code"] == "not_permitted"
    running.cancel(row, make_staff())
    assert staff.patch(url, {"title": "Gone"}, format="json").json()["code"] == "challenge_cancelled"

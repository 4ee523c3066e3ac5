"""The API of teams: its shapes, its refusals and what they cost."""

import pytest

from gamification.teams import forming, inviting, standings
from gamification.teams.models import Role, Team
from tests.factories import api_client, make_user
from tests.gamification.teams.playing import earn, make_team, since
from tests.gamification.teams.test_standings import NOON

pytestmark = pytest.mark.django_db

API = "/api/gamification/teams"


def code(response):
    return response.status_code, response.json()["code"]


def test_a_team_is_founded_changed_and_closed():
    ana = api_client(make_user("ana"))

    made = ana.post(API, {"name": "Night owls"}, format="json")
    address = f"{API}/{made.json()['uuid']}"
    changed = ana.patch(address, {"about": "We read."}, format="json")

    assert made.status_code == 201
    assert (changed.json()["name"], changed.json()["about"], changed.json()["members"]) == ("Night owls", "We read.", 1)
    assert ana.delete(address).status_code == 204
    assert code(ana.get(address)) == (404, "not_found")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, "required"),
        ({"name": ""}, "blank"),
        ({"name": "x" * 41}, "too_long"),
        ({"name": "Larks"}, "name_taken"),
        ({"name": "a\u202eb"}, "invalid_characters"),
        ({"name": "--"}, "too_short"),
        ({"name": "Owls", "is_open": "perhaps"}, "invalid"),
    ],
)
def test_a_wrong_team_is_refused_with_its_code(body, expected):
    make_team(name="Larks")

    assert code(api_client(make_user()).post(API, body, format="json")) == (400, expected)
    assert Team.objects.count() == 1


def test_teams_are_listed_by_points_and_one_tells_them_as_they_are_now(django_assert_max_num_queries):
    ana, ben = make_user("ana"), make_user("ben")
    first, second = make_team(ana, "Owls"), make_team(ben, "Larks")
    for team, member, lessons in ((first, ana, 2), (second, ben, 1)):
        since(team, member, NOON)
        for _ in range(lessons):
            earn(member, NOON)
    standings.refresh(NOON)
    earn(ben, NOON)
    client = api_client(ana)

    with django_assert_max_num_queries(12):
        listed = client.get(API).json()["results"]
    with django_assert_max_num_queries(12):
        one = client.get(f"{API}/{second.uuid}/").json()
    with django_assert_max_num_queries(12):
        members = client.get(f"{API}/{second.uuid}/members").json()["results"]

    assert [(row["rank"], row["name"], row["xp"]) for row in listed] == [(1, "Owls", 120), (2, "Larks", 70)]
    assert (one["xp"], one["rank"], one["teams"]) == (120, 1, 2)
    assert [(row["username"], row["role"], row["xp"]) for row in members] == [("ben", "owner", 120)]
    assert code(client.get(f"{API}?timeframe=hourly")) == (400, "invalid_choice")
    assert code(client.get(f"{API}?order_by=user__password")) == (400, "unknown_parameter")


def test_invitations_and_links_by_the_api():
    ana, noa, lev = make_user("ana"), make_user("noa"), make_user("lev")
    team = make_team(ana, "Owls")
    mine, hers, his = api_client(ana), api_client(noa), api_client(lev)
    address = f"{API}/{team.uuid}"

    asked = mine.post(f"{address}/invitations", {"username": "noa"}, format="json")
    again = mine.post(f"{address}/invitations", {"username": "noa"}, format="json")
    listed = hers.get("/api/gamification/invitations").json()["results"]
    joined = hers.patch(f"/api/gamification/invitations/{listed[0]['uuid']}", {"state": "accepted"}, format="json")
    link = mine.post(f"{address}/links").json()
    came = his.post(f"{API}/come", {"token": link["token"]}, format="json")

    assert (asked.status_code, code(again)) == (201, (400, "already_invited"))
    assert joined.json()["state"] == "accepted"
    assert came.json()["members"] == 3
    assert link["link"].endswith(f"/teams/come/{link['token']}/")
    assert code(his.post(f"{API}/come", {"token": "forged"}, format="json")) == (409, "link_over")
    assert code(mine.post(f"{address}/invitations", {"username": "nobody.here"}, format="json")) == (
        400,
        "not_invitable",
    )


def test_roles_by_the_api():
    ana, cap, noa = make_user("ana"), make_user("cap"), make_user("noa")
    team = make_team(ana, "Owls", cap, noa)
    address, mine = f"{API}/{team.uuid}/members", api_client(ana)

    made = mine.patch(f"{address}/{cap.uuid}", {"role": "captain"}, format="json")
    assert made.json()["role"] == Role.CAPTAIN
    assert code(api_client(cap).delete(f"{address}/{ana.uuid}")) == (409, "owner_stays")
    assert code(api_client(cap).patch(f"{address}/{noa.uuid}", {"role": "owner"}, format="json")) == (
        403,
        "permission_denied",
    )
    assert code(mine.patch(f"{address}/{noa.uuid}", {"role": "king"}, format="json")) == (400, "invalid_choice")
    assert code(mine.post(f"{API}/{team.uuid}/leave")) == (409, "last_owner")
    mine.patch(f"{address}/{noa.uuid}", {"role": "owner"}, format="json")
    assert mine.post(f"{API}/{team.uuid}/leave").status_code == 204
    assert forming.Membership.objects.current().get(role=Role.OWNER).member == noa


@pytest.mark.parametrize("uuid", ["0" * 36, "-" * 36, "00000000-0000-0000-0000-000000000000"])
def test_a_team_that_is_none_is_404(uuid):
    assert code(api_client(make_user()).get(f"{API}/{uuid}")) == (404, "not_found")


def test_a_withdrawn_link_is_gone():
    ana = make_user()
    team = make_team(ana)
    link = inviting.make_link(team, ana)
    client = api_client(ana)

    assert client.delete(f"{API}/{team.uuid}/links/{link.uuid}").status_code == 204
    assert client.get(f"{API}/{team.uuid}/links").json()["results"] == []

"""The pages of teams: founding, asking in, leading, leaving, and where teams stand."""

import pytest

from gamification.teams import forming, inviting, queries, standings
from gamification.teams.models import Membership, Role, Team, TeamInvitation
from tests.factories import make_user
from tests.gamification.teams.playing import earn, make_team, since
from tests.gamification.teams.test_standings import NOON

pytestmark = pytest.mark.django_db


def text(response):
    return " ".join(response.content.decode().split())


def test_a_member_founds_a_team_asks_another_in_and_hands_it_over(client):
    ana, noa = make_user("ana"), make_user("noa")
    client.force_login(ana)
    answer = client.post("/teams/new/", {"name": "Night owls", "about": "We <b>read</b>."})
    team = Team.objects.get()
    assert answer["Location"] == f"/teams/{team.uuid}/"
    assert "We &lt;b&gt;read" in text(client.get(answer["Location"]))
    client.post(f"/teams/{team.uuid}/manage/", {"username": "@noa"})
    assert "noa" in text(client.get(f"/teams/{team.uuid}/manage/"))

    client.force_login(noa)
    assert "Night owls" in text(client.get("/teams/"))
    client.post(f"/teams/invitations/{TeamInvitation.objects.get().uuid}/", {"answer": "accept"})
    client.force_login(ana)
    client.post(f"/teams/{team.uuid}/members/{noa.uuid}/", {"as": "owner"})
    client.post(f"/teams/{team.uuid}/leave/")

    stay = Membership.objects.current().get()
    assert (stay.member, stay.role) == (noa, Role.OWNER)
    client.force_login(noa)
    client.post(f"/teams/{team.uuid}/close/")
    assert client.get(f"/teams/{team.uuid}/").status_code == 404


def test_the_form_says_what_is_wrong(client):
    make_team(name="Night owls")
    client.force_login(make_user())

    taken = client.post("/teams/new/", {"name": "night owls"})
    unseen = client.post("/teams/new/", {"name": "a\u202eb"})

    assert (taken.status_code, unseen.status_code) == (400, 400)
    assert "Another team has this name." in text(taken)
    assert "nobody sees" in text(unseen)
    assert Team.objects.count() == 1


def test_a_link_shows_the_team_and_lets_in(client):
    ana, noa = make_user(), make_user()
    team = make_team(ana, "Night owls")
    token = inviting.token_of(inviting.make_link(team, ana))
    client.force_login(noa)

    assert "Night owls" in text(client.get(f"/teams/come/{token}/"))
    assert queries.of_user(noa) is None
    assert client.post(f"/teams/come/{token}/")["Location"] == f"/teams/{team.uuid}/"
    assert queries.of_user(noa).team == team
    assert client.get(f"/teams/come/{token}x/").status_code == 404


def test_what_is_refused_is_said_on_the_next_page(client):
    ana, noa = make_user(), make_user()
    team, open_one = make_team(ana, "First", noa), make_team(name="Second", is_open=True)
    client.force_login(ana)

    assert "Hand it over, or close it" in text(client.post(f"/teams/{team.uuid}/leave/", follow=True))
    assert "Leave it first" in text(client.post(f"/teams/{open_one.uuid}/join/", follow=True))
    client.force_login(noa)
    assert client.post(f"/teams/{team.uuid}/members/{ana.uuid}/", {"as": "out"}).status_code == 404


@pytest.mark.parametrize("wanted", ["", "king", "OWNER"])
def test_nobody_is_made_what_there_is_not(client, wanted):
    ana, noa = make_user(), make_user()
    team = make_team(ana, "Team", noa)
    client.force_login(ana)

    assert client.post(f"/teams/{team.uuid}/members/{noa.uuid}/", {"as": wanted}).status_code == 404


def test_teams_stand_by_points_and_pages_cost_few_queries(client, django_assert_max_num_queries):
    ana = make_user("ana")
    team = make_team(ana, "Night owls", *(make_user() for _ in range(8)))
    since(team, ana, NOON)
    earn(ana, NOON)
    for number in range(5):
        make_team(name=f"Team {number}", is_open=True)
    standings.refresh(NOON)
    client.force_login(ana)
    client.get("/teams/?period=all")

    with django_assert_max_num_queries(12):
        shown = text(client.get("/teams/?period=all"))
    with django_assert_max_num_queries(12):
        one = text(client.get(f"/teams/{team.uuid}/?period=all"))
    with django_assert_max_num_queries(12):
        client.get(f"/teams/{team.uuid}/manage/")

    assert "Night owls" in shown
    assert ">70<" in shown
    assert "70 XP" in one
    assert client.get("/teams/?period=nonsense&page=-1").status_code == 200


def test_who_has_left_is_no_more_in_the_table_but_what_they_earned_is(client):
    ana, noa = make_user("ana"), make_user("noa")
    team = make_team(ana, "Night owls", noa)
    since(team, noa, NOON)
    earn(noa, NOON)
    forming.leave(team, noa)
    client.force_login(ana)

    shown = text(client.get(f"/teams/{team.uuid}/?period=all"))

    assert "/members/noa/" not in shown
    assert "70 XP" in shown

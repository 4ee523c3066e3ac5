"""Teams come about, grow, change hands and end; nobody is in two, and none is without an owner."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from gamification.refusals import Refused
from gamification.teams import forming, queries
from gamification.teams.models import Membership, Role, Team
from tests.factories import make_staff, make_user
from tests.gamification.teams.playing import make_team

pytestmark = pytest.mark.django_db


def roles(team):
    return [(stay.member.username, stay.role) for stay in queries.stays(team)]


def refusal(call, *arguments, **named):
    with pytest.raises(Refused) as caught:
        call(*arguments, **named)
    return caught.value.code


def test_who_founds_a_team_owns_it():
    ana = make_user("ana")

    team = forming.create(ana, "  Night   owls ", "We read late.")

    assert (team.name, roles(team)) == ("Night owls", [("ana", "owner")])
    assert queries.of_user(ana).team == team
    assert queries.teams_of(ana.uuid) == [(team.uuid, "Night owls")]


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("", "too_short"),
        (" a ", "too_short"),
        ("--", "too_short"),
        ("x" * 41, "too_long"),
        ("a\u202eb", "invalid_characters"),
        ("a\0b", "invalid_characters"),
        ("a\nb", "invalid_characters"),
    ],
)
def test_a_name_is_one_that_can_be_read(name, code):
    assert refusal(forming.create, make_user(), name) == code
    assert not Team.objects.exists()


def test_no_two_teams_look_the_same_but_a_closed_one_frees_its_name():
    first = make_team(name="Night owls")

    assert refusal(forming.create, make_user(), "NIGHT ＯＷＬＳ") == "name_taken"
    other = make_team(name="Larks")
    assert refusal(forming.change, other, "night owls", "", is_open=True) == "name_taken"
    forming.close(first)

    assert forming.create(make_user(), "Night Owls").name == "Night Owls"


def test_into_an_open_team_anybody_comes_and_into_others_who_is_asked():
    ana = make_user()
    open_one, asked = make_team(name="Open", is_open=True), make_team(name="Asked")

    assert refusal(forming.join, asked, ana) == "invitation_needed"
    stay = forming.join(open_one, ana)

    assert stay.role == Role.MEMBER
    assert forming.join(open_one, ana) == stay
    assert refusal(forming.join, asked, ana, is_asked=True) == "already_in_team"
    assert refusal(forming.create, ana, "Third") == "already_in_team"


def test_a_full_team_takes_nobody(monkeypatch):
    monkeypatch.setattr(forming, "MOST_MEMBERS", 2)
    team = make_team(None, "Two", make_user(), is_open=True)

    assert refusal(forming.join, team, make_user()) == "team_full"


def test_who_leaves_may_come_back_and_has_two_stays():
    ana = make_user()
    team = make_team(None, "Coming and going", ana, is_open=True)

    forming.leave(team, ana)
    assert queries.of_user(ana) is None
    forming.join(team, ana)

    first, second = Membership.objects.filter(member=ana).order_by("joined_at")
    assert first.joined_at <= first.left_at <= second.joined_at
    assert second.left_at is None


def test_an_owner_leaves_last():
    ana, noa = make_user(), make_user()
    team = make_team(ana, "Two", noa)

    assert refusal(forming.leave, team, ana) == "last_owner"
    forming.leave(team, noa)
    forming.leave(team, ana)

    team.refresh_from_db()
    assert team.closed_at is not None
    assert not Membership.objects.current().exists()
    assert refusal(forming.join, team, noa, is_asked=True) == "team_closed"
    assert refusal(forming.leave, team, ana) == "team_closed"


def test_a_team_is_handed_over_and_its_former_owner_is_a_captain():
    ana, noa = make_user("ana"), make_user("noa")
    team = make_team(ana, "Two", noa)

    forming.appoint(team, noa.uuid, Role.OWNER)

    assert roles(team) == [("noa", "owner"), ("ana", "captain")]
    forming.leave(team, ana)
    assert roles(team) == [("noa", "owner")]


def test_an_owner_is_not_made_less_and_a_stranger_nothing():
    ana = make_user()
    team = make_team(ana)

    assert refusal(forming.appoint, team, ana.uuid, Role.MEMBER) == "owner_stays"
    assert refusal(forming.appoint, team, ana.uuid, Role.OWNER) == "already_owner"
    assert refusal(forming.appoint, team, make_user().uuid, Role.CAPTAIN) == "not_a_member"


def test_a_captain_removes_members_only():
    ana, cap, second, noa = make_user("ana"), make_user("cap"), make_user("second"), make_user("noa")
    team = make_team(ana, "Four", cap, second, noa)
    forming.appoint(team, cap.uuid, Role.CAPTAIN)
    forming.appoint(team, second.uuid, Role.CAPTAIN)

    assert refusal(forming.remove, team, second.uuid, cap) == "not_permitted"
    assert refusal(forming.remove, team, ana.uuid, cap) == "owner_stays"
    assert refusal(forming.remove, team, cap.uuid, noa) == "not_permitted"
    forming.remove(team, noa.uuid, cap)
    forming.remove(team, second.uuid, ana)
    forming.remove(team, cap.uuid, make_staff())

    assert roles(team) == [("ana", "owner")]
    assert refusal(forming.remove, team, noa.uuid, ana) == "not_a_member"


def test_a_team_whose_owner_is_gone_falls_to_a_captain_and_an_empty_one_ends():
    ana, old, cap = make_user("ana"), make_user("old"), make_user("cap")
    team, alone = make_team(ana, "Three", old, cap), make_team(make_user("gone"), "One")
    forming.appoint(team, cap.uuid, Role.CAPTAIN)
    ana.delete()
    Membership.objects.filter(team=alone).delete()

    assert forming.mend() == 2
    assert forming.mend() == 0

    assert roles(team) == [("cap", "owner"), ("old", "member")]
    alone.refresh_from_db()
    assert alone.closed_at is not None


def test_a_clock_that_went_back_does_not_end_a_stay_before_it_began():
    ana = make_user()
    team = make_team(None, "Team", ana)

    forming.leave(team, ana, timezone.now() - timedelta(days=1))

    stay = Membership.objects.get(member=ana)
    assert stay.left_at == stay.joined_at


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_of_many_who_join_two_teams_at_once_each_is_in_one_and_no_team_is_too_full(monkeypatch):
    monkeypatch.setattr(forming, "MOST_MEMBERS", 5)
    teams = [make_team(name=f"Team {number}", is_open=True) for number in range(2)]
    people = [make_user() for _ in range(10)]

    def come(team, member):
        try:
            forming.join(team, member)
        except Refused:
            pass
        finally:
            connection.close()

    threads = [threading.Thread(target=come, args=(team, member)) for member in people for team in teams]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    stays = Membership.objects.current()
    assert [stays.filter(team=team).count() for team in teams] == [5, 5]
    assert max(stays.filter(member=member).count() for member in people) == 1

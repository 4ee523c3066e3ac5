"""Into a team one is asked by name or by a link; both end."""

from datetime import timedelta

import pytest
from django.utils import timezone

from gamification.refusals import Refused
from gamification.teams import forming, inviting, queries
from gamification.teams.models import Invited, TeamInvitation
from library.people import notifications, settings
from tests.factories import make_user
from tests.gamification.teams.playing import make_team
from tests.gamification.teams.test_forming import refusal

pytestmark = pytest.mark.django_db

NOW = timezone.now()


def test_who_is_asked_is_told_and_joins():
    ana, noa = make_user("ana"), make_user("noa")
    team = make_team(ana, "Night owls")

    invitation = inviting.invite(team, " @NOA ", ana)
    assert [row.says for row in notifications.of(noa)] == ["ana asks you into the team “Night owls”"]
    inviting.accept(invitation)

    assert queries.of_user(noa).team == team
    assert not queries.asked_in(noa, timezone.now()).exists()
    assert refusal(inviting.accept, invitation) == "invitation_over"


def test_asking_again_tells_nobody_again():
    ana, noa = make_user("ana"), make_user("noa")
    team = make_team(ana)

    for _ in range(3):
        inviting.withdraw(inviting.invite(team, "noa", ana))

    assert notifications.of(noa).count() == 1


def test_whom_one_cannot_ask_and_who_does_not_exist_are_one_answer():
    ana, noa = make_user("ana"), make_user("noa")
    make_user("gone", is_active=False)
    settings.change(noa, {"privacy.invitations": "nobody"})
    team = make_team(ana)

    answers = {refusal(inviting.invite, team, name, ana) for name in ("noa", "nobody.at.all", "gone", "a\0b", "")}

    assert answers == {"not_invitable"}


def test_nobody_is_asked_twice_or_who_is_there(monkeypatch):
    ana = make_user("ana")
    make_user("noa")
    team = make_team(ana)
    inviting.invite(team, "noa", ana)

    assert refusal(inviting.invite, team, "noa", ana) == "already_invited"
    assert refusal(inviting.invite, team, "ana", ana) == "already_member"
    monkeypatch.setattr(inviting, "MOST_OPEN", 1)
    assert refusal(inviting.invite, team, make_user().username, ana) == "too_many_invitations"


def test_an_invitation_ends_by_itself_by_a_no_and_by_being_withdrawn():
    ana, noa = make_user("ana"), make_user("noa")
    team = make_team(ana)
    later = NOW + inviting.LASTS + timedelta(seconds=1)

    lapsed = inviting.invite(team, "noa", ana, NOW)
    assert refusal(inviting.accept, lapsed, later) == "invitation_over"
    again = inviting.invite(team, "noa", ana, later)
    inviting.decline(again, later)
    assert refusal(inviting.accept, again, later) == "invitation_over"
    third = inviting.invite(team, "noa", ana, later)
    inviting.withdraw(third, later)
    assert refusal(inviting.decline, third, later) == "invitation_over"

    states = list(TeamInvitation.objects.order_by("id").values_list("state", flat=True))
    assert states == [Invited.WITHDRAWN, Invited.DECLINED, Invited.WITHDRAWN]
    assert queries.of_user(noa) is None


def test_who_is_in_another_team_keeps_the_invitation():
    ana, noa = make_user("ana"), make_user("noa")
    team, other = make_team(ana), make_team(noa)
    invitation = inviting.invite(team, "noa", ana)

    assert refusal(inviting.accept, invitation) == "already_in_team"
    forming.close(other)
    inviting.accept(invitation)

    assert queries.of_user(noa).team == team


def test_a_link_lets_in_who_has_it_until_it_expires_or_is_withdrawn():
    ana, noa, lev = make_user(), make_user(), make_user()
    team = make_team(ana)
    link, other = inviting.make_link(team, ana, NOW), inviting.make_link(team, ana, NOW)
    token = inviting.token_of(link)

    assert inviting.join_by(token, noa, NOW).team == team
    assert refusal(inviting.join_by, token, lev, NOW + inviting.LINK_LASTS) == "link_over"
    inviting.withdraw_link(link)
    assert refusal(inviting.join_by, token, lev, NOW) == "link_over"
    assert inviting.join_by(inviting.token_of(other), lev, NOW).team == team


@pytest.mark.parametrize("token", ["", "x", "0" * 32, "0" * 32 + "." + "A" * 43, "\0", "ü" * 500])
def test_a_forged_link_leads_nowhere(token):
    assert refusal(inviting.join_by, token, make_user()) == "link_over"


def test_there_are_five_links_at_most_and_none_into_a_closed_team():
    ana = make_user()
    team = make_team(ana)
    links = [inviting.make_link(team, ana) for _ in range(5)]

    with pytest.raises(Refused, match="too_many_links"):
        inviting.make_link(team, ana)
    forming.close(team)
    assert refusal(inviting.linked, inviting.token_of(links[0])) == "link_over"


def test_a_closed_team_asks_nobody():
    ana, noa = make_user("ana"), make_user("noa")
    team = make_team(ana)
    invitation = inviting.invite(team, "noa", ana)
    forming.close(team)

    assert refusal(inviting.invite, team, "noa", ana) == "team_closed"
    assert refusal(inviting.accept, invitation) == "team_closed"
    assert not queries.asked_in(noa, timezone.now()).exists()

"""Teams and challenges: the owner owns a team in which the collaborator is captain, and the enrolled one a member."""

from datetime import timedelta

from django.utils import timezone

from gamification.challenges import running
from gamification.challenges.models import Who
from gamification.teams import forming, inviting
from gamification.teams.models import Role
from stats import windows
from tests.factories import make_user
from tests.permissions.table import MEMBERS, Row
from tests.permissions.world import World

WORDS = {"name": "Renamed", "about": "", "is_open": True}


def challenge(world: World, team: str | None = None) -> dict:
    """Return a challenge as the API takes it."""
    day = windows.day_of(timezone.now(), "UTC") + timedelta(days=1)
    told = {"title": "Most lessons", "metric": "total_xp", "time_zone": "UTC"}
    return {**told, "starts_on": day.isoformat(), "ends_on": day.isoformat(), "team": team}


def for_team(world: World) -> dict:
    """Return a challenge of the owner's team as the API takes it."""
    return challenge(world, str(world.things["team"].uuid))


def entered(world: World) -> dict:
    """Return a challenge as its form sends it."""
    told = challenge(world)
    day = told["starts_on"]
    whom = {"for_whom": "team", "who": "members"}
    return {"title": "Most lessons", "metric": "total_xp", "zone": "UTC", "starts_on": day, "ends_on": day, **whom}


ROWS = (
    Row("teams:list", "GET", "", MEMBERS),
    Row("teams:new", "GET", "", MEMBERS),
    Row("teams:new", "POST", "", "400 400 400 302 login 302", {"name": "Another"}),
    Row("teams:team", "GET", "team", MEMBERS),
    Row("teams:manage", "GET", "team", "200 200 404 404 login 200"),
    Row("teams:manage", "POST", "team", "302 302 404 404 login 302", {"username": "member"}),
    Row("teams:change", "POST", "team", "302 404 404 404 login 302", WORDS),
    Row("teams:close", "POST", "team", "302 404 404 404 login 302"),
    Row("teams:join", "POST", "open_team", "302 302 302 302 login 302"),
    Row("teams:leave", "POST", "team", "302 302 302 404 login 404"),
    Row("teams:member", "POST", "team_member", "302 404 404 404 login 302", {"as": "captain"}),
    Row("teams:member", "POST", "team_member", "302 302 404 404 login 302", {"as": "out"}),
    Row("teams:link-new", "POST", "team", "302 302 404 404 login 302"),
    Row("teams:link-withdraw", "POST", "team_link", "302 302 404 404 login 302"),
    Row("teams:invitation-withdraw", "POST", "team_asked", "302 302 404 404 login 302"),
    Row("teams:invitation-answer", "POST", "asked_into_team", "404 404 404 302 login 404", {"answer": "accept"}),
    Row("teams:come", "GET", "team_token", MEMBERS),
    Row("teams:come", "POST", "team_token", "302 302 302 302 login 302"),
    Row("teams:api-teams", "GET", "", "200 200 200 200 401 200"),
    Row("teams:api-teams", "POST", "", "409 409 409 201 401 201", {"name": "Another"}),
    Row("teams:api-team", "GET", "team", "200 200 200 200 401 200"),
    Row("teams:api-team", "PATCH", "team", "200 403 403 403 401 200", {"about": "Words."}),
    Row("teams:api-team", "DELETE", "team", "204 403 403 403 401 204"),
    Row("teams:api-join", "POST", "open_team", "409 409 409 200 401 200"),
    Row("teams:api-leave", "POST", "team", "409 204 204 409 401 409"),
    Row("teams:api-members", "GET", "team", "200 200 200 200 401 200"),
    Row("teams:api-member", "PATCH", "team_member", "200 403 403 403 401 200", {"role": "captain"}),
    Row("teams:api-member", "DELETE", "team_member", "204 204 403 403 401 204"),
    Row("teams:api-team-invitations", "GET", "team", "200 200 403 403 401 200"),
    Row("teams:api-team-invitations", "POST", "team", "201 201 403 403 401 201", {"username": "inviteme"}),
    Row("teams:api-links", "GET", "team", "200 200 403 403 401 200"),
    Row("teams:api-links", "POST", "team", "201 201 403 403 401 201"),
    Row("teams:api-link", "DELETE", "team_link", "204 204 403 403 401 204"),
    Row("teams:api-come", "POST", "", "200 200 200 200 401 200", lambda w: w.subjects["team_token"]),
    Row("teams:api-invitations", "GET", "", "200 200 200 200 401 200"),
    Row("teams:api-invitation", "PATCH", "team_invitation", "404 404 404 200 401 404", {"state": "accepted"}),
    Row("teams:api-invitation", "DELETE", "team_asked_alone", "204 204 404 404 401 204"),
    Row("challenges:list", "GET", "", MEMBERS),
    Row("challenges:new", "GET", "", "200 200 404 404 login 200"),
    Row("challenges:new", "POST", "", "302 302 404 404 login 400", entered),
    Row("challenges:challenge", "GET", "public_challenge", MEMBERS),
    Row("challenges:challenge", "GET", "team_challenge", "200 200 200 404 login 200"),
    Row("challenges:change", "GET", "public_challenge", "404 404 404 404 login 200"),
    Row("challenges:change", "POST", "public_challenge", "404 404 404 404 login 400", {"title": ""}),
    Row("challenges:change", "GET", "team_challenge", "200 200 404 404 login 200"),
    Row("challenges:api-challenge", "PATCH", "public_challenge", "403 403 403 403 401 200", {"title": "Longer"}),
    Row("challenges:api-challenge", "PATCH", "team_challenge", "200 200 403 404 401 200", {"title": "Longer"}),
    Row("challenges:enter", "POST", "public_challenge", "302 302 302 302 login 302"),
    Row("challenges:enter", "POST", "team_challenge", "302 302 302 404 login 302"),
    Row("challenges:leave", "POST", "team_challenge", "302 302 302 404 login 302"),
    Row("challenges:cancel", "POST", "public_challenge", "404 404 404 404 login 302"),
    Row("challenges:cancel", "POST", "team_challenge", "302 302 404 404 login 302"),
    Row("challenges:api-challenges", "GET", "", "200 200 200 200 401 200"),
    Row("challenges:api-challenges", "POST", "", "403 403 403 403 401 201", challenge),
    Row("challenges:api-challenges", "POST", "", "201 201 403 403 401 201", for_team),
    Row("challenges:api-challenge", "GET", "public_challenge", "200 200 200 200 401 200"),
    Row("challenges:api-challenge", "GET", "team_challenge", "200 200 200 404 401 200"),
    Row("challenges:api-challenge", "DELETE", "team_challenge", "204 204 403 404 401 204"),
    Row("challenges:api-challenge", "DELETE", "public_challenge", "403 403 403 403 401 204"),
    Row("challenges:api-standings", "GET", "team_challenge", "200 200 200 404 401 200"),
    Row("challenges:api-me", "GET", "entered_challenge", "404 404 200 404 401 404"),
    Row("challenges:api-me", "POST", "teams_challenge", "201 201 409 409 401 409"),
    Row("challenges:api-me", "DELETE", "entered_challenge", "409 409 204 409 401 409"),
)


def prepare(world: World) -> None:
    """Found the team, ask the member in, and hold challenges for it and for everybody."""
    captain, enrolled = world.people["collaborator"], world.people["enrolled"]
    team = forming.create(world.owner, "Night owls")
    for member in (captain, enrolled):
        forming.join(team, member, is_asked=True)
    forming.appoint(team, captain.uuid, Role.CAPTAIN)
    make_user("inviteme")
    other = make_user("otherowner")
    open_team = forming.create(other, "Larks", is_open=True)
    link = inviting.make_link(team, world.owner)
    invitation = inviting.invite(open_team, "member", other)
    asked = inviting.invite(team, "otherowner", world.owner)
    world.things["team"] = team
    today = windows.day_of(timezone.now(), "UTC")
    days = {"zone": "UTC", "starts_on": today, "ends_on": today + timedelta(days=6), "metric": "total_xp"}
    staff = world.people["staff"]
    public = running.create(staff, title="For all", **days)
    own = running.create(world.owner, title="For the team", team=team, **days)
    entered_one = running.create(staff, title="Entered", **days)
    running.enter(entered_one, enrolled)
    teams = running.create(staff, title="Teams", who=Who.TEAMS, **days)
    world.subjects |= {
        "team": {"uuid": team.uuid},
        "open_team": {"uuid": open_team.uuid},
        "team_member": {"uuid": team.uuid, "person": enrolled.uuid},
        "team_link": {"uuid": team.uuid, "link": link.uuid},
        "team_token": {"token": inviting.token_of(link)},
        "team_asked": {"uuid": team.uuid, "invitation": asked.uuid},
        "team_asked_alone": {"uuid": asked.uuid},
        "asked_into_team": {"invitation": invitation.uuid},
        "team_invitation": {"uuid": invitation.uuid},
        "public_challenge": {"uuid": public.uuid},
        "team_challenge": {"uuid": own.uuid},
        "entered_challenge": {"uuid": entered_one.uuid},
        "teams_challenge": {"uuid": teams.uuid},
    }

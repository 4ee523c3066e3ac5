"""What goes in and out of the teams' API. Shapes only."""

from typing import Any

from django.urls import reverse
from rest_framework import serializers

from accounts.models import User
from gamification.teams.models import MAX_ABOUT, MAX_NAME, Invited, Membership, Role, Team, TeamInvitation, TeamLink
from gamification.teams.standings import Earned

MAX_USERNAME = 150
MAX_TOKEN = 200


def told_of(user: User) -> dict[str, Any]:
    """Return a member as teams and challenges name one."""
    return {"user_id": str(user.uuid), "username": user.username, "name": user.display_name}


class TeamIn(serializers.Serializer):
    name = serializers.CharField(max_length=MAX_NAME)
    about = serializers.CharField(max_length=MAX_ABOUT, required=False, allow_blank=True, default="")
    is_open = serializers.BooleanField(required=False, default=False, help_text="Whether anybody may join.")


class TeamPatchIn(serializers.Serializer):
    name = serializers.CharField(max_length=MAX_NAME, required=False)
    about = serializers.CharField(max_length=MAX_ABOUT, required=False, allow_blank=True)
    is_open = serializers.BooleanField(required=False, help_text="Whether anybody may join.")


class TeamOut(serializers.Serializer):
    """A team."""

    uuid = serializers.UUIDField()
    name = serializers.CharField()
    about = serializers.CharField()
    is_open = serializers.BooleanField()
    members = serializers.IntegerField(help_text="How many are in it now.")
    created_at = serializers.DateTimeField()
    url = serializers.CharField(help_text="The team's page.")

    def to_representation(self, team: Any) -> dict[str, Any]:
        """Return the team; its address is absolute."""
        page = reverse("teams:team", args=[team.uuid])
        return {
            "uuid": str(team.uuid),
            "name": team.name,
            "about": team.about,
            "is_open": team.is_open,
            "members": team.size,
            "created_at": team.created_at,
            "url": self.context["request"].build_absolute_uri(page),
        }


class StandingTeamOut(TeamOut):
    """A team with its points of this week, this month and all time, as they are now."""

    xp = serializers.IntegerField()
    month_xp = serializers.IntegerField()
    week_xp = serializers.IntegerField()
    rank = serializers.IntegerField(allow_null=True, help_text="Among all teams, of all time; null without points.")
    teams = serializers.IntegerField(help_text="How many have points.")

    def to_representation(self, team: Any) -> dict[str, Any]:
        """Return the team with what `context` says of its points."""
        earned, place = self.context["earned"], self.context["place"]
        return {
            **super().to_representation(team),
            "xp": earned.all,
            "month_xp": earned.month,
            "week_xp": earned.week,
            "rank": place.place,
            "teams": place.teams,
        }


class RankedTeamOut(serializers.Serializer):
    """A team in the table, as it was counted last."""

    rank = serializers.IntegerField(help_text="Teams with as many points share it.")
    uuid = serializers.UUIDField()
    name = serializers.CharField()
    members = serializers.IntegerField()
    xp = serializers.IntegerField()
    as_of = serializers.DateTimeField()

    def to_representation(self, row: Any) -> dict[str, Any]:
        """Return the team."""
        return {
            "rank": row.rank,
            "uuid": str(row.team.uuid),
            "name": row.team.name,
            "members": row.members,
            "xp": row.xp,
            "as_of": row.counted_at,
        }


class TeamMemberOut(serializers.Serializer):
    """Somebody in a team, with what they earned for it. Null for who takes no part in leaderboards."""

    user_id = serializers.UUIDField()
    username = serializers.CharField()
    name = serializers.CharField()
    role = serializers.ChoiceField(choices=Role.choices)
    joined_at = serializers.DateTimeField()
    xp = serializers.IntegerField(allow_null=True)
    month_xp = serializers.IntegerField(allow_null=True)
    week_xp = serializers.IntegerField(allow_null=True)

    def to_representation(self, stay: Membership) -> dict[str, Any]:
        """Return the member."""
        earned: Earned | None = self.context["earned"].get(stay.member.uuid)
        return {
            **told_of(stay.member),
            "role": stay.role,
            "joined_at": stay.joined_at,
            "xp": earned and earned.all,
            "month_xp": earned and earned.month,
            "week_xp": earned and earned.week,
        }


class RoleIn(serializers.Serializer):
    role = serializers.ChoiceField(choices=Role.choices, help_text="`owner` hands the team over.")


class TeamInviteIn(serializers.Serializer):
    username = serializers.CharField(max_length=MAX_USERNAME)


class TeamAnswerIn(serializers.Serializer):
    state = serializers.ChoiceField(choices=[Invited.ACCEPTED.value, Invited.DECLINED.value])


class TeamInvitationOut(serializers.Serializer):
    """An invitation into a team."""

    uuid = serializers.UUIDField()
    team = serializers.UUIDField()
    team_name = serializers.CharField()
    user_id = serializers.UUIDField(help_text="Who is asked.")
    username = serializers.CharField()
    name = serializers.CharField()
    invited_by = serializers.CharField(help_text="The username of who asks.")
    state = serializers.ChoiceField(choices=Invited.choices)
    expires_at = serializers.DateTimeField()

    def to_representation(self, row: TeamInvitation) -> dict[str, Any]:
        """Return the invitation."""
        return {
            "uuid": str(row.uuid),
            "team": str(row.team.uuid),
            "team_name": row.team.name,
            **told_of(row.member),
            "invited_by": row.invited_by.username,
            "state": row.state,
            "expires_at": row.expires_at,
        }


class TokenIn(serializers.Serializer):
    token = serializers.CharField(max_length=MAX_TOKEN, help_text="What the link's address ends with.")


class TeamLinkOut(serializers.Serializer):
    """A link into a team."""

    uuid = serializers.UUIDField()
    link = serializers.CharField()
    token = serializers.CharField()
    expires_at = serializers.DateTimeField()

    def to_representation(self, row: TeamLink) -> dict[str, Any]:
        """Return the link; its address is absolute."""
        token = self.context["token_of"](row)
        page = reverse("teams:come", args=[token])
        return {
            "uuid": str(row.uuid),
            "link": self.context["request"].build_absolute_uri(page),
            "token": token,
            "expires_at": row.expires_at,
        }


def words_of(team: Team) -> dict[str, Any]:
    """Return what of a team may be changed."""
    return {"name": team.name, "about": team.about, "is_open": team.is_open}

"""The teams' API: where they stand, who is in them, and how one comes in."""

from typing import Any, Literal

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import access as parameters
from gamification.answers import GameView, as_uuid, problem
from gamification.refusals import Refused
from gamification.teams import forming, inviting, pages, queries, standings
from gamification.teams.models import Invited, Membership, Role, Team, TeamInvitation, TeamLink
from gamification.teams.serializers import (
    RankedTeamOut,
    RoleIn,
    StandingTeamOut,
    TeamAnswerIn,
    TeamIn,
    TeamInvitationOut,
    TeamInviteIn,
    TeamLinkOut,
    TeamMemberOut,
    TeamOut,
    TeamPatchIn,
    TokenIn,
    words_of,
)
from stats import asking, visitors

PERIODS = {"all_time": "all", "monthly": "month", "weekly": "week"}
PAGES = [OpenApiParameter("page", OpenApiTypes.INT), OpenApiParameter("page_size", OpenApiTypes.INT)]
TIMEFRAME = OpenApiParameter("timeframe", enum=list(PERIODS), default="all_time")
TEAM_EXAMPLE = OpenApiExample(
    "A team", {"name": "Night owls", "about": "We read late.", "is_open": True}, request_only=True
)

Need = Literal["anybody", "leads", "owns"]


class TeamsBase(GameView):
    """What the endpoints of teams share."""

    def team(self, uuid: str, need: Need = "anybody") -> Any:
        """Return a team that was not closed. 403 where the caller may not do what the endpoint does."""
        row = get_object_or_404(queries.standing(), uuid=as_uuid(uuid))
        stay = self.stay(row) if need != "anybody" else None
        if (need == "leads" and not queries.leads(self.member(), stay)) or (
            need == "owns" and not queries.owns(self.member(), stay)
        ):
            raise PermissionDenied
        return row

    def stay(self, row: Team) -> Membership | None:
        """Return as what the caller is in a team."""
        return Membership.objects.current().filter(team=row, member=self.member()).first()

    def told(self, row: Team) -> dict[str, Any]:
        """Return a team as the API shows it, without its points."""
        return dict(TeamOut(queries.standing().get(pk=row.pk), context={"request": self.request}).data)


class TeamsView(TeamsBase):
    """GET teams by points, as they were counted last. POST to found one; 409 `already_in_team`, 400 `name_taken`."""

    @extend_schema(
        operation_id="list_teams",
        summary="Teams by points",
        parameters=[TIMEFRAME, *PAGES],
        responses=RankedTeamOut(many=True),
    )
    def get(self, request: Request) -> Response:
        """List them."""
        parameters.only(request, {"timeframe", "page", "page_size"})
        period = PERIODS[asking.choice(request.query_params, "timeframe", PERIODS, "all_time")]
        key = standings.key_of(period, visitors.today())
        return parameters.paged(self, standings.table(key), lambda rows: RankedTeamOut(rows, many=True).data)

    @extend_schema(
        operation_id="create_team",
        summary="Found a team",
        request=TeamIn,
        responses={201: TeamOut},
        examples=[TEAM_EXAMPLE],
    )
    def post(self, request: Request) -> Response:
        """Found one."""
        form = TeamIn(data=request.data)
        form.is_valid(raise_exception=True)
        try:
            row = forming.create(self.member(), **form.validated_data)
        except Refused as refused:
            raise problem(refused) from refused
        return Response(self.told(row), status=status.HTTP_201_CREATED)


class TeamView(TeamsBase):
    """GET a team with its points now. PATCH its words, DELETE to close it: its owner, and staff."""

    @extend_schema(operation_id="read_team", summary="Read a team", responses={200: StandingTeamOut})
    def get(self, request: Request, uuid: str) -> Response:
        """Read one."""
        parameters.only(request, ())
        row = self.team(uuid)
        earned, place = pages.figures(row, "all", visitors.today())
        return Response(StandingTeamOut(row, context={"request": request, "earned": earned, "place": place}).data)

    @extend_schema(operation_id="change_team", summary="Change a team", request=TeamPatchIn, responses={200: TeamOut})
    def patch(self, request: Request, uuid: str) -> Response:
        """Change it."""
        row = self.team(uuid, "owns")
        form = TeamPatchIn(data=request.data)
        form.is_valid(raise_exception=True)
        try:
            forming.change(row, **{**words_of(row), **form.validated_data}, by=self.member())
        except Refused as refused:
            raise problem(refused) from refused
        return Response(self.told(row))

    @extend_schema(operation_id="close_team", summary="Close a team", responses={204: None})
    def delete(self, request: Request, uuid: str) -> Response:
        """Close it."""
        forming.close(self.team(uuid, "owns"), by=self.member())
        return Response(status=status.HTTP_204_NO_CONTENT)


class JoinView(TeamsBase):
    """POST to join an open team; again changes nothing. 409 `invitation_needed`, `already_in_team`, `team_full`."""

    @extend_schema(operation_id="join_team", summary="Join a team", request=None, responses={200: TeamOut})
    def post(self, request: Request, uuid: str) -> Response:
        """Join it."""
        row = self.team(uuid)
        try:
            forming.join(row, self.member())
        except Refused as refused:
            raise problem(refused) from refused
        return Response(self.told(row))


class LeaveView(TeamsBase):
    """POST to leave the team that you are in. 409 `not_a_member`, `last_owner`."""

    @extend_schema(operation_id="leave_team", summary="Leave a team", request=None, responses={204: None})
    def post(self, request: Request, uuid: str) -> Response:
        """Leave it."""
        try:
            forming.leave(self.team(uuid), self.member())
        except Refused as refused:
            raise problem(refused) from refused
        return Response(status=status.HTTP_204_NO_CONTENT)


class MembersView(TeamsBase):
    """GET who is in a team, with what each has earned for it."""

    @extend_schema(
        operation_id="list_team_members",
        summary="Who is in a team",
        parameters=PAGES,
        responses=TeamMemberOut(many=True),
    )
    def get(self, request: Request, uuid: str) -> Response:
        """List them."""
        parameters.only(request, {"page", "page_size"})
        row = self.team(uuid)
        earned = standings.of_members(row)
        return parameters.paged(
            self, queries.stays(row), lambda rows: TeamMemberOut(rows, many=True, context={"earned": earned}).data
        )


class MemberView(TeamsBase):
    """PATCH what a member is in a team: its owner, and staff; `owner` hands it over. DELETE to put the member out.

    409 `not_a_member`, `owner_stays`, `already_owner`; a captain puts out members only, else 403 `not_permitted`.
    """

    @extend_schema(
        operation_id="appoint_team_member", summary="Give a role", request=RoleIn, responses={200: TeamMemberOut}
    )
    def patch(self, request: Request, uuid: str, person: str) -> Response:
        """Give a role."""
        row = self.team(uuid, "owns")
        form = RoleIn(data=request.data)
        form.is_valid(raise_exception=True)
        try:
            stay = forming.appoint(row, as_uuid(person), Role(form.validated_data["role"]), by=self.member())
        except Refused as refused:
            raise problem(refused) from refused
        return Response(TeamMemberOut(stay, context={"earned": standings.of_members(row)}).data)

    @extend_schema(operation_id="remove_team_member", summary="Put a member out", responses={204: None})
    def delete(self, request: Request, uuid: str, person: str) -> Response:
        """Put one out."""
        row = self.team(uuid, "leads")
        try:
            forming.remove(row, as_uuid(person), self.member())
        except Refused as refused:
            raise problem(refused) from refused
        return Response(status=status.HTTP_204_NO_CONTENT)


class TeamInvitationsView(TeamsBase):
    """GET who is asked into a team and has not answered, POST to ask somebody: who leads it.

    400 `not_invitable`, `already_member`, `already_invited`; 409 `too_many_invitations`.
    """

    @extend_schema(
        operation_id="list_team_invitations",
        summary="Who is asked into a team",
        parameters=PAGES,
        responses=TeamInvitationOut(many=True),
    )
    def get(self, request: Request, uuid: str) -> Response:
        """List them."""
        parameters.only(request, {"page", "page_size"})
        rows = queries.asked(self.team(uuid, "leads"), timezone.now())
        return parameters.paged(self, rows, lambda found: TeamInvitationOut(found, many=True).data)

    @extend_schema(
        operation_id="invite_into_team",
        summary="Ask a member in",
        request=TeamInviteIn,
        responses={201: TeamInvitationOut},
        examples=[OpenApiExample("Ask Noa", {"username": "noa"}, request_only=True)],
    )
    def post(self, request: Request, uuid: str) -> Response:
        """Ask one."""
        row = self.team(uuid, "leads")
        form = TeamInviteIn(data=request.data)
        form.is_valid(raise_exception=True)
        try:
            invitation = inviting.invite(row, form.validated_data["username"], self.member())
        except Refused as refused:
            raise problem(refused) from refused
        return Response(TeamInvitationOut(invitation).data, status=status.HTTP_201_CREATED)


class LinksView(TeamsBase):
    """GET the links into a team, POST to make one that holds for a week: who leads it. 409 `too_many_links`."""

    @extend_schema(
        operation_id="list_team_links",
        summary="Links into a team",
        parameters=PAGES,
        responses=TeamLinkOut(many=True),
    )
    def get(self, request: Request, uuid: str) -> Response:
        """List them."""
        parameters.only(request, {"page", "page_size"})
        rows = queries.links(self.team(uuid, "leads"), timezone.now())
        return parameters.paged(self, rows, lambda found: TeamLinkOut(found, many=True, context=self.linking()).data)

    @extend_schema(operation_id="create_team_link", summary="Make a link", request=None, responses={201: TeamLinkOut})
    def post(self, request: Request, uuid: str) -> Response:
        """Make one."""
        try:
            link = inviting.make_link(self.team(uuid, "leads"), self.member())
        except Refused as refused:
            raise problem(refused) from refused
        return Response(TeamLinkOut(link, context=self.linking()).data, status=status.HTTP_201_CREATED)

    def linking(self) -> dict[str, Any]:
        """Return what a link needs to be shown."""
        return {"request": self.request, "token_of": inviting.token_of}


class LinkView(TeamsBase):
    """DELETE to let nobody join by a link any more: who leads the team."""

    @extend_schema(operation_id="withdraw_team_link", summary="Withdraw a link", responses={204: None})
    def delete(self, request: Request, uuid: str, link: str) -> Response:
        """Withdraw it."""
        row = self.team(uuid, "leads")
        inviting.withdraw_link(get_object_or_404(TeamLink, team=row, uuid=as_uuid(link)), by=self.member())
        return Response(status=status.HTTP_204_NO_CONTENT)


class ComeView(TeamsBase):
    """POST the token of a link to join the team that it leads to. 409 `link_over`, `already_in_team`, `team_full`."""

    @extend_schema(
        operation_id="join_team_by_link", summary="Join by a link", request=TokenIn, responses={200: TeamOut}
    )
    def post(self, request: Request) -> Response:
        """Join it."""
        form = TokenIn(data=request.data)
        form.is_valid(raise_exception=True)
        try:
            stay = inviting.join_by(form.validated_data["token"], self.member())
        except Refused as refused:
            raise problem(refused) from refused
        return Response(self.told(stay.team))


class InvitationsView(TeamsBase):
    """GET the teams that you are asked into."""

    @extend_schema(
        operation_id="list_my_team_invitations",
        summary="Teams that you are asked into",
        parameters=PAGES,
        responses=TeamInvitationOut(many=True),
    )
    def get(self, request: Request) -> Response:
        """List them."""
        parameters.only(request, {"page", "page_size"})
        rows = queries.asked_in(self.member(), timezone.now())
        return parameters.paged(self, rows, lambda found: TeamInvitationOut(found, many=True).data)


class InvitationView(TeamsBase):
    """PATCH to accept or decline an invitation of yours. DELETE to withdraw one: who leads the team.

    409 `invitation_over`, `already_in_team`, `team_full`.
    """

    @extend_schema(
        operation_id="answer_team_invitation",
        summary="Accept or decline",
        request=TeamAnswerIn,
        responses={200: TeamInvitationOut},
        examples=[OpenApiExample("Accept", {"state": "accepted"}, request_only=True)],
    )
    def patch(self, request: Request, uuid: str) -> Response:
        """Answer it."""
        row = self.invitation(uuid)
        if row.member_id != self.member().pk:
            raise Http404
        form = TeamAnswerIn(data=request.data)
        form.is_valid(raise_exception=True)
        try:
            if form.validated_data["state"] == Invited.ACCEPTED:
                inviting.accept(row)
            else:
                inviting.decline(row)
        except Refused as refused:
            raise problem(refused) from refused
        row.refresh_from_db(fields=["state"])
        return Response(TeamInvitationOut(row).data)

    @extend_schema(operation_id="withdraw_team_invitation", summary="Withdraw an invitation", responses={204: None})
    def delete(self, request: Request, uuid: str) -> Response:
        """Withdraw it."""
        row = self.invitation(uuid)
        if not queries.leads(self.member(), self.stay(row.team)):
            raise Http404
        try:
            inviting.withdraw(row, by=self.member())
        except Refused as refused:
            raise problem(refused) from refused
        return Response(status=status.HTTP_204_NO_CONTENT)

    def invitation(self, uuid: str) -> TeamInvitation:
        """Return an invitation."""
        rows = TeamInvitation.objects.select_related("team", "member", "invited_by")
        return get_object_or_404(rows, uuid=as_uuid(uuid))

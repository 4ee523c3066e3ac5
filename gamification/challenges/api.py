"""The challenges' API: which there are, their standings, holding one, taking part."""

from typing import Any

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.exceptions import APIException, PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import access as parameters
from gamification.answers import GameView, as_uuid, problem
from gamification.challenges import measuring, pages, queries, running, standings
from gamification.challenges.models import Challenge
from gamification.challenges.serializers import ChallengeChangeIn, ChallengeIn, ChallengeOut, EntrantOut, MyPartOut
from gamification.refusals import Refused
from gamification.teams import queries as teams
from gamification.teams.models import Membership, Team
from stats import asking

PAGES = [OpenApiParameter("page", OpenApiTypes.INT), OpenApiParameter("page_size", OpenApiTypes.INT)]
STATE = OpenApiParameter("state", enum=list(pages.LISTS), default="running")
CHALLENGE_EXAMPLE = OpenApiExample(
    "Who learns most in a week",
    {
        "title": "A week of lessons",
        "metric": "lessons_completed",
        "starts_on": "2026-11-23",
        "ends_on": "2026-11-29",
        "time_zone": "Europe/Amsterdam",
    },
    request_only=True,
)


class ChallengesBase(GameView):
    """What the endpoints of challenges share."""

    def stay(self) -> Membership | None:
        """Return in which team the caller is."""
        return teams.of_user(self.member())

    def challenge(self, uuid: str) -> Any:
        """Return a challenge that the caller sees. 404 for others."""
        return get_object_or_404(queries.visible_to(self.member(), self.stay()), uuid=as_uuid(uuid))

    def told(self, rows: list[Any]) -> list[dict[str, Any]]:
        """Return challenges as the API shows them."""
        sizes = {row.pk: row.size for row in rows}
        context = {"request": self.request, "now": timezone.now(), "sizes": sizes}
        return list(ChallengeOut(rows, many=True, context=context).data)


class ChallengesView(ChallengesBase):
    """GET the challenges for everybody and for your team. POST to hold one: staff for everybody, who leads a team for it.

    400 with `unknown_metric`, `not_additive`, `unknown_timezone`, `date_in_past`, `date_in_future`, `invalid_range`,
    `range_too_large` or `value_out_of_range`; 403 `not_permitted`; 409 `too_many`.
    """

    @extend_schema(
        operation_id="list_challenges",
        summary="Challenges",
        parameters=[STATE, *PAGES],
        responses=ChallengeOut(many=True),
    )
    def get(self, request: Request) -> Response:
        """List them."""
        parameters.only(request, {"state", "page", "page_size"})
        name = asking.choice(request.query_params, "state", pages.LISTS, "running")
        rows = queries.in_state(queries.visible_to(self.member(), self.stay()), pages.LISTS[name], timezone.now())
        return parameters.paged(self, rows, self.told)

    @extend_schema(
        operation_id="create_challenge",
        summary="Hold a challenge",
        request=ChallengeIn,
        responses={201: ChallengeOut},
        examples=[CHALLENGE_EXAMPLE],
    )
    def post(self, request: Request) -> Response:
        """Hold one."""
        if not queries.may_create(self.member(), self.stay()):
            raise PermissionDenied
        form = ChallengeIn(data=request.data)
        form.is_valid(raise_exception=True)
        told = dict(form.validated_data)
        team, zone = told.pop("team"), told.pop("time_zone")
        found = get_object_or_404(Team.objects.standing(), uuid=team) if team else None
        try:
            row = running.create(self.member(), team=found, zone=zone, **told)
        except Refused as refused:
            raise _of_zone(refused) from refused
        fresh = queries.counted(Challenge.objects.filter(pk=row.pk))
        return Response(self.told(list(fresh))[0], status=status.HTTP_201_CREATED)


class ChallengeView(ChallengesBase):
    """GET a challenge. PATCH to change it, DELETE to cancel it before it is over: staff, and who leads the team whose it is.

    PATCH: 400 as when one holds it, and of one that runs `already_running`, `only_later`; 403 `not_permitted`;
    409 `challenge_over`, `challenge_cancelled`.
    """

    @extend_schema(operation_id="read_challenge", summary="Read a challenge", responses={200: ChallengeOut})
    def get(self, request: Request, uuid: str) -> Response:
        """Read one."""
        parameters.only(request, ())
        return Response(self.told([self.challenge(uuid)])[0])

    @extend_schema(
        operation_id="change_challenge",
        summary="Change a challenge",
        request=ChallengeChangeIn,
        responses={200: ChallengeOut},
        examples=[OpenApiExample("Two days longer", {"ends_on": "2026-12-01"}, request_only=True)],
    )
    def patch(self, request: Request, uuid: str) -> Response:
        """Change what is given, keep the rest: all before it begins, then the words and a later last day."""
        row = self.challenge(uuid)
        form = ChallengeChangeIn(data=request.data)
        form.is_valid(raise_exception=True)
        told = dict(form.validated_data)
        if "time_zone" in told:
            told["zone"] = told.pop("time_zone")
        try:
            running.change(row, self.member(), **told)
        except Refused as refused:
            raise _of_zone(refused) from refused
        return Response(self.told([self.challenge(uuid)])[0])

    @extend_schema(operation_id="cancel_challenge", summary="Cancel a challenge", responses={204: None})
    def delete(self, request: Request, uuid: str) -> Response:
        """Cancel it."""
        try:
            running.cancel(self.challenge(uuid), self.member())
        except Refused as refused:
            raise problem(refused) from refused
        return Response(status=status.HTTP_204_NO_CONTENT)


class StandingsView(ChallengesBase):
    """GET who takes part in a challenge by what they have done, the most first, as it was counted last."""

    @extend_schema(
        operation_id="read_challenge_standings",
        summary="Standings",
        parameters=PAGES,
        responses=EntrantOut(many=True),
    )
    def get(self, request: Request, uuid: str) -> Response:
        """Read them."""
        parameters.only(request, {"page", "page_size"})
        row = self.challenge(uuid)
        context = {"goal": row.goal}
        return parameters.paged(
            self, queries.table(row), lambda found: EntrantOut(found, many=True, context=context).data
        )


class MyPartView(ChallengesBase):
    """GET your part in a challenge, or your team's; POST to take part, DELETE to do so no longer.

    409 `already_entered`, `not_entered`, `challenge_over`, `challenge_cancelled`, `team_needed`, `captain_needed`.
    """

    @extend_schema(operation_id="read_my_part", summary="Your part", responses={200: MyPartOut})
    def get(self, request: Request, uuid: str) -> Response:
        """Read it."""
        parameters.only(request, ())
        return Response(self.part(self.challenge(uuid)))

    @extend_schema(operation_id="enter_challenge", summary="Take part", request=None, responses={201: MyPartOut})
    def post(self, request: Request, uuid: str) -> Response:
        """Take part."""
        row = self.challenge(uuid)
        try:
            standings.count_one(running.enter(row, self.member()))
        except Refused as refused:
            raise problem(refused) from refused
        return Response(self.part(row), status=status.HTTP_201_CREATED)

    @extend_schema(operation_id="leave_challenge", summary="Take part no longer", responses={204: None})
    def delete(self, request: Request, uuid: str) -> Response:
        """Leave."""
        try:
            running.leave(self.challenge(uuid), self.member())
        except Refused as refused:
            raise problem(refused) from refused
        return Response(status=status.HTTP_204_NO_CONTENT)

    def part(self, row: Challenge) -> dict[str, Any]:
        """Return the caller's part. 404 for who has none."""
        metric = measuring.measurable().get(row.metric)
        mine = pages.mine(row, metric, self.member(), self.stay(), timezone.now())
        if mine is None:
            raise Http404
        told = {
            "rank": mine.place,
            "value": mine.value,
            "team": mine.entrant.team.uuid if mine.entrant.team else None,
            "is_reached": mine.is_reached if row.goal is not None else None,
        }
        return dict(MyPartOut(told).data)


def _of_zone(refused: Refused) -> APIException:
    """Return the problem, with the zone by the name that it has here."""
    if refused.field == "zone":
        refused.field = "time_zone"
    return problem(refused)

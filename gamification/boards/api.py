"""Leaderboards, for programs."""

from typing import Any, cast

from django.db import transaction
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import audit
from accounts.api import access
from accounts.api.access import IsMember
from accounts.models import User
from accounts.staffing import Area, Level, permission
from gamification.boards import queries, snapshots
from gamification.boards.models import Closing
from gamification.boards.queries import ALL_TIME, TIMEFRAMES, Board, Line, Past
from gamification.boards.ranking import TOP

SCOPES = ("everyone", "friends", "team", "course:<id>")


class RankedOut(serializers.Serializer):
    """A row. null for `user_id`, names, level and streak: somebody who is no member any more, or is deactivated."""

    rank = serializers.IntegerField(help_text="The same points are the same rank: 1, 2, 2, 4.")
    user_id = serializers.UUIDField(allow_null=True)
    username = serializers.CharField(allow_null=True)
    name = serializers.CharField(allow_null=True)
    xp = serializers.IntegerField(help_text="Earned in the timeframe.")
    level = serializers.IntegerField(allow_null=True)
    current_streak = serializers.IntegerField(allow_null=True)
    is_me = serializers.BooleanField()


class NextOut(serializers.Serializer):
    """The next person to pass."""

    xp = serializers.IntegerField(help_text="Points that it takes to have more than they.")
    rank = serializers.IntegerField()
    username = serializers.CharField(allow_null=True)
    name = serializers.CharField(allow_null=True)


class MyPlaceOut(serializers.Serializer):
    """Where the caller stands, to the second."""

    rank = serializers.IntegerField(
        allow_null=True, help_text="null for who does not take part, or has no points in the timeframe."
    )
    xp = serializers.IntegerField()
    people = serializers.IntegerField(help_text="How many are ranked.")
    is_listed = serializers.BooleanField(help_text="Whether the caller takes part.")
    next = NextOut(allow_null=True)
    neighbours = RankedOut(many=True, help_text="Who stands around the caller, where that is not among `results`.")


class BoardOut(serializers.Serializer):
    """A leaderboard."""

    timeframe = serializers.ChoiceField(TIMEFRAMES)
    scope = serializers.CharField()
    period = serializers.CharField(help_text="Such as 2026-11 or 2026-W47; empty for all time.")
    starts_at = serializers.DateTimeField(allow_null=True)
    ends_at = serializers.DateTimeField(allow_null=True)
    as_of = serializers.DateTimeField(help_text="When `results` were taken; `me` is of now.")
    results = RankedOut(many=True)
    me = MyPlaceOut()


class PastOut(serializers.Serializer):
    """A week or a month that is over and stays as it was."""

    period = serializers.CharField()
    first_day = serializers.DateField()
    last_day = serializers.DateField()
    closed_at = serializers.DateTimeField()
    people = serializers.IntegerField()
    rank = serializers.IntegerField(allow_null=True, help_text="The caller's.")
    xp = serializers.IntegerField(help_text="The caller's.")


class FinalOut(PastOut):
    """A period that is over, with its first hundred."""

    results = RankedOut(many=True)


class RebuiltOut(serializers.Serializer):
    """What was taken anew."""

    boards = serializers.IntegerField()
    as_of = serializers.DateTimeField()


class LeaderboardView(APIView):
    """GET a leaderboard with one's own place. 400 `invalid_choice`, `value_out_of_range`; 404 for whom one is not with."""

    permission_classes = [IsMember]

    @extend_schema(
        operation_id="leaderboard",
        summary="The leaderboard",
        parameters=[
            OpenApiParameter("timeframe", enum=TIMEFRAMES, default=ALL_TIME),
            OpenApiParameter(
                "scope", description="everyone, friends (whom one follows), team, or course:<id>.", default="everyone"
            ),
            OpenApiParameter("limit", OpenApiTypes.INT, description="1 to 100.", default=TOP),
        ],
        responses={200: BoardOut},
    )
    def get(self, request: Request) -> Response:
        """Read it."""
        access.only(request, {"timeframe", "scope", "limit"})
        given, now = request.query_params, timezone.now()
        timeframe, key = given.get("timeframe", ALL_TIME), access.text(request, "scope", 60) or queries.EVERYONE
        if timeframe not in TIMEFRAMES:
            raise ValidationError({"timeframe": f"One of {', '.join(TIMEFRAMES)}."}, code="invalid_choice")
        limit = access.whole(request, "limit", 1, TOP, TOP)
        user = cast(User, request.user)
        scope = queries.scope(user, key)
        if scope is None:
            raise ValidationError({"scope": f"One of {', '.join(SCOPES)} that you have."}, code="invalid_choice")
        board = queries.board(user, scope, queries.timeframe(timeframe, now), now, limit)
        return Response(BoardOut(_board(board)).data)


class PastView(APIView):
    """GET the weeks and months that are over, the latest first, with one's own final place."""

    permission_classes = [IsMember]

    @extend_schema(
        operation_id="past_leaderboards",
        summary="Leaderboards that are over",
        parameters=[OpenApiParameter("page", OpenApiTypes.INT), OpenApiParameter("page_size", OpenApiTypes.INT)],
        responses={200: PastOut(many=True)},
    )
    def get(self, request: Request) -> Response:
        """List them."""
        access.only(request, {"page", "page_size"})
        user = cast(User, request.user)

        def shown(rows: list[Closing]) -> Any:
            return PastOut([_past(one) for one in queries.own_of(user, rows)], many=True).data

        return access.paged(self, queries.closings(), shown)


class FinalView(APIView):
    """GET the first hundred of a week or a month that is over."""

    permission_classes = [IsMember]

    @extend_schema(operation_id="final_leaderboard", summary="A leaderboard that is over", responses={200: FinalOut})
    def get(self, request: Request, period: str) -> Response:
        """Read it."""
        access.only(request, ())
        row = get_object_or_404(Closing, period=period)
        rows, own = queries.final(cast(User, request.user), row, timezone.now())
        return Response(FinalOut({**_past(own), "results": [_row(line) for line in rows]}).data)


class RebuildView(APIView):
    """POST, as staff, to take the leaderboards anew at once. Awards nothing: all of it follows from the ledger."""

    permission_classes = [permission(Area.GAME, Level.CHANGE)]

    @extend_schema(
        operation_id="rebuild_leaderboard",
        summary="Take the leaderboards anew",
        request=None,
        responses={200: RebuiltOut},
    )
    def post(self, request: Request) -> Response:
        """Take them."""
        now = timezone.now()
        with transaction.atomic():
            boards = snapshots.rebuild(now)
            audit.note(cast(User, request.user), "boards.rebuilt", detail={"boards": boards})
        return Response(RebuiltOut({"boards": boards, "as_of": now}).data)


def _board(board: Board) -> dict[str, Any]:
    ends = board.timeframe.ends
    own, passing = board.own, board.passing
    return {
        "timeframe": board.timeframe.key,
        "scope": board.scope.key,
        "period": board.timeframe.period,
        "starts_at": ends.begins_at if ends else None,
        "ends_at": ends.ends_at if ends else None,
        "as_of": board.as_of,
        "results": [_row(line) for line in board.rows],
        "me": {
            "rank": own.rank,
            "xp": own.xp,
            "people": own.people,
            "is_listed": own.is_listed,
            "next": passing and {**_who(passing.line), "xp": passing.xp, "rank": passing.line.rank},
            "neighbours": [_row(line) for line in board.near],
        },
    }


def _row(line: Line) -> dict[str, Any]:
    numbers = {"rank": line.rank, "xp": line.xp, "level": line.level, "current_streak": line.current_streak}
    return {**numbers, **_who(line), "is_me": line.is_me}


def _who(line: Line) -> dict[str, Any]:
    user = line.user
    return {
        "user_id": user and user.uuid,
        "username": user and user.username,
        "name": user and user.display_name,
    }


def _past(one: Past) -> dict[str, Any]:
    row = one.closing
    return {
        "period": row.period,
        "first_day": row.first,
        "last_day": row.last,
        "closed_at": row.closed_at,
        "people": row.people,
        "rank": one.rank,
        "xp": one.xp,
    }

"""Achievements for programs. No endpoint gives one: what is unlocked follows from what the log says."""

from typing import Any

from django.core.cache import cache
from django.db import transaction
from django.http import Http404
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import status
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import audit, staffing
from accounts.api import access
from accounts.staffing import Area, Level, permission
from gamification import queries as game
from gamification.achievements import backfilling, defaults, queries, serializers, writing
from gamification.achievements.criteria import Rarity
from gamification.achievements.models import Achievement
from gamification.achievements.serializers import (
    AchievementCreatedOut,
    AchievementIn,
    AchievementsCheckedOut,
    AchievementsOut,
    AchievementsSeededOut,
)
from gamification.answers import GameView, as_uuid, problem
from gamification.refusals import Refused

CHECK_S = 10

MARATHON = OpenApiExample(
    "A hundred lessons",
    {
        "name": "Marathon",
        "description": "Complete 100 lessons",
        "category": "Learning",
        "icon": "mountain",
        "rarity": "epic",
        "requirement_type": "lessons_completed",
        "requirement_value": 100,
        "points": 800,
    },
    request_only=True,
)


class AchievementsView(GameView):
    """GET one's own achievements, with how far one is."""

    @extend_schema(
        operation_id="read_achievements", summary="Read one's achievements", responses={200: AchievementsOut}
    )
    def get(self, request: Request) -> Response:
        """Return the wall."""
        access.only(request, ())
        return Response(serializers.told(queries.wall(self.member())))


class MembersAchievementsView(GameView):
    """GET what a member has unlocked. 404 unless the member is active and lets others see it; staff see it anyway."""

    @extend_schema(
        operation_id="read_members_achievements",
        summary="Read a member's achievements",
        responses={200: AchievementsOut},
    )
    def get(self, request: Request, uuid: str) -> Response:
        """Return what is unlocked."""
        access.only(request, ())
        me, actor = self.member(), as_uuid(uuid)
        user = access.anybody(str(actor))
        if actor != me.uuid and not staffing.reads_game(me) and not (user.is_active and game.is_public(actor)):
            raise Http404
        return Response(serializers.told(queries.wall_of(actor), progress=False))


class CheckView(GameView):
    """POST to have one's achievements worked out from the log again, at most every ten seconds."""

    @extend_schema(
        operation_id="check_achievements",
        summary="Work out one's achievements again",
        request=None,
        responses={200: AchievementsCheckedOut},
    )
    def post(self, request: Request) -> Response:
        """Work them out, and return the wall with what was not given before."""
        member = self.member()
        before = queries.keys_of(member.uuid)
        if cache.add(f"gamification.check.{member.uuid.hex}", 1, CHECK_S):
            backfilling.check(member.uuid)
        wall = queries.wall(member)
        new = sorted(queries.keys_of(member.uuid) - before)
        return Response({**serializers.told(wall), "newly_unlocked": new})


class CreateView(GameView):
    """POST an achievement to make, for staff. 400 `invalid_rule`, `value_out_of_range`; 409 `already_exists`."""

    permission_classes = [permission(Area.GAME, Level.CHANGE)]

    @extend_schema(
        operation_id="create_achievement",
        summary="Make an achievement",
        request=AchievementIn,
        responses={201: AchievementCreatedOut},
        examples=[MARATHON],
    )
    def post(self, request: Request) -> Response:
        """Make it, and publish it unless told otherwise."""
        told = _known(request.data)
        form = AchievementIn(data=told)
        form.is_valid(raise_exception=True)
        given = form.validated_data
        try:
            with transaction.atomic():
                row = writing.create(_draft(given), self.member(), given.get("key", ""))
                version = writing.publish(row) if given["publish"] else None
                audit.note(self.member(), "achievement.made", row, {"is_published": version is not None})
        except Refused as refused:
            raise problem(refused) from refused
        answer = {"key": row.key, "uuid": row.uuid, "version": 1, "is_published": version is not None}
        return Response(AchievementCreatedOut(answer).data, status=status.HTTP_201_CREATED)


class SeedView(GameView):
    """POST to publish the twelve default achievements, for staff. Doing it again changes nothing."""

    permission_classes = [permission(Area.GAME, Level.CHANGE)]

    @extend_schema(
        operation_id="seed_achievements",
        summary="Publish the default achievements",
        request=None,
        responses={200: AchievementsSeededOut},
    )
    def post(self, request: Request) -> Response:
        """Publish those that are not there."""
        with transaction.atomic():
            created = defaults.seed()
            if created:
                audit.note(self.member(), "achievements.seeded", detail={"made": created})
        return Response({"created": created, "total": Achievement.objects.count()})


def _known(told: Any) -> dict[str, Any]:
    """Return the body if all of its fields are known. Raises ValidationError `invalid_rule`."""
    if not isinstance(told, dict):
        raise ValidationError("An achievement is an object.", "invalid_rule")
    if unknown := sorted(set(told) - set(AchievementIn().fields)):
        raise ValidationError({str(name)[:64]: ["There is no such field."] for name in unknown}, "invalid_rule")
    return told


def _draft(given: dict[str, Any]) -> writing.Draft:
    tiers = [dict(tier) for tier in given.get("tiers", ())]
    if not tiers:
        if "requirement_value" not in given:
            raise ValidationError({"requirement_value": ["This field is required."]}, "required")
        rarity = given["rarity"] or Rarity.COMMON.value
        tiers = [{"threshold": given["requirement_value"], "points": given["points"], "rarity": rarity}]
    metric = given["requirement_type"]
    return writing.Draft(
        name=given["name"],
        description=given["description"],
        metric=serializers.ALIASES.get(metric, metric),
        tiers=[tier | {"threshold": _whole(tier["threshold"])} for tier in tiers],
        category=given["category"],
        icon=given["icon"],
        color=given["badge_color"].lower(),
        window=given["window"],
        every=given["repeat_every"],
        is_hidden=given["hidden"],
    )


def _whole(number: float) -> float:
    return int(number) if number.is_integer() else number

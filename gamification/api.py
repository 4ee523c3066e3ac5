"""The API of a member's numbers: where they stand, and the ledger of points."""

from typing import Any, cast
from uuid import UUID

from django.http import Http404
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import staffing
from accounts.api import access
from accounts.api.access import IsMember
from accounts.models import User
from gamification import queries, refreshing
from gamification.models import Entry
from gamification.rules import Rule

USER_ID = OpenApiParameter(
    "user_id", OpenApiTypes.STR, OpenApiParameter.PATH, description="The member's public UUID, or `me`."
)
PAGES = [OpenApiParameter("page", OpenApiTypes.INT), OpenApiParameter("page_size", OpenApiTypes.INT)]


class StandingOut(serializers.Serializer):
    """Where a member stands. Names are the third seed's, where it has one."""

    user_id = serializers.UUIDField()
    username = serializers.CharField()
    total_xp = serializers.IntegerField(help_text="The sum of the ledger.")
    level = serializers.IntegerField(help_text="floor(sqrt(total_xp / 100)), at least 1.")
    level_title = serializers.CharField()
    level_begins_at_xp = serializers.IntegerField()
    next_level_at_xp = serializers.IntegerField()
    xp_to_next_level = serializers.IntegerField()
    level_progress = serializers.IntegerField(help_text="Of the way to the next level, in whole percent.")
    current_streak = serializers.IntegerField(help_text="Days in a row, by the member's own zones.")
    longest_streak = serializers.IntegerField()
    streak_freezes = serializers.IntegerField(help_text="Freezes held now; each saves a missed day by itself.")
    is_active_today = serializers.BooleanField()
    streak_ends_at = serializers.DateTimeField(allow_null=True, help_text="When the streak is lost if nothing is done.")
    rank = serializers.IntegerField(allow_null=True, help_text="Of all time; null for who does not take part.")
    ranked_members = serializers.IntegerField()
    monthly_xp = serializers.IntegerField()
    monthly_rank = serializers.IntegerField(allow_null=True)
    weekly_xp = serializers.IntegerField()
    weekly_rank = serializers.IntegerField(allow_null=True)
    lessons_completed = serializers.IntegerField()
    courses_completed = serializers.IntegerField()
    quizzes_completed = serializers.IntegerField(help_text="Different quizzes passed.")
    perfect_quizzes = serializers.IntegerField()
    discussion_posts = serializers.IntegerField()
    course_reviews = serializers.IntegerField()
    active_days = serializers.IntegerField()
    study_time = serializers.IntegerField(help_text="Watched and read in lessons, in seconds.")
    achievements_unlocked = serializers.IntegerField()
    achievement_points = serializers.IntegerField(help_text="What they are worth on the wall.")


class PostingOut(serializers.Serializer):
    """A posting of the ledger."""

    id = serializers.IntegerField()
    amount = serializers.IntegerField(help_text="Negative where something is taken back.")
    rule = serializers.ChoiceField([rule.value for rule in Rule])
    text = serializers.CharField(help_text="The whole posting in words.")
    title = serializers.CharField(help_text="What it was given for; empty where it has no name any more.")
    url = serializers.CharField(source="address", help_text="Its page on this site; empty without one.")
    earned_at = serializers.DateTimeField()
    recorded_at = serializers.DateTimeField()


STANDING_EXAMPLE = OpenApiExample(
    "Where a member stands",
    {
        "user_id": "0198e1e0-7c3a-7d0f-9c5b-2a6f1d3e4c5b",
        "username": "alice",
        "total_xp": 2650,
        "level": 5,
        "level_title": "Explorer",
        "level_begins_at_xp": 2500,
        "next_level_at_xp": 3600,
        "xp_to_next_level": 950,
        "level_progress": 13,
        "current_streak": 12,
        "longest_streak": 31,
        "streak_freezes": 1,
        "is_active_today": True,
        "streak_ends_at": "2026-11-23T00:00:00Z",
        "rank": 47,
        "ranked_members": 1203,
        "monthly_xp": 640,
        "monthly_rank": 12,
        "weekly_xp": 120,
        "weekly_rank": 30,
        "lessons_completed": 18,
        "courses_completed": 2,
        "quizzes_completed": 4,
        "perfect_quizzes": 1,
        "discussion_posts": 3,
        "course_reviews": 1,
        "active_days": 44,
        "study_time": 30120,
        "achievements_unlocked": 5,
        "achievement_points": 650,
    },
    response_only=True,
)


def standing_of(user: User) -> dict[str, Any]:
    """Return where a member stands, as the API shows it. Five queries."""
    card = queries.card(user.uuid, timezone.now())
    told = {
        "user_id": user.uuid,
        "username": user.username,
        "total_xp": card.xp,
        "level": card.level.number,
        "level_title": card.level.title,
        "level_begins_at_xp": card.level.begins_at,
        "next_level_at_xp": card.level.next_at,
        "xp_to_next_level": card.level.left,
        "level_progress": card.level.percent,
        "current_streak": card.streak.current,
        "longest_streak": card.streak.longest,
        "streak_freezes": card.streak.freezes,
        "is_active_today": card.streak.is_active_today,
        "streak_ends_at": card.streak_ends_at,
        "rank": card.rank,
        "ranked_members": card.people,
        "monthly_xp": card.month_xp,
        "monthly_rank": card.month_rank,
        "weekly_xp": card.week_xp,
        "weekly_rank": card.week_rank,
        "lessons_completed": card.lessons,
        "courses_completed": card.courses,
        "quizzes_completed": card.quizzes,
        "perfect_quizzes": card.perfects,
        "discussion_posts": card.posts,
        "course_reviews": card.reviews,
        "active_days": card.days,
        "study_time": card.study_s,
        "achievements_unlocked": card.unlocked,
        "achievement_points": card.points,
    }
    return dict(StandingOut(told).data)


class GameView(APIView):
    """What these endpoints share: they are for members, and give no points."""

    permission_classes = [IsMember]

    def member(self) -> User:
        """Return the member who calls."""
        return cast("User", self.request.user)


class StatsView(GameView):
    """GET where you stand."""

    @extend_schema(
        operation_id="read_game_stats",
        summary="Where you stand",
        responses={200: StandingOut},
        examples=[STANDING_EXAMPLE],
    )
    def get(self, request: Request) -> Response:
        """Answer it."""
        access.only(request, ())
        return Response(standing_of(self.member()))


class MemberStatsView(GameView):
    """GET where a member stands: oneself, who lets others see it, and for staff anybody. 404 for all others."""

    @extend_schema(
        operation_id="read_member_game_stats",
        summary="Where a member stands",
        parameters=[USER_ID],
        responses={200: StandingOut},
        examples=[STANDING_EXAMPLE],
    )
    def get(self, request: Request, user_id: str) -> Response:
        """Answer it."""
        access.only(request, ())
        return Response(standing_of(shown_to(self.member(), user_id)))


def shown_to(viewer: User, user_id: str) -> User:
    """Return the member whose standing `viewer` may see. Raises Http404 for nobody and for who keeps it private alike."""
    if user_id == "me" or UUID(user_id) == viewer.uuid:
        return viewer
    user = access.anybody(user_id)
    if not staffing.reads_game(viewer) and not (user.is_active and queries.is_public(user.uuid)):
        raise Http404
    return user


class StreakUpdateView(GameView):
    """POST to have your streak counted anew from all that you did. It awards nothing."""

    @extend_schema(
        operation_id="update_streak",
        summary="Count your streak anew",
        request=None,
        responses={200: StandingOut},
        examples=[STANDING_EXAMPLE],
    )
    def post(self, request: Request) -> Response:
        """Count, and answer where you stand."""
        refreshing.refresh(self.member().uuid, timezone.now())
        return Response(standing_of(self.member()))


class LedgerView(GameView):
    """GET your ledger of points, the last posting first: what for, and when. All amounts add up to `total_xp`."""

    @extend_schema(
        operation_id="list_xp",
        summary="Your ledger of points",
        parameters=PAGES,
        responses={200: PostingOut(many=True)},
        examples=[
            OpenApiExample(
                "A lesson",
                {
                    "id": 4711,
                    "amount": 50,
                    "rule": "lesson",
                    "text": "+50 for finishing “Ebb and flood”",
                    "title": "Ebb and flood",
                    "url": "/courses/reading-the-sea/lessons/0199c1f0-0000-7000-8000-000000000001/",
                    "earned_at": "2026-11-18T12:00:00Z",
                    "recorded_at": "2026-11-18T12:00:00Z",
                },
                response_only=True,
            )
        ],
    )
    def get(self, request: Request) -> Response:
        """List it."""
        access.only(request, {"page", "page_size"})
        return access.paged(self, queries.entries(self.member().uuid), self.shown)

    def shown(self, rows: list[Entry]) -> Any:
        """Return postings as the API shows them."""
        return PostingOut(queries.explained(rows), many=True).data

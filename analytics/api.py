"""The dashboard API: a member's own items in numbers, under the names of the fourth seed."""

# ruff: noqa: N815 (the seed's names)

from collections.abc import Sequence
from typing import Any, cast

from django.conf import settings
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api import access
from accounts.models import User
from analytics.studio import catalogue, lately, measured
from analytics.studio.catalogue import ItemRow
from analytics.studio.lately import InPlaylists, Seen
from stats import asking, compute, memory, windows
from stats.compute import Value
from stats.metrics import METRIC, Scope, Unit
from stats.windows import Window

TOP = 5
OVERVIEW = {
    "totalPlays": "plays",
    "totalViews": "views",
    "totalLikes": "likes",
    "totalShares": "shares",
    "totalDownloads": "downloads",
    "totalSaves": "saves",
    "uniqueListeners": "unique_plays",
    "avgDuration": "average_duration",
    "avgCompletionRate": "average_completion",
}
ENGAGEMENT = {
    "likeRate": "like_rate",
    "shareRate": "share_rate",
    "saveRate": "save_rate",
    "downloadRate": "download_rate",
    "completionRate": "completion_rate",
}
GROWTH = {"playsGrowth": "plays", "likesGrowth": "likes", "sharesGrowth": "shares"}
NUMBERS = tuple(METRIC[key] for key in (*OVERVIEW.values(), *ENGAGEMENT.values()))
GROWN = tuple(METRIC[key] for key in GROWTH.values())


class SpanOut(serializers.Serializer[Any]):
    """A span of time: from an instant to before another."""

    start = serializers.DateTimeField()
    end = serializers.DateTimeField()


class WindowOut(SpanOut):
    """What the numbers are of. `comparedWith` is null where there is nothing before."""

    timeRange = serializers.CharField(help_text="Empty for a window by dates.")
    timeZone = serializers.CharField()
    asOf = serializers.DateTimeField()
    comparedWith = SpanOut(allow_null=True)


class OverviewOut(serializers.Serializer[Any]):
    """The sums. `avgDuration` is in seconds, `avgCompletionRate` in percent; null where there is nothing to divide by."""

    totalTracks = serializers.IntegerField(help_text="All items of one's own now, of any type.")
    totalPlays = serializers.IntegerField()
    totalViews = serializers.IntegerField(help_text="Plays that were long enough.")
    totalLikes = serializers.IntegerField()
    totalShares = serializers.IntegerField()
    totalDownloads = serializers.IntegerField()
    totalSaves = serializers.IntegerField()
    uniqueListeners = serializers.IntegerField()
    avgDuration = serializers.FloatField(allow_null=True)
    avgCompletionRate = serializers.FloatField(allow_null=True)


class ProfileOut(serializers.Serializer[Any]):
    """Who asks."""

    id = serializers.UUIDField()
    username = serializers.CharField()
    name = serializers.CharField()
    bio = serializers.CharField(allow_blank=True)
    memberSince = serializers.DateTimeField()


class ActivityOut(serializers.Serializer[Any]):
    """Somebody liked an item. `by` says what they are: you, a member, a guest or a visitor, never who."""

    trackId = serializers.UUIDField()
    title = serializers.CharField()
    timestamp = serializers.DateTimeField()
    by = serializers.CharField()


class PlayedOut(ActivityOut):
    """Somebody played an item: seconds by the clock, and how much of it was covered in percent."""

    duration = serializers.FloatField()
    completionRate = serializers.FloatField(allow_null=True)


class RecentOut(serializers.Serializer[Any]):
    """The last ten plays and five likes of the window."""

    plays = PlayedOut(many=True)
    likes = ActivityOut(many=True)


class TrackOut(serializers.Serializer[Any]):
    """One of the five items played most."""

    trackId = serializers.UUIDField()
    title = serializers.CharField()
    type = serializers.CharField()
    plays = serializers.IntegerField()
    likes = serializers.IntegerField()
    shares = serializers.IntegerField()
    completionRate = serializers.FloatField(allow_null=True)


class EngagementOut(serializers.Serializer[Any]):
    """So many of each for every hundred plays; null without plays."""

    likeRate = serializers.FloatField(allow_null=True)
    shareRate = serializers.FloatField(allow_null=True)
    saveRate = serializers.FloatField(allow_null=True)
    downloadRate = serializers.FloatField(allow_null=True)
    completionRate = serializers.FloatField(allow_null=True)


class SubmissionOut(serializers.Serializer[Any]):
    """An own item that others put into playlists in the window."""

    trackId = serializers.UUIDField()
    title = serializers.CharField()
    playlists = serializers.IntegerField()
    people = serializers.IntegerField()


class PlaylistsOut(serializers.Serializer[Any]):
    """Own playlists now, and own items in others' playlists."""

    playlists = serializers.IntegerField()
    tracksInPlaylists = serializers.IntegerField()
    submissions = SubmissionOut(many=True)


class GrowthOut(serializers.Serializer[Any]):
    """In percent of the window before; null where nothing was before."""

    playsGrowth = serializers.FloatField(allow_null=True)
    likesGrowth = serializers.FloatField(allow_null=True)
    sharesGrowth = serializers.FloatField(allow_null=True)


class DashboardOut(serializers.Serializer[Any]):
    """A creator's dashboard."""

    window = WindowOut()
    overview = OverviewOut()
    artistProfile = ProfileOut()
    recentActivity = RecentOut()
    topTracks = TrackOut(many=True)
    engagementMetrics = EngagementOut()
    playlistStats = PlaylistsOut()
    growthMetrics = GrowthOut()


TRACK = "0198e1e0-7c3a-7d0f-9c5b-2a6f1d3e4c5b"
EXAMPLE = OpenApiExample(
    "Thirty days",
    {
        "window": {
            "start": "2025-12-18T23:00:00Z",
            "end": "2026-01-17T23:00:00Z",
            "timeRange": "30d",
            "timeZone": "Europe/Amsterdam",
            "asOf": "2026-01-17T14:02:11Z",
            "comparedWith": {"start": "2025-11-18T23:00:00Z", "end": "2025-12-18T14:02:00Z"},
        },
        "overview": {
            "totalTracks": 14, "totalPlays": 12408, "totalViews": 9022, "totalLikes": 1562, "totalShares": 341,
            "totalDownloads": 127, "totalSaves": 488, "uniqueListeners": 4871, "avgDuration": 564.7,
            "avgCompletionRate": 61.3,
        },
        "artistProfile": {
            "id": "0198e1e0-7c3a-7d0f-9c5b-2a6f1d3e4c5b", "username": "ilse", "name": "Ilse Marten",
            "bio": "Amateur astronomer.", "memberSince": "2025-03-01T09:00:00Z",
        },
        "recentActivity": {
            "plays": [
                {
                    "trackId": TRACK, "title": "Reading the night sky", "timestamp": "2026-01-17T13:58:40Z",
                    "by": "A member", "duration": 184.2, "completionRate": 12.7,
                }
            ],
            "likes": [
                {"trackId": TRACK, "title": "Reading the night sky", "timestamp": "2026-01-17T13:40:02Z", "by": "A guest"}
            ],
        },
        "topTracks": [
            {
                "trackId": TRACK, "title": "Reading the night sky", "type": "video", "plays": 3914, "likes": 486,
                "shares": 120, "completionRate": 68.1,
            }
        ],
        "engagementMetrics": {
            "likeRate": 12.6, "shareRate": 2.7, "saveRate": 3.9, "downloadRate": 1.0, "completionRate": 38.4,
        },
        "playlistStats": {
            "playlists": 3, "tracksInPlaylists": 21,
            "submissions": [{"trackId": TRACK, "title": "Reading the night sky", "playlists": 9, "people": 8}],
        },
        "growthMetrics": {"playsGrowth": 18.2, "likesGrowth": 4.1, "sharesGrowth": None},
    },
    response_only=True,
)  # fmt: skip


class DashboardView(APIView):
    """GET the caller's own items in numbers.

    The window is a `timeRange`, or days `from` and `to`, in the site's time zone or in `tz`. Rates are in percent.
    """

    permission_classes = [access.IsMember]

    @extend_schema(
        operation_id="dashboard_stats",
        summary="One's own items in numbers",
        parameters=[
            OpenApiParameter(
                "timeRange", enum=list(windows.NAMES), description="`30d` unless told; also called `range`."
            ),
            OpenApiParameter("from", OpenApiTypes.DATE, description="First day of a window of one's own."),
            OpenApiParameter("to", OpenApiTypes.DATE, description="Its last day; today unless told."),
            OpenApiParameter("tz", description="A time zone by its IANA name; the site's unless told."),
        ],
        responses={200: DashboardOut},
        examples=[EXAMPLE],
    )
    def get(self, request: Request) -> Response:
        """Answer the dashboard."""
        asking.only(request.query_params, asking.RANGE_NAMES)
        now = timezone.now()
        window = asking.window_of(request.query_params, now, settings.TIME_ZONE)
        return Response(dashboard(cast(User, request.user), window, now))


@memory.kept()
def dashboard(user: User, window: Window, now: Any) -> dict[str, Any]:
    """Return the dashboard of a member. At most 15 queries."""
    items = {item.pk: item for item in catalogue.own_items(user)}
    scope, span = Scope.owner(user.pk), windows.before(window)
    numbers = compute.compute_all(NUMBERS, scope, window)
    earlier = compute.compute_all(GROWN, scope, span) if span else {}
    days = compute.series((METRIC["plays"], METRIC["likes"]), scope, window)
    plays = lately.since([(point.day, point.values["plays"].value) for point in days], lately.RECENT_PLAYS)
    likes = lately.since([(point.day, point.values["likes"].value) for point in days], lately.RECENT_LIKES)
    rows = catalogue.ordered(catalogue.item_rows(items.values(), window, measured.RANKED), "plays")
    playlists, kept = lately.own_playlists(user)
    return {
        "window": _window(window, span, now),
        "overview": {
            "totalTracks": len(items),
            **{name: _number(numbers[key]) for name, key in OVERVIEW.items()},
        },
        "artistProfile": {
            "id": str(user.uuid),
            "username": user.username,
            "name": user.display_name,
            "bio": user.bio,
            "memberSince": user.date_joined,
        },
        "recentActivity": {
            "plays": [_played(one) for one in lately.recent_plays(user, items, window, plays)],
            "likes": [_seen(one) for one in lately.recent_likes(user, items, window, likes)],
        },
        "topTracks": [_track(row) for row in rows[:TOP] if row.plays],
        "engagementMetrics": {name: _number(numbers[key]) for name, key in ENGAGEMENT.items()},
        "playlistStats": {
            "playlists": playlists,
            "tracksInPlaylists": kept,
            "submissions": _submissions(lately.in_playlists(user, items, window)),
        },
        "growthMetrics": {name: _growth(numbers[key], earlier.get(key)) for name, key in GROWTH.items()},
    }


def _window(window: Window, span: Window | None, now: Any) -> dict[str, Any]:
    return {
        "start": window.start_at,
        "end": window.end_at,
        "timeRange": window.name,
        "timeZone": window.zone,
        "asOf": now,
        "comparedWith": span and {"start": span.start_at, "end": span.end_at},
    }


def _number(value: Value) -> Any:
    return round(value.value, 2) if isinstance(value.value, float) else value.value


def _growth(now: Value, before: Value | None) -> float | None:
    change = compute.change(now, before, Unit.COUNT)
    return None if change is None or change.percent is None else round(change.percent, 1)


def _seen(one: Seen) -> dict[str, Any]:
    return {"trackId": one.item_uuid, "title": one.title, "timestamp": one.at, "by": one.who}


def _played(one: Seen) -> dict[str, Any]:
    completion = None if one.completion_bp is None else one.completion_bp / 100
    return _seen(one) | {"duration": one.played_ms / 1000, "completionRate": completion}


def _track(row: ItemRow) -> dict[str, Any]:
    return {
        "trackId": row.item.uuid,
        "title": row.item.name,
        "type": row.item.type,
        "plays": row.plays,
        "likes": row.likes,
        "shares": row.values["shares"].value,
        "completionRate": _number(row.values["average_completion"]),
    }


def _submissions(rows: Sequence[InPlaylists]) -> list[dict[str, Any]]:
    return [
        {"trackId": row.item_uuid, "title": row.title, "playlists": row.playlists, "people": row.people} for row in rows
    ]

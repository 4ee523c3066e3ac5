"""Analytics for staff, with the parameters and fields of the fourth seed."""

from typing import Any

from django.conf import settings
from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from stats import asking, compute, windows
from stats.api.answers import EXAMPLE_WINDOW, RANGE_PARAMETERS, IsStaff, WindowOut, window_out
from stats.asking import RANGE_NAMES, Bad
from stats.kinds import PLAY_SOURCES, SHARE_PLATFORMS
from stats.metrics import METRIC, Scope

SECTIONS = {
    "plays": {
        "totalPlays": "plays",
        "totalViews": "views",
        "uniquePlays": "unique_plays",
        "avgDuration": "average_duration",
        "avgCompletionRate": "average_completion",
        "skipRate": "skip_rate",
        "replayRate": "replay_rate",
    },
    "likes": {"totalLikes": "likes"},
    "shares": {"totalShares": "shares"},
    "downloads": {"totalDownloads": "downloads"},
    "saves": {"totalSaves": "saves"},
}
RATES = {
    "plays": {"completionRate": "completion_rate"},
    "likes": {"likeRate": "like_rate"},
    "shares": {"shareRate": "share_rate"},
    "downloads": {"downloadRate": "download_rate"},
    "saves": {"saveRate": "save_rate"},
}
BREAKDOWNS = {"plays": ("sourceBreakdown", "play_source"), "shares": ("platformBreakdown", "share_platform")}


@extend_schema_serializer(component_name="AnalyticsPlays")
class PlaysOut(serializers.Serializer[Any]):
    totalPlays = serializers.IntegerField()  # noqa: N815
    totalViews = serializers.IntegerField(help_text="Plays that were long enough.")  # noqa: N815
    uniquePlays = serializers.IntegerField(help_text="Different people.")  # noqa: N815
    sourceBreakdown = serializers.DictField(child=serializers.IntegerField())  # noqa: N815
    avgDuration = serializers.FloatField(allow_null=True, help_text="Seconds.")  # noqa: N815
    avgCompletionRate = serializers.FloatField(allow_null=True, help_text="Percent.")  # noqa: N815
    skipRate = serializers.FloatField(allow_null=True, help_text="Percent.")  # noqa: N815
    replayRate = serializers.FloatField(allow_null=True, help_text="Percent.")  # noqa: N815


@extend_schema_serializer(component_name="AnalyticsLikes")
class LikesOut(serializers.Serializer[Any]):
    totalLikes = serializers.IntegerField()  # noqa: N815


@extend_schema_serializer(component_name="AnalyticsShares")
class SharesOut(serializers.Serializer[Any]):
    totalShares = serializers.IntegerField()  # noqa: N815
    platformBreakdown = serializers.DictField(child=serializers.IntegerField())  # noqa: N815


@extend_schema_serializer(component_name="AnalyticsDownloads")
class DownloadsOut(serializers.Serializer[Any]):
    totalDownloads = serializers.IntegerField()  # noqa: N815


@extend_schema_serializer(component_name="AnalyticsSaves")
class SavesOut(serializers.Serializer[Any]):
    totalSaves = serializers.IntegerField()  # noqa: N815


@extend_schema_serializer(component_name="AnalyticsEngagement")
class EngagementOut(serializers.Serializer[Any]):
    """In percent of plays; null without plays."""

    likeRate = serializers.FloatField(allow_null=True, required=False)  # noqa: N815
    shareRate = serializers.FloatField(allow_null=True, required=False)  # noqa: N815
    saveRate = serializers.FloatField(allow_null=True, required=False)  # noqa: N815
    downloadRate = serializers.FloatField(allow_null=True, required=False)  # noqa: N815
    completionRate = serializers.FloatField(allow_null=True, required=False)  # noqa: N815


@extend_schema_serializer(component_name="AnalyticsGrowth")
class GrowthOut(serializers.Serializer[Any]):
    """In percent of the window before, up to the same time of day; null where there was nothing: see `new`."""

    playsGrowth = serializers.FloatField(allow_null=True, required=False)  # noqa: N815
    likesGrowth = serializers.FloatField(allow_null=True, required=False)  # noqa: N815
    sharesGrowth = serializers.FloatField(allow_null=True, required=False)  # noqa: N815
    downloadsGrowth = serializers.FloatField(allow_null=True, required=False)  # noqa: N815
    savesGrowth = serializers.FloatField(allow_null=True, required=False)  # noqa: N815
    new = serializers.ListField(child=serializers.CharField(), help_text="What there was none of before.")
    window = WindowOut(allow_null=True)


class AnalyticsOut(serializers.Serializer[Any]):
    """Numbers of an item, of all items of an owner, of a source, or of everything; one section each, or the one asked for."""

    window = WindowOut()
    asOf = serializers.DateTimeField()  # noqa: N815
    plays = PlaysOut(required=False)
    likes = LikesOut(required=False)
    shares = SharesOut(required=False)
    downloads = DownloadsOut(required=False)
    saves = SavesOut(required=False)
    engagement = EngagementOut()
    growth = GrowthOut()


class AnalyticsView(APIView):
    """Analytics of the platform and its parts."""

    permission_classes = [IsStaff]

    @extend_schema(
        operation_id="read_analytics",
        summary="Read analytics",
        parameters=[
            OpenApiParameter("trackId", str, description="An item's UUID, or the key that a source calls it by."),
            OpenApiParameter("source", int, description="The source that calls it so; alone, all that it sent."),
            OpenApiParameter("artistId", str, description="All items of a member: a UUID, or `me`."),
            OpenApiParameter("timeRange", str, enum=windows.NAMES, description="`30d` unless given."),
            OpenApiParameter("metric", str, enum=list(SECTIONS), description="One section; all unless given."),
            *(parameter for parameter in RANGE_PARAMETERS if parameter.name != "range"),
        ],
        responses=AnalyticsOut,
        examples=[
            OpenApiExample(
                "Likes of a week",
                {
                    "window": EXAMPLE_WINDOW,
                    "asOf": "2026-01-17T14:00:00Z",
                    "likes": {"totalLikes": 12},
                    "engagement": {"likeRate": 8.0},
                    "growth": {
                        "likesGrowth": 20.0,
                        "new": [],
                        "window": EXAMPLE_WINDOW
                        | {
                            "from": "2026-01-04T00:00:00Z",
                            "to": "2026-01-10T14:00:00Z",
                            "basis": "rolling",
                            "name": "",
                        },
                    },
                },
                response_only=True,
            )
        ],
    )
    def get(self, request: Request) -> Response:
        """Answer totals, breakdowns, averages, rates and growth. At most 10 queries."""
        params = request.query_params
        asking.only(params, ("trackId", "artistId", "source", "metric", *RANGE_NAMES))
        section = asking.choice(params, "metric", SECTIONS, "")
        now = timezone.now()
        window = asking.window_of(params, now, settings.TIME_ZONE)
        sections = [section] if section else list(SECTIONS)
        return Response({**analytics(self._scope(request), window, sections), "asOf": now})

    def _scope(self, request: Request) -> Scope:
        params = request.query_params
        if "trackId" in params and "artistId" in params:
            raise Bad("artistId", "invalid_parameter", "Give this or trackId, not both.")
        told = {"item": params.get("trackId"), "owner": params.get("artistId"), "source": params.get("source")}
        return asking.scope_of({name: text for name, text in told.items() if text is not None}, request.user)


def analytics(scope: Scope, window: windows.Window, sections: list[str]) -> dict[str, Any]:
    """Return the sections, with the rates that belong to them, and how their totals grew."""
    keys = {key for section in sections for key in (*SECTIONS[section].values(), *RATES[section].values())}
    values = compute.compute_all([METRIC[key] for key in sorted(keys)], scope, window)
    answer: dict[str, Any] = {"window": window_out(window)}
    for section in sections:
        answer[section] = {name: values[key].value for name, key in SECTIONS[section].items()}
    named = {section: BREAKDOWNS[section] for section in sections if section in BREAKDOWNS}
    parts = compute.breakdowns([name for _, name in named.values()], scope, window) if named else {}
    for section, (field, name) in named.items():
        counts = {row.key: row.value for row in parts[name]}
        answer[section][field] = {key: counts[key] for key in (PLAY_SOURCES if section == "plays" else SHARE_PLATFORMS)}
    answer["engagement"] = {name: values[key].value for section in sections for name, key in RATES[section].items()}
    answer["growth"] = _growth(scope, window, sections, values)
    return answer


def _growth(
    scope: Scope, window: windows.Window, sections: list[str], values: dict[str, compute.Value]
) -> dict[str, Any]:
    earlier = windows.before(window)
    totals = [METRIC[section] for section in sections]
    before = compute.compute_all(totals, scope, earlier) if earlier else {}
    changes = {metric.key: compute.change(values[metric.key], before.get(metric.key)) for metric in totals}
    return {
        **{f"{key}Growth": change.percent if change else None for key, change in changes.items()},
        "new": [key for key, change in changes.items() if change and change.is_new],
        "window": window_out(earlier) if earlier else None,
    }

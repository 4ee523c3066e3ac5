"""What members did: their watch history, and what servers and staff report of them."""

from datetime import date
from typing import Any, cast

from django.db import transaction
from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param
from rest_framework.views import APIView

from accounts import activity, audit, entitlements
from accounts.activity import Interaction
from accounts.api import access
from accounts.api.schemas import (
    ClearedOut,
    EntryOut,
    HistoryOut,
    InteractionIn,
    PlayOut,
    RecordedOut,
    UploadIn,
    UsedOut,
    WatchIn,
)
from accounts.api.users import USER_ID
from accounts.features import Feature
from accounts.models import User
from accounts.staffing import Area, Level
from accounts.zones import zone_of
from stats import history
from stats import queries as stats
from stats.actors import user_actor
from stats.kinds import CONTENT_TYPES

LIMIT, MOST = 100, 1000
FURTHEST = 1_000_000


class HistoryView(APIView):
    """The watch history of one member."""

    permission_classes = [access.IsMember]

    @extend_schema(
        operation_id="read_history",
        summary="Read a watch history",
        parameters=[
            USER_ID,
            OpenApiParameter("limit", int, description="1 to 1000, 100 unless given."),
            OpenApiParameter("offset", int),
            OpenApiParameter("type", str, enum=CONTENT_TYPES),
            OpenApiParameter("day", date, description="In the member's time zone."),
            OpenApiParameter("text", str, description="Part of the title, or of the owner's name."),
        ],
        responses=HistoryOut,
        examples=[
            OpenApiExample(
                "History",
                {
                    "count": 1,
                    "next": None,
                    "previous": None,
                    "results": [
                        {
                            "video_id": "video-001",
                            "stream_id": None,
                            "watched_at": "2026-01-17T14:00:00Z",
                            "duration_seconds": 1800,
                            "content_type": "video",
                            "session_id": "sess-1",
                            "completed": False,
                            "quality": "720p",
                        }
                    ],
                },
                response_only=True,
            )
        ],
    )
    def get(self, request: Request, user_id: str) -> Response:
        """Answer a page of entries, newest first."""
        access.only(request, ("limit", "offset", "type", "day", "text"))
        user = access.own_or_any(request, user_id)
        limit, offset = access.whole(request, "limit", 1, MOST, LIMIT), access.whole(request, "offset", 0, FURTHEST, 0)
        with timezone.override(zone_of(user.time_zone)):
            filters = _history_filters(request)
            found = history.entries(user.uuid, **filters, limit=limit, offset=offset)
            count = history.count(user.uuid, **filters)
        return Response(
            {
                "count": count,
                "next": _page_url(request, offset + limit) if offset + limit < count else None,
                "previous": _page_url(request, max(0, offset - limit)) if offset else None,
                "results": EntryOut(found, many=True).data,
            }
        )

    @extend_schema(
        operation_id="clear_history",
        summary="Clear a watch history",
        parameters=[USER_ID],
        responses=ClearedOut,
        examples=[OpenApiExample("Cleared", {"cleared": 25}, response_only=True)],
    )
    def delete(self, request: Request, user_id: str) -> Response:
        """Empty the list. The eight stats keep counting what was watched."""
        user = access.own_or_any(request, user_id, Area.PEOPLE, Level.CHANGE)
        with transaction.atomic():
            cleared = history.clear(user_actor(user.uuid))
            if user != request.user:
                audit.note(cast(User, request.user), "member.history_cleared", user, {"entries": cleared})
        return Response({"cleared": cleared})


class WatchView(APIView):
    """Plays that a server reports."""

    permission_classes = [access.IsServerOrStaff]

    @extend_schema(
        operation_id="record_watch",
        summary="Record a play",
        parameters=[USER_ID],
        request=WatchIn,
        responses={201: PlayOut},
        examples=[
            OpenApiExample(
                "Half an hour",
                {"video_id": "video-123", "duration_seconds": 1800, "content_type": "video"},
                request_only=True,
            )
        ],
    )
    def post(self, request: Request, user_id: str) -> Response:
        """Record that a member watched something. 201 with `play_id`."""
        user, values = access.told_of(request, user_id), _values(WatchIn, request)
        values.pop("stream_id", None)
        play_id = activity.record_watch(user, source=access.source_of(request), **values)
        return Response({"play_id": play_id}, status=status.HTTP_201_CREATED)


class UploadView(APIView):
    """Uploads that a server reports."""

    permission_classes = [access.IsServerOrStaff]

    @extend_schema(
        operation_id="record_upload",
        summary="Record an upload",
        parameters=[USER_ID],
        request=UploadIn,
        responses={201: RecordedOut},
        examples=[OpenApiExample("Image", {"content_type": "image", "bytes": 204800}, request_only=True)],
    )
    def post(self, request: Request, user_id: str) -> Response:
        """Record that a member uploaded something. 201 with `event_id`."""
        user, values = access.told_of(request, user_id), _values(UploadIn, request)
        event_id = activity.record_upload(
            user, values["content_type"], values.get("bytes"), source=access.source_of(request)
        )
        return Response({"event_id": event_id}, status=status.HTTP_201_CREATED)


class InteractionView(APIView):
    """Likes, comments and shares that a server reports."""

    permission_classes = [access.IsServerOrStaff]

    @extend_schema(
        operation_id="record_interaction",
        summary="Record a like, comment or share",
        parameters=[USER_ID],
        request=InteractionIn,
        responses={201: RecordedOut},
        examples=[OpenApiExample("Like", {"interaction_type": "like", "item": "video-123"}, request_only=True)],
    )
    def post(self, request: Request, user_id: str) -> Response:
        """Record that a member interacted with something. 201 with `event_id`."""
        user, values = access.told_of(request, user_id), _values(InteractionIn, request)
        event_id = activity.record_interaction(
            user,
            Interaction(values["interaction_type"]),
            values["item"],
            values["content_type"],
            source=access.source_of(request),
            platform=values["platform"],
        )
        return Response({"event_id": event_id}, status=status.HTTP_201_CREATED)


class UseFeatureView(APIView):
    """Uses of subscriber features."""

    permission_classes = [access.IsMember]

    @extend_schema(
        operation_id="use_feature",
        summary="Use a subscriber feature",
        parameters=[
            USER_ID,
            OpenApiParameter("feature", str, OpenApiParameter.PATH, enum=[feature.value for feature in Feature]),
        ],
        request=None,
        responses=UsedOut,
        examples=[
            OpenApiExample("Used", {"feature": "hd_streaming", "subscriber_features_used": 4}, response_only=True)
        ],
    )
    def post(self, request: Request, user_id: str, feature: str) -> Response:
        """Record the use. 403 `feature_not_included` where the plan has it not."""
        user = access.own_or_any(request, user_id, Area.PEOPLE, Level.CHANGE)
        if feature not in list(Feature):
            raise Http404
        entitlements.use(user, Feature(feature))
        used = stats.eight_stats(user.uuid).subscriber_features_used
        return Response({"feature": feature, "subscriber_features_used": used})


def _values(form_class: Any, request: Request) -> dict[str, Any]:
    form = form_class(data=request.data)
    form.is_valid(raise_exception=True)
    return form.validated_data


def _history_filters(request: Request) -> dict[str, Any]:
    """Read the filters. Raises ValidationError `invalid_choice`, `invalid_date`, and what `access.text` raises."""
    kind, day = (request.query_params.get(name, "") for name in ("type", "day"))
    text = access.text(request, "text")
    if kind and kind not in CONTENT_TYPES:
        raise ValidationError({"type": f"One of {', '.join(CONTENT_TYPES)}."}, code="invalid_choice")
    try:
        return {"type": kind or None, "day": date.fromisoformat(day) if day else None, "text": text}
    except ValueError as error:
        raise ValidationError({"day": "A day is written 2026-01-17."}, code="invalid_date") from error


def _page_url(request: Request, offset: int) -> str:
    return replace_query_param(request.build_absolute_uri(), "offset", offset)

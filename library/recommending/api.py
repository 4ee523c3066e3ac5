"""Recommendations in the API: for who calls, and beside an item."""

from typing import Any, cast

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import access as parameters
from accounts.requests import ActorRequest
from library.api import LibraryView
from library.recommending import picking
from library.recommending.serializers import RecommendationsOut, RelatedOut

MOST, USUAL = 50, 10
LIMIT = OpenApiParameter("limit", OpenApiTypes.INT, description=f"From 1 to {MOST}; {USUAL} unless told.")
EXAMPLE = OpenApiExample(
    "Because of something watched",
    {
        "results": [
            {
                "reason": "watched_together",
                "because": {"uuid": "0198e1e0-0000-7000-8000-6569676874aa", "title": "The tide"},
                "item": {"uuid": "0198e1e0-0000-7000-8000-6569676874ab", "title": "The harbour", "type": "video"},
            }
        ]
    },
    response_only=True,
)


class RecommendationsView(LibraryView):
    """GET what to watch next: what the same people watched as oneself did lately, else what many watch now.

    Members and guests (`X-Guest-ID`) are answered by their own history, without what they took out of it; others by what
    many watch now. Nothing that one has watched is among it.
    """

    @extend_schema(
        operation_id="list_recommendations",
        summary="Recommendations for the caller",
        parameters=[LIMIT],
        responses={200: RecommendationsOut},
        examples=[EXAMPLE],
    )
    def get(self, request: Request) -> Response:
        """List them, the best first."""
        parameters.only(request, {"limit"})
        count = parameters.whole(request, "limit", 1, MOST, USUAL)
        actor = cast("ActorRequest", request._request).actor
        found = picking.picks(request.user, actor.id if actor else None, count)
        shown = self.shown([pick.item for pick in found])
        return Response({"results": [_told(pick, item) for pick, item in zip(found, shown, strict=True)]})


class RelatedView(LibraryView):
    """GET what to watch beside an item: what the same people watch, then its owner's newest, its category's, the newest."""

    @extend_schema(
        operation_id="list_related_items",
        summary="Items related to an item",
        parameters=[LIMIT],
        responses={200: RelatedOut},
    )
    def get(self, request: Request, uuid: str) -> Response:
        """List them, the best first."""
        parameters.only(request, {"limit"})
        count = parameters.whole(request, "limit", 1, MOST, USUAL)
        return Response({"results": self.shown(picking.related(self.item(uuid), count))})


def _told(pick: picking.Pick, item: dict[str, Any]) -> dict[str, Any]:
    because = pick.because and {"uuid": str(pick.because.uuid), "title": pick.because.title}
    return {"reason": pick.reason.value, "because": because, "item": item}

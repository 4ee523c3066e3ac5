"""One metric of one member."""

from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api import access
from accounts.api.users import USER_ID
from accounts.zones import zone_of
from stats import asking, compute
from stats.api.answers import EXAMPLE_WINDOW, KEY, RANGE_PARAMETERS, Asked, NumberOut, number_out
from stats.api.metrics import metric_of
from stats.asking import RANGE_NAMES, Bad
from stats.metrics import Scope, Subject


class UserStatView(APIView):
    """One metric of what a member did, or owns."""

    permission_classes = [access.IsMember]

    @extend_schema(
        operation_id="read_user_stat",
        summary="Read one statistic of a member",
        parameters=[
            USER_ID,
            KEY,
            *RANGE_PARAMETERS,
            OpenApiParameter("series", str, enum=["day"], description="With its values by day."),
        ],
        responses=NumberOut,
        examples=[
            OpenApiExample(
                "A lifetime counter",
                {
                    "key": "videos_uploaded",
                    "label": "Videos uploaded",
                    "unit": "count",
                    "definition": "Each video whose upload was completed. Deleting one does not lower it.",
                    "value": 12,
                    "numerator": 12,
                    "denominator": None,
                    "rows": [],
                    "note": "",
                    "window": EXAMPLE_WINDOW | {"from": "1969-12-31T00:00:00Z", "name": "all"},
                    "as_of": "2026-01-17T14:00:00Z",
                    "previous": None,
                    "change": None,
                },
                response_only=True,
            )
        ],
    )
    def get(self, request: Request, user_id: str, key: str) -> Response:
        """Answer one number of oneself, or for staff of anybody; in the member's time zone unless another is asked for."""
        params = request.query_params
        asking.only(params, (*RANGE_NAMES, "series"))
        user = access.own_or_any(request, user_id)
        metric = metric_of(key, request.user)
        if Subject.USER not in metric.subjects:
            raise NotFound
        series = asking.choice(params, "series", ("day",), "")
        if series and not compute.has_series(metric):
            raise Bad("series", "invalid_choice", "This metric has no values by day.")
        now = timezone.now()
        window = asking.window_of(params, now, zone_of(user.time_zone).key, metric.usual)
        asked = Asked(metric, Scope.user(user.uuid), window, now)
        return Response(NumberOut(number_out(asked, with_series=bool(series))).data)

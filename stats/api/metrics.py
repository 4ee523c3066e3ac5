"""The registry of metrics, one metric of something, and its receipt."""

from typing import Any

from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import remove_query_param, replace_query_param
from rest_framework.views import APIView

from stats import asking, compute, receipts, staff
from stats.api.answers import (
    EXAMPLE_WINDOW,
    KEY,
    RANGE_PARAMETERS,
    SUBJECT_PARAMETERS,
    Asked,
    IsMember,
    NumberOut,
    ValueOut,
    WindowOut,
    number_out,
    value_out,
    window_out,
    zone_for,
)
from stats.asking import RANGE_NAMES, SUBJECT_NAMES, Bad
from stats.metrics import Metric, Privacy, Subject


class MetricOut(serializers.Serializer[Any]):
    """A metric: what it is in words, and of what it may be asked."""

    key = serializers.CharField()
    group = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    unit = serializers.CharField()
    definition = serializers.CharField()
    events = serializers.ListField(child=serializers.CharField(), help_text="The kinds of events it is made of.")
    subjects = serializers.ListField(child=serializers.ChoiceField([subject.value for subject in Subject]))
    additive = serializers.BooleanField(help_text="Whether values of days or items may be added up.")
    waiting = serializers.CharField(allow_null=True, help_text="What must come before there is anything to count.")
    range = serializers.CharField(help_text="The window it is shown for unless another is asked for.")


class MetricsOut(serializers.Serializer[Any]):
    metrics = MetricOut(many=True)


@extend_schema_serializer(component_name="ReceiptLine")
class LineOut(serializers.Serializer[Any]):
    label = serializers.CharField()  # type: ignore[assignment]
    value = serializers.IntegerField()
    part = serializers.ChoiceField(["numerator", "denominator", "left_out"])
    unit = serializers.CharField(allow_blank=True, help_text="`ms`, `bp` (hundredths of a percent), or pieces.")


@extend_schema_serializer(component_name="ReceiptEntry")
class EntryOut(serializers.Serializer[Any]):
    at = serializers.DateTimeField()
    kind = serializers.CharField()
    item = serializers.UUIDField(allow_null=True)
    title = serializers.CharField(allow_blank=True)
    who = serializers.CharField(help_text="A pseudonym, the same for the same person in all of an owner's receipts.")
    adds = serializers.IntegerField()
    of = serializers.IntegerField()
    reason = serializers.CharField(allow_blank=True, help_text="Why it adds nothing.")


class ReceiptOut(ValueOut):
    """How a number came about. Over all pages `adds` sums to the numerator, `of` to the denominator."""

    key = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    unit = serializers.CharField()
    definition = serializers.CharField()
    window = WindowOut()
    events = serializers.IntegerField(help_text="How many plays and actions were looked at.")
    adds_up = serializers.BooleanField(help_text="False where the entries are only what it was computed from.")
    lines = LineOut(many=True)
    entries = EntryOut(many=True)
    next = serializers.URLField(allow_null=True)
    curl = serializers.CharField(help_text="Asks for the same number.")


def metric_of(key: str, user: Any) -> Metric:
    """Return the metric of that key, or 404, also for who may not know of it."""
    metric = compute.registry().get(key)
    if metric is None or (metric.privacy is Privacy.STAFF and not staff.reads_numbers(user)):
        raise Http404
    return metric


def asked_of(request: Request, key: str, more: tuple[str, ...]) -> Asked:
    """Return what a query asks for. Raises Bad, Http404 and PermissionDenied as `stats.asking` does."""
    params = request.query_params
    asking.only(params, (*RANGE_NAMES, *SUBJECT_NAMES, *more))
    metric = metric_of(key, request.user)
    scope = asking.scope_of(params, request.user)
    asking.allow(metric, scope, request.user)
    now = timezone.now()
    return Asked(metric, scope, asking.window_of(params, now, zone_for(request.user, scope), metric.usual), now)


class MetricsView(APIView):
    """All metrics."""

    permission_classes = [IsMember]

    @extend_schema(
        operation_id="list_metrics",
        summary="List the metrics",
        parameters=[OpenApiParameter("subject", str, enum=[subject.value for subject in Subject])],
        responses=MetricsOut,
        examples=[
            OpenApiExample(
                "Metrics",
                {
                    "metrics": [
                        {
                            "key": "skip_rate",
                            "group": "Plays",
                            "label": "Skip rate",
                            "unit": "percent",
                            "definition": "Skipped plays of all plays. …",
                            "events": ["play"],
                            "subjects": ["item", "owner", "platform", "source", "user"],
                            "additive": False,
                            "waiting": None,
                            "range": "30d",
                        }
                    ]
                },
                response_only=True,
            )
        ],
    )
    def get(self, request: Request) -> Response:
        """Answer every metric: what it is, in words, and of what it may be asked. No query but for staff."""
        asking.only(request.query_params, ("subject",))
        subject = asking.choice(request.query_params, "subject", [one.value for one in Subject], "")
        reads_all = staff.reads_numbers(request.user)
        return Response(
            {
                "metrics": [
                    {
                        "key": metric.key,
                        "group": metric.group,
                        "label": metric.label,
                        "unit": metric.unit.value,
                        "definition": metric.definition,
                        "events": list(metric.kinds),
                        "subjects": sorted(metric.subjects),
                        "additive": metric.additive,
                        "waiting": metric.waits_for or None,
                        "range": metric.usual,
                    }
                    for metric in compute.registry().values()
                    if (metric.privacy is not Privacy.STAFF or reads_all)
                    and (not subject or subject in metric.subjects)
                ]
            }
        )


class MetricView(APIView):
    """One metric of something."""

    permission_classes = [IsMember]

    @extend_schema(
        operation_id="read_metric",
        summary="Read a metric",
        parameters=[
            KEY,
            *SUBJECT_PARAMETERS,
            *RANGE_PARAMETERS,
            OpenApiParameter("series", str, enum=["day"], description="With its values by day."),
        ],
        responses=NumberOut,
        examples=[
            OpenApiExample(
                "A week",
                {
                    "key": "completion_rate",
                    "label": "Completion rate",
                    "unit": "percent",
                    "definition": "Completed plays of all plays. …",
                    "value": 62.5,
                    "numerator": 5,
                    "denominator": 8,
                    "rows": [],
                    "note": "",
                    "window": EXAMPLE_WINDOW,
                    "as_of": "2026-01-17T14:00:00Z",
                    "previous": {
                        "value": 50.0,
                        "numerator": 2,
                        "denominator": 4,
                        "window": EXAMPLE_WINDOW
                        | {
                            "from": "2026-01-04T00:00:00Z",
                            "to": "2026-01-10T14:00:00Z",
                            "basis": "rolling",
                            "name": "",
                        },
                    },
                    "change": {"percent": 25.0, "is_new": False, "points": 12.5},
                },
                response_only=True,
            )
        ],
    )
    def get(self, request: Request, key: str) -> Response:
        """Answer one number with the one before.

        Of own items and of oneself for members, of everything for staff; 404 for what is another's.
        """
        asked = asked_of(request, key, ("series",))
        series = asking.choice(request.query_params, "series", ("day",), "")
        if series and not compute.has_series(asked.metric):
            raise Bad("series", "invalid_choice", "This metric has no values by day.")
        return Response(NumberOut(number_out(asked, with_series=bool(series))).data)


class ReceiptView(APIView):
    """How a number came about."""

    permission_classes = [IsMember]

    @extend_schema(
        operation_id="read_receipt",
        summary="Read a receipt",
        parameters=[
            KEY,
            *SUBJECT_PARAMETERS,
            *RANGE_PARAMETERS,
            OpenApiParameter("limit", int, description="How many entries, 1 to 200."),
            OpenApiParameter("cursor", str, description="From `next`."),
        ],
        responses=ReceiptOut,
        examples=[
            OpenApiExample(
                "Views of a day",
                {
                    "key": "views",
                    "label": "Views",
                    "unit": "count",
                    "definition": "Plays that were long enough …",
                    "value": 1,
                    "numerator": 1,
                    "denominator": None,
                    "window": EXAMPLE_WINDOW,
                    "events": 2,
                    "adds_up": True,
                    "lines": [
                        {"label": "Views", "value": 1, "part": "numerator", "unit": ""},
                        {"label": "Plays too short for a view", "value": 1, "part": "left_out", "unit": ""},
                    ],
                    "entries": [
                        {
                            "at": "2026-01-17T14:00:00Z",
                            "kind": "play",
                            "item": "01981b7e-0000-7000-8000-000000000001",
                            "title": "Tide",
                            "who": "Member 3f9a2c",
                            "adds": 0,
                            "of": 0,
                            "reason": "Too short for a view",
                        }
                    ],
                    "next": None,
                    "curl": 'curl -H "Authorization: Bearer $TOKEN" "https://example.org/api/stats/metrics/views?…"',
                },
                response_only=True,
            )
        ],
    )
    def get(self, request: Request, key: str) -> Response:
        """Answer what was counted and what was left out, with the plays and actions themselves, newest first."""
        params = request.query_params
        asked = asked_of(request, key, ("cursor", "limit"))
        limit = asking.whole(params, "limit", 1, receipts.MOST, receipts.LIMIT)
        found = receipts.receipt(
            asked.metric,
            asked.scope,
            asked.window,
            params.get("cursor", ""),
            limit,
            origin=request.build_absolute_uri("/").rstrip("/"),
            viewer=getattr(request.user, "uuid", None),
        )
        return Response(ReceiptOut(receipt_out(request, found)).data)


def receipt_out(request: Request, found: receipts.Receipt) -> dict[str, Any]:
    """Return a receipt as it is answered. The next page asks for exactly this window, however late it is then."""
    following = None
    if found.cursor:
        following = request.build_absolute_uri()
        for name in RANGE_NAMES:
            following = remove_query_param(following, name)
        for name, text in {**asking.query_of(found.window), "cursor": found.cursor}.items():
            following = replace_query_param(following, name, text)
    return {
        "key": found.metric.key,
        "label": found.metric.label,
        "unit": found.metric.unit.value,
        "definition": found.metric.definition,
        **value_out(found.value),
        "window": window_out(found.window),
        "events": found.events,
        "adds_up": found.is_summed,
        "lines": [
            {
                "label": line.label,
                "value": line.value,
                "part": "left_out" if line.is_left_out else "denominator" if line.is_of else "numerator",
                "unit": line.unit,
            }
            for line in found.lines
        ],
        "entries": [
            {
                "at": entry.at,
                "kind": entry.kind,
                "item": entry.item_uuid or None,
                "title": entry.title,
                "who": entry.who,
                "adds": entry.adds,
                "of": entry.of,
                "reason": entry.reason,
            }
            for entry in found.entries
        ],
        "next": following,
        "curl": found.curl,
    }

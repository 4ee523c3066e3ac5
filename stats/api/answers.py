"""What the endpoints of numbers share: who may ask, windows, values and changes as they are answered."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema_serializer
from rest_framework import serializers
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from stats import compute, staff, windows
from stats.compute import Change, Value
from stats.metrics import Metric, Scope
from stats.windows import NAMES, Window


class IsMember(BasePermission):
    """Somebody with an account."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Whether it is a member."""
        return isinstance(request.user, get_user_model()) and request.user.is_active


class IsStaff(IsMember):
    """Staff who may know all numbers."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Whether it is such staff."""
        return super().has_permission(request, view) and staff.reads_numbers(request.user)


@extend_schema_serializer(component_name="NumberWindow")
class WindowOut(serializers.Serializer[Any]):
    """The window that a number is of: from an instant to before another; `basis` says whether it is made of days."""

    to = serializers.DateTimeField()
    tz = serializers.CharField(help_text="In whose days it is.")
    basis = serializers.ChoiceField(["calendar", "rolling"])
    name = serializers.CharField(allow_blank=True, help_text="Like `30d`; empty for one by dates.")

    def get_fields(self) -> Any:
        """Add the field that is a word of Python's."""
        return {"from": serializers.DateTimeField(), **super().get_fields()}


class RowOut(serializers.Serializer[Any]):
    label = serializers.CharField()  # type: ignore[assignment]
    value = serializers.JSONField()
    key = serializers.CharField(allow_blank=True)


class ValueOut(serializers.Serializer[Any]):
    """A number; null where there is nothing to divide by, or nothing to count yet."""

    value = serializers.JSONField(allow_null=True)
    numerator = serializers.IntegerField(allow_null=True)
    denominator = serializers.IntegerField(allow_null=True)


class PointOut(ValueOut):
    at = serializers.DateTimeField(help_text="When the day begins; in the window of 24 hours, the hour.")


class PreviousOut(ValueOut):
    window = WindowOut()


@extend_schema_serializer(component_name="NumberChange")
class ChangeOut(serializers.Serializer[Any]):
    """How a number grew against the window before, up to the same time of day."""

    percent = serializers.FloatField(allow_null=True, help_text="Null where there was nothing before.")
    is_new = serializers.BooleanField(help_text="There was nothing before, and there is something now.")
    points = serializers.FloatField(allow_null=True, help_text="Of a percentage: the difference.")


class NumberOut(ValueOut):
    """A metric of something in a window."""

    key = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    unit = serializers.CharField()
    definition = serializers.CharField()
    rows = RowOut(many=True)
    note = serializers.CharField(allow_blank=True)
    window = WindowOut()
    as_of = serializers.DateTimeField()
    previous = PreviousOut(allow_null=True)
    change = ChangeOut(allow_null=True)
    series = PointOut(many=True, required=False)


RANGE_PARAMETERS = [
    OpenApiParameter("range", str, enum=NAMES, description="The days end with today. Also as `timeRange`."),
    OpenApiParameter("days", int, description="So many days with today as the last, 1 to 400."),
    OpenApiParameter("from", str, description="A day, or an instant with its offset."),
    OpenApiParameter("to", str, description="A day, which is included, or an instant, which is not."),
    OpenApiParameter("tz", str, description="In which time zone the days are."),
]
SUBJECT_PARAMETERS = [
    OpenApiParameter("item", str, description="An item's UUID, or the key that a source calls it by."),
    OpenApiParameter("source", int, description="The source that calls the item so; alone, all that it sent (staff)."),
    OpenApiParameter("owner", str, description="All items of a member: a UUID, or `me`."),
    OpenApiParameter("user", str, description="What a member did: a UUID, or `me`."),
]
KEY = OpenApiParameter("key", OpenApiTypes.STR, OpenApiParameter.PATH, description="A metric, such as `plays`.")
EXAMPLE_WINDOW = {
    "from": "2026-01-11T00:00:00Z",
    "to": "2026-01-18T00:00:00Z",
    "tz": "UTC",
    "basis": "calendar",
    "name": "7d",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """A metric, of what, in which window, asked at a moment."""

    metric: Metric
    scope: Scope
    window: Window
    now: datetime


def zone_for(user: Any, scope: Scope) -> str:
    """Return the zone whose days are meant unless another is asked for: one's own for oneself, else the site's."""
    is_own = scope.key == getattr(user, "uuid", None)
    return (getattr(user, "time_zone", "") if is_own else "") or settings.TIME_ZONE


def window_out(window: Window) -> dict[str, Any]:
    """Return a window as it is answered."""
    basis = "calendar" if window.is_whole_days else "rolling"
    return {"from": window.start_at, "to": window.end_at, "tz": window.zone, "basis": basis, "name": window.name}


def value_out(value: Value) -> dict[str, Any]:
    """Return a value as it is answered."""
    return {"value": value.value, "numerator": value.over, "denominator": value.under}


def change_out(change: Change | None) -> dict[str, Any] | None:
    """Return a change as it is answered."""
    return None if change is None else {"percent": change.percent, "is_new": change.is_new, "points": change.points}


def number_out(asked: Asked, *, with_series: bool) -> dict[str, Any]:
    """Return one number with the one before and, if asked, its days."""
    metric, scope, window = asked.metric, asked.scope, asked.window
    value = compute.compute(metric, scope, window)
    earlier = windows.before(window) if compute.has_series(metric) or metric.additive else None
    before = compute.compute(metric, scope, earlier) if earlier else None
    answer = {
        "key": metric.key,
        "label": metric.label,
        "unit": metric.unit.value,
        "definition": metric.definition,
        **value_out(value),
        "rows": [{"label": row.label, "value": row.value, "key": row.key} for row in value.rows],
        "note": value.note,
        "window": window_out(window),
        "as_of": value.as_of or asked.now,
        "previous": value_out(before) | {"window": window_out(earlier)} if earlier and before else None,
        "change": change_out(compute.change(value, before, metric.unit)),
    }
    if with_series:
        answer["series"] = series_out(asked)
    return answer


def series_out(asked: Asked) -> list[dict[str, Any]]:
    """Return the metric's values by day, of the window `24h` by hour, each with when that begins."""
    metric, window = asked.metric, asked.window
    if window.name == "24h":
        hours = compute.hours([metric], asked.scope, window)
        return [{"at": hour.at, **value_out(hour.values[metric.key])} for hour in hours if metric.key in hour.values]
    points = compute.series([metric], asked.scope, window)
    return [{"at": windows.midnight(point.day, window.zone), **value_out(point.values[metric.key])} for point in points]

"""The platform in numbers for staff, under `/api/admin/analytics/`."""

import re
from datetime import date
from typing import Any, cast

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import audit
from accounts.models import User
from accounts.staffing import Area, Level, may, permission
from analytics.platform import aggregating, answers, health, queries, serializers
from analytics.platform.answers import Asked
from analytics.platform.ranking import Order
from stats import asking
from stats.windows import NAMES, day_of

WINDOW = ("range", "days", "from", "to", "tz")
RANGES = tuple(name for name in NAMES if name != "24h")
LIMIT, MOST = 10, 100
DAY_FORM = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
ON_DASHBOARD = 5

WINDOW_PARAMETERS = [
    OpenApiParameter("range", enum=list(RANGES), description="`30d` unless told. The last day is today."),
    OpenApiParameter("days", int, description=f"So many days with today as the last, {asking.LONGEST_DAYS} at most."),
    OpenApiParameter("from", OpenApiTypes.DATE, description="First day of a window of one's own."),
    OpenApiParameter("to", OpenApiTypes.DATE, description="Its last day; today unless told."),
    OpenApiParameter("tz", description="Days are the site's: only its own zone may be named."),
]
CURRENCY = OpenApiParameter("currency", description="Three letters; the one with the highest run rate unless told.")
LIMITS = OpenApiParameter("limit", int, description=f"How many, 1 to {MOST}; {LIMIT} unless told.")
ORDERS = OpenApiParameter("metric", enum=[one.value for one in Order], description="What to rank by; `enrollments`.")


def asked_of(request: Request, *names: str) -> Asked:
    """Read window and currency of a query, which knows `names` beside.

    Raises Bad `unknown_parameter`, `repeated_parameter`, `invalid_choice`, and what `asking.window_of` raises.
    """
    params, now = request.query_params, timezone.now()
    asking.only(params, (*WINDOW, *names))
    asking.choice(params, "range", RANGES, "30d")
    window = asking.window_of(params, now, settings.TIME_ZONE)
    if window.zone != settings.TIME_ZONE:
        raise asking.Bad("tz", "invalid_choice", f"Days are the site's, {settings.TIME_ZONE}.")
    if not window.is_whole_days:
        raise asking.Bad("from", "invalid_date", "This is a day such as 2026-01-17.")
    known = queries.currencies()
    currency = asking.choice(params, "currency", known, known[0]) if "currency" in names else known[0]
    return Asked(window, currency, now, may(request.user, Area.MONEY))


def ranked_by(request: Request, asked: Asked) -> tuple[Order, int]:
    """Read what to rank by and how many. Who may not see money cannot rank by it."""
    known = [one.value for one in Order if asked.sees_money or one is not Order.REVENUE]
    order = Order(asking.choice(request.query_params, "metric", known, Order.ENROLLMENTS))
    return order, asking.whole(request.query_params, "limit", 1, MOST, LIMIT)


class OverviewView(APIView):
    """GET the platform as it stands: members, courses, revenue."""

    permission_classes = [permission(Area.NUMBERS)]

    @extend_schema(
        operation_id="admin_analytics_overview",
        summary="The platform as it stands",
        parameters=[*WINDOW_PARAMETERS, CURRENCY],
        responses={200: serializers.PlatformOverviewOut},
    )
    def get(self, request: Request) -> Response:
        """Answer the overview."""
        return answer(serializers.PlatformOverviewOut, answers.overview(asked_of(request, "currency")))


class UserGrowthView(APIView):
    """GET new members by day, against the days before."""

    permission_classes = [permission(Area.NUMBERS)]

    @extend_schema(
        operation_id="admin_analytics_user_growth",
        summary="New members",
        parameters=WINDOW_PARAMETERS,
        responses={200: serializers.UserGrowthOut},
        examples=[
            OpenApiExample(
                "Two days",
                {
                    "total_users": 4211, "new_users": 41, "previous_new_users": 32, "growth_rate": 28.13, "is_new": False,
                    "daily_signups": [
                        {"date": "2026-11-21", "new_users": 19, "total_users": 4189},
                        {"date": "2026-11-22", "new_users": 22, "total_users": 4211},
                    ],
                    "window": {
                        "first_day": "2026-11-21", "last_day": "2026-11-22", "time_zone": "Europe/Amsterdam",
                        "as_of": "2026-11-22T09:30:00Z",
                    },
                },
                response_only=True,
            )
        ],
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        """Answer the growth."""
        return answer(serializers.UserGrowthOut, answers.user_growth(asked_of(request)))


class EngagementView(APIView):
    """GET active members by day, week and month, and how sticky the platform is."""

    permission_classes = [permission(Area.NUMBERS)]

    @extend_schema(
        operation_id="admin_analytics_engagement",
        summary="Active members",
        parameters=WINDOW_PARAMETERS,
        responses={200: serializers.PlatformEngagementOut},
    )
    def get(self, request: Request) -> Response:
        """Answer the engagement."""
        return answer(serializers.PlatformEngagementOut, answers.engagement(asked_of(request)))


class RevenueView(APIView):
    """GET the revenue of one currency, in its smallest unit."""

    permission_classes = [permission(Area.MONEY)]

    @extend_schema(
        operation_id="admin_analytics_revenue",
        summary="Revenue",
        parameters=[*WINDOW_PARAMETERS, CURRENCY],
        responses={200: serializers.RevenueOut},
    )
    def get(self, request: Request) -> Response:
        """Answer the revenue."""
        return answer(serializers.RevenueOut, answers.revenue(asked_of(request, "currency")))


class TopCoursesView(APIView):
    """GET the courses in which most happened, or that are rated best."""

    permission_classes = [permission(Area.NUMBERS)]

    @extend_schema(
        operation_id="admin_analytics_top_courses",
        summary="Top courses",
        parameters=[*WINDOW_PARAMETERS, CURRENCY, ORDERS, LIMITS],
        responses={200: serializers.TopCoursesOut},
    )
    def get(self, request: Request) -> Response:
        """Answer the courses."""
        asked = asked_of(request, "currency", "metric", "limit")
        order, limit = ranked_by(request, asked)
        told = {"metric": order, "currency": asked.currency if asked.sees_money else None, "window": asked.span}
        return answer(serializers.TopCoursesOut, told | {"courses": answers.top_courses(asked, order, limit)})


class TopInstructorsView(APIView):
    """GET the people in whose courses most happened, or who are rated best."""

    permission_classes = [permission(Area.NUMBERS)]

    @extend_schema(
        operation_id="admin_analytics_top_instructors",
        summary="Top instructors",
        parameters=[*WINDOW_PARAMETERS, CURRENCY, ORDERS, LIMITS],
        responses={200: serializers.TopInstructorsOut},
    )
    def get(self, request: Request) -> Response:
        """Answer the instructors."""
        asked = asked_of(request, "currency", "metric", "limit")
        order, limit = ranked_by(request, asked)
        told = {"metric": order, "currency": asked.currency if asked.sees_money else None, "window": asked.span}
        return answer(
            serializers.TopInstructorsOut, told | {"instructors": answers.top_instructors(asked, order, limit)}
        )


class SystemHealthView(APIView):
    """GET how the system stands."""

    permission_classes = [permission(Area.SYSTEM)]

    @extend_schema(
        operation_id="admin_analytics_system_health",
        summary="How the system stands",
        responses={200: serializers.HealthOut},
    )
    def get(self, request: Request) -> Response:
        """Answer the health."""
        asking.only(request.query_params, ())
        return answer(serializers.HealthOut, answers.system_health(health.health(timezone.now())))


class DashboardView(APIView):
    """GET all of it in one call; null for the parts that one may not see."""

    permission_classes = [permission(Area.NUMBERS)]

    @extend_schema(
        operation_id="admin_analytics_dashboard",
        summary="Everything in one call",
        parameters=[*WINDOW_PARAMETERS, CURRENCY],
        responses={200: serializers.PlatformDashboardOut},
    )
    def get(self, request: Request) -> Response:
        """Answer everything."""
        asked = asked_of(request, "currency")
        told: dict[str, Any] = {
            "overview": answers.overview(asked),
            "user_growth": answers.user_growth(asked),
            "engagement": answers.engagement(asked),
            "revenue": answers.revenue(asked) if asked.sees_money else None,
            "top_courses": answers.top_courses(asked, Order.ENROLLMENTS, ON_DASHBOARD),
            "top_instructors": answers.top_instructors(asked, Order.ENROLLMENTS, ON_DASHBOARD),
            "system_health": None,
        }
        if may(request.user, Area.SYSTEM):
            told["system_health"] = answers.system_health(health.health(asked.now, with_broker=False))
        return answer(serializers.PlatformDashboardOut, told)


class AggregateView(APIView):
    """POST to count a day anew, with its week and month. Doing it again changes nothing."""

    permission_classes = [permission(Area.NUMBERS, Level.CHANGE)]

    @extend_schema(
        operation_id="admin_analytics_aggregate",
        summary="Count a day anew",
        description="400 `invalid_date` for what is no day, `date_in_future` for one to come.",
        request=None,
        responses={200: serializers.AggregatedOut},
    )
    def post(self, request: Request, day: str) -> Response:
        """Count, and answer what was kept."""
        asking.only(request.query_params, ())
        now = timezone.now()
        today = day_of(now, settings.TIME_ZONE)
        wanted = day_from(day, today)
        with transaction.atomic():
            rows = aggregating.aggregate([wanted], now)
            audit.note(cast(User, request.user), "numbers.aggregated", detail={"day": wanted.isoformat(), "rows": rows})
        told = {"date": wanted, "is_closed": wanted < today, "rows": rows}
        return answer(serializers.AggregatedOut, told)


def day_from(text: str, today: date) -> date:
    """Read a day of an address. Raises Bad `invalid_date`, `date_in_future`, `value_out_of_range`."""
    try:
        day = date.fromisoformat(text) if DAY_FORM.fullmatch(text) else None
    except ValueError:
        day = None
    if day is None:
        raise asking.Bad("date", "invalid_date", "This is a day such as 2026-01-17.")
    if day > today:
        raise asking.Bad("date", "date_in_future", "This day is yet to come.")
    if day < asking.EARLIEST:
        raise asking.Bad("date", "value_out_of_range", f"This is from {asking.EARLIEST} on.")
    return day


def answer(shape: Any, told: dict[str, Any]) -> Response:
    """Answer plain values in the shape of a serializer."""
    return Response(shape(told).data)

"""Members: make, find, read, change."""

from collections.abc import Sequence
from typing import Any, cast

from django.db import transaction
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import addresses, audit, entitlements, members, queries
from accounts.api import access
from accounts.api.schemas import ProfileIn, StatsOut, SubscriptionOut, UpgradeIn, UserIn, UserOut
from accounts.models import GrantedBy, User
from accounts.roles import Role
from accounts.staffing import Area, Level, may, permission
from accounts.subscriptions import By, upgrade_subscription
from stats import queries as stats
from stats.eight import EIGHT

PAGING = ("page", "page_size")
USER_ID = OpenApiParameter(
    "user_id", OpenApiTypes.STR, OpenApiParameter.PATH, description="The member's public UUID, or `me`."
)
USER_EXAMPLE = OpenApiExample(
    "Member",
    {
        "user_id": "0198e1e0-7c3a-7d0f-9c5b-2a6f1d3e4c5b",
        "username": "alice",
        "email": "alice@example.com",
        "role": "subscriber",
        "created_at": "2026-01-17T10:00:00Z",
        "updated_at": "2026-01-17T15:30:00Z",
        "is_active": True,
        "subscription_expires": "2027-01-17T10:00:00Z",
        "features": ["priority_upload", "hd_streaming", "ad_free", "custom_playlists"],
        "first_name": "",
        "last_name": "",
        "bio": "",
        "time_zone": "Europe/Amsterdam",
        "locale": "en",
        "theme": "system",
        "opted_out": False,
    },
    response_only=True,
)
STATS_EXAMPLE = OpenApiExample(
    "Eight stats",
    {
        "user_id": "0198e1e0-7c3a-7d0f-9c5b-2a6f1d3e4c5b",
        "subscriber_features_used": 3,
        "watch_history_entries": 25,
        "total_watched_hours": 47.5,
        "videos_uploaded": 5,
        "streams_created": 2,
        "images_uploaded": 18,
        "total_interactions": 42,
        "last_activity_timestamp": "2026-01-17T15:30:00Z",
        "created_at": "2026-01-17T10:00:00Z",
        "updated_at": "2026-01-17T15:30:00Z",
    },
    response_only=True,
)


def shown(users: Sequence[User], reader: Any) -> list[Any]:
    """Return members as the API shows them to `reader`: others' addresses masked, and until when a subscription runs
    left out, for who may not see them.

    Two queries for all of them.
    """
    entitlements.load(users)
    now = timezone.now()
    told = [dict(UserOut(user, context={"now": now}).data) for user in users]
    unseen = {} if may(reader, Area.SUBSCRIPTIONS) else {"subscription_expires": None}
    return [
        each if user == reader else each | unseen | {"email": addresses.shown(reader, user.email)}
        for user, each in zip(users, told, strict=True)
    ]


def eight(users: Sequence[User]) -> Any:
    """Return the eight stats of members as the API shows them. One query."""
    counted = stats.all_eight_stats([user.uuid for user in users])
    return [StatsOut(_with_dates(user, counted[user.uuid])).data for user in users]


def _with_dates(user: User, counted: Any) -> dict[str, Any]:
    values = {stat.key: getattr(counted, stat.key) for stat in EIGHT}
    changed = max(moment for moment in (user.updated_at, counted.last_activity_timestamp) if moment)
    return values | {"user_id": user.uuid, "created_at": user.created_at, "updated_at": changed}


class UsersView(GenericAPIView):
    """The directory of members, for staff."""

    queryset = User.objects.none()
    serializer_class = UserOut
    filter_backends: list[Any] = []

    def get_permissions(self) -> list[Any]:
        """Let those read who may see people, and those add who may change them."""
        return [permission(Area.PEOPLE, Level.CHANGE if self.request.method == "POST" else Level.READ)()]

    @extend_schema(
        operation_id="list_users",
        summary="List members",
        parameters=[
            OpenApiParameter("search", str, description="Part of the username, name or e-mail address."),
            OpenApiParameter("role", str, enum=[role.value for role in Role]),
            OpenApiParameter("is_active", bool),
        ],
        examples=[USER_EXAMPLE],
    )
    def get(self, request: Request) -> Response:
        """Answer a page of members, the first first."""
        access.only(request, (*PAGING, "search", "role", "is_active"))
        by_address = may(request.user, Area.ADDRESSES)
        found = queries.directory(timezone.now(), by_address=by_address, **_directory_filters(request))
        page = self.paginate_queryset(found)
        return self.get_paginated_response(shown(page or [], request.user))

    @extend_schema(
        operation_id="create_user",
        summary="Make a member",
        request=UserIn,
        responses={201: UserOut},
        examples=[
            OpenApiExample(
                "New member",
                {"username": "alice", "email": "alice@example.com", "role": "subscriber"},
                request_only=True,
            ),
            USER_EXAMPLE,
        ],
    )
    def post(self, request: Request) -> Response:
        """Make a member without a password: a password reset sets one. 201 with `user_id`."""
        form = UserIn(data=request.data)
        form.is_valid(raise_exception=True)
        values = form.validated_data
        staff = cast(User, request.user)
        with transaction.atomic():
            user = members.create(
                values["username"], values["email"], Role(values["role"]), by=By(GrantedBy.ADMIN, staff)
            )
            audit.note(staff, "member.made", user, {"role": values["role"]})
        return Response(shown([user], request.user)[0], status=status.HTTP_201_CREATED)


class UserView(APIView):
    """One member: oneself, or anybody for staff."""

    permission_classes = [access.IsMember]

    @extend_schema(
        operation_id="read_user",
        summary="Read a member",
        parameters=[USER_ID],
        responses=UserOut,
        examples=[USER_EXAMPLE],
    )
    def get(self, request: Request, user_id: str) -> Response:
        """Answer the member."""
        return Response(shown([access.own_or_any(request, user_id)], request.user)[0])

    @extend_schema(
        operation_id="change_profile",
        summary="Change your profile",
        parameters=[USER_ID],
        request=ProfileIn,
        responses=UserOut,
        examples=[
            OpenApiExample("Profile", {"bio": "Films tide pools.", "time_zone": "Europe/Amsterdam"}, request_only=True),
            USER_EXAMPLE,
        ],
    )
    def patch(self, request: Request, user_id: str) -> Response:
        """Change your own profile. 400 `read_only_field` for what is not yours to change."""
        user = access.own_or_any(request, user_id)
        if user != request.user:
            raise PermissionDenied
        form = ProfileIn(data=request.data, partial=True)
        form.is_valid(raise_exception=True)
        members.change(user, **form.validated_data)
        return Response(shown([user], request.user)[0])


class UserStatsView(APIView):
    """The eight stats of one member."""

    permission_classes = [access.IsMember]

    @extend_schema(
        operation_id="read_user_stats",
        summary="Read the eight stats of a member",
        parameters=[USER_ID],
        responses=StatsOut,
        examples=[STATS_EXAMPLE],
    )
    def get(self, request: Request, user_id: str) -> Response:
        """Answer the fields of `user_stats.json`."""
        return Response(eight([access.own_or_any(request, user_id)])[0])


class AllStatsView(GenericAPIView):
    """The eight stats of everybody, for staff."""

    permission_classes = [permission(Area.PEOPLE)]
    queryset = User.objects.order_by("pk")
    serializer_class = StatsOut
    filter_backends: list[Any] = []

    @extend_schema(operation_id="list_user_stats", summary="List everybody's eight stats", examples=[STATS_EXAMPLE])
    def get(self, request: Request) -> Response:
        """Answer a page of members' stats, the first member first."""
        access.only(request, PAGING)
        page = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response(eight(page or []))


class SubscribersView(GenericAPIView):
    """Members with a role above free, for staff."""

    permission_classes = [permission(Area.SUBSCRIPTIONS)]
    queryset = User.objects.none()
    serializer_class = UserOut
    filter_backends: list[Any] = []

    @extend_schema(operation_id="list_subscribers", summary="List subscribers", examples=[USER_EXAMPLE])
    def get(self, request: Request) -> Response:
        """Answer a page of those to whom a subscription grants a role now."""
        access.only(request, PAGING)
        page = self.paginate_queryset(queries.subscribed(timezone.now()))
        return self.get_paginated_response(shown(page or [], request.user))


class UpgradeView(APIView):
    """Give a member a role for a time, for staff."""

    permission_classes = [permission(Area.SUBSCRIPTIONS, Level.CHANGE)]

    @extend_schema(
        operation_id="upgrade_user",
        summary="Start, extend or change a subscription",
        parameters=[USER_ID],
        request=UpgradeIn,
        responses=SubscriptionOut,
        examples=[OpenApiExample("A year", {"role": "premium", "days": 365}, request_only=True)],
    )
    def post(self, request: Request, user_id: str) -> Response:
        """Start a subscription, extend the same role by the days, or change to another role from now on."""
        user = access.own_or_any(request, user_id)
        form = UpgradeIn(data=request.data)
        form.is_valid(raise_exception=True)
        staff, role = cast(User, request.user), Role(form.validated_data["role"])
        with transaction.atomic():
            subscription = upgrade_subscription(
                user, role, form.validated_data.get("days"), by=By(GrantedBy.ADMIN, staff)
            )
            detail = {"role": role.value, "ends_after": subscription.current_period_end.isoformat()}
            audit.note(staff, "subscription.upgraded", subscription, detail, person=user)
        return Response(SubscriptionOut(subscription).data)


def _directory_filters(request: Request) -> dict[str, Any]:
    """Read the directory's filters. Raises ValidationError `invalid_choice`, and what `access.text` raises."""
    search, role = access.text(request, "search"), request.query_params.get("role")
    active = request.query_params.get("is_active")
    if role is not None and role not in list(Role):
        raise ValidationError({"role": "This is no role."}, code="invalid_choice")
    if active not in (None, "true", "false"):
        raise ValidationError({"is_active": "Either true or false."}, code="invalid_choice")
    return {
        "search": search,
        "role": Role(role) if role else None,
        "is_active": None if active is None else active == "true",
    }

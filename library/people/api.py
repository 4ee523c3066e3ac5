"""The people's API: members, follows, the feed, notifications, settings, working together, bringing others along."""

from typing import Any, cast

from django.shortcuts import get_object_or_404
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.exceptions import APIException, PermissionDenied, ValidationError
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.settings import api_settings

from accounts import referrals
from accounts.api import access as parameters
from accounts.api.access import IsMember
from library import access as items_access
from library.api import LibraryView, as_uuid
from library.people import access, collaborating, follows, notifications, pages, queries, settings
from library.people.queries import Person
from library.people.serializers import (
    CollaborationAnswerIn,
    CollaborationOut,
    InvitedIn,
    InviteOut,
    MemberOut,
    NotificationOut,
    ReadIn,
    ReadOut,
)
from library.serializers import ItemOut
from stats.models import Item

PAGES = [OpenApiParameter("page", OpenApiTypes.INT), OpenApiParameter("page_size", OpenApiTypes.INT)]
SETTINGS_EXAMPLE = OpenApiExample(
    "Told of comments no longer", {"notification.comment": "off", "privacy.profile": "members"}
)


class InvitationRefused(APIException):
    """Somebody who cannot be asked to work together."""

    status_code = status.HTTP_409_CONFLICT

    def __init__(self, refused: collaborating.Refused) -> None:
        super().__init__(refused.detail, refused.code)


class KeptPrivate(PermissionDenied):
    """Whom the member follows, and who follows them, is theirs to see."""

    default_detail = "This member shows only the two numbers."
    default_code = "kept_private"


class PeopleView(LibraryView):
    """What the endpoints of members share."""

    permission_classes = [IsMember]

    def person(self, username: str) -> Person:
        """Return a member whose page the caller may see, by name in any spelling. 404 for all others."""
        (person,) = queries.people([pages.user_or_404(self.request.user, username)], self.request.user)
        return person

    def told(self, people: list[Person]) -> list[dict[str, Any]]:
        """Return members as the API shows them."""
        return list(MemberOut(people, many=True, context={"request": self.request}).data)

    def paged(self, request: Request, rows: Any, names: set[str] | None = None) -> tuple[Any, list[Any]]:
        """Return the pages and the rows of the one asked for. Raises ValidationError for an unknown parameter."""
        parameters.only(request, {"page", "page_size", *(names or ())})
        paging = cast("Any", api_settings.DEFAULT_PAGINATION_CLASS)()
        return paging, paging.paginate_queryset(rows, request, view=self)


class MemberView(PeopleView):
    """GET a member, for everybody who may see their page."""

    permission_classes = [AllowAny]

    @extend_schema(operation_id="read_member", summary="Read a member", responses={200: MemberOut})
    def get(self, request: Request, username: str) -> Response:
        """Read one."""
        parameters.only(request, ())
        return Response(self.told([self.person(username)])[0])


class FollowView(PeopleView):
    """POST to follow a member, DELETE to follow them no longer. 200 with the member; again moves nothing.

    400 `oneself` for who follows themselves.
    """

    @extend_schema(operation_id="follow_member", summary="Follow", request=None, responses={200: MemberOut})
    def post(self, request: Request, username: str) -> Response:
        """Follow."""
        person = self.person(username)
        try:
            follows.follow(self.member(), person.user)
        except follows.Oneself:
            raise ValidationError({"": "Nobody follows themselves."}, code="oneself") from None
        return Response(self.told([self.person(username)])[0])

    @extend_schema(operation_id="unfollow_member", summary="Follow no longer", responses={200: MemberOut})
    def delete(self, request: Request, username: str) -> Response:
        """Follow no longer."""
        follows.unfollow(self.member(), self.person(username).user)
        return Response(self.told([self.person(username)])[0])


class FollowersView(PeopleView):
    """GET who follows a member, the latest first, of the newest 2,000. 403 `kept_private` where they do not show it."""

    permission_classes = [AllowAny]

    @extend_schema(
        operation_id="list_followers", summary="Who follows a member", parameters=PAGES, responses=MemberOut(many=True)
    )
    def get(self, request: Request, username: str) -> Response:
        """List them."""
        return self.listed(request, username, queries.followers)

    def listed(self, request: Request, username: str, of: Any) -> Response:
        """Answer a page of the members that `of(user, viewer)` names."""
        user = pages.user_or_404(request.user, username)
        if not access.shows_follows(user, request.user):
            raise KeptPrivate
        paging, uuids = self.paged(request, of(user, request.user))
        return paging.get_paginated_response(self.told(queries.people(queries.in_order(uuids), request.user)))


class FollowingView(FollowersView):
    """GET whom a member follows, the latest first, of the newest 2,000. 403 `kept_private` where they do not show it."""

    @extend_schema(
        operation_id="list_following", summary="Whom a member follows", parameters=PAGES, responses=MemberOut(many=True)
    )
    def get(self, request: Request, username: str) -> Response:
        """List them."""
        return self.listed(request, username, queries.followed)


class FeedView(PeopleView):
    """GET what those whom you follow have published, the newest first, of the newest 480."""

    @extend_schema(
        operation_id="read_feed", summary="New from whom you follow", parameters=PAGES, responses=ItemOut(many=True)
    )
    def get(self, request: Request) -> Response:
        """List it."""
        paging, rows = self.paged(request, queries.feed(self.member()))
        return paging.get_paginated_response(self.shown(rows))


class NotificationsView(PeopleView):
    """GET what you were told, newest first; with `?unread=true` what you have not read."""

    @extend_schema(
        operation_id="list_notifications",
        summary="Your notifications",
        parameters=[OpenApiParameter("unread", enum=["true", "false"]), *PAGES],
        responses=NotificationOut(many=True),
    )
    def get(self, request: Request) -> Response:
        """List them."""
        rows, wanted = notifications.of(self.member()), request.query_params.get("unread", "false")
        if wanted not in {"true", "false"}:
            raise ValidationError({"unread": "One of true, false."}, code="invalid_choice")
        paging, page = self.paged(request, rows.filter(read_at=None) if wanted == "true" else rows, {"unread"})
        return paging.get_paginated_response(NotificationOut(page, many=True).data)


class NotificationsReadView(PeopleView):
    """POST to mark all as read, or those told no later than the one named by `until`. 404 for an unknown one."""

    @extend_schema(operation_id="read_notifications", summary="Mark as read", request=ReadIn, responses={200: ReadOut})
    def post(self, request: Request) -> Response:
        """Mark them."""
        form = ReadIn(data=request.data)
        form.is_valid(raise_exception=True)
        user, until = self.member(), form.validated_data.get("until")
        if until is not None:
            get_object_or_404(notifications.of(user), uuid=until)
        read = notifications.read_all(user, until)
        return Response({"read": read, "unread": notifications.unread(user)})


class NotificationReadView(PeopleView):
    """POST to mark one as read. 200 with it; again changes nothing."""

    @extend_schema(
        operation_id="read_notification", summary="Mark one as read", request=None, responses={200: NotificationOut}
    )
    def post(self, request: Request, uuid: str) -> Response:
        """Mark it."""
        mine = notifications.of(self.member())
        row = get_object_or_404(mine, uuid=as_uuid(uuid))
        notifications.read(self.member(), row.uuid)
        return Response(NotificationOut(mine.get(pk=row.pk)).data)


class SettingsView(PeopleView):
    """GET what you are told and who sees you; PATCH some of it. 400 `unknown_setting`, `invalid_choice`."""

    @extend_schema(
        operation_id="read_member_settings",
        summary="Settings of being told and seen",
        responses={200: OpenApiTypes.OBJECT},
    )
    def get(self, request: Request) -> Response:
        """Read them."""
        parameters.only(request, ())
        return Response(settings.values_of(self.member()))

    @extend_schema(
        operation_id="change_member_settings",
        summary="Change settings of being told and seen",
        request=OpenApiTypes.OBJECT,
        responses={200: OpenApiTypes.OBJECT},
        examples=[SETTINGS_EXAMPLE],
    )
    def patch(self, request: Request) -> Response:
        """Change what is given, keep the rest."""
        wanted = request.data
        if not isinstance(wanted, dict):
            raise ValidationError({"": "An object of settings."}, code="not_an_object")
        for key, value in wanted.items():
            if key not in settings.BY_KEY:
                raise ValidationError({key[:64]: "This setting does not exist."}, code="unknown_setting")
            choices = [name for name, _label in settings.BY_KEY[key].choices]
            if value not in choices:
                raise ValidationError({key: f"One of {', '.join(choices)}."}, code="invalid_choice")
        settings.change(self.member(), wanted)
        return self.get(request)


class CollaboratorsView(PeopleView):
    """GET who was asked to work on an item (who works on it); POST to ask a member (its owner). 403 for others.

    404 for a name that nobody has; 409 `owner_already`, `already_invited`, `not_invitable`, `too_many`.
    """

    def owned(self, uuid: str) -> Item:
        """Return an item of the caller's own. 403 for one that they may only see."""
        item = self.item(uuid)
        if not items_access.owned_by(self.request.user).filter(pk=item.pk).exists():
            raise PermissionDenied
        return item

    @extend_schema(
        operation_id="list_collaborators", summary="Who works on an item", responses=CollaborationOut(many=True)
    )
    def get(self, request: Request, uuid: str) -> Response:
        """List them, in the order in which they were asked."""
        parameters.only(request, ())
        rows = collaborating.on(self.own_item(uuid)).select_related("item")
        return Response(CollaborationOut(rows, many=True).data)

    @extend_schema(
        operation_id="invite_collaborator",
        summary="Ask a member to work together",
        request=InvitedIn,
        responses={201: CollaborationOut},
        examples=[OpenApiExample("Ask Noa", {"username": "noa"}, request_only=True)],
    )
    def post(self, request: Request, uuid: str) -> Response:
        """Ask."""
        item = self.owned(uuid)
        form = InvitedIn(data=request.data)
        form.is_valid(raise_exception=True)
        person = pages.user_or_404(request.user, form.validated_data["username"])
        try:
            row = collaborating.invite(item, person, self.member())
        except collaborating.Refused as refused:
            raise InvitationRefused(refused) from refused
        return Response(CollaborationOut(row).data, status=status.HTTP_201_CREATED)


class CollaborationsView(PeopleView):
    """GET what you were asked to work on and have not declined, the open invitations first."""

    @extend_schema(
        operation_id="list_collaborations",
        summary="What you work on with others",
        parameters=PAGES,
        responses=CollaborationOut(many=True),
    )
    def get(self, request: Request) -> Response:
        """List them."""
        paging, rows = self.paged(request, collaborating.of(self.member()))
        return paging.get_paginated_response(CollaborationOut(rows, many=True).data)


class CollaborationView(PeopleView):
    """PATCH to accept or decline an invitation of yours; 409 `already_answered`. DELETE to leave, or as owner to end it."""

    @extend_schema(
        operation_id="answer_collaboration",
        summary="Accept or decline",
        request=CollaborationAnswerIn,
        responses={200: CollaborationOut},
        examples=[OpenApiExample("Accept", {"state": "accepted"}, request_only=True)],
    )
    def patch(self, request: Request, uuid: str) -> Response:
        """Answer it."""
        row = get_object_or_404(collaborating.of(self.member()), uuid=as_uuid(uuid))
        form = CollaborationAnswerIn(data=request.data)
        form.is_valid(raise_exception=True)
        if not collaborating.answer(row, form.validated_data["state"]):
            raise InvitationRefused(collaborating.Refused("already_answered", "This invitation is answered already."))
        return Response(CollaborationOut(row).data)

    @extend_schema(operation_id="end_collaboration", summary="Leave, or end it", responses={204: None})
    def delete(self, request: Request, uuid: str) -> Response:
        """End it."""
        row = get_object_or_404(collaborating.endable_by(self.member()), uuid=as_uuid(uuid))
        collaborating.end(row, self.member())
        return Response(status=status.HTTP_204_NO_CONTENT)


class InviteView(PeopleView):
    """GET your link, and how many came by it."""

    @extend_schema(operation_id="read_invite", summary="Your link to bring others along", responses={200: InviteOut})
    def get(self, request: Request) -> Response:
        """Read it."""
        parameters.only(request, ())
        user = self.member()
        brought = referrals.brought_by(user)
        path = reverse("people:referral", args=[referrals.code_of(user)])
        told = {
            "link": request.build_absolute_uri(path),
            "signed_up": brought.signed_up,
            "confirmed": brought.confirmed,
            "stayed": pages.stayed(user),
        }
        return Response(InviteOut(told).data)

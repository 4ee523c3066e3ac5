"""The library's API: items, and what people do with them."""

from dataclasses import replace
from typing import Any, cast
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.authentication import SessionAuthentication
from rest_framework.exceptions import (
    APIException,
    NotAuthenticated,
    NotFound,
    ParseError,
    PermissionDenied,
    ValidationError,
)
from rest_framework.parsers import MultiPartParser
from rest_framework.permissions import AllowAny, IsAuthenticatedOrReadOnly
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.settings import api_settings
from rest_framework.views import APIView

from accounts import entitlements, guests, staffing
from accounts.api import access as parameters
from accounts.api.access import IsMember
from accounts.entitlements import FeatureNotIncluded
from accounts.features import Feature
from accounts.models import User
from accounts.requests import ActorRequest
from library import access, browsing, bulk, formats, queries, reactions, search, trending, uploads
from library.bulk import BulkAction
from library.forms import MAX_TAG
from library.models import Category
from library.receiving import Incoming
from library.serializers import BulkIn, BulkOut, DetailsIn, ItemOut, ShareIn, UploadIn
from library.uploads import Details
from stats import queries as numbers
from stats.actors import Actor, ActorType
from stats.kinds import Kind
from stats.models import Item, ItemType

STATUS = {"file_too_large": 413, "file_required": 400, "too_many_files": 400, "busy": 503, "upload_broken": 400}
CHOICES = {
    "type": ItemType.values,
    "category": Category.values,
    "length": list(queries.LENGTHS),
    "since": list(queries.SINCE),
    "order": list(queries.ORDERS),
}
QUERY = {"q", "search", "owner", "tag", *CHOICES, "page", "page_size", "format"}
EXAMPLE = OpenApiExample("Share by e-mail", {"platform": "email", "recipient_count": 2}, request_only=True)
BULK_EXAMPLE = OpenApiExample(
    "Add a tag",
    {"action": "add_tags", "items": ["0198e1e0-0000-7000-8000-6569676874aa"], "tags": ["tide"]},
    request_only=True,
)
OWNERS_NAMES = {"visibility", "least_role", "downloads", "is_draft", "publish_at"}


class UploadRefused(APIException):
    """A file that cannot be taken."""

    def __init__(self, refused: formats.Refused) -> None:
        super().__init__(refused.detail, refused.code)
        self.status_code = STATUS.get(refused.code, 422)


class HeldByStaff(APIException):
    """The staff hid the item; its owner may appeal."""

    status_code = status.HTTP_403_FORBIDDEN
    default_code = "held_by_staff"
    default_detail = "The staff of this site hid the item. Only they may let it be seen again."


class LibraryView(APIView):
    """What the library's endpoints share: anybody may read, members may write."""

    permission_classes = [IsAuthenticatedOrReadOnly]

    def item(self, uuid: str) -> Item:
        """Return an item that the caller may see; what is private, deleted or unknown is the same 404."""
        return access.opened(self.request.user, as_uuid(uuid))

    def own_item(self, uuid: str) -> Item:
        """Return an item that the caller may change. 403 for one that they may only see."""
        item = self.item(uuid)
        if not access.editable_by(self.request.user).filter(pk=item.pk).exists():
            raise PermissionDenied
        return item

    def shown(self, items: list[Item]) -> list[dict[str, Any]]:
        """Return items as the API shows them, with their numbers. One query."""
        context = {"request": self.request, "counters": numbers.item_counters(item.pk for item in items)}
        return list(ItemOut(items, many=True, context=context).data)

    def member(self) -> User:
        """Return the member who calls. 403 for a source's key, which is nobody."""
        if not isinstance(self.request.user, User):
            raise PermissionDenied
        return self.request.user


class ItemsView(LibraryView):
    """GET the public items, newest first, a page at a time. POST (members): upload one as multipart form.

    A refused file is 413 `file_too_large`, 422 `empty_file`, `unsupported_content`, `unsupported_codec`,
    `unsupported_extension`, `type_mismatch`, `corrupt_media`, `no_usable_stream`, `duration_too_long`,
    `image_too_large` and the like, and leaves nothing behind.
    """

    parser_classes = [MultiPartParser]

    def initialize_request(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Request:
        """Give an uploaded file a place to go before anything reads the body."""
        self.incoming = Incoming(request)
        if request.method == "POST" and not getattr(request, "_read_started", False):
            request.upload_handlers = [self.incoming]
        return super().initialize_request(request, *args, **kwargs)

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        """Leave nothing of what was not published."""
        self.incoming.discard()
        return super().finalize_response(request, response, *args, **kwargs)

    @extend_schema(
        operation_id="list_items",
        summary="Browse the public items",
        parameters=[
            OpenApiParameter(
                "search",
                description="Words that title, tags, owner's name or description have, 200 characters at most; the last may be"
                " the beginning of a word. The newest 500 of the matches are ranked and counted. Also as `q`.",
            ),
            OpenApiParameter("type", enum=ItemType.values),
            OpenApiParameter("category", enum=Category.values),
            OpenApiParameter("tag", description="One tag, whole."),
            OpenApiParameter("length", enum=list(queries.LENGTHS), description="Under 4, 4 to 20, over 20 minutes."),
            OpenApiParameter("since", enum=list(queries.SINCE), description="How long ago it came out at most."),
            OpenApiParameter("owner", OpenApiTypes.UUID, description="A user's id."),
            OpenApiParameter(
                "order",
                enum=list(queries.ORDERS),
                description="`relevance` with words, else `new`, unless told. Popular, trending and rated go by figures that are"
                " taken every five minutes.",
            ),
            OpenApiParameter("page", OpenApiTypes.INT),
            OpenApiParameter("page_size", OpenApiTypes.INT),
        ],
        responses={200: ItemOut(many=True)},
    )
    def get(self, request: Request) -> Response:
        """List public items."""
        pages = cast("Any", api_settings.DEFAULT_PAGINATION_CLASS)()
        asked = _asked(request)
        if asked["order"] in queries.TAKEN:
            trending.as_of()
        rows = pages.paginate_queryset(queries.found(request.user, **asked), request, view=self)
        if asked["text"] and pages.page.number == 1:
            browsing.note_search(cast("ActorRequest", request._request), asked["text"], pages.page.paginator.count)
        return pages.get_paginated_response(self.shown(rows))

    @extend_schema(
        operation_id="upload_item",
        summary="Upload a video, a sound or an image",
        request={"multipart/form-data": UploadIn},
        responses={201: ItemOut},
    )
    def post(self, request: Request) -> Response:
        """Publish one file as an item of the caller's."""
        owner = self.member()
        if self.incoming.is_announced_too_large(request._request) and self.incoming.refusal:
            raise UploadRefused(self.incoming.refusal)
        try:
            form = UploadIn(data=request.data)
        except ParseError as error:
            raise UploadRefused(
                formats.Refused("upload_broken", "The upload is cut off or no multipart form.")
            ) from error
        if self.incoming.refusal:
            raise UploadRefused(self.incoming.refusal)
        form.is_valid(raise_exception=True)
        told = dict(form.validated_data)
        try:
            item = uploads.publish(owner, told.pop("file"), Details(**told))
        except formats.Refused as refused:
            raise UploadRefused(refused) from refused
        item = self.item(str(item.uuid))
        return Response(self.shown([item])[0], status=status.HTTP_201_CREATED)


class ItemView(LibraryView):
    """GET an item; PATCH what its owner says about it; DELETE it (its file goes, its numbers stay)."""

    @extend_schema(operation_id="read_item", summary="Read an item", responses={200: ItemOut})
    def get(self, request: Request, uuid: str) -> Response:
        """Answer one item."""
        item = self.item(uuid)
        browsing.note_early(request.user, item)
        return Response(self.shown([item])[0])

    @extend_schema(
        operation_id="change_item",
        summary="Change an item",
        description="Who works on it with the owner may change all but who may see and download it, and when it is out."
        " 403 `held_by_staff` for its owner to whom the staff hid it (`held_for`): see `appeal`.",
        request=DetailsIn,
        responses={200: ItemOut},
    )
    def patch(self, request: Request, uuid: str) -> Response:
        """Change what is given, keep the rest."""
        item = self.own_item(uuid)
        form = DetailsIn(data=request.data)
        form.is_valid(raise_exception=True)
        if form.validated_data.keys() & OWNERS_NAMES and not _owns(request, [item]):
            raise PermissionDenied
        now, staff = timezone.now(), self.member() if staffing.runs_content(request.user) else None
        details = replace(uploads.details_of(item, now), **form.validated_data)
        try:
            uploads.change(item, details, actor_of(request), staff=staff, now=now)
        except uploads.Held as error:
            raise HeldByStaff from error
        return Response(self.shown([self.item(uuid)])[0])

    @extend_schema(operation_id="delete_item", summary="Delete an item", responses={204: None})
    def delete(self, request: Request, uuid: str) -> Response:
        """Delete it."""
        item = self.item(uuid)
        if not _owns(request, [item]):
            raise PermissionDenied
        uploads.delete(item, actor_of(request), staff=self.member())
        return Response(status=status.HTTP_204_NO_CONTENT)


class BulkView(LibraryView):
    """POST one action for up to 100 of one's own items: all of them or none. Needs the feature bulk operations.

    200 with how many changed; 403 `feature_not_included`, `held_by_staff`; 404 when one of them is not there, 403 when one is not one's own.
    """

    permission_classes = [IsMember]

    @extend_schema(
        operation_id="bulk_items",
        summary="Change or delete many items",
        request=BulkIn,
        responses={200: BulkOut},
        examples=[BULK_EXAMPLE],
    )
    def post(self, request: Request) -> Response:
        """Do it."""
        member = self.member()
        if not entitlements.has_feature(member, Feature.BULK_OPERATIONS):
            raise FeatureNotIncluded
        form = BulkIn(data=request.data)
        form.is_valid(raise_exception=True)
        told = form.validated_data
        uuids = list(dict.fromkeys(told["items"]))
        items = list(access.visible_to(member).filter(uuid__in=uuids))
        if len(items) < len(uuids):
            raise NotFound
        if not _owns(request, items):
            raise PermissionDenied
        try:
            changed = bulk.perform(
                member, items, BulkAction(told["action"]), change=told.get("change"), tags=told.get("tags", ())
            )
        except uploads.Held as error:
            raise HeldByStaff from error
        except bulk.TooManyTags as error:
            raise ValidationError(
                {"tags": f"{error.args[0].uuid} would have more than ten."}, code="too_many"
            ) from error
        return Response({"changed": changed, "items": [str(uuid) for uuid in uuids]})


class ReactionView(LibraryView):
    """POST does it, DELETE takes it back; members and guests (`X-Guest-ID`). Doing it again moves nothing."""

    permission_classes = [AllowAny]
    on: Kind
    off: Kind

    def post(self, request: Request, uuid: str) -> Response:
        """Do it."""
        return self._react(request, uuid, self.on)

    def delete(self, request: Request, uuid: str) -> Response:
        """Take it back."""
        return self._react(request, uuid, self.off)

    def _react(self, request: Request, uuid: str, kind: Kind) -> Response:
        item, actor = self.item(uuid), actor_of(request)
        reactions.react(actor, item, kind)
        counters = numbers.item_counters([item.pk])[item.pk]
        states = numbers.states(actor.id, [item.pk])
        return Response({
            "liked": item.pk in states.liked,
            "saved": item.pk in states.saved,
            "likes": counters.likes,
            "saves": counters.saves,
        })  # fmt: skip


class LikeView(ReactionView):
    """Like an item, or take the like back. 200 with the state and the counters."""

    on, off = Kind.LIKE, Kind.UNLIKE

    @extend_schema(operation_id="like_item", summary="Like", request=None, responses={200: OpenApiTypes.OBJECT})
    def post(self, request: Request, uuid: str) -> Response:
        """Like."""
        return super().post(request, uuid)

    @extend_schema(operation_id="unlike_item", summary="Take a like back", responses={200: OpenApiTypes.OBJECT})
    def delete(self, request: Request, uuid: str) -> Response:
        """Take the like back."""
        return super().delete(request, uuid)


class SaveView(ReactionView):
    """Save an item, or take it back. 200 with the state and the counters."""

    on, off = Kind.SAVE, Kind.UNSAVE

    @extend_schema(operation_id="save_item", summary="Save", request=None, responses={200: OpenApiTypes.OBJECT})
    def post(self, request: Request, uuid: str) -> Response:
        """Save."""
        return super().post(request, uuid)

    @extend_schema(operation_id="unsave_item", summary="Take a save back", responses={200: OpenApiTypes.OBJECT})
    def delete(self, request: Request, uuid: str) -> Response:
        """Take the save back."""
        return super().delete(request, uuid)


class ShareView(LibraryView):
    """POST that an item was shared; members and guests. 201 with the number of shares."""

    permission_classes = [AllowAny]

    @extend_schema(
        operation_id="share_item",
        summary="Count a share",
        request=ShareIn,
        responses={201: OpenApiTypes.OBJECT},
        examples=[EXAMPLE],
    )
    def post(self, request: Request, uuid: str) -> Response:
        """Count it."""
        item, actor = self.item(uuid), actor_of(request)
        form = ShareIn(data=request.data)
        form.is_valid(raise_exception=True)
        reactions.share(actor, item, form.validated_data["platform"], form.validated_data.get("recipient_count"))
        shares = numbers.item_counters([item.pk])[item.pk].shares
        return Response({"shares": shares}, status=status.HTTP_201_CREATED)


def actor_of(request: Request) -> Actor:
    """Return who acts. 401 for nobody, 403 for a source's key, and for a guest's cookie that comes without CSRF token."""
    actor: Actor | None = cast("ActorRequest", request._request).actor
    if actor is None and request.auth is not None:
        raise PermissionDenied
    if actor is None:
        raise NotAuthenticated
    if actor.type is ActorType.GUEST and guests.HEADER not in request.headers:
        SessionAuthentication().enforce_csrf(request)
    return actor


def _owns(request: Request, items: list[Item]) -> bool:
    """Whether the caller may hide and delete all of these. One query."""
    return access.owned_by(request.user).filter(pk__in=[item.pk for item in items]).count() == len(items)


def as_uuid(text: str) -> UUID:
    """Return the id in an address; what is none is as unknown as any other: 404."""
    try:
        return UUID(text)
    except ValueError:
        raise NotFound from None


def _asked(request: Request) -> dict[str, Any]:
    """Return what a list is asked for. Raises ValidationError for an unknown, repeated or wrong parameter."""
    given = request.query_params
    for name in given:
        if name not in QUERY:
            raise ValidationError({name: "This parameter does not exist."}, code="unknown_parameter")
        if len(given.getlist(name)) > 1:
            raise ValidationError({name: "This parameter is given more than once."}, code="repeated_parameter")
    if "q" in given and "search" in given:
        raise ValidationError({"q": "This is the same as `search`: give one."}, code="repeated_parameter")
    for name, choices in CHOICES.items():
        if name in given and given[name] not in choices:
            raise ValidationError({name: f"One of {', '.join(choices)}."}, code="invalid_choice")
    asked: dict[str, Any] = {name: given.get(name, "") for name in CHOICES}
    asked["text"] = parameters.text(request, "search" if "search" in given else "q", search.MAX_TEXT)
    asked["tag"] = parameters.text(request, "tag", MAX_TAG).lower()
    if owner := given.get("owner"):
        try:
            asked["owner"] = UUID(owner)
        except ValueError:
            raise ValidationError({"owner": "This is no user's id."}, code="invalid_parameter") from None
    return asked

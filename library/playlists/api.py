"""The API of playlists: lists of them, what is in one, its order, and its people."""

from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.exceptions import NotAuthenticated, NotFound, PermissionDenied, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import access as parameters
from library import access as items
from library.api import LibraryView, as_uuid
from library.people import access as people
from library.playlists import access, queries, sharing, writing
from library.playlists.models import Playlist, PlaylistMember
from library.playlists.serializers import (
    AddedOut,
    InviteIn,
    ItemIn,
    OrderIn,
    PlaylistChangeIn,
    PlaylistIn,
    PlaylistMemberOut,
    PlaylistOut,
    VersionOut,
)
from library.serializers import ItemOut
from stats.models import Item

SHOWN = ("public", "own", "shared")
PAGES = [OpenApiParameter("page", OpenApiTypes.INT), OpenApiParameter("page_size", OpenApiTypes.INT)]
MAX_SEARCH = 100


class PlaylistsBase(LibraryView):
    """What the endpoints of playlists share: unknown, deleted and private ones are one and the same 404."""

    def playlist(self, uuid: str) -> Playlist:
        """Return a playlist that the caller may see."""
        return get_object_or_404(access.visible_to(self.request.user), uuid=as_uuid(uuid))

    def editable(self, uuid: str) -> Playlist:
        """Return a playlist whose list the caller may change. 403 for one that they may only see."""
        return self._of(uuid, access.editable_by(self.request.user))

    def own(self, uuid: str) -> Playlist:
        """Return a playlist of the caller's own. 403 for one that they may only see."""
        return self._of(uuid, access.owned_by(self.request.user))

    def told(self, playlists: list[Playlist]) -> list[dict[str, Any]]:
        """Return playlists as the API shows them. One query."""
        tiles = {tile.uuid: tile for tile in queries.tiles(playlists, self.request.user)}
        return list(PlaylistOut(playlists, many=True, context={"request": self.request, "tiles": tiles}).data)

    def _of(self, uuid: str, allowed: Any) -> Playlist:
        playlist = self.playlist(uuid)
        if not self.request.user.is_authenticated:
            raise NotAuthenticated
        if not allowed.filter(pk=playlist.pk).exists():
            raise PermissionDenied
        return playlist


class PlaylistsView(PlaylistsBase):
    """GET playlists, the last changed first. POST (members) makes one.

    Three playlists are everybody's; another is 403 `feature_not_included` without the feature `custom_playlists`.
    """

    @extend_schema(
        operation_id="list_playlists",
        summary="Playlists",
        parameters=[
            OpenApiParameter("show", enum=SHOWN, description="`public` unless told; the others are the caller's."),
            OpenApiParameter("search", description="Words that the title has; of public playlists."),
            OpenApiParameter("owner", OpenApiTypes.UUID, description="A user's id; of public playlists."),
            *PAGES,
        ],
        responses={200: PlaylistOut(many=True)},
    )
    def get(self, request: Request) -> Response:
        """List them."""
        parameters.only(request, ("show", "search", "owner", "page", "page_size"))
        return parameters.paged(self, self._asked(request), self.told)

    @extend_schema(
        operation_id="create_playlist",
        summary="Make a playlist",
        request=PlaylistIn,
        responses={201: PlaylistOut},
        examples=[
            OpenApiExample("A public one", {"title": "Evenings outside", "visibility": "public"}, request_only=True)
        ],
    )
    def post(self, request: Request) -> Response:
        """Make one."""
        form = PlaylistIn(data=request.data)
        form.is_valid(raise_exception=True)
        made = writing.create(self.member(), **form.validated_data)
        return Response(self.told([made])[0], status=status.HTTP_201_CREATED)

    def _asked(self, request: Request) -> Any:
        show = request.query_params.get("show", "public")
        if show not in SHOWN:
            raise ValidationError({"show": f"One of {', '.join(SHOWN)}."}, code="invalid_choice")
        if show == "public":
            return queries.found(parameters.text(request, "search", MAX_SEARCH), _owner(request))
        if not request.user.is_authenticated:
            raise NotAuthenticated
        return queries.own(self.member()) if show == "own" else queries.shared_with(self.member())


class PlaylistView(PlaylistsBase):
    """GET a playlist; PATCH title, description and visibility, DELETE it: its owner and staff. 403 for others."""

    @extend_schema(operation_id="read_playlist", summary="Read a playlist", responses={200: PlaylistOut})
    def get(self, request: Request, uuid: str) -> Response:
        """Read it."""
        return Response(self.told([self.playlist(uuid)])[0])

    @extend_schema(
        operation_id="change_playlist",
        summary="Change a playlist",
        request=PlaylistChangeIn,
        responses={200: PlaylistOut},
    )
    def patch(self, request: Request, uuid: str) -> Response:
        """Change what is given, keep the rest."""
        playlist = self.own(uuid)
        form = PlaylistChangeIn(data=request.data)
        form.is_valid(raise_exception=True)
        writing.change(playlist, self.member(), **form.validated_data)
        return self.get(request, uuid)

    @extend_schema(operation_id="delete_playlist", summary="Delete a playlist", responses={204: None})
    def delete(self, request: Request, uuid: str) -> Response:
        """Delete it."""
        writing.delete(self.own(uuid), self.member())
        return Response(status=status.HTTP_204_NO_CONTENT)


class PlaylistItemsView(PlaylistsBase):
    """GET what is in a playlist, in its order, as far as the caller may open it. POST adds an item at the end.

    201 when it is new in it, 200 when it was there; 409 `playlist_full`. Owner, editors and staff.
    """

    @extend_schema(
        operation_id="list_playlist_items",
        summary="Items of a playlist",
        parameters=PAGES,
        responses={200: ItemOut(many=True)},
    )
    def get(self, request: Request, uuid: str) -> Response:
        """List them."""
        parameters.only(request, ("page", "page_size"))
        entries = queries.entries_of(self.playlist(uuid), request.user)
        return parameters.paged(self, entries, lambda rows: self.shown([entry.item for entry in rows]))

    @extend_schema(
        operation_id="add_to_playlist",
        summary="Add an item",
        request=ItemIn,
        responses={200: AddedOut, 201: AddedOut},
    )
    def post(self, request: Request, uuid: str) -> Response:
        """Add one."""
        playlist = self.editable(uuid)
        form = ItemIn(data=request.data)
        form.is_valid(raise_exception=True)
        item = get_object_or_404(items.visible_to(request.user), uuid=form.validated_data["item"])
        added = writing.add(playlist, item, self.member())
        playlist.refresh_from_db(fields=["version"])
        code = status.HTTP_201_CREATED if added else status.HTTP_200_OK
        return Response({"version": playlist.version, "added": added}, status=code)


class PlaylistItemView(PlaylistsBase):
    """DELETE takes an item out: owner, editors and staff. 404 for what is not in it."""

    @extend_schema(operation_id="remove_from_playlist", summary="Take an item out", responses={204: None})
    def delete(self, request: Request, uuid: str, item: str) -> Response:
        """Take it out."""
        playlist = self.editable(uuid)
        row = get_object_or_404(Item, uuid=as_uuid(item), playlist_entries__playlist=playlist)
        writing.remove(playlist, row, self.member())
        return Response(status=status.HTTP_204_NO_CONTENT)


class PlaylistOrderView(PlaylistsBase):
    """PUT the whole list in a new order, with the version that it was made from: owner, editors and staff.

    409 `stale_list` when the playlist has changed since, or when `items` are not those in it.
    """

    @extend_schema(
        operation_id="order_playlist",
        summary="Order a playlist",
        request=OrderIn,
        responses={200: VersionOut},
    )
    def put(self, request: Request, uuid: str) -> Response:
        """Order it."""
        playlist = self.editable(uuid)
        form = OrderIn(data=request.data)
        form.is_valid(raise_exception=True)
        now = writing.order(playlist, self.member(), **form.validated_data)
        return Response({"version": now.version})


class PlaylistMembersView(PlaylistsBase):
    """GET who is invited. POST invites a member, or changes what one may do. The owner and staff.

    404 for a name that nobody has; 409 `cannot_invite` for the owner and for who wants no invitations.
    """

    @extend_schema(
        operation_id="list_playlist_members",
        summary="People of a playlist",
        responses={200: PlaylistMemberOut(many=True)},
    )
    def get(self, request: Request, uuid: str) -> Response:
        """List them."""
        return Response(PlaylistMemberOut(sharing.members_of(self.own(uuid)), many=True).data)

    @extend_schema(
        operation_id="invite_to_playlist",
        summary="Invite somebody",
        request=InviteIn,
        responses={201: PlaylistMemberOut},
    )
    def post(self, request: Request, uuid: str) -> Response:
        """Invite one."""
        playlist = self.own(uuid)
        form = InviteIn(data=request.data)
        form.is_valid(raise_exception=True)
        invited = people.named(form.validated_data["username"], request.user)
        if invited is None:
            raise NotFound
        member = sharing.invite(playlist, invited, form.validated_data["role"], self.member())
        return Response(PlaylistMemberOut(member).data, status=status.HTTP_201_CREATED)


class PlaylistMemberView(PlaylistsBase):
    """DELETE takes somebody out, or an invitation back: the owner and staff."""

    @extend_schema(operation_id="drop_from_playlist", summary="Take somebody out", responses={204: None})
    def delete(self, request: Request, uuid: str, user: str) -> Response:
        """Take them out."""
        playlist = self.own(uuid)
        members = PlaylistMember.objects.select_related("user")
        member = get_object_or_404(members, playlist=playlist, user__uuid=as_uuid(user))
        sharing.drop(playlist, member.user, self.member())
        return Response(status=status.HTTP_204_NO_CONTENT)


class PlaylistMembershipView(PlaylistsBase):
    """POST accepts the caller's invitation, DELETE declines it or leaves. 404 for who is not invited."""

    @extend_schema(
        operation_id="join_playlist", summary="Join a playlist", request=None, responses={200: PlaylistMemberOut}
    )
    def post(self, request: Request, uuid: str) -> Response:
        """Join."""
        playlist, user = self.playlist(uuid), self.member()
        member = sharing.accept(playlist, user) and sharing.membership(playlist, user)
        if not member:
            raise NotFound
        return Response(PlaylistMemberOut(member).data)

    @extend_schema(operation_id="leave_playlist", summary="Leave a playlist", responses={204: None})
    def delete(self, request: Request, uuid: str) -> Response:
        """Leave."""
        if not sharing.leave(self.playlist(uuid), self.member()):
            raise NotFound
        return Response(status=status.HTTP_204_NO_CONTENT)


class WatchLaterView(LibraryView):
    """GET what the caller keeps to watch later, the last kept first; it is put there by saving an item."""

    @extend_schema(
        operation_id="list_watch_later", summary="Watch later", parameters=PAGES, responses={200: ItemOut(many=True)}
    )
    def get(self, request: Request) -> Response:
        """List it."""
        parameters.only(request, ("page", "page_size"))
        if not request.user.is_authenticated:
            raise NotAuthenticated
        return parameters.paged(self, queries.kept_for_later(self.member().uuid, request.user), self.shown)


def _owner(request: Request) -> UUID | None:
    given = request.query_params.get("owner")
    try:
        return UUID(given) if given else None
    except ValueError:
        raise ValidationError({"owner": "This is no user's id."}, code="invalid_parameter") from None

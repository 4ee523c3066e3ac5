"""Who may see and change which playlists: the one place that decides it, for pages and API alike.

A playlist opens no item: whoever sees it sees of its items those that they may open anyway.
"""

from typing import Any

from django.db.models import Q, QuerySet

from accounts import staffing
from accounts.models import User
from library.playlists.models import Playlist, PlaylistMember, PlaylistRole, PlaylistVisibility


def visible_to(user: Any) -> QuerySet[Playlist]:
    """Return the playlists that `user` may open: public and unlisted ones, their own, those that they are invited to.

    Staff any, but never deleted ones.
    """
    playlists = Playlist.objects.filter(deleted_at=None).select_related("owner")
    if staffing.reads_content(user):
        return playlists
    opened = ~Q(visibility=PlaylistVisibility.PRIVATE)
    if not user.pk:
        return playlists.filter(opened)
    return playlists.filter(opened | Q(owner=user) | Q(pk__in=_invited(user)))


def editable_by(user: Any) -> QuerySet[Playlist]:
    """Return the playlists whose list `user` may change: their own, and where they are an editor; staff any."""
    playlists = visible_to(user)
    if not user.pk:
        return playlists.none()
    if staffing.runs_content(user):
        return playlists
    return playlists.filter(Q(owner=user) | Q(pk__in=_edited(user)))


def owned_by(user: Any) -> QuerySet[Playlist]:
    """Return the playlists that `user` may name, open to others and delete: their own; staff any."""
    playlists = visible_to(user)
    if not user.pk:
        return playlists.none()
    return playlists if staffing.runs_content(user) else playlists.filter(owner=user)


def is_editor(user: User, playlist: Playlist) -> bool:
    """Whether `user` was invited to change the list, and accepted. One query."""
    return _edited(user).filter(playlist=playlist).exists()


def listed() -> QuerySet[Playlist]:
    """Return the playlists that stand in lists for everybody, the last changed first."""
    public = Playlist.objects.filter(deleted_at=None, visibility=PlaylistVisibility.PUBLIC)
    return public.select_related("owner").order_by("-changed_at", "-id")


def _invited(user: Any) -> QuerySet[Any]:
    return PlaylistMember.objects.filter(user=user).values("playlist")


def _edited(user: Any) -> QuerySet[Any]:
    return _invited(user).filter(role=PlaylistRole.EDITOR, accepted_at__isnull=False)

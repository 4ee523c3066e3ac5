"""The people of a playlist: its owner invites them, they accept or not, and may leave."""

from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop
from rest_framework.exceptions import APIException

from accounts import audit, staffing
from accounts.models import User
from library.people import access as people
from library.people import notifications
from library.playlists.models import Playlist, PlaylistMember, PlaylistRole
from stats import ledger
from stats.actors import user_actor
from stats.kinds import Kind

MOST_MEMBERS = 50


class CannotInvite(APIException):
    """This person cannot be invited."""

    status_code = 409
    default_detail = gettext_lazy("You cannot invite this person.")
    default_code = "cannot_invite"


def members_of(playlist: Playlist) -> list[PlaylistMember]:
    """Return who was invited, those who accepted first. One query."""
    rows = PlaylistMember.objects.filter(playlist=playlist).select_related("user").order_by("invited_at", "id")
    return sorted(rows, key=lambda row: row.accepted_at is None)


def membership(playlist: Playlist, user: User) -> PlaylistMember | None:
    """Return what `user` is in a playlist, None for who was not invited. One query."""
    return PlaylistMember.objects.filter(playlist=playlist, user=user).first()


def invite(playlist: Playlist, person: User, role: str, by: User) -> PlaylistMember:
    """Invite a member, or change what one who is invited already may do. Raises CannotInvite."""
    with ledger.recording():
        row = get_object_or_404(Playlist.objects.select_for_update(), pk=playlist.pk, deleted_at=None)
        if person.pk == row.owner_id or not person.is_active:
            raise CannotInvite
        member = PlaylistMember.objects.filter(playlist=row, user=person).first()
        if member is None and not people.may_invite(person, by):
            raise CannotInvite
        if member is None and PlaylistMember.objects.filter(playlist=row).count() >= MOST_MEMBERS:
            raise CannotInvite(_("A playlist has at most %d people.") % MOST_MEMBERS)
        member = member or PlaylistMember(playlist=row, user=person)
        is_new = member.pk is None
        is_changed = is_new or member.role != role
        member.role = role
        member.save()
        if is_changed:
            audit.note_over(by, "playlist.changed", row, row.owner_id, {"invited": str(role)}, person=person)
        if is_new:
            _tell(row, by, "invited")
            notifications.notify(
                "playlist",
                [person],
                by=by,
                title=gettext_noop("%(who)s invited you to the playlist “%(title)s”"),
                words={"who": by.display_name, "title": row.title},
                address=_address(row),
                cause=f"playlist_invitation:{row.uuid}:{person.uuid}",
            )
    return member


def accept(playlist: Playlist, user: User) -> bool:
    """Join; again changes nothing. Returns whether there is an invitation."""
    with ledger.recording():
        mine = PlaylistMember.objects.filter(playlist=playlist, user=user)
        if mine.filter(accepted_at=None).update(accepted_at=timezone.now()):
            _tell(playlist, user, "joined")
            notifications.notify(
                "playlist",
                [playlist.owner],
                by=user,
                title=gettext_noop("%(who)s joined your playlist “%(title)s”"),
                words={"who": user.display_name, "title": playlist.title},
                address=_address(playlist),
                cause=f"playlist_joined:{playlist.uuid}:{user.uuid}",
            )
        return mine.exists()


def leave(playlist: Playlist, user: User) -> bool:
    """Decline, or leave; what `user` added stays. Returns whether there was anything to leave."""
    return _drop(playlist, user, user, "left")


def drop(playlist: Playlist, person: User, by: User) -> bool:
    """Take an invitation back, or somebody out of the playlist. Returns whether they were in it."""
    return _drop(playlist, person, by, "dropped")


def _drop(playlist: Playlist, person: User, by: User, change: str) -> bool:
    with ledger.recording():
        gone, _kinds = PlaylistMember.objects.filter(playlist=playlist, user=person).delete()
        if gone:
            _tell(playlist, by, change)
            is_own = by.pk == person.pk
            said = {"dropped": str(person.uuid)}
            audit.note_over(
                by, "playlist.changed", playlist, playlist.owner_id, said, takes_part=lambda: is_own, person=person
            )
    return bool(gone)


def can_order(playlist: Playlist, user: User, member: PlaylistMember | None) -> bool:
    """Whether `user`, who is `member` in it, may change the list. No query."""
    is_editor = member is not None and member.accepted_at is not None and member.role == PlaylistRole.EDITOR
    return staffing.runs_content(user) or user.pk == playlist.owner_id or is_editor


def _tell(playlist: Playlist, by: User, change: str) -> None:
    ledger.record(Kind.PLAYLIST_CHANGED, user_actor(by.uuid), playlist=playlist.uuid, props={"change": change})


def _address(playlist: Playlist) -> str:
    return reverse("playlists:one", args=[playlist.uuid])

"""Playlists, what is in them, and who else may see and change them."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from stats.ids import uuid7
from stats.models import Item


class PlaylistVisibility(models.TextChoices):
    """Who may see a playlist beside its people. Stored: never rename a value."""

    PUBLIC = "public", _("Everybody")
    UNLISTED = "unlisted", _("Everybody who has the link")
    PRIVATE = "private", _("You and whom you invite")


class PlaylistRole(models.TextChoices):
    """What somebody who was invited may do. Stored: never rename a value."""

    VIEWER = "viewer", _("May watch")
    EDITOR = "editor", _("May add, remove and order")


class Playlist(models.Model):
    """Items in an order, by one member, maybe with others.

    `version` counts changes of the list: who orders it says which version they saw. Deleted, it keeps its row: the log
    speaks of it.
    """

    MAX_TITLE = 100
    MAX_DESCRIPTION = 2000

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="playlists", verbose_name=_("owner")
    )
    title = models.CharField(_("title"), max_length=MAX_TITLE)
    description = models.TextField(_("description"), blank=True, max_length=MAX_DESCRIPTION)
    visibility = models.CharField(
        _("visibility"), max_length=8, choices=PlaylistVisibility.choices, default=PlaylistVisibility.PRIVATE
    )
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(_("made"), default=timezone.now)
    changed_at = models.DateTimeField(_("changed"), default=timezone.now)
    deleted_at = models.DateTimeField(_("deleted"), null=True, blank=True)

    class Meta:
        verbose_name = _("playlist")
        verbose_name_plural = _("playlists")
        indexes = [
            models.Index(fields=["owner", "-changed_at"], name="library_playlist_of_owner"),
            models.Index(
                fields=["-changed_at"],
                condition=Q(visibility="public", deleted_at__isnull=True),
                name="library_playlist_public",
            ),
        ]
        constraints = [models.CheckConstraint(condition=~Q(title=""), name="library_playlist_has_title")]

    def __str__(self) -> str:
        return self.title


class PlaylistEntry(models.Model):
    """An item in a playlist. `position` grows along the list and may have gaps."""

    playlist = models.ForeignKey(Playlist, models.CASCADE, related_name="entries")
    item = models.ForeignKey(Item, models.CASCADE, related_name="playlist_entries")
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    position = models.PositiveIntegerField()
    added_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("entry of a playlist")
        verbose_name_plural = _("entries of playlists")
        ordering = ["position", "id"]
        indexes = [models.Index(fields=["playlist", "position"], name="library_playlistentry_order")]
        constraints = [models.UniqueConstraint(fields=["playlist", "item"], name="library_playlistentry_once")]


class PlaylistMember(models.Model):
    """Somebody whom the owner invited; one of the playlist's people from `accepted_at` on."""

    playlist = models.ForeignKey(Playlist, models.CASCADE, related_name="members")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="playlist_memberships")
    role = models.CharField(max_length=6, choices=PlaylistRole.choices, default=PlaylistRole.VIEWER)
    invited_at = models.DateTimeField(default=timezone.now)
    accepted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("member of a playlist")
        verbose_name_plural = _("members of playlists")
        constraints = [models.UniqueConstraint(fields=["playlist", "user"], name="library_playlistmember_once")]

    @property
    def is_editor(self) -> bool:
        """Whether they may change the list now."""
        return self.accepted_at is not None and self.role == PlaylistRole.EDITOR

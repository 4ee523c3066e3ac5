"""What goes in and out of the playlists' API. Shapes only."""

from typing import Any

from django.urls import reverse
from rest_framework import serializers

from library.playlists.models import Playlist, PlaylistMember, PlaylistRole, PlaylistVisibility
from library.playlists.writing import MOST_ENTRIES
from library.serializers import LineField, OwnerOut


class PlaylistOut(serializers.Serializer):
    """A playlist. The context's `tiles` has what the caller finds in it, by number."""

    uuid = serializers.UUIDField()
    title = serializers.CharField()
    description = serializers.CharField()
    visibility = serializers.ChoiceField(choices=PlaylistVisibility.choices)
    owner = OwnerOut()
    version = serializers.IntegerField(help_text="Counts changes of the list; ordering it needs the present one.")
    items = serializers.IntegerField(help_text="How many of its items the caller may open.")
    duration_seconds = serializers.FloatField(help_text="Of these items together.")
    created_at = serializers.DateTimeField()
    changed_at = serializers.DateTimeField()
    url = serializers.CharField(help_text="The playlist's page.")
    thumbnail_url = serializers.CharField(help_text="Of the first item; empty without one.")

    def to_representation(self, playlist: Playlist) -> dict[str, Any]:
        """Return the playlist; addresses are absolute."""
        tile = self.context["tiles"][playlist.uuid]
        absolute = self.context["request"].build_absolute_uri
        return {
            "uuid": str(playlist.uuid),
            "title": playlist.title,
            "description": playlist.description,
            "visibility": playlist.visibility,
            "owner": person(playlist.owner),
            "version": playlist.version,
            "items": tile.count,
            "duration_seconds": tile.duration_ms / 1000,
            "created_at": playlist.created_at,
            "changed_at": playlist.changed_at,
            "url": absolute(reverse("playlists:one", args=[playlist.uuid])),
            "thumbnail_url": absolute(tile.thumbnail_url) if tile.thumbnail_url else "",
        }


class PlaylistIn(serializers.Serializer):
    title = LineField(max_length=Playlist.MAX_TITLE)
    description = serializers.CharField(max_length=Playlist.MAX_DESCRIPTION, required=False, allow_blank=True)
    visibility = serializers.ChoiceField(choices=PlaylistVisibility.choices, required=False)


class PlaylistChangeIn(PlaylistIn):
    title = LineField(max_length=Playlist.MAX_TITLE, required=False)


class ItemIn(serializers.Serializer):
    item = serializers.UUIDField()


class AddedOut(serializers.Serializer):
    version = serializers.IntegerField()
    added = serializers.BooleanField(help_text="False when it was in it already.")


class OrderIn(serializers.Serializer):
    items = serializers.ListField(
        child=serializers.UUIDField(),
        max_length=MOST_ENTRIES,
        help_text="All items that the caller finds in the playlist, each once, in their new order.",
    )
    version = serializers.IntegerField(min_value=1, max_value=2**31 - 1)


class VersionOut(serializers.Serializer):
    version = serializers.IntegerField()


class PlaylistMemberOut(serializers.Serializer):
    user = OwnerOut()
    role = serializers.ChoiceField(choices=PlaylistRole.choices)
    invited_at = serializers.DateTimeField()
    accepted_at = serializers.DateTimeField(allow_null=True, help_text="Null for who has not answered.")

    def to_representation(self, member: PlaylistMember) -> dict[str, Any]:
        """Return the person and what they may do."""
        return {
            "user": person(member.user),
            "role": member.role,
            "invited_at": member.invited_at,
            "accepted_at": member.accepted_at,
        }


class InviteIn(serializers.Serializer):
    username = serializers.CharField(max_length=150)
    role = serializers.ChoiceField(choices=PlaylistRole.choices, default=PlaylistRole.VIEWER)


def person(user: Any) -> dict[str, str]:
    """Return a member as the API names them."""
    return {"user_id": str(user.uuid), "username": user.username, "name": user.display_name}

"""Playlists in the admin: to be looked at, and taken away where they do harm."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.admin import ModelAdmin

from accounts.requests import MemberRequest
from library.playlists import writing
from library.playlists.models import Playlist


@admin.register(Playlist)
class PlaylistAdmin(ModelAdmin):
    """Playlists that stand. Their lists are changed on their pages, where each change is an event."""

    list_display = ("title", "owner", "visibility", "created_at", "changed_at")
    list_filter = ("visibility", "created_at")
    list_select_related = ("owner",)
    search_fields = ("title", "owner__username")
    date_hierarchy = "created_at"
    ordering = ("-changed_at",)
    fields = readonly_fields = ("title", "description", "owner", "visibility", "version", "created_at", "changed_at")
    actions = ("delete_playlists",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Playlist]:
        """Leave out what is deleted."""
        return super().get_queryset(request).filter(deleted_at=None)

    @admin.action(description=_("Delete the playlists"), permissions=["change"])
    def delete_playlists(self, request: MemberRequest, rows: QuerySet[Playlist]) -> None:
        """Delete as their owners would."""
        for playlist in rows.select_related("owner"):
            writing.delete(playlist, request.user)
        done = ngettext("%d playlist deleted.", "%d playlists deleted.", len(rows)) % len(rows)
        self.message_user(request, done, messages.SUCCESS)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Playlists are made on their pages."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Playlist | None = None) -> bool:
        """Rows are never removed: see the action."""
        return False

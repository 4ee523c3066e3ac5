"""Who works together on what, in the admin: to be looked at. It is changed on the pages, where each change is told."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from library.people.models import Collaboration


@admin.register(Collaboration)
class CollaborationAdmin(ModelAdmin):
    """Invitations and what became of them."""

    list_display = ("item", "person", "invited_by", "state", "invited_at", "answered_at")
    list_filter = ("state", "invited_at")
    list_select_related = ("item", "person", "invited_by")
    search_fields = ("item__title", "person__username", "invited_by__username")
    date_hierarchy = "invited_at"
    ordering = ("-invited_at",)
    fields = readonly_fields = ("item", "person", "invited_by", "state", "invited_at", "answered_at")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody: members ask each other."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Collaboration | None = None) -> bool:
        """Nobody: members answer for themselves."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Collaboration | QuerySet | None = None) -> bool:
        """Nobody: either of the two ends it."""
        return False

"""The library in the admin: what was uploaded, and comments to moderate. What the log speaks of is not edited here."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.admin import ModelAdmin

from accounts.requests import MemberRequest
from library import comments, queries, uploads
from library.learning.admin import EnrolmentAdmin
from library.models import Comment, Media
from library.people.admin import CollaborationAdmin
from library.playlists.admin import PlaylistAdmin
from library.quizzes.admin import AttemptAdmin, QuestionAdmin, QuizAdmin
from stats import items, ledger
from stats.kinds import Kind

__all__ = [
    "AttemptAdmin",
    "CollaborationAdmin",
    "CommentAdmin",
    "EnrolmentAdmin",
    "MediaAdmin",
    "PlaylistAdmin",
    "QuestionAdmin",
    "QuizAdmin",
]


@admin.register(Media)
class MediaAdmin(ModelAdmin):
    """Items of this site: texts may be corrected, facts may not."""

    list_display = ("title", "kind", "owner", "category", "visibility", "size", "published_at")
    list_filter = ("item__type", "category", "item__visibility", "held_for", "published_at")
    list_select_related = ("item", "item__owner")
    search_fields = ("item__title", "description", "item__owner__username", "original_name")
    date_hierarchy = "published_at"
    ordering = ("-published_at",)
    fields = (
        "picture", "title", "kind", "owner", "description", "category", "tags", "published_at", "held_for",
        "original_name", "mime", "bytes", "width", "height", "sha256", "facts",
    )  # fmt: skip
    readonly_fields = tuple(name for name in fields if name not in {"description", "category", "tags", "published_at"})
    actions = ("delete_items",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Media]:
        """Leave out what is deleted."""
        return super().get_queryset(request).filter(item__deleted_at=None)

    @admin.display(description=_("title"), ordering="item__title")
    def title(self, media: Media) -> str:
        return media.item.title

    @admin.display(description=_("type"), ordering="item__type")
    def kind(self, media: Media) -> str:
        return media.item.get_type_display()

    @admin.display(description=_("owner"), ordering="item__owner__username")
    def owner(self, media: Media) -> str:
        return queries.owner_name(media.item)

    @admin.display(description=_("who may see it"), ordering="item__visibility")
    def visibility(self, media: Media) -> str:
        return media.item.get_visibility_display()

    @admin.display(description=_("size"), ordering="bytes")
    def size(self, media: Media) -> str:
        return f"{media.bytes / 1e6:.1f} MB"

    @admin.display(description="")
    def picture(self, media: Media) -> str:
        return format_html(
            '<img src="{}" width="320" height="180" alt="">', queries.picture_url(media.item, "thumbnail")
        )

    def save_model(self, request: MemberRequest, obj: Media, form: Any, change: bool) -> None:
        """Save it, which is an event when something changed."""
        with ledger.recording():
            super().save_model(request, obj, form, change)
            if form.changed_data:
                ledger.record(Kind.ITEM_CHANGED, request.actor, item=obj.item)
        items.forget()

    @admin.action(description=_("Delete the items and their files"), permissions=["change"])
    def delete_items(self, request: MemberRequest, rows: QuerySet[Media]) -> None:
        """Delete as an owner would: the log keeps what was counted."""
        for media in rows.select_related("item"):
            uploads.delete(media.item, request.actor, staff=request.user)
        _told(self, request, ngettext("%d item deleted.", "%d items deleted.", len(rows)) % len(rows))

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Items come from uploads."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Rows are never removed, only the item: see the action."""
        return False


@admin.register(Comment)
class CommentAdmin(ModelAdmin):
    """Comments, to be moderated."""

    list_display = ("text", "author", "item", "created_at", "deleted_at")
    list_filter = ("created_at", "deleted_at")
    list_select_related = ("author", "item")
    search_fields = ("text", "author__username", "item__title")
    date_hierarchy = "created_at"
    readonly_fields = fields = ("item", "author", "text", "created_at", "deleted_at")
    actions = ("take_away",)

    @admin.action(description=_("Take the comments away"), permissions=["change"])
    def take_away(self, request: MemberRequest, rows: QuerySet[Comment]) -> None:
        """Take them away as their author would."""
        count = 0
        for comment in rows.filter(deleted_at=None).select_related("item"):
            comments.delete(comment, request.user)
            count += 1
        _told(self, request, ngettext("%d comment taken away.", "%d comments taken away.", count) % count)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Comments are written on the site."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Rows are never removed: see the action."""
        return False


def _told(page: ModelAdmin, request: HttpRequest, text: str) -> None:
    page.message_user(request, text, messages.SUCCESS)

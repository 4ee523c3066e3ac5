"""Advertisements in the admin."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from accounts.advertising import showing
from accounts.advertising.models import Advertisement
from accounts.exchange.tables import TableAdmin, TableResource


class AdvertisementResource(TableResource):
    """What a file of advertisements has."""

    class Meta(TableResource.Meta):
        model = Advertisement
        import_id_fields = ("uuid",)
        fields = ("uuid", "place", "title", "text", "sponsor", "link", "weight", "starts_at", "ends_at", "is_active")
        export_order = fields


@admin.register(Advertisement)
class AdvertisementAdmin(TableAdmin, ModelAdmin):
    """What stands where, and until when."""

    resource_classes = [AdvertisementResource]
    list_display = ("title", "sponsor", "place", "weight", "starts_at", "ends_at", "is_active")
    list_filter = ("place", "is_active")
    search_fields = ("title", "sponsor")

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Save, and show it at once."""
        super().save_model(request, obj, form, change)
        showing.forget()

    def after_import(self) -> None:
        """Show what came, and no more what changed."""
        showing.forget()

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Delete, and show it no more."""
        super().delete_model(request, obj)
        showing.forget()

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        """Delete many, and show them no more."""
        super().delete_queryset(request, queryset)
        showing.forget()

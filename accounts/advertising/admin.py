"""Advertisements in the admin."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from accounts.advertising import showing
from accounts.advertising.models import Advertisement


@admin.register(Advertisement)
class AdvertisementAdmin(ModelAdmin):
    """What stands where, and until when."""

    list_display = ("title", "sponsor", "place", "weight", "starts_at", "ends_at", "is_active")
    list_filter = ("place", "is_active")
    search_fields = ("title", "sponsor")

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Save, and show it at once."""
        super().save_model(request, obj, form, change)
        showing.forget()

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Delete, and show it no more."""
        super().delete_model(request, obj)
        showing.forget()

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        """Delete many, and show them no more."""
        super().delete_queryset(request, queryset)
        showing.forget()

"""Who takes which course, in the admin: to be looked at, granted and revoked. Progress comes from the facts alone."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.admin import ModelAdmin

from accounts.requests import MemberRequest
from library.learning import enrolling
from library.learning.models import Enrolment


@admin.register(Enrolment)
class EnrolmentAdmin(ModelAdmin):
    """Enrolments; requests are granted and places revoked by the actions, as teachers do on their pages."""

    list_display = ("user", "course", "state", "price", "requested_at", "enrolled_at", "completed_at")
    list_filter = ("state", "requested_at", "completed_at")
    list_select_related = ("user", "course")
    search_fields = ("user__username", "user__email", "course__title")
    date_hierarchy = "requested_at"
    ordering = ("-requested_at",)
    fields = readonly_fields = (
        "user", "course", "state", "price", "granted_by", "requested_at", "enrolled_at", "completed_at", "last_lesson",
    )  # fmt: skip
    actions = ("grant", "take_away")

    @admin.display(description=_("price"), ordering="price_minor")
    def price(self, row: Enrolment) -> str:
        """Return the price as it was when they asked."""
        return f"{row.price_minor / 100:.2f} {row.currency}" if row.price_minor else "–"

    @admin.action(description=_("Grant the course"), permissions=["change"])
    def grant(self, request: MemberRequest, rows: QuerySet[Enrolment]) -> None:
        """Grant as a teacher would."""
        count = 0
        for row in rows.select_related("course__owner", "user"):
            try:
                enrolling.grant(row.course, row.user, request.user)
            except enrolling.Refused as refused:
                self.message_user(request, f"{row}: {refused.detail}", messages.ERROR)
                continue
            count += 1
        _told(self, request, ngettext("%d course granted.", "%d courses granted.", count) % count)

    @admin.action(description=_("Refuse or take away"), permissions=["change"])
    def take_away(self, request: MemberRequest, rows: QuerySet[Enrolment]) -> None:
        """Refuse requests, revoke places. What was completed is kept."""
        for row in rows.select_related("course", "user"):
            enrolling.refuse(row, request.user)
            enrolling.revoke(row, request.user)
        _told(self, request, ngettext("%d enrolment ended.", "%d enrolments ended.", len(rows)) % len(rows))

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Places are granted on the course's page."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Rows are never removed: see the actions."""
        return False


def _told(page: ModelAdmin, request: HttpRequest, text: str) -> None:
    page.message_user(request, text, messages.SUCCESS)

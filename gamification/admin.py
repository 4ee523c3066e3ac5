"""The ledger of points in the admin, to be read; and corrections, which are added to it and never changed."""

from typing import Any, cast

from django import forms
from django.contrib import admin
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.utils import formats, timezone
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminTextInputWidget

from accounts.models import User
from gamification import corrections
from gamification.achievements.admin import AchievementAdmin, WithheldAdmin
from gamification.models import Correction, Entry
from gamification.refusals import Refused
from stats.ids import uuid7

__all__ = ["AchievementAdmin", "CorrectionAdmin", "EntryAdmin", "WithheldAdmin"]


class CorrectionForm(forms.ModelForm):
    """Whose points, how many more or less, and why. `ref` makes sending it twice harmless."""

    ref = forms.UUIDField(widget=forms.HiddenInput, initial=uuid7)
    username = forms.CharField(label=_("Username"), max_length=150, widget=UnfoldAdminTextInputWidget)
    amount = forms.IntegerField(
        label=_("Points"),
        widget=UnfoldAdminIntegerFieldWidget,
        help_text=_("Negative takes points away. The ledger keeps what was there and adds this."),
    )

    class Meta:
        model = Correction
        fields = ("username", "amount", "reason", "ref")

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.by = by

    def clean_username(self) -> str:
        """Find the member."""
        name: str = self.cleaned_data["username"]
        person = User.objects.filter(username=name).first()
        if person is None:
            raise forms.ValidationError(_("There is no such member."), code="unknown_member")
        self.person = person
        return name

    def clean(self) -> dict[str, Any]:
        """Correct the points: what is refused then is said at its field."""
        cleaned: dict[str, Any] = super().clean() or {}
        if not self.errors:
            try:
                self.instance = corrections.correct(
                    self.person, cleaned["amount"], cleaned["reason"], self.by, ref=cleaned["ref"]
                )
            except Refused as refused:
                self.add_error(refused.field or None, forms.ValidationError(refused.detail, code=refused.code))
        return cleaned


@admin.register(Correction)
class CorrectionAdmin(ModelAdmin):
    """What staff gave and took, with who did it and why."""

    list_display = ("person", "amount", "reason", "by", "created_at")
    list_select_related = ("person", "by")
    search_fields = ("person__username", "by__username", "reason")
    ordering = ("-created_at",)
    readonly_fields = ("person", "by", "created_at")

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Return the form for a new correction, which knows who makes it."""
        if obj is not None:
            return super().get_form(request, obj, change, **kwargs)

        class Form(CorrectionForm):
            def __init__(self, *args: Any, **kwargs: Any) -> None:
                super().__init__(*args, by=cast(User, request.user), **kwargs)

        return Form

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Ask for a name where one is corrected; show everything where one was."""
        return (
            ("username", "amount", "reason", "ref")
            if obj is None
            else ("person", "amount", "reason", "by", "created_at")
        )

    def save_model(self, request: HttpRequest, obj: Correction, form: forms.ModelForm, change: bool) -> None:
        """Leave it: the form has made it already."""

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never: a correction is corrected by another."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never: the ledger has it."""
        return False


@admin.register(Entry)
class EntryAdmin(ModelAdmin):
    """All postings, to be read. Find a member's by the username."""

    list_display = ("member", "rule", "amount", "earned", "recorded")
    list_filter = ("rule",)
    search_fields = ("actor",)
    search_help_text = _("A username.")
    ordering = ("-id",)
    show_full_result_count = False
    fields = readonly_fields = ("member", "rule", "ref", "cause", "course", "amount", "earned", "recorded")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Entry]:
        """Take the usernames with them."""
        people = User.objects.filter(uuid=OuterRef("actor")).values("username")[:1]
        return super().get_queryset(request).annotate(username=Subquery(people))

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Entry], search_term: str) -> Any:
        """Return one member's entries."""
        if not search_term:
            return queryset, False
        people = User.objects.filter(username=search_term.strip()).values("uuid")
        return queryset.filter(actor__in=people), False

    @admin.display(description=_("member"))
    def member(self, entry: Any) -> str:
        """Return the username, or the id of who is gone."""
        return entry.username or str(entry.actor)

    @admin.display(description=_("earned"))
    def earned(self, entry: Entry) -> str:
        """Return when; the admin takes the column itself for a number."""
        return formats.date_format(timezone.localtime(entry.earned_at), "DATETIME_FORMAT")

    @admin.display(description=_("recorded"))
    def recorded(self, entry: Entry) -> str:
        """Return when it was posted."""
        return formats.date_format(timezone.localtime(entry.recorded_at), "DATETIME_FORMAT")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Never: see corrections."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False

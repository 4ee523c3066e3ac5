"""Sources, items and dead letters in the admin. What the log speaks of is not edited or deleted here."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminTextareaWidget

from stats import sources
from stats.models import DeadLetter, Item, Source


class SourceForm(forms.ModelForm):
    """A source, with its origins one a line."""

    origins = forms.CharField(
        label=_("Origins"),
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 4}),
        help_text=_("Sites whose pages may send, one a line, like https://example.org. None means any."),
    )

    class Meta:
        model = Source
        fields = ("name", "origins", "creates_items_public", "creates_items_secret", "events_per_minute", "is_active")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["origins"] = "\n".join(self.instance.origins)

    def clean_origins(self) -> list[str]:
        """Return the origins in their one spelling."""
        try:
            return [sources.normal_origin(line) for line in self.cleaned_data["origins"].split()]
        except sources.InvalidOrigin as error:
            raise forms.ValidationError(str(error), code="invalid_origin") from error


@admin.register(Source)
class SourceAdmin(ModelAdmin):
    """Who may send events. A secret key is shown once, when it is made."""

    form = SourceForm
    list_display = ("name", "public_key", "origins_in_words", "is_active", "created_at")
    list_filter = ("is_active",)
    search_fields = ("name", "public_key")
    readonly_fields = ("public_key", "created_at")
    actions = ("rotate_secret",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Source]:
        """Leave out the site itself, which needs no key."""
        return super().get_queryset(request).exclude(pk=Source.SITE)

    def has_delete_permission(self, request: HttpRequest, obj: Source | None = None) -> bool:
        """Never: its events stay. Switch it off instead."""
        return False

    def save_model(self, request: HttpRequest, obj: Source, form: SourceForm, change: bool) -> None:
        """Store it; a new one gets its secret key, shown now and never again."""
        secret = "" if change else sources.new_secret()
        if secret:
            obj.secret_hash = sources.hashed(secret)
        super().save_model(request, obj, form, change)
        if secret:
            self.show_once(request, obj, secret)

    @admin.display(description=_("origins"))
    def origins_in_words(self, source: Source) -> str:
        """Return the origins, or that any may send."""
        return ", ".join(source.origins) or str(_("any"))

    @admin.action(description=_("Give a new secret key"))
    def rotate_secret(self, request: HttpRequest, queryset: QuerySet[Source]) -> None:
        """Replace the secret keys, showing the new ones once."""
        for source in queryset:
            self.show_once(request, source, sources.rotate_secret(source))

    def show_once(self, request: HttpRequest, source: Source, secret: str) -> None:
        """Show a secret key; only its hash is stored."""
        words = _("The secret key of {}, shown this once: {}")
        messages.warning(request, format_html(str(words), source.name, secret))


@admin.register(Item)
class ItemAdmin(ModelAdmin):
    """What events are about, of all sources. Titles may be corrected; what is counted hangs on the rest."""

    list_display = ("__str__", "type", "source", "owner", "visibility", "created_at", "deleted_at")
    list_filter = ("type", "source", "visibility")
    list_select_related = ("source", "owner")
    search_fields = ("title", "external_key", "uuid")
    readonly_fields = (
        "uuid", "type", "source", "external_key", "owner", "duration_ms", "visibility", "created_at", "deleted_at",
    )  # fmt: skip
    fields = ("title", *readonly_fields)
    ordering = ("-id",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Never: uploads and sources make items."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Item | None = None) -> bool:
        """Never: events speak of it."""
        return False


@admin.register(DeadLetter)
class DeadLetterAdmin(ModelAdmin):
    """Accepted events that could not be applied, to read."""

    list_display = ("event_id", "source_name", "code", "reason", "created_at")
    list_filter = ("code", "created_at")
    search_fields = ("event_id", "reason")
    fields = readonly_fields = ("event_id", "source_name", "code", "reason", "created_at")
    ordering = ("-id",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Never: the drain writes them."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: DeadLetter | None = None) -> bool:
        """Never: it is evidence."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: DeadLetter | None = None) -> bool:
        """Never: it is evidence."""
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[DeadLetter]:
        """Return the letters with the name of who sent each."""
        name = Source.objects.filter(pk=OuterRef("source_id")).values("name")
        return super().get_queryset(request).annotate(sent_by=Subquery(name))

    @admin.display(description=_("source"), ordering="sent_by")
    def source_name(self, letter: DeadLetter) -> str:
        """Return the name of who sent it."""
        return letter.sent_by or str(letter.source_id)  # type: ignore[attr-defined]

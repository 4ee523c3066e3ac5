"""Small tables of the back office as files, out and in: what would change is shown before anything does.

A file is taken whole or not at all. Rows are found by what names them everywhere (a plan's key), never by the database's
number. No cell is one that a spreadsheet would run (OWASP, CSV injection): texts that look like a formula get an
apostrophe in front, which is taken off again when the file comes back.
"""

from dataclasses import dataclass
from typing import Any, cast

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from import_export.admin import ImportExportMixin
from import_export.fields import Field
from import_export.formats.base_formats import CSV, JSON
from import_export.resources import Diff, ModelResource
from unfold.contrib.import_export.forms import ExportForm, ImportForm

from accounts import audit
from accounts.models import User

FORMULA = tuple("=+-@|%;\t\r\n＝＋－＠")
GUARD = "'"
MOST_ROWS = 5_000


def guarded(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula. `unguarded` gives back what it was."""
    return GUARD + text if text.lstrip(" ").lstrip(GUARD)[:1] in FORMULA and text.strip() else text


def unguarded(text: str) -> str:
    """Return what `guarded` was given."""
    return text[1:] if text.startswith(GUARD) and guarded(text[1:]) == text else text


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of the preview: what stands there, and what would."""

    before: str
    after: str

    @property
    def is_changed(self) -> bool:
        """Whether it would be another."""
        return self.before != self.after


class Cells(Diff):
    """The cells of a row before and after, whole: half a number says nothing."""

    def as_html(self) -> list[Cell]:
        """Return them; the template writes them."""
        before = [""] * len(self.left) if self.new else self.left
        return [Cell(str(was), str(will)) for was, will in zip(before, self.right, strict=True)]


class TableResource(ModelResource):
    """What a file of one model has. `fixed` columns of rows that are there cannot be changed by a file."""

    fixed: tuple[str, ...] = ()

    @classmethod
    def get_diff_class(cls) -> type[Diff]:
        """Return what compares a row with the one that is there."""
        return Cells

    def export_field(self, field: Field, instance: Any, **kwargs: Any) -> Any:
        """Return a cell."""
        value = super().export_field(field, instance, **kwargs)
        return guarded(value) if isinstance(value, str) else value

    def before_import(self, dataset: Any, **kwargs: Any) -> None:
        """Refuse files that are no table of this kind."""
        if len(dataset) > MOST_ROWS:
            raise ValidationError(_("A file has at most %(most)d rows.") % {"most": MOST_ROWS})
        wanted = {field.column_name for field in self.get_import_fields()}
        told = set(dataset.headers or ())
        if missing := set(self._meta.import_id_fields) - told:
            raise ValidationError(_("The column %(name)s is missing.") % {"name": min(missing)})
        if unknown := told - wanted:
            raise ValidationError(_("There is no column %(name)s.") % {"name": min(map(str, unknown))})

    def before_import_row(self, row: dict[str, Any], **kwargs: Any) -> None:
        """Take the apostrophes off again."""
        for name, value in row.items():
            if isinstance(value, str):
                row[name] = unguarded(value)

    def import_field(self, field: Field, instance: Any, row: Any, is_m2m: bool = False, **kwargs: Any) -> None:
        """Read a cell. Raises ValueError, which names the cell, for what is none of its kind."""
        try:
            super().import_field(field, instance, row, is_m2m, **kwargs)
        except (ValueError, TypeError, ArithmeticError) as error:
            raise ValueError(_("“%(value)s” does not fit here.") % {"value": row.get(field.column_name)}) from error

    def after_init_instance(self, instance: Any, new: bool, row: Any, **kwargs: Any) -> None:
        """Remember what cannot be changed."""
        instance.fixed_before = {} if new else {name: getattr(instance, name) for name in self.fixed}

    def validate_instance(
        self, instance: Any, import_validation_errors: Any = None, validate_unique: bool = True
    ) -> None:
        """Refuse a change of what holds for ever, beside what the model refuses."""
        errors = dict(import_validation_errors or {})
        for name, value in instance.fixed_before.items():
            if getattr(instance, name) != value:
                errors[name] = ValidationError(_("This is %(value)s for ever.") % {"value": value})
        super().validate_instance(instance, errors, validate_unique)

    class Meta:
        abstract = True
        clean_model_instances = True
        skip_unchanged = True
        report_skipped = True
        use_transactions = True


class TableAdmin(ImportExportMixin):
    """Import and export for a model's pages: for who may add and change its rows, each import a line of the audit log."""

    import_form_class = ImportForm
    export_form_class = ExportForm
    formats = (CSV, JSON)

    def get_import_formats(self) -> list[Any]:
        """CSV and JSON."""
        return list(self.formats)

    def get_export_formats(self) -> list[Any]:
        """The same."""
        return list(self.formats)

    def has_import_permission(self, request: HttpRequest) -> bool:
        """Who may make rows and change them."""
        page = cast(Any, self)
        return page.has_add_permission(request) and page.has_change_permission(request)

    def has_export_permission(self, request: HttpRequest) -> bool:
        """Who may see them."""
        return cast(Any, self).has_view_permission(request)

    @transaction.atomic
    def process_import(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Import what was looked at, and note it, or neither."""
        return super().process_import(request, **kwargs)

    def process_result(self, result: Any, request: HttpRequest) -> HttpResponse:
        """Say what came of it. What no longer fits, because somebody changed the rows since, changed nothing."""
        options = cast(Any, self).opts
        if result.has_errors() or result.has_validation_errors():
            messages.error(request, _("The rows have changed since: nothing was imported. Look at the file again."))
            return HttpResponseRedirect(reverse(f"admin:{options.app_label}_{options.model_name}_import"))
        audit.note(
            cast(User, request.user), "admin.imported", detail={"model": options.label_lower, **dict(result.totals)}
        )
        self.after_import()
        return super().process_result(result, request)

    def after_import(self) -> None:
        """Do what a change of rows asks for."""

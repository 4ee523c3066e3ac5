"""Amounts in the admin: shown, typed and looked for as people write them, kept as whole numbers of the smallest unit."""

from collections.abc import Iterator, Mapping
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextInputWidget

from accounts.billing import money
from accounts.billing.payments import MOST_MINOR

BARE = "0123456789., \N{NO-BREAK SPACE}"
MOST_TYPED = 60
TITLES = {"amount_minor": _("amount"), "price_minor": _("price")}


class Amounts:
    """Lists and pages of rows on which `amounts` names what stands instead of each column of minor units or of a currency.

    '' leaves a column out: its currency is written beside the amount.
    """

    amounts: Mapping[str, str] = {"amount_minor": "amount", "currency": ""}

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Put what people read in the place of what is kept."""
        kept = super().get_fields(request, obj)  # type: ignore[misc]
        return list(dict.fromkeys(shown for name in kept if (shown := self.amounts.get(name, name))))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """What is written here is not typed."""
        kept = super().get_readonly_fields(request, obj)  # type: ignore[misc]
        return [*kept, *filter(None, self.amounts.values())]

    @display(description=_("amount"), ordering="amount_minor")
    def amount(self, row: Any) -> str:
        return money.written(getattr(row, "signed_minor", row.amount_minor), row.currency)


class RangeForm(forms.Form):
    """From how much to how much, in one currency."""

    def __init__(self, name: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.ends = (f"{name}_from", f"{name}_to")
        for end, label, like in zip(self.ends, (_("From"), _("To")), (500, 2000), strict=True):
            attrs = {"placeholder": f"{label} ({money.typed(like, 'EUR')})", "aria-label": label}
            self.fields[end] = forms.CharField(
                label="", required=False, max_length=MOST_TYPED, widget=UnfoldAdminTextInputWidget(attrs=attrs)
            )

    def clean(self) -> dict[str, Any]:
        """Return both ends in minor units and their one currency, which one of them has to name."""
        typed = {end: self.cleaned_data[end] for end in self.ends if self.cleaned_data.get(end)}
        found: dict[str, Any] = {}
        for end in sorted(typed, key=lambda end: not typed[end].strip(BARE)):  # first what names its currency
            try:
                found[end], found["currency"] = money.read(typed[end], found.get("currency", ""), most_minor=MOST_MINOR)
            except ValidationError as error:
                self.add_error(end, error)
        return found


class AmountFilter(admin.FieldListFilter):
    """Rows of one currency whose amount lies between two, both included; none where what was typed is no amount."""

    template = "unfold/filters/filters_date_range.html"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.title = TITLES[self.field_path]
        told = cast(dict[str, list[str]], self.used_parameters)
        typed = {name: values[-1] for name, values in told.items() if values[-1]}
        self.form = RangeForm(self.field_path, typed or None)

    def expected_parameters(self) -> list[str | None]:
        return [f"{self.field_path}_from", f"{self.field_path}_to"]

    def choices(self, changelist: Any) -> Iterator[Any]:
        yield {"form": self.form}

    def queryset(self, request: HttpRequest, found: QuerySet[Any]) -> QuerySet[Any]:
        if not self.form.is_bound:
            return found
        if not self.form.is_valid():
            for words in self.form.errors.values():
                messages.error(request, f"{capfirst(self.title)}: {' '.join(map(str, words))}")
            return found.none()
        told = self.form.cleaned_data
        if not told:
            return found
        ends = {
            f"{self.field_path}__{end}": told[name]
            for name, end in zip(self.form.ends, ("gte", "lte"), strict=True)
            if name in told
        }
        return found.filter(currency=told["currency"], **ends)

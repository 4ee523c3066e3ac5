"""Forms of the people's pages: they say what a member may enter, and decide nothing."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from library.people import settings
from library.people.settings import OFF, ON

MAX_USERNAME = 150


class SettingsForm(forms.Form):
    """One field for each setting of an area: a checkbox for a switch, else radio buttons."""

    def __init__(self, area: str, values: Mapping[str, str], data: Any = None) -> None:
        self.settings = settings.of_area(area)
        initial = {row.name: values[row.key] == ON if row.is_switch else values[row.key] for row in self.settings}
        super().__init__(data, initial=initial)
        for row in self.settings:
            self.fields[row.name] = _field(row)

    def rows(self) -> list[tuple[settings.Setting, forms.BoundField]]:
        """Return each setting with its field."""
        return [(row, self[row.name]) for row in self.settings]

    def wanted(self) -> dict[str, str]:
        """Return what was chosen, by key."""
        chosen = self.cleaned_data
        return {
            row.key: (ON if chosen[row.name] else OFF) if row.is_switch else chosen[row.name] for row in self.settings
        }


class InviteForm(forms.Form):
    """Whom to ask."""

    username = forms.CharField(
        label=_("Username"),
        max_length=MAX_USERNAME,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )

    def clean_username(self) -> str:
        """Return the name without the @ that people write before it."""
        return self.cleaned_data["username"].strip().removeprefix("@")


def _field(row: settings.Setting) -> forms.Field:
    if row.is_switch:
        return forms.BooleanField(label=row.label, help_text=row.text, required=False)
    return forms.ChoiceField(label=row.label, help_text=row.text, choices=row.choices, widget=forms.RadioSelect)

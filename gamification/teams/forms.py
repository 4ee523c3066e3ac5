"""Forms of the teams' pages: they say what a member may enter, and decide nothing."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from gamification.refusals import Refused
from gamification.teams.models import MAX_ABOUT, MAX_NAME

MAX_USERNAME = 150


class TeamForm(forms.Form):
    """A team's name and words."""

    name = forms.CharField(label=_("Name"), max_length=MAX_NAME, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    about = forms.CharField(
        label=_("About"), max_length=MAX_ABOUT, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    is_open = forms.BooleanField(
        label=_("Anybody may join"), required=False, help_text=_("Otherwise one is asked in, by name or by a link.")
    )


class InviteForm(forms.Form):
    """Whom to ask in."""

    username = forms.CharField(
        label=_("Username"),
        max_length=MAX_USERNAME,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )


def done(form: forms.Form, act: Callable[[dict[str, Any]], Any]) -> bool:
    """Whether the form was good and `act` took it; if not, the form says why."""
    if not form.is_valid():
        return False
    try:
        act(form.cleaned_data)
    except Refused as refused:
        form.add_error(refused.field if refused.field in form.fields else None, str(refused.detail))
        return False
    return True

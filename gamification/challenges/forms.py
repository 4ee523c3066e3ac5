"""The form of a challenge: it says what may be entered, and decides nothing."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from gamification.challenges import measuring
from gamification.challenges.models import MAX_ABOUT, MAX_TITLE, Who
from stats.windows import zone_names

EVERYBODY, TEAM = "everybody", "team"


class ChallengeForm(forms.Form):
    """A new challenge. `for_whom` is asked of who may hold one for everybody and for a team."""

    title = forms.CharField(
        label=_("Title"), max_length=MAX_TITLE, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    about = forms.CharField(
        label=_("About"), max_length=MAX_ABOUT, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    for_whom = forms.ChoiceField(label=_("For whom"), widget=forms.RadioSelect)
    who = forms.ChoiceField(label=_("Who competes"), choices=Who.choices, widget=forms.RadioSelect)
    metric = forms.ChoiceField(label=_("What counts"))
    goal = forms.FloatField(
        label=_("Goal"),
        required=False,
        help_text=_("How much is to be reached. Without one it is about who does most."),
        widget=forms.NumberInput(attrs={"min": "0", "step": "any", "inputmode": "decimal"}),
    )
    starts_on = forms.DateField(label=_("First day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    ends_on = forms.DateField(label=_("Last day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    zone = forms.ChoiceField(label=_("Time zone"), help_text=_("It begins and ends at midnight there."))

    def __init__(self, *arguments: Any, everybody: bool, team: str, **named: Any) -> None:
        super().__init__(*arguments, **named)
        whom: list[tuple[str, Any]] = [(EVERYBODY, _("Everybody"))] if everybody else []
        whom += [(TEAM, _("Your team, “%(name)s”") % {"name": team})] if team else []
        self._choose("for_whom", whom)
        if len(whom) == 1:
            self.fields["for_whom"].widget = forms.HiddenInput()
            self.initial.setdefault("for_whom", whom[0][0])
        groups: dict[str, list[tuple[str, str]]] = {}
        for key, metric in measuring.measurable().items():
            label = (
                metric.label
                if measuring.adds_up(metric)
                else _("%(metric)s (not for teams)") % {"metric": metric.label}
            )
            groups.setdefault(str(_("Often chosen")) if key in measuring.USUAL else metric.group, []).append(
                (key, label)
            )
        self._choose("metric", list(groups.items()))
        zones = sorted(name for name in zone_names() if ("/" in name and not name.startswith("Etc/")) or name == "UTC")
        self._choose("zone", [(name, name.replace("_", " ")) for name in zones])

    def keep_only(self, names: Iterable[str]) -> None:
        """Leave out all other fields."""
        for name in self.fields.keys() - set(names):
            del self.fields[name]

    def _choose(self, name: str, choices: list[Any]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 (declared above)
        field.choices = choices

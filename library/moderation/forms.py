"""Forms of reports and of decisions."""

from django import forms
from django.utils.translation import gettext_lazy as _

from library.models import Reason, Report
from library.talking.forms import PacedForm, lines


class ReportForm(PacedForm):
    """What is wrong with something."""

    reason = forms.ChoiceField(label=_("What is wrong with it?"), choices=Reason.choices, widget=forms.RadioSelect)
    note = forms.CharField(
        label=_("What should we know?"),
        max_length=Report.MAX_NOTE,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def clean_note(self) -> str:
        """Return the note with its lines."""
        return lines(self.cleaned_data["note"])


class AppealForm(PacedForm):
    """Why the staff should look again at what they hid."""

    note = forms.CharField(
        label=_("Why should it be seen again?"),
        max_length=Report.MAX_NOTE,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def clean_note(self) -> str:
        """Return the note with its lines."""
        if note := lines(self.cleaned_data["note"]):
            return note
        raise forms.ValidationError(_("Say why."), code="required")


class DecisionForm(forms.Form):
    """What becomes of what was reported."""

    decision = forms.ChoiceField(choices=[("uphold", "uphold"), ("dismiss", "dismiss")])

"""What staff may say about one member."""

from datetime import datetime, timedelta

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import features
from accounts.staffing import LABELS, StaffRole
from accounts.subscriptions import MOST_DAYS
from analytics.people.acts import ACTS, Act

MONTH = 30
GRANTED, DENIED, BY_PLAN = "granted", "denied", "plan"


class SubscriptionForm(forms.Form):
    """Something to do with the subscription."""

    act = forms.ChoiceField(choices=[(act.key, act.label) for act in ACTS.values()])
    days = forms.IntegerField(label=_("Days"), min_value=1, max_value=MOST_DAYS, required=False)
    reason = forms.CharField(label=_("Why"), max_length=200, required=False)
    seen = forms.IntegerField(min_value=0, required=False, widget=forms.HiddenInput)

    def act_and_days(self) -> tuple[Act, int]:
        """Return what was chosen; 30 days where none are said."""
        return ACTS[self.cleaned_data["act"]], self.cleaned_data["days"] or MONTH


class GrantForm(forms.Form):
    """One feature, given, taken away, or left to the plan."""

    feature = forms.ChoiceField(label=_("Feature"), choices=features.choices)
    how = forms.ChoiceField(
        label=_("Decision"),
        choices=[(GRANTED, _("Give it")), (DENIED, _("Take it away")), (BY_PLAN, _("Leave it to the plan"))],
    )
    days = forms.IntegerField(label=_("For how many days"), min_value=1, max_value=MOST_DAYS, required=False)
    text = forms.CharField(label=_("What the member reads"), max_length=200, required=False)

    def until(self) -> datetime | None:
        """Return when it ends; None for never."""
        days = self.cleaned_data["days"]
        return timezone.now() + timedelta(days=days) if days else None


class StateForm(forms.Form):
    """Letting a member in, or keeping them out."""

    active = forms.TypedChoiceField(
        choices=[("1", _("Let in")), ("0", _("Keep out"))], coerce=lambda value: value == "1"
    )
    reason = forms.CharField(label=_("Why"), max_length=200, required=False)


class NoteForm(forms.Form):
    """What others of the staff should know."""

    text = forms.CharField(label=_("Note"), max_length=2000, widget=forms.Textarea(attrs={"rows": 2}))


class RolesForm(forms.Form):
    """What somebody is on the staff for."""

    roles = forms.TypedMultipleChoiceField(
        label=_("Roles on the staff"),
        choices=[(role.value, LABELS[role]) for role in StaffRole],
        coerce=StaffRole,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )


class LookForm(forms.Form):
    """Why somebody looks at the site as a member."""

    reason = forms.CharField(label=_("Why"), max_length=200, required=False)

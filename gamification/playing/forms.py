"""What a member may choose about the game."""

from typing import Any

from django import forms
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from gamification.choices import GOALS_MIN, MOST_REST_DAYS
from gamification.queries import Chosen


class GameForm(forms.Form):
    """Calm mode, leaderboards, a public standing, rest days, the day's goal."""

    calm = forms.BooleanField(
        label=_("Calm mode"),
        help_text=_(
            "Nothing of the game is shown to you: no points, levels, streaks, places or toasts. They go on counting."
        ),
        required=False,
    )
    listed = forms.BooleanField(
        label=_("Take part in leaderboards"),
        help_text=_(
            "Members see your name, points, level and streak there. Off, you have no place and stand in no list. You keep"
            " your points."
        ),
        required=False,
    )
    public = forms.BooleanField(
        label=_("Show my level, streak and achievements on my page"),
        help_text=_(
            "Everybody who may see your page sees them, and apps may ask for them. Leaderboards do not depend on it."
        ),
        required=False,
    )
    rest_days = forms.MultipleChoiceField(
        label=_("Rest days"),
        help_text=_(
            "Up to two weekdays on which a streak does not need you. A change holds from a week after it is made."
        ),
        choices=[(str(number), name) for number, name in WEEKDAYS.items()],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )

    goal_min = forms.TypedChoiceField(
        label=_("The day’s goal"),
        help_text=_("How long you want to watch, listen or learn on a day. Home shows how far you are."),
        choices=[(0, _("No goal")), *((goal, _("%d minutes") % goal) for goal in GOALS_MIN if goal)],
        coerce=int,
        required=False,
        empty_value=None,
    )

    def clean_rest_days(self) -> list[int]:
        """Return the weekdays, Monday being 0."""
        days = sorted({int(day) for day in self.cleaned_data["rest_days"]})
        if len(days) > MOST_REST_DAYS:
            raise forms.ValidationError(_("Choose two at most."), code="too_many_rest_days")
        return days


def initial(chosen: Chosen) -> dict[str, Any]:
    """Return what the form shows of what holds."""
    return {
        "calm": chosen.is_calm,
        "listed": chosen.is_listed,
        "public": chosen.is_public,
        "goal_min": chosen.goal_min,
        "rest_days": [str(day) for day in sorted(chosen.rest_days)],
    }

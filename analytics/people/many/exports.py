"""Taking people along as CSV: nothing happens to them, and who took whom is noted."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.utils.translation import ngettext

from accounts.models import User
from accounts.staffing import Area, Level, may
from analytics.people.many.record import DONE, Act, Job, Outcome, Prospect, Targets


class ExportForm(forms.Form):
    """What for."""

    reason = forms.CharField(label=_l("What for"), max_length=200, required=False, help_text=_l("For the audit log."))


def prospects(targets: Targets, job: Job) -> list[Prospect]:
    """Count them. One query."""
    masked = not may(job.by, Area.ADDRESSES)
    words = (
        _("rows, e-mail addresses masked")
        if masked
        else _("rows with name, address, plan, level and the eight numbers")
    )
    return [Prospect(targets.count(), words)]


def told(people: Sequence[User], job: Job) -> dict[int, str]:
    """Say that it is a row each."""
    return {person.pk: _("a row") for person in people}


def run(people: Sequence[User], job: Job) -> dict[int, Outcome]:
    """Nothing happens to anybody."""
    return {person.pk: DONE for person in people}


def _verb(params: Mapping[str, Any], people: int) -> str:
    text = ngettext("Download %(n)s row", "Download %(n)s rows", people)
    return text % {"n": formats.number_format(people, force_grouping=True)}


EXPORT = Act(
    "export", _l("Export as CSV"), _l("One row each, as of the moment of the download."), "download",
    Area.PEOPLE, Level.READ, ExportForm, _verb, prospects, told, run, is_download=True,
)  # fmt: skip

"""Reading the audit log: filtered, the latest first, a page at a time."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import addresses, audit, names
from accounts.models import StaffAction, User

PAGE = 50
CSV_MOST = 100_000


class AuditFilter(forms.Form):
    """Which lines are asked for."""

    what = forms.ChoiceField(
        label=_("What"), choices=[("", _("Everything")), *((act.key, act.label) for act in audit.ACTS)], required=False
    )
    by = forms.CharField(label=_("By"), max_length=150, required=False)
    person = forms.CharField(label=_("About"), max_length=150, required=False)
    first = forms.DateField(label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    last = forms.DateField(label=_("To"), required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def clean(self) -> dict[str, Any]:
        """Refuse days in the wrong order."""
        told = super().clean() or {}
        if told.get("first") and told.get("last") and told["first"] > told["last"]:
            self.add_error("last", _("This lies before the first day."))
        if told.get("last") == date.max:
            self.add_error("last", _("No day follows this one."))
        return told


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the log; `older` names the next one, None at the end."""

    lines: Sequence[StaffAction]
    older: int | None


def found(wanted: Mapping[str, Any]) -> QuerySet[StaffAction]:
    """Return the lines that fit, the latest first; names are those of members, days those of the active time zone."""
    rows = StaffAction.objects.select_related("by", "person").order_by("-id")
    if wanted.get("what"):
        rows = rows.filter(what=wanted["what"])
    for field in ("by", "person"):
        if wanted.get(field):
            rows = rows.filter(**{f"{field}__in": _named(wanted[field])})
    if wanted.get("first"):
        rows = rows.filter(at__gte=_start(wanted["first"]))
    if wanted.get("last"):
        rows = rows.filter(at__lt=_start(date.fromordinal(wanted["last"].toordinal() + 1)))
    return rows


def page(wanted: Mapping[str, Any], before: int | None = None) -> Page:
    """Return a page of what fits, older than the line `before`. At most two queries."""
    rows = found(wanted)
    lines = list((rows.filter(id__lt=before) if before else rows)[: PAGE + 1])
    return Page(lines[:PAGE], lines[PAGE - 1].pk if len(lines) > PAGE else None)


def as_lines(wanted: Mapping[str, Any], reader: User) -> Iterator[Sequence[Any]]:
    """Yield the head and what fits as plain values, the latest first, at most 100,000 lines, as `reader` may see them."""
    yield ("at", "by", "what", "person", "about", "detail")
    for line in found(wanted)[:CSV_MOST].iterator(chunk_size=2000):
        yield (
            line.at,
            line.by.username if line.by else "",
            line.what,
            str(line.person.uuid) if line.person else "",
            line.about_name or line.about_kind,
            addresses.veiled(reader, str(line.detail or "")),
        )


def _named(text: str) -> QuerySet[User]:
    return User.objects.filter(username_key=names.key_of(text)).order_by()


def _start(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))

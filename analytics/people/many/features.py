"""Giving one feature to many members, or taking it from them, whatever their plan says."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from django import forms
from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.utils.translation import ngettext

from accounts.features import FEATURES, Feature
from accounts.models import FeatureGrant, User
from accounts.staffing import Area, Level
from accounts.subscriptions import MOST_DAYS
from analytics.people.many.record import DONE, Act, Job, Outcome, Prospect, Targets, skipped
from analytics.people.models import BulkTarget, TargetState

GIVE, TAKE = "give", "take"
SAME = _l("Has it so already")
CHANGED = _l("Changed since")


class FeatureForm(forms.Form):
    """Which feature, given or taken, for how long."""

    feature = forms.ChoiceField(
        label=_l("Feature"), choices=[(spec.feature.value, _l(spec.label)) for spec in FEATURES.values()]
    )
    how = forms.ChoiceField(
        label=_l("What happens"),
        choices=[(GIVE, _l("Give it, whatever the plan says")), (TAKE, _l("Take it away, whatever the plan says"))],
    )
    days = forms.IntegerField(
        label=_l("Days"), min_value=1, max_value=MOST_DAYS, required=False, help_text=_l("Empty means for ever.")
    )
    note = forms.CharField(
        label=_l("Note"), max_length=200, required=False, help_text=_l("Members can read it on their features page.")
    )


def prospects(targets: Targets, job: Job) -> list[Prospect]:
    """Count who gets it and whose grant is replaced. Two queries."""
    total = targets.count()
    has = FeatureGrant.objects.filter(feature=job.params["feature"], user__in=targets.values("user")).count()
    words = {"feature": _(FEATURES[Feature(job.params["feature"])].label), "how_long": _how_long(job.params)}
    text = _("get %(feature)s %(how_long)s") if job.params["how"] == GIVE else _("lose %(feature)s %(how_long)s")
    return [
        Prospect(total - has, text % words),
        Prospect(has, _("have a grant or a denial of it already, which this one replaces")),
    ]


def told(people: Sequence[User], job: Job) -> dict[int, str]:
    """Say what each one has now. One query."""
    found = _grants(people, job)
    text = {}
    for person in people:
        grant = found.get(person.pk)
        now = _("by the plan") if grant is None else _("given") if grant.granted else _("taken away")
        then = _("given") if job.params["how"] == GIVE else _("taken away")
        text[person.pk] = f"{now} → {then}"
    return text


def run(people: Sequence[User], job: Job) -> dict[int, Outcome]:
    """Write the grants of all of them at once."""
    found, done, rows = _grants(people, job), {}, []
    days = job.params["days"]
    wanted = {
        "granted": job.params["how"] == GIVE,
        "expires_at": job.now + timedelta(days=days) if days else None,
        "note": job.params["note"],
    }
    for person in people:
        had = found.get(person.pk)
        if had is not None and _told(had) == _json(wanted):
            done[person.pk] = skipped(SAME)
            continue
        rows.append(FeatureGrant(user=person, feature=job.params["feature"], **wanted))
        before = None if had is None else _told(had)
        done[person.pk] = Outcome(TargetState.DONE, "", before, _json(wanted))
    FeatureGrant.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["user", "feature"], update_fields=["granted", "expires_at", "note"]
    )
    return done


def undo(people: Sequence[User], marks: Mapping[int, BulkTarget], job: Job) -> dict[int, Outcome]:
    """Put back what each one had, where it is still as it was left."""
    found, done = _grants(people, job), {}
    for person in people:
        grant, mark = found.get(person.pk), marks[person.pk]
        if grant is None or _told(grant) != mark.after:
            done[person.pk] = skipped(CHANGED)
            continue
        if mark.before is None:
            grant.delete()
        else:
            for name, value in mark.before.items():
                setattr(grant, name, value)
            grant.save(update_fields=list(mark.before))
        done[person.pk] = DONE
    return done


def _grants(people: Sequence[User], job: Job) -> dict[int, FeatureGrant]:
    found = FeatureGrant.objects.filter(feature=job.params["feature"], user__in=[person.pk for person in people])
    return {grant.user_id: grant for grant in found.order_by()}


def _told(grant: FeatureGrant) -> dict[str, Any]:
    return _json({"granted": grant.granted, "expires_at": grant.expires_at, "note": grant.note})


def _json(values: Mapping[str, Any]) -> dict[str, Any]:
    expires = values["expires_at"]
    return {**values, "expires_at": expires.isoformat() if expires else None}


def _how_long(params: Mapping[str, Any]) -> str:
    days = params["days"]
    return ngettext("for %(n)s day", "for %(n)s days", days) % {"n": days} if days else _("for ever")


def _verb(params: Mapping[str, Any], people: int) -> str:
    words = {
        "feature": _(FEATURES[Feature(params["feature"])].label),
        "n": formats.number_format(people, force_grouping=True),
    }
    if params["how"] == GIVE:
        return ngettext("Give %(feature)s to %(n)s member", "Give %(feature)s to %(n)s members", people) % words
    return ngettext("Take %(feature)s from %(n)s member", "Take %(feature)s from %(n)s members", people) % words


GRANT = Act(
    "feature", _l("Give or take a feature"), _l("One of the eight, whatever the plan says."), "gift",
    Area.SUBSCRIPTIONS, Level.CHANGE, FeatureForm, _verb, prospects, told, run, undo,
)  # fmt: skip

"""Extending subscriptions and giving plans to many. What somebody pays for is never changed from here, only prolonged."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.db.models import Count
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.utils.translation import ngettext

from accounts import at_once, standing, subscriptions
from accounts.models import GrantedBy, Subscription, User
from accounts.plans import plan_for
from accounts.roles import SOLD, Role
from accounts.staffing import Area, Level
from accounts.standing import By
from accounts.subscriptions import MOST_DAYS
from analytics.people.many.record import DONE, Act, Job, Outcome, Prospect, Targets, skipped
from analytics.people.models import BulkTarget, TargetState

NO_SUBSCRIPTION = _l("No running subscription")
PAYS = _l("Pays for a subscription")
HIGHER = _l("Has a higher plan already")
CHANGED = _l("Changed since")
WOULD_BE_DUE = _l("Would have to be paid at once")


class ExtendForm(forms.Form):
    """By how many days."""

    days = forms.IntegerField(label=_l("Days"), min_value=1, max_value=MOST_DAYS, initial=30)
    reason = forms.CharField(
        label=_l("Reason"), max_length=200, required=False, help_text=_l("For the audit log. Members do not see it.")
    )


class UpgradeForm(forms.Form):
    """Which plan, and for how long."""

    role = forms.ChoiceField(
        label=_l("Plan"), choices=[(role.value, role.label) for role in SOLD], initial=Role.PREMIUM.value
    )
    days = forms.IntegerField(label=_l("Days"), min_value=1, max_value=MOST_DAYS, initial=365)
    reason = forms.CharField(
        label=_l("Reason"), max_length=200, required=False, help_text=_l("For the audit log. Members do not see it.")
    )


def extending(targets: Targets, job: Job) -> list[Prospect]:
    """Count who has something to extend. Two queries."""
    running = targets.filter(user__in=_running(job).values("user")).count()
    days = job.params["days"]
    return [
        Prospect(
            running,
            ngettext("subscription lasts %(days)d days longer", "subscriptions last %(days)d days longer", running)
            % {"days": days},
        ),
        Prospect(targets.count() - running, _("without a running subscription stay as they are"), acts=False),
    ]


def extended(people: Sequence[User], job: Job) -> dict[int, str]:
    """Say from when to when each one's end moves. One query."""
    found = _of(people, job)
    told = {}
    for person in people:
        one = found.get(person.pk)
        if one is None:
            told[person.pk] = str(NO_SUBSCRIPTION)
        else:
            end = one.next_period_end or one.current_period_end
            later = end + timedelta(days=job.params["days"])
            told[person.pk] = f"{_day(end)} → {_day(later)}"
    return told


def extend(people: Sequence[User], job: Job) -> dict[int, Outcome]:
    """Move the end of each running subscription."""
    done: dict[int, Outcome] = {}
    changed: dict[int, Any] = {}
    with at_once.together(people):
        for person in people:
            before = subscriptions.snapshot_of(standing.current(person, job.now))
            if before is None:
                done[person.pk] = skipped(NO_SUBSCRIPTION)
                continue
            subscriptions.extend_within(person, job.params["days"], by=_by(job), now=job.now)
            changed[person.pk] = before
    return done | _marked(people, changed)


def upgrading(targets: Targets, job: Job) -> list[Prospect]:
    """Count who gets the plan, and how. Two queries."""
    role, days = Role(job.params["role"]), job.params["days"]
    counts = dict.fromkeys(("start", "up", "longer", "higher", "pays"), 0)
    rows = (
        _running(job)
        .filter(user__in=targets.values("user"))
        .values_list("plan__role", "gateway")
        .annotate(people=Count("pk"))
        .order_by()
    )
    for had, gateway, number in rows:
        counts[_what(had, gateway, role)] += number
    counts["start"] = targets.count() - sum(counts.values())
    name = {"plan": role.label, "days": days}
    return [
        Prospect(counts["start"], _("get %(plan)s for %(days)d days") % name),
        Prospect(counts["up"], _("change from a lower plan to %(plan)s for %(days)d days from now") % name),
        Prospect(counts["longer"], _("have %(plan)s already and get it %(days)d days longer") % name),
        Prospect(counts["higher"], _("have a higher plan and stay as they are"), acts=False),
        Prospect(counts["pays"], _("pay for a subscription and stay as they are; change it on their page"), acts=False),
    ]


def upgraded(people: Sequence[User], job: Job) -> dict[int, str]:
    """Say what each one would have. One query."""
    role, found = Role(job.params["role"]), _of(people, job)
    told = {}
    for person in people:
        one = found.get(person.pk)
        what = _what(one.plan.role, one.gateway, role) if one else "start"
        until = one.current_period_end if one and what == "longer" else job.now
        later = _day(until + timedelta(days=job.params["days"]))
        had = Role(one.plan.role).label if one else Role.FREE.label
        told[person.pk] = {
            "higher": str(HIGHER),
            "pays": str(PAYS),
            "longer": _("%(plan)s, until %(day)s") % {"plan": had, "day": later},
        }.get(what, _("%(had)s → %(plan)s until %(day)s") % {"had": had, "plan": role.label, "day": later})
    return told


def upgrade(people: Sequence[User], job: Job) -> dict[int, Outcome]:
    """Give each one the plan who neither pays for another nor has a higher one."""
    role, plan = Role(job.params["role"]), plan_for(Role(job.params["role"]))
    done: dict[int, Outcome] = {}
    changed: dict[int, Any] = {}
    with at_once.together(people):
        for person in people:
            one = standing.current(person, job.now)
            what = _what(one.plan.role, one.gateway, role) if one else "start"
            if what in ("higher", "pays"):
                done[person.pk] = skipped(HIGHER if what == "higher" else PAYS)
                continue
            changed[person.pk] = subscriptions.snapshot_of(one)
            subscriptions.upgrade_within(person, plan, job.params["days"], by=_by(job), now=job.now)
    return done | _marked(people, changed)


def take_back(people: Sequence[User], marks: Mapping[int, BulkTarget], job: Job) -> dict[int, Outcome]:
    """Put each subscription back as it stood, where nothing has changed it since. What would be over by now ends now."""
    done: dict[int, Outcome] = {}
    with at_once.together(people):
        for person in people:
            standing.current(person, job.now)  # what the clock has ended or begun is a change since, too
    last = at_once.last_changes(people)
    with at_once.together(people):
        for person in people:
            mark = marks[person.pk]
            subscription = standing.current(person, job.now)
            if subscription is None or {"change": last.get(person.pk)} != mark.after:
                done[person.pk] = skipped(CHANGED)
            elif not _put_back(subscription, mark.before, job):
                done[person.pk] = skipped(WOULD_BE_DUE)
            else:
                done[person.pk] = DONE
    return done


def _put_back(subscription: Subscription, before: dict[str, Any] | None, job: Job) -> bool:
    """Return False, changing nothing, for who would have to pay at once."""
    ends_at = datetime.fromisoformat(before["current_period_end"]) if before else None
    if subscription.gateway and ends_at is not None and ends_at <= job.now:
        return False
    subscriptions.restore_within(subscription.user, before, by=_by(job), now=job.now)
    return True


def _what(had: str, gateway: str, role: Role) -> str:
    if gateway:
        return "pays"
    if had == role:
        return "longer"
    return "up" if Role(had).rank < role.rank else "higher"


def _running(job: Job) -> Any:
    return Subscription.objects.granting(job.now).order_by()


def _of(people: Sequence[User], job: Job) -> dict[int, Subscription]:
    found = _running(job).filter(user__in=[person.pk for person in people]).select_related("plan")
    return {one.user_id: one for one in found}


def _marked(people: Sequence[User], befores: Mapping[int, Any]) -> dict[int, Outcome]:
    """Return what became of those who were changed, each with the last line of the ledger, for an undo. One query."""
    last = at_once.last_changes([person for person in people if person.pk in befores])
    return {
        number: Outcome(TargetState.DONE, "", before, {"change": last[number]}) for number, before in befores.items()
    }


def _by(job: Job) -> By:
    return By(GrantedBy.ADMIN, job.by)


def _day(at: Any) -> str:
    return formats.date_format(timezone.localtime(at), "j M Y")


def _extends(params: Mapping[str, Any], people: int) -> str:
    return ngettext("Extend %(n)s subscription", "Extend %(n)s subscriptions", people) % {"n": _n(people)}


def _gives(params: Mapping[str, Any], people: int) -> str:
    told = {"plan": Role(params["role"]).label, "n": _n(people)}
    return ngettext("Give %(plan)s to %(n)s member", "Give %(plan)s to %(n)s members", people) % told


def _n(people: int) -> str:
    return formats.number_format(people, force_grouping=True)


EXTEND = Act(
    "extend", _l("Extend the subscription"), _l("The current period ends later. Prices and renewals stay."), "clock-play",
    Area.SUBSCRIPTIONS, Level.CHANGE, ExtendForm, _extends, extending, extended, extend, take_back, chunk=100,
)  # fmt: skip
UPGRADE = Act(
    "upgrade", _l("Give a plan"), _l("Without payment. Who pays, or has more, stays as it is."), "crown",
    Area.SUBSCRIPTIONS, Level.CHANGE, UpgradeForm, _gives, upgrading, upgraded, upgrade, take_back, chunk=100,
)  # fmt: skip

"""Deactivating accounts and activating them again. Staff, and oneself, are never among them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from allauth.usersessions.models import UserSession
from django import forms
from django.contrib.sessions.models import Session
from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.utils.translation import ngettext
from knox.models import AuthToken

from accounts.models import User
from accounts.staffing import Area, Level
from analytics.people.many.record import Act, Job, Outcome, Prospect, Targets, skipped
from analytics.people.models import BulkTarget, TargetState

IS_STAFF = _l("Staff stay as they are")
IS_SO = _l("Was so already")
IS_ERASED = _l("Is erased for ever")
CHANGED = _l("Changed since")


class ReasonForm(forms.Form):
    """Why."""

    reason = forms.CharField(label=_l("Reason"), max_length=200, help_text=_l("For the audit log."))


def deactivating(targets: Targets, job: Job) -> list[Prospect]:
    """Count whom it locks out. Three queries."""
    return [
        Prospect(
            targets.filter(user__is_active=True, user__is_staff=False).count(),
            _("can no longer log in, and are logged out everywhere; nothing of theirs is deleted"),
        ),
        Prospect(targets.filter(user__is_active=False, user__is_staff=False).count(), _("are deactivated already"), acts=False),
        Prospect(targets.filter(user__is_staff=True).count(), _("are staff and stay as they are"), acts=False),
    ]  # fmt: skip


def activating(targets: Targets, job: Job) -> list[Prospect]:
    """Count who comes back. Three queries."""
    return [
        Prospect(targets.filter(user__is_active=False, user__is_staff=False).count(), _("can log in again")),
        Prospect(targets.filter(user__is_active=True, user__is_staff=False).count(), _("are active already"), acts=False),
        Prospect(targets.filter(user__is_staff=True).count(), _("are staff and stay as they are"), acts=False),
    ]  # fmt: skip


def told_deactivating(people: Sequence[User], job: Job) -> dict[int, str]:
    """Say what becomes of each."""
    return {person.pk: _told(person, False) for person in people}


def told_activating(people: Sequence[User], job: Job) -> dict[int, str]:
    """Say what becomes of each."""
    return {person.pk: _told(person, True) for person in people}


def deactivate(people: Sequence[User], job: Job) -> dict[int, Outcome]:
    """Deactivate."""
    return _set(people, False, job)


def activate(people: Sequence[User], job: Job) -> dict[int, Outcome]:
    """Activate."""
    return _set(people, True, job)


def undo_deactivating(people: Sequence[User], marks: Mapping[int, BulkTarget], job: Job) -> dict[int, Outcome]:
    """Activate those who were deactivated, and whose account nobody has changed since."""
    same = [person for person in people if marks[person.pk].after in (None, _mark(person.updated_at))]
    return {person.pk: skipped(CHANGED) for person in people} | _set(same, True, job)


def undo_activating(people: Sequence[User], marks: Mapping[int, BulkTarget], job: Job) -> dict[int, Outcome]:
    """Deactivate those who were activated."""
    return _set(people, False, job)


def _set(people: Sequence[User], is_active: bool, job: Job) -> dict[int, Outcome]:
    done: dict[int, Outcome] = {}
    changing = []
    for person in people:
        if person.is_staff or person.pk == job.by.pk:
            done[person.pk] = skipped(IS_STAFF)
        elif person.is_erased:
            done[person.pk] = skipped(IS_ERASED)
        elif person.is_active == is_active:
            done[person.pk] = skipped(IS_SO)
        else:
            changing.append(person.pk)
            done[person.pk] = Outcome(TargetState.DONE, "", None, _mark(job.now))
    User.objects.filter(pk__in=changing).update(is_active=is_active, updated_at=job.now)
    if not is_active:
        _log_out(changing)
    return done


def _mark(changed_at: datetime) -> dict[str, str]:
    return {"changed_at": changed_at.isoformat()}


def _log_out(people: Sequence[int]) -> None:
    keys = list(UserSession.objects.filter(user__in=people).values_list("session_key", flat=True))
    Session.objects.filter(session_key__in=keys).delete()
    UserSession.objects.filter(user__in=people).delete()
    AuthToken.objects.filter(user__in=people).delete()


def _told(person: User, is_active: bool) -> str:
    if person.is_staff:
        return str(IS_STAFF)
    if person.is_erased:
        return str(IS_ERASED)
    if person.is_active == is_active:
        return str(IS_SO)
    return _("deactivated → active") if is_active else _("active → deactivated")


def _n(people: int) -> dict[str, str]:
    return {"n": formats.number_format(people, force_grouping=True)}


def _deactivates(params: Mapping[str, Any], people: int) -> str:
    return ngettext("Deactivate %(n)s account", "Deactivate %(n)s accounts", people) % _n(people)


def _activates(params: Mapping[str, Any], people: int) -> str:
    return ngettext("Activate %(n)s account", "Activate %(n)s accounts", people) % _n(people)


DEACTIVATE = Act(
    "deactivate", _l("Deactivate"), _l("They cannot log in any more. Nothing is deleted."), "lock",
    Area.PEOPLE, Level.CHANGE, ReasonForm, _deactivates, deactivating, told_deactivating, deactivate, undo_deactivating,
)  # fmt: skip
ACTIVATE = Act(
    "activate", _l("Activate"), _l("Who was deactivated can log in again."), "user-check",
    Area.PEOPLE, Level.CHANGE, ReasonForm, _activates, activating, told_activating, activate, undo_activating,
)  # fmt: skip

"""A message to many members: a notice on the site, which leads to the text, and a mail if that is wanted."""

from collections.abc import Mapping, Sequence
from typing import Any

from allauth.account.models import EmailAddress
from django import forms
from django.db.models import F
from django.urls import reverse
from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.utils.translation import ngettext

from accounts.models import User
from accounts.staffing import Area, Level
from analytics.people.many.record import Act, Job, Outcome, Prospect, Targets, skipped
from analytics.people.models import MailState, TargetState
from library.people import notifications
from library.people.models import MemberSetting
from library.people.settings import NOTIFICATION, OFF

KIND = "staff"
DOES_NOT_WANT = _l("Does not want messages")
IS_LOCKED_OUT = _l("Is deactivated")


class LetterForm(forms.Form):
    """What to say."""

    subject = forms.CharField(label=_l("Subject"), max_length=150)
    text = forms.CharField(label=_l("Text"), max_length=5000, widget=forms.Textarea(attrs={"rows": 8}))
    with_mail = forms.BooleanField(
        label=_l("Send it by mail as well"), required=False, help_text=_l("To confirmed addresses only.")
    )

    def clean_subject(self) -> str:
        """Return it as one line: no mail goes out with two."""
        return " ".join(self.cleaned_data["subject"].split())


def prospects(targets: Targets, job: Job) -> list[Prospect]:
    """Count who is told, and who gets a mail. Three queries."""
    active = targets.filter(user__is_active=True)
    willing = active.exclude(user__in=_unwilling())
    told = willing.count()
    found = [Prospect(told, _("find a notice on the site"))]
    if job.params["with_mail"]:
        mails = willing.filter(user__in=_reachable()).count()
        found.append(Prospect(mails, _("of them get a mail as well")))
    return [*found, Prospect(targets.count() - told, _("are deactivated or want no messages"), acts=False)]


def told(people: Sequence[User], job: Job) -> dict[int, str]:
    """Say how each one is told. Two queries."""
    numbers = [person.pk for person in people]
    unwilling = set(_unwilling().filter(user__in=numbers).values_list("user", flat=True))
    mailed = (
        set(_reachable().filter(user__in=numbers).values_list("user", flat=True)) if job.params["with_mail"] else ()
    )
    return {
        person.pk: str(IS_LOCKED_OUT) if not person.is_active
        else str(DOES_NOT_WANT) if person.pk in unwilling
        else _("notice and mail") if person.pk in mailed
        else _("notice")
        for person in people
    }  # fmt: skip


def run(people: Sequence[User], job: Job) -> dict[int, Outcome]:
    """Tell them, and note whom to write a mail: mails go out when all are told."""
    numbers = [person.pk for person in people]
    unwilling = set(_unwilling().filter(user__in=numbers).values_list("user", flat=True))
    mailed = (
        set(_reachable().filter(user__in=numbers).values_list("user", flat=True)) if job.params["with_mail"] else ()
    )
    willing = [person for person in people if person.is_active and person.pk not in unwilling]
    notifications.notify(
        KIND,
        willing,
        by=None,
        title=job.params["subject"],
        address=reverse("letters:letter", args=[job.uuid]),
        cause=f"letter:{job.uuid}",
    )
    done = {person.pk: skipped(DOES_NOT_WANT if person.is_active else IS_LOCKED_OUT) for person in people}
    for person in willing:
        mail = MailState.WAITING if person.pk in mailed else MailState.NONE
        done[person.pk] = Outcome(TargetState.DONE, mail=mail)
    return done


def _unwilling() -> Any:
    return MemberSetting.objects.filter(key=f"{NOTIFICATION}.{KIND}", value=OFF).values("user")


def _reachable() -> Any:
    return EmailAddress.objects.filter(verified=True, email=F("user__email")).values("user")


def _verb(params: Mapping[str, Any], people: int) -> str:
    text = ngettext("Send it to %(n)s member", "Send it to %(n)s members", people)
    return text % {"n": formats.number_format(people, force_grouping=True)}


MESSAGE = Act(
    "message", _l("Send a message"), _l("A notice on the site, and a mail if you like. It cannot be taken back."), "mail",
    Area.PEOPLE, Level.CHANGE, LetterForm, _verb, prospects, told, run,
)  # fmt: skip

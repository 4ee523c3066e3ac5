"""Staff who may move money are told of each trouble with it as it begins, for a dispute has a day until which it is answered."""

import logging
from functools import partial

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts import staffing
from accounts.billing import money
from accounts.billing.problems import Problem, What
from accounts.models import User
from accounts.staffing import Area, Level
from accounts.zones import zone_of

log = logging.getLogger(__name__)


def tell_within(problem: Problem) -> None:
    """Mail those who may act on money once the caller's transaction is committed: the caller has found that it is new.

    A mail that cannot be sent is not tried again: the trouble stands under "To look at" until somebody has seen to it.
    """
    transaction.on_commit(partial(_send, problem))


def _send(problem: Problem) -> None:
    mails = [message(problem, reader) for reader in recipients()]
    try:
        with get_connection() as server:
            for mail in mails:
                _send_one(mail, server, problem)
    except OSError as error:
        log.error("There is trouble with money, and no mail of it could be sent: %s (%s)", problem.what, error)


def _send_one(mail: EmailMessage, server: BaseEmailBackend, problem: Problem) -> None:
    mail.connection = server
    try:
        mail.send()
    except OSError as error:  # smtplib's refusals are OSErrors
        log.error("A mail about trouble with money was not sent: %s (%s)", problem.what, type(error).__name__)


def recipients() -> QuerySet[User]:
    """Return the active staff who may change money."""
    return staffing.people(Area.MONEY, Level.CHANGE).exclude(email="").order_by("pk")


def message(problem: Problem, reader: User) -> EmailMessage:
    """Return the mail to one of the staff, in their language and time zone, the site's where they have chosen none."""
    with translation.override(reader.locale or settings.LANGUAGE_CODE), timezone.override(zone_of(reader.time_zone)):
        amount = money.written(problem.amount_minor, problem.currency) if problem.currency else ""
        address = (
            reverse("desk:person", args=[problem.user.uuid])
            if problem.user
            else reverse("admin:accounts_notice_changelist")
        )
        context = {
            "problem": problem,
            "reader": reader,
            "amount": amount,
            "address": settings.SITE_URL + address,
            "all": f"{settings.SITE_URL}{reverse('dashboards:revenue')}#panel-revenue-problems",
        }
        subject = " ".join(_subject(problem, amount).split())  # a name may have more than one line
        return EmailMessage(subject, render_to_string("billing/trouble.txt", context), to=[reader.email])


def _subject(problem: Problem, amount: str) -> str:
    told = {"amount": amount, "name": problem.user.display_name if problem.user else ""}
    if problem.what is What.DISPUTE:
        return _("A bank contests %(amount)s of %(name)s") % told
    if problem.what is What.REFUND_FAILED:
        return _("A refund of %(amount)s to %(name)s failed") % told
    return _("%(amount)s of a gateway fit no payment") % told if amount else _("News of a gateway fit no payment")

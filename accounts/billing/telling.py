"""Staff who may move money are told of each trouble with it as it begins, for a dispute has a day until which it is answered."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.db.models import F, QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts import staffing
from accounts.billing import money
from accounts.billing.problems import Problem, What
from accounts.models import TroubleMail, User
from accounts.staffing import Area, Level
from accounts.zones import zone_of

AGAIN = timedelta(minutes=10)
"""So long after it was begun the first time a mail may be begun again; then twice as long, each time."""
FORGOTTEN_AFTER = timedelta(days=30)
AT_ONCE = 50

log = logging.getLogger(__name__)


def tell_within(problem: Problem) -> None:
    """Mail those who may act on money once the caller's transaction is committed: the caller has found that it is new.

    The mails are written down in that transaction, so none is lost with a process or a mail server; see `finish`.
    """
    now = timezone.now()
    content = {
        "amount_minor": problem.amount_minor,
        "currency": problem.currency,
        "text": problem.text,
        "since": problem.since.isoformat(),
        "answer_by": problem.answer_by.isoformat() if problem.answer_by else None,
    }
    mails = TroubleMail.objects.bulk_create([
        TroubleMail(reader=reader, what=problem.what, user=problem.user, content=content, next_at=now)
        for reader in recipients()
    ])  # fmt: skip
    transaction.on_commit(partial(_send, [mail.pk for mail in mails], now))


def finish(now: datetime | None = None) -> int:
    """Send what could not be sent before, or whose sender never came back. Returns how many mails went out.

    A mail is begun eight times at most, within a day; after that the trouble's line under "To look at" says to whom it could
    not be mailed, for a month. Only a sender that dies between the mail server's answer and the deletion of the row sends
    it twice.
    """
    moment = now or timezone.now()
    TroubleMail.objects.filter(attempts__gte=TroubleMail.MOST_TRIES, next_at__lte=moment - FORGOTTEN_AFTER).delete()
    waiting = TroubleMail.objects.filter(attempts__lt=TroubleMail.MOST_TRIES, next_at__lte=moment)
    return _send(list(waiting.order_by("next_at", "pk").values_list("pk", flat=True)[:AT_ONCE]), moment)


def _send(chosen: Sequence[int], now: datetime) -> int:
    waiting = TroubleMail.objects.filter(pk__in=chosen).select_related("reader", "user").order_by("pk")
    mine = [mail for mail in waiting if _claim(mail, now)]
    if not mine:
        return 0
    readers = set(recipients().values_list("pk", flat=True))
    sent = 0
    try:
        with get_connection() as server:
            for mail in mine:
                if mail.reader_id not in readers:  # they may not change money any more
                    mail.delete()
                elif _send_one(mail, server):
                    sent += 1
    except OSError as error:
        log.error("There is trouble with money, and no mail of it could be sent: %s", error)
    return sent


def _claim(mail: TroubleMail, now: datetime) -> bool:
    """Whether it is this caller who sends: who begins a mail counts it, and keeps others off it until it may be begun again."""
    unclaimed = TroubleMail.objects.filter(pk=mail.pk, attempts=mail.attempts, next_at__lte=now)
    return bool(unclaimed.update(attempts=F("attempts") + 1, next_at=now + AGAIN * 2**mail.attempts))


def _send_one(mail: TroubleMail, server: BaseEmailBackend) -> bool:
    letter = message(_problem(mail), mail.reader)
    letter.connection = server
    try:
        letter.send()
    except OSError as error:  # smtplib's refusals are OSErrors
        log.error("A mail about trouble with money was not sent: %s (%s)", mail.what, type(error).__name__)
        return False
    mail.delete()
    return True


def _problem(mail: TroubleMail) -> Problem:
    told = mail.content
    return Problem(
        What(mail.what), mail.user, told["amount_minor"], told["currency"], told["text"],
        datetime.fromisoformat(told["since"]),
        datetime.fromisoformat(told["answer_by"]) if told["answer_by"] else None,
    )  # fmt: skip


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
            "renewals": f"{settings.SITE_URL}{reverse('admin:accounts_charge_changelist')}?state__exact=unknown",
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
    if problem.what is What.UNANSWERED:
        return _("Nobody knows whether %(name)s paid %(amount)s") % told
    if problem.what is What.REFUND_UNANSWERED:
        return _("Nobody knows whether %(amount)s went back to %(name)s") % told
    return _("%(amount)s of a gateway fit no payment") % told if amount else _("News of a gateway fit no payment")

"""The mail of the morning after: what yesterday brought, what was unusual, and why one gets it."""

import smtplib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import formats, timezone, translation
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from accounts.staffing import Area, may
from analytics.anomalies import judging, queries
from analytics.anomalies.models import MailWish, MorningMail, When
from analytics.anomalies.queries import Judged
from analytics.platform.models import MetricType, PlatformAnalytics, Timeframe
from stats.windows import DAY, day_of

SALT = "analytics.morning-mail"
TAKEN_UP_AFTER = timedelta(minutes=30)
"""A mail that was claimed so long ago and not sent is claimed again: who wanted to send it is gone."""


@dataclass(frozen=True, slots=True)
class Letter:
    """What one person is told of a day."""

    day: date
    numbers: Sequence[Judged]

    @property
    def unusual(self) -> list[Judged]:
        """What was not to be expected."""
        return [one for one in self.numbers if one.is_unusual]

    @property
    def subject(self) -> str:
        """The line in the inbox."""
        day = formats.date_format(self.day, "l j F")
        if not self.unusual:
            return _("%(day)s was as expected") % {"day": day}
        names = get_text_list([str(one.headline.label) for one in self.unusual], _("and"))
        return ngettext(
            "Unusual on %(day)s: %(names)s", "%(number)d unusual numbers on %(day)s: %(names)s", len(self.unusual)
        ) % {"number": len(self.unusual), "day": day, "names": names}


def send_due(now: datetime) -> int:
    """Send the mails about yesterday that are due and not sent. Returns how many were sent.

    Nothing is sent before yesterday is counted, or while too few weeks are known to expect anything. May run any number of
    times and at several places at once: everybody gets one.
    """
    yesterday = day_of(now, settings.TIME_ZONE) - DAY
    if not _is_counted(yesterday):
        return 0
    judging.judge_recent(now)
    numbers = queries.of_day(yesterday)
    if not numbers:
        return 0
    sent = 0
    for user, wish in recipients():
        letter = Letter(yesterday, queries.visible(numbers, user))
        if letter.numbers and (wish == When.DAILY or letter.unusual) and _claim(user, yesterday, now):
            sent += _send(user, letter)
    return sent


def recipients() -> list[tuple[User, str]]:
    """Return the active staff who may read numbers, with when they want the mail, without those who never do."""
    wishes = dict(MailWish.objects.values_list("user_id", "wish"))
    staff = User.objects.filter(is_staff=True, is_active=True).exclude(email="").order_by("pk")
    found = [(user, wishes.get(user.pk, When.UNUSUAL)) for user in staff if may(user, Area.NUMBERS)]
    return [(user, wish) for user, wish in found if wish != When.NEVER]


def message(user: User, letter: Letter) -> EmailMultiAlternatives:
    """Return the mail, as text and as HTML, which one click stops (RFC 8058)."""
    stop = settings.SITE_URL + reverse("anomalies:stop", args=[token_of(user)])
    context = {
        "letter": letter,
        "name": user.first_name or user.username,
        "time_zone": settings.TIME_ZONE,
        "page": settings.SITE_URL + reverse("anomalies:list"),
        "stop": stop,
    }
    mail = EmailMultiAlternatives(
        letter.subject,
        render_to_string("anomalies/mail.txt", context),
        to=[user.email],
        headers={"List-Unsubscribe": f"<{stop}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"},
    )
    mail.attach_alternative(render_to_string("anomalies/mail.html", context), "text/html")
    return mail


def wish_of(user: User) -> str:
    """Return when somebody wants the mail. One query."""
    return MailWish.objects.filter(user=user).values_list("wish", flat=True).first() or When.UNUSUAL


def set_wish(user: User, wish: str) -> None:
    """Keep when somebody wants the mail."""
    MailWish.objects.update_or_create(user=user, defaults={"wish": When(wish)})


def token_of(user: User) -> str:
    """Return what stands in the address that stops somebody's mails."""
    return signing.Signer(salt=SALT).sign(user.uuid.hex)


def reader_of(token: str) -> User | None:
    """Return whose mails a token stops, None for one that nobody signed."""
    try:
        return User.objects.filter(uuid=UUID(signing.Signer(salt=SALT).unsign(token))).first()
    except (signing.BadSignature, ValueError):
        return None


def _is_counted(day: date) -> bool:
    return PlatformAnalytics.objects.filter(
        timeframe=Timeframe.DAILY, metric_type=MetricType.LEARNING, date=day, is_closed=True
    ).exists()


def _claim(user: User, day: date, now: datetime) -> bool:
    """Whether it is this caller who sends."""
    with transaction.atomic():
        _mail, is_mine = MorningMail.objects.get_or_create(user=user, day=day, defaults={"claimed_at": now})
    lost = MorningMail.objects.filter(user=user, day=day, sent_at=None, claimed_at__lte=now - TAKEN_UP_AFTER)
    return is_mine or bool(lost.update(claimed_at=now))


def _send(user: User, letter: Letter) -> int:
    mine = MorningMail.objects.filter(user=user, day=letter.day)
    try:
        with translation.override(user.locale or settings.LANGUAGE_CODE):
            message(user, letter).send()
    except (smtplib.SMTPException, OSError):
        mine.delete()  # the next run tries again
        return 0
    return mine.update(sent_at=timezone.now())

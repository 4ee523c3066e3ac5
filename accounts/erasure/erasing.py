"""Erase a member: everything that is personal goes, what others and the books need stays without a name.

The account's row stays as a number that payments and subscriptions point to. Each app says in `settings.ERASERS` what it
has of people, and what becomes of it; a table that nobody has decided about fails a test.
"""

import logging
import time
import uuid
from contextlib import ExitStack
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import APIException

from accounts import audit
from accounts.erasure import logs
from accounts.models import ERASED_DOMAIN, Erasure, User
from stats import erasing, ledger
from stats.actors import user_actor
from stats.erasing import Eraser, Fate, Rule
from stats.ids import uuid7
from stats.kinds import Kind
from stats.models import InboxBatch

LEFT_BOARDS = "game.listed"
WAIT_S = 30.0
LOOK_S = 0.05
TAKEN_UP_AFTER = timedelta(hours=1)
"""So long after it was begun an erasure that is not finished is begun again: who began it is gone."""
LATE_AFTER = timedelta(minutes=15)

log = logging.getLogger(__name__)


class NotErasable(APIException):
    """Staff: their part in the site is taken from them first."""

    status_code = 409
    default_detail = _("Who belongs to the staff cannot be erased.")
    default_code = "not_erasable"


class StillArriving(APIException):
    """What was sent before is not in the log yet."""

    status_code = 503
    default_detail = _("Events of before are still on their way into the log. Try again in a minute.")
    default_code = "still_arriving"


def erasers() -> tuple[Eraser, ...]:
    """Return what each app says, the highest first: what hangs on other things goes before them."""
    return tuple(import_string(path) for path in settings.ERASERS)


def rules() -> tuple[Rule, ...]:
    """Return all rules, in the order in which they are applied."""
    return tuple(rule for eraser in erasers() for rule in eraser.rules)


def erase(person: User, *, by: User | None = None) -> None:
    """Erase a member for ever. `by` is who of the staff does it, None for the machine's owner; members erase themselves.

    Whoever is killed in between leaves an account that nobody can use, which `finish` takes up again; who is erased already
    stays as they are. Raises NotErasable, and StillArriving where what was sent before does not reach the log in time: the
    member is then in as before, and nothing is taken away. Reads the whole log.
    """
    if person.is_staff or person.is_superuser:
        raise NotErasable
    _wait_for_inbox()
    was_active, was_begun = person.is_active, Erasure.objects.filter(user=person).exists()
    begun = _close(person, by)
    if begun is None:
        return
    try:
        _wait_for_inbox()
    except StillArriving:
        if not was_begun:
            _open_again(begun, was_active)
        raise
    for eraser in erasers():
        if eraser.first:
            eraser.first(person)
    with ledger.recording():
        with connection.cursor() as cursor:
            ledger.lock(cursor)
            person.refresh_from_db()
            if person.is_erased:
                return
            new, account = uuid7(), uuid7()
            erasing.forget(cursor, person.uuid, new, account)
            with ExitStack() as stack:
                for trigger, table in (pair for eraser in erasers() for pair in eraser.fixed):
                    stack.enter_context(erasing.lifted(cursor, trigger, table))
                logs.forget(person, rules())
                for rule in rules():
                    _apply(rule, person, new)
        _blank(person, account)
        for eraser in erasers():
            if eraser.last:
                eraser.last()
        audit.note(begun.by, "member.erased", person)
        ledger.record(Kind.ERASED, None)


def finish(now: datetime | None = None) -> int:
    """Take up erasures that were begun and whose process never came back or failed, each once an hour.

    Returns how many it finished. What stops one keeps no other from being finished: it stands with the system's state.
    """
    moment, done = now or timezone.now(), 0
    for begun in Erasure.objects.filter(next_at__lte=moment).select_related("user").order_by("begun_at", "pk"):
        mine = Erasure.objects.filter(pk=begun.pk, next_at=begun.next_at)
        if not mine.update(next_at=moment + TAKEN_UP_AFTER):
            continue
        try:
            erase(begun.user)
        except Exception as error:
            log.exception("The erasure of account %s is not finished.", begun.user_id)
            Erasure.objects.filter(pk=begun.pk).update(error=type(error).__name__[:80])
        else:
            done += 1
    return done


def unfinished(now: datetime) -> QuerySet[Erasure]:
    """Return the erasures that have taken longer than one takes, the oldest first."""
    return Erasure.objects.filter(begun_at__lte=now - LATE_AFTER).select_related("user").order_by("begun_at", "pk")


def _close(person: User, by: User | None) -> Erasure | None:
    """Keep the member out, and off the boards that others see. Returns None for who is erased already."""
    with ledger.recording():
        if User.objects.select_for_update().get(pk=person.pk).is_erased:
            return None
        begun, _is_new = Erasure.objects.get_or_create(
            user=person, defaults={"by": by, "next_at": timezone.now() + TAKEN_UP_AFTER}
        )
        User.objects.filter(pk=person.pk).update(is_active=False)
        ledger.record(Kind.SETTING_CHANGED, user_actor(person.uuid), setting=LEFT_BOARDS, value="off")
    person.is_active = False
    return begun


def _open_again(begun: Erasure, was_active: bool) -> None:
    with transaction.atomic():
        begun.delete()
        User.objects.filter(pk=begun.user_id).update(is_active=was_active)


def _wait_for_inbox() -> None:
    """Wait until what is on its way into the log has arrived."""
    last, deadline = (
        InboxBatch.objects.order_by("-id").values_list("id", flat=True).first() or 0,
        time.monotonic() + WAIT_S,
    )
    while InboxBatch.objects.filter(id__lte=last).exists():
        if time.monotonic() > deadline:
            raise StillArriving
        time.sleep(LOOK_S)


def _apply(rule: Rule, person: User, new: uuid.UUID) -> None:
    rows = rule.rows(person).filter(**rule.where)
    if rule.fate is Fate.DELETED:
        rows.delete()
    elif rule.fate is Fate.BLANKED:
        rows.update(**rule.values)
    elif rule.fate is Fate.RENAMED:
        with connection.cursor() as cursor:
            erasing.rename(cursor, rows.model._meta.db_table, rule.path, person.uuid, new)


def _blank(person: User, account: uuid.UUID) -> None:
    """Leave of the account a number, and a name that says so."""
    person.uuid, person.username = account, f"erased-{account.hex[-12:]}"
    person.email = f"{account.hex}@{ERASED_DOMAIN}"
    person.first_name = person.last_name = person.bio = person.time_zone = person.locale = ""
    person.avatar, person.last_login, person.opted_out = "", None, True
    person.set_unusable_password()
    person.save()

"""Doing something to many members: prepare, look, start, work, stop, undo.

Who is meant is fixed when it is prepared. A worker takes an action by a lease and does it in chunks, each a transaction
in which the members' rows, what happens to them, what became of each and the lease are written together: whoever dies
leaves whole chunks, another goes on with the rest, and nobody is done twice. Mails go out afterwards, one by one, and
one whose sending was begun is not sent again.
"""

import hashlib
import json
import logging
import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import unquote_plus
from uuid import UUID

from django.conf import settings
from django.core.exceptions import EmptyResultSet
from django.core.mail import EmailMessage, get_connection
from django.db import DatabaseError, connection, transaction
from django.db.models import Count, F, Q, QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import APIException

from accounts import addresses, audit
from accounts.models import User
from accounts.staffing import Area, may
from analytics.people import filters
from analytics.people.many import ACT
from analytics.people.many.record import Act, Job, Outcome, Prospect
from analytics.people.models import UNDER_WAY, BulkAction, BulkState, BulkTarget, MailState, TargetState
from stats import ledger
from stats.ids import uuid7

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=60)
MAILS_AT_ONCE = 20
DRAFTS_KEPT = timedelta(days=1)
SAMPLE = 8
FEW_GROUPS = 8
KEPT = ("state", "mail", "reason", "before", "after")
EVERYBODYS = "all"


class Refused(APIException):
    """It cannot be done now, for the reason in `detail`."""

    status_code = 409
    default_code = "refused"


class Lost(Exception):
    """Another worker has taken the action over, or somebody has stopped it."""


# Before it starts


def prepare(act: Act, people: QuerySet[User], by: User, selection: str) -> BulkAction:
    """Fix who is meant, in one statement, however many they are; and what is usually done, where the act knows that.

    Raises Refused for nobody.
    """
    with transaction.atomic():
        bulk = BulkAction.objects.create(act=act.key, by=by, selection=selection)
        try:
            chosen, params = people.order_by().values("id").query.sql_with_params()
        except EmptyResultSet as error:
            raise Refused(_("Nobody was chosen.")) from error
        columns = "bulk_id, user_id, state, mail, reason"
        with connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO analytics_bulktarget ({columns})"
                f" SELECT %s, chosen.id, 'waiting', '', '' FROM ({chosen}) AS chosen",
                [bulk.pk, *params],
            )
            bulk.total = cursor.rowcount
        if not bulk.total:
            raise Refused(_("Nobody was chosen."))
        usual = act.form({name: field.initial for name, field in act.form().fields.items() if field.initial})
        bulk.params = usual.cleaned_data if usual.is_valid() else None
        bulk.save(update_fields=["total", "params"])
    return bulk


def chosen(uuids: Iterable[UUID]) -> QuerySet[User]:
    """Return the members with these public ids."""
    return User.objects.filter(uuid__in=list(uuids)).order_by()


def describe(bulk: BulkAction, params: dict[str, Any]) -> None:
    """Keep what is to be done, for the preview. Raises Refused once it was started."""
    if not BulkAction.objects.filter(pk=bulk.pk, state=BulkState.DRAFT).update(params=params):
        raise Refused(_("This was started already."))
    bulk.params = params


def digest(bulk: BulkAction) -> str:
    """Return what tells whether the params are still those that were looked at."""
    return hashlib.sha256(json.dumps(bulk.params, sort_keys=True).encode()).hexdigest()[:20]


def job_of(bulk: BulkAction, now: datetime) -> Job:
    """Return what an act is told."""
    return Job(str(bulk.uuid), bulk.params or {}, bulk.by, now)


def prospects(bulk: BulkAction, now: datetime) -> list[Prospect]:
    """Count what would happen; what happens to nobody is left out."""
    targets = BulkTarget.objects.filter(bulk=bulk).order_by()
    return [one for one in ACT[bulk.act].prospects(targets, job_of(bulk, now)) if one.people]


def sample(bulk: BulkAction, now: datetime) -> list[tuple[User, str]]:
    """Return the first few people with what would happen to each."""
    first = BulkTarget.objects.filter(bulk=bulk).order_by("user")[:SAMPLE]
    people = [target.user for target in first.select_related("user")]
    told = ACT[bulk.act].told(people, job_of(bulk, now))
    return [(person, told[person.pk]) for person in people]


def start(bulk: BulkAction, seen: str) -> None:
    """Let the workers begin, once, with what was `seen` (its `digest`). One line of the audit log. Raises Refused."""
    with transaction.atomic():
        locked = BulkAction.objects.select_for_update().get(pk=bulk.pk)
        if locked.state != BulkState.DRAFT or locked.params is None:
            raise Refused(_("This was started already."))
        if digest(locked) != seen:
            raise Refused(_("What is to be done was changed meanwhile. Look at it again."))
        locked.state, locked.started_at = BulkState.QUEUED, timezone.now()
        locked.save(update_fields=["state", "started_at"])
        audit.note(locked.by, "bulk.started", locked, _detail(locked))
    bulk.refresh_from_db()


def _detail(bulk: BulkAction) -> dict[str, Any]:
    told = {"act": bulk.act, "people": bulk.total, "params": bulk.params or {}}
    if bulk.selection == EVERYBODYS:
        return {**told, "selection": str(_("Everybody"))}
    return {**told, "selection": addresses.hidden(unquote_plus(bulk.selection))} if bulk.selection else told


def words_of_selection(bulk: BulkAction, reader: User) -> str:
    """Say how the people were chosen. What was searched for, often half an address, is for who may see addresses."""
    if bulk.selection == EVERYBODYS:
        return str(_("Everybody"))
    if not bulk.selection:
        return str(_("Chosen one by one"))
    hides_search = bulk.by_id != reader.pk and not may(reader, Area.ADDRESSES)
    try:
        return filters.read_query(bulk.selection).words(hides_search=hides_search)
    except filters.Bad:
        return str(_("By a filter that there is no more"))


def download(bulk: BulkAction, seen: str) -> None:
    """Note that the people are taken along, each time. Raises Refused."""
    if digest(bulk) != seen or bulk.params is None:
        raise Refused(_("What is to be done was changed meanwhile. Look at it again."))
    with transaction.atomic():
        now = timezone.now()
        BulkTarget.objects.filter(bulk=bulk, state=TargetState.WAITING).update(state=TargetState.DONE)
        BulkAction.objects.filter(pk=bulk.pk).update(
            state=BulkState.FINISHED, started_at=now, finished_at=now, done=F("total")
        )
        detail = {**_detail(bulk), "masked": not may(bulk.by, Area.ADDRESSES)}
        audit.note(bulk.by, "members.exported", bulk, detail)


# While it runs


def stop(bulk: BulkAction, by: User | None = None) -> bool:
    """Let it end after the chunk at hand. Returns False where it had ended already. One line of the audit log."""
    with transaction.atomic():
        stopped = BulkAction.objects.filter(pk=bulk.pk, state__in=UNDER_WAY).update(
            state=BulkState.STOPPED, finished_at=timezone.now(), token=None, leased_until=None
        )
        if stopped:
            done = BulkAction.objects.values_list("done", flat=True).get(pk=bulk.pk)
            audit.note(by, "bulk.stopped", bulk, {"act": bulk.act, "done": done, "people": bulk.total})
    return bool(stopped)


def work_off(seconds: float) -> int:
    """Work on what waits, the oldest first, for so long. Returns on how many actions."""
    deadline, worked = time.monotonic() + seconds, 0
    seen: set[int] = set()
    while time.monotonic() < deadline:
        free = Q(leased_until=None) | Q(leased_until__lt=timezone.now())
        bulk = BulkAction.objects.filter(free, state__in=UNDER_WAY).exclude(pk__in=seen).order_by("id").first()
        if bulk is None:
            break
        seen.add(bulk.pk)
        worked += work(bulk.uuid, deadline - time.monotonic())
    return worked


def work(uuid: UUID, seconds: float = 3600) -> bool:
    """Work on one action until it is finished or the time is over. Returns False where it is not to be had."""
    deadline, token = time.monotonic() + seconds, uuid7()
    bulk = _claim(uuid, token)
    if bulk is None:
        return False
    try:
        act = ACT[bulk.act]
        if not may(bulk.by, act.area, act.level):
            stop(bulk)
            return True
        while targets := _waiting(bulk, act.chunk):
            _do(bulk, act, targets, token)
            if time.monotonic() >= deadline:
                _release(bulk, token)
                return True
        while _send_some(bulk, token):
            if time.monotonic() >= deadline:
                _release(bulk, token)
                return True
        BulkAction.objects.filter(pk=bulk.pk, token=token).update(
            state=BulkState.FINISHED, finished_at=timezone.now(), token=None, leased_until=None
        )
    except Lost:
        log.info("Bulk action %s is another's now, or was stopped.", uuid)
    return True


def _claim(uuid: UUID, token: UUID) -> BulkAction | None:
    now = timezone.now()
    free = Q(leased_until=None) | Q(leased_until__lt=now)
    got = BulkAction.objects.filter(free, uuid=uuid, state__in=UNDER_WAY).update(
        state=BulkState.RUNNING, token=token, leased_until=now + LEASE
    )
    return BulkAction.objects.select_related("by", "undo_of").get(uuid=uuid) if got else None


def _release(bulk: BulkAction, token: UUID) -> None:
    BulkAction.objects.filter(pk=bulk.pk, token=token).update(leased_until=None, token=None)


def _waiting(bulk: BulkAction, most: int) -> list[int]:
    found = BulkTarget.objects.filter(bulk=bulk, state=TargetState.WAITING).order_by("user")
    return list(found.values_list("user", flat=True)[:most])


def _do(bulk: BulkAction, act: Act, people: Sequence[int], token: UUID) -> None:
    """Do a chunk; where it fails, one person after the other, so that only the one who cannot be done is left out."""
    try:
        _do_together(bulk, act, people, token)
    except (DatabaseError, ValueError, LookupError, TypeError, ArithmeticError, APIException, ledger.Refused) as error:
        if len(people) > 1:
            for person in people:
                _do(bulk, act, [person], token)
            return
        log.warning("Bulk action %s failed for one member: %s", bulk.uuid, type(error).__name__)
        with transaction.atomic():
            _count(bulk, token, failed=1)
            BulkTarget.objects.filter(bulk=bulk, user=people[0], state=TargetState.WAITING).update(
                state=TargetState.FAILED, reason=_why(error)[:120]
            )


def _why(error: Exception) -> str:
    """Return the sentence of a refusal; of a fault its name."""
    return str(error.detail) if isinstance(error, APIException) else type(error).__name__


def _do_together(bulk: BulkAction, act: Act, people: Sequence[int], token: UUID) -> None:
    now = timezone.now()
    with ledger.recording():
        _hold(bulk, token)
        locked = list(User.objects.select_for_update().filter(pk__in=people).order_by("pk"))
        rows = {
            target.user_id: target
            for target in BulkTarget.objects.filter(bulk=bulk, user__in=people, state=TargetState.WAITING)
        }
        todo = [person for person in locked if person.pk in rows]
        outcomes = _outcomes(bulk, act, todo, now)
        _keep(rows, outcomes)
        states = [outcome.state for outcome in outcomes.values()]
        _count(bulk, token, done=states.count(TargetState.DONE), skipped=states.count(TargetState.SKIPPED))


def _keep(rows: Mapping[int, BulkTarget], outcomes: Mapping[int, Outcome]) -> None:
    """Store what became of each: one statement for all to whom the same happened, where these are few groups, else one
    for all: they are there, so it is an update, and `bulk_update` takes ten times as long to write its statement.
    """
    alike: dict[str, list[int]] = {}
    for number, outcome in outcomes.items():
        row = rows[number]
        row.state, row.mail, row.reason = outcome.state, outcome.mail, outcome.reason
        row.before, row.after = outcome.before, outcome.after
        alike.setdefault(json.dumps([getattr(row, name) for name in KEPT]), []).append(number)
    if len(alike) > FEW_GROUPS:
        kept = [rows[number] for number in outcomes]
        BulkTarget.objects.bulk_create(kept, update_conflicts=True, unique_fields=["id"], update_fields=KEPT)
        return
    for numbers in alike.values():
        first = rows[numbers[0]]
        same = BulkTarget.objects.filter(pk__in=[rows[number].pk for number in numbers])
        told = {name: getattr(first, name) for name in KEPT if getattr(first, name) is not None}
        same.update(**told)  # what is None was never anything else


def _outcomes(bulk: BulkAction, act: Act, people: Sequence[User], now: datetime) -> dict[int, Outcome]:
    job = job_of(bulk, now)
    if bulk.undo_of is None:
        return act.run(people, job)
    if act.undo is None:
        raise TypeError(f"{act.key} cannot be undone.")
    marks = BulkTarget.objects.filter(bulk=bulk.undo_of, user__in=[person.pk for person in people])
    return act.undo(people, {mark.user_id: mark for mark in marks}, job)


def _hold(bulk: BulkAction, token: UUID) -> None:
    """Lock the action's row and renew the lease. Raises Lost."""
    mine = BulkAction.objects.filter(pk=bulk.pk, token=token, state=BulkState.RUNNING)
    if not mine.update(leased_until=timezone.now() + LEASE):
        raise Lost


def _count(bulk: BulkAction, token: UUID, done: int = 0, skipped: int = 0, failed: int = 0) -> None:
    mine = BulkAction.objects.filter(pk=bulk.pk, token=token, state=BulkState.RUNNING)
    if not mine.update(done=F("done") + done, skipped=F("skipped") + skipped, failed=F("failed") + failed):
        raise Lost


# Mails


def _send_some(bulk: BulkAction, token: UUID) -> bool:
    """Send some of the mails. Returns False when none is left."""
    with transaction.atomic():
        _hold(bulk, token)
        waiting = BulkTarget.objects.filter(bulk=bulk, mail=MailState.WAITING).order_by("user")
        rows = list(waiting.select_related("user")[:MAILS_AT_ONCE])
        BulkTarget.objects.filter(pk__in=[row.pk for row in rows]).update(mail=MailState.SENDING)
    if not rows:
        return False
    server = get_connection()
    try:
        server.open()
        for row in rows:
            BulkTarget.objects.filter(pk=row.pk).update(mail=_send(server, bulk, row.user))
    except OSError as error:
        log.warning("Mails of bulk action %s cannot be sent now: %s", bulk.uuid, error)
        BulkTarget.objects.filter(pk__in=[row.pk for row in rows], mail=MailState.SENDING).update(mail=MailState.FAILED)
    finally:
        server.close()
    return True


def _send(server: Any, bulk: BulkAction, person: User) -> MailState:
    params = bulk.params or {}
    address = settings.SITE_URL + reverse("letters:letter", args=[bulk.uuid])
    told = {"person": person, "text": params["text"], "address": address, "site": settings.SITE_URL}
    body = render_to_string("people_desk/letter.txt", told)
    mail = EmailMessage(params["subject"], body, settings.DEFAULT_FROM_EMAIL, [person.email], connection=server)
    try:
        return MailState.SENT if mail.send() else MailState.FAILED
    except (OSError, ValueError) as error:  # smtplib's refusals are OSErrors
        log.warning("A mail of bulk action %s was not sent: %s", bulk.uuid, type(error).__name__)
        return MailState.FAILED


def mails(bulk: BulkAction) -> dict[str, int]:
    """Return how many mails are in which state, those that were to be sent. One query."""
    rows = BulkTarget.objects.filter(bulk=bulk).exclude(mail=MailState.NONE)
    return dict(rows.values_list("mail").annotate(number=Count("pk")).order_by())


# Afterwards


def may_undo(bulk: BulkAction, by: User) -> bool:
    """Whether `by` may take it back: it was done, to somebody, and can be."""
    act = ACT.get(bulk.act)
    return (
        act is not None
        and act.undo is not None
        and bulk.undo_of is None
        and bulk.state in (BulkState.FINISHED, BulkState.STOPPED)
        and bulk.done > 0
        and may(by, act.area, act.level)
        and not BulkAction.objects.filter(undo_of=bulk).exists()
    )


def undo(bulk: BulkAction, by: User) -> BulkAction:
    """Take back what was done, for all who have not changed since. One line of the audit log. Raises Refused."""
    with transaction.atomic():
        locked = BulkAction.objects.select_for_update().get(pk=bulk.pk)
        if not may_undo(locked, by):
            raise Refused(_("This cannot be taken back, or was already."))
        now = timezone.now()
        back = BulkAction.objects.create(
            act=locked.act, params=locked.params, by=by, undo_of=locked, state=BulkState.QUEUED, started_at=now
        )
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO analytics_bulktarget (bulk_id, user_id, state, mail, reason)"
                " SELECT %s, user_id, 'waiting', '', '' FROM analytics_bulktarget WHERE bulk_id = %s AND state = 'done'",
                [back.pk, locked.pk],
            )
            back.total = cursor.rowcount
        back.save(update_fields=["total"])
        audit.note(by, "bulk.undone", locked, {"act": locked.act, "people": back.total})
    return back


def drop_drafts(now: datetime) -> int:
    """Delete what was prepared a day ago and never started. Returns how many."""
    old = BulkAction.objects.filter(state=BulkState.DRAFT, created_at__lt=now - DRAFTS_KEPT)
    numbers = list(old.values_list("pk", flat=True))
    BulkTarget.objects.filter(bulk__in=numbers).delete()
    return BulkAction.objects.filter(pk__in=numbers, state=BulkState.DRAFT).delete()[0]

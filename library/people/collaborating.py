"""Members work on an item together: its owner asks, the other accepts or declines, either may end it."""

from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy, gettext_noop

from accounts import audit, staffing
from accounts.models import User
from library.people import access
from library.people.models import Answer, Collaboration
from library.people.notifications import notify
from stats import ledger
from stats.actors import user_actor
from stats.kinds import Kind
from stats.models import Item

MOST = 20


class Refused(Exception):
    """An invitation that cannot be made, with why."""

    def __init__(self, code: str, detail: Any) -> None:
        super().__init__(code)
        self.code, self.detail = code, detail


REFUSALS = {
    "owner_already": gettext_lazy("This is whose item it is."),
    "already_invited": gettext_lazy("This member is on the list already."),
    "not_invitable": gettext_lazy("This member does not take invitations."),
    "too_many": gettext_lazy("At most 20 members work on one item."),
}


def invite(item: Item, person: User, by: User) -> Collaboration:
    """Ask `person` to work on `item`. Raises Refused with one of `REFUSALS`, telling nobody anything."""
    if person.pk == item.owner_id:
        raise _refused("owner_already")
    if not access.may_invite(person, by):
        raise _refused("not_invitable")
    with ledger.recording():
        Item.objects.select_for_update().get(pk=item.pk)
        asked = Collaboration.objects.filter(item=item)
        if asked.filter(person=person).exists():
            raise _refused("already_invited")
        if asked.count() >= MOST:
            raise _refused("too_many")
        row = Collaboration.objects.create(item=item, person=person, invited_by=by)
        audit.note_over(by, "collaboration.offered", item, item.owner_id, person=person)
        notify(
            "collaboration",
            [person],
            by=by,
            title=gettext_noop("%(name)s asks you to work on “%(title)s”"),
            words={"name": by.display_name, "title": item.title},
            address=reverse("people:collaborations"),
            cause=f"invitation:{item.uuid}:{person.uuid}",
        )
    return row


def answer(row: Collaboration, state: str) -> bool:
    """Accept or decline an invitation. Returns False, changing nothing, for one that was answered before."""
    with ledger.recording():
        open_one = Collaboration.objects.filter(pk=row.pk, state=Answer.INVITED)
        if not open_one.update(state=state, answered_at=timezone.now()):
            return False
        row.refresh_from_db()
        if state == Answer.ACCEPTED:
            ledger.record(Kind.COLLABORATION_ACCEPTED, user_actor(row.person.uuid), item=row.item)
        works, declined = (
            gettext_noop("%(name)s works on “%(title)s” with you"),
            gettext_noop("%(name)s declined to work on “%(title)s”"),
        )
        notify(
            "collaboration",
            [row.invited_by],
            by=row.person,
            title=works if state == Answer.ACCEPTED else declined,
            words={"name": row.person.display_name, "title": row.item.title},
            address=reverse("people:collaborators", args=[row.item.uuid]),
            cause=f"answer:{row.uuid}",
        )
    return True


def end(row: Collaboration, by: User) -> None:
    """Take an invitation back, or end the work. What was changed together stays."""
    with transaction.atomic():
        if Collaboration.objects.filter(pk=row.pk).delete()[0]:
            is_own = by.pk == row.person_id
            audit.note_over(
                by, "collaboration.ended", row.item, row.item.owner_id, takes_part=lambda: is_own, person=row.person
            )


def on(item: Item) -> QuerySet[Collaboration]:
    """Return who was asked to work on an item, in order."""
    return Collaboration.objects.filter(item=item).select_related("person")


def of(person: User) -> QuerySet[Collaboration]:
    """Return what a member was asked to work on and has not declined, the open invitations first."""
    rows = Collaboration.objects.filter(person=person, item__deleted_at=None).exclude(state=Answer.DECLINED)
    return rows.select_related("item__owner", "item__media", "invited_by", "person").order_by("-state", "-invited_at")


def endable_by(user: User) -> QuerySet[Collaboration]:
    """Return what `user` may end: what they were asked for themselves, and all on their own items; staff any."""
    rows = Collaboration.objects.select_related("item__owner", "person")
    return rows if staffing.runs_content(user) else rows.filter(Q(person=user) | Q(item__owner=user))


def _refused(code: str) -> Refused:
    return Refused(code, REFUSALS[code])

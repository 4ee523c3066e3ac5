"""Corrections: staff give or take points, with a reason, as entries of the ledger like all others."""

import uuid
from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.db import connection
from django.utils.translation import gettext as _

from gamification.models import Correction, Player
from gamification.refusals import Refused
from stats import ledger
from stats.actors import user_actor
from stats.kinds import Kind

if TYPE_CHECKING:
    from accounts.models import User

MOST = 100_000


def correct(person: "User", amount: int, reason: str, by: "User", *, ref: uuid.UUID) -> Correction:
    """Give a member points, or take some with a negative amount. Sent twice under one `ref`, it is done once.

    Raises Refused for an amount of 0, one of more than `MOST` points, one that would leave less than nothing, no reason,
    and a `ref` that was something else.
    """
    reason = " ".join(reason.split())
    if not amount or abs(amount) > MOST:
        raise Refused("value_out_of_range", _("Give or take 1 to %d points.") % MOST, "amount")
    if not reason:
        raise Refused("required", _("Say why."), "reason")
    with ledger.recording():
        with connection.cursor() as cursor:
            ledger.lock(cursor)  # two at once may not both take the last points
        row, is_new = Correction.objects.get_or_create(
            ref=ref, defaults={"person": person, "amount": amount, "reason": reason, "by": by}
        )
        if not is_new:
            if (row.person_id, row.amount) != (person.pk, amount):
                raise Refused("already_exists", _("This was another correction."))
            return row
        has = Player.objects.filter(actor=person.uuid).values_list("xp", flat=True).first() or 0
        if has + amount < 0:
            raise Refused("value_out_of_range", _("There are only %d points to take.") % has, "amount")
        props = {"reason": reason, "by": str(by.uuid)}
        ledger.record(Kind.XP_CORRECTED, user_actor(person.uuid), event_id=ref, amount=amount, props=props)
    return row


def reasons(refs: Iterable[str]) -> dict[str, str]:
    """Return why, by the ledger's `ref` of a correction. One query."""
    found = Correction.objects.filter(ref__in=[uuid.UUID(ref) for ref in refs]).values_list("ref", "reason")
    return {ref.hex: reason for ref, reason in found}

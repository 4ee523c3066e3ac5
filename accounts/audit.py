"""The audit log of what staff did: one line per act, written in the act's own transaction and never changed.

A registry says what there is to do; its keys are stored and never renamed. Whoever adds an act of staff adds a row here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import StaffAction, User


@dataclass(frozen=True, slots=True)
class Act:
    """Something that staff do, as the log's `what` and as people read it."""

    key: str
    label: Any


ACTS = (
    Act("subscription.extended", _("Extended a subscription")),
    Act("subscription.upgraded", _("Gave a plan")),
    Act("subscription.downgraded", _("Planned a downgrade")),
    Act("subscription.cancelled", _("Cancelled a subscription")),
    Act("subscription.cancel_planned", _("Let a subscription end with its period")),
    Act("subscription.resumed", _("Took a planned end back")),
    Act("subscription.expired", _("Let a subscription expire")),
    Act("request.granted", _("Granted an upgrade request")),
    Act("request.declined", _("Declined an upgrade request")),
    Act("payment.recorded", _("Recorded a payment")),
    Act("payment.refunded", _("Refunded a payment")),
    Act("notice.dealt_with", _("Dealt with news of a gateway")),
    Act("feature.granted", _("Granted a feature")),
    Act("feature.denied", _("Took a feature away")),
    Act("feature.reset", _("Left a feature to the plan again")),
    Act("member.made", _("Made a member")),
    Act("member.activated", _("Activated a member")),
    Act("member.deactivated", _("Deactivated a member")),
    Act("member.erased", _("Erased a member")),
    Act("member.messaged", _("Sent a message")),
    Act("member.noted", _("Wrote a note")),
    Act("member.history_cleared", _("Cleared a watch history")),
    Act("member.viewed_as", _("Looked at the site as a member")),
    Act("member.view_as_ended", _("Stopped looking as a member")),
    Act("members.exported", _("Exported members")),
    Act("members.imported", _("Imported members")),
    Act("bulk.started", _("Started a bulk action")),
    Act("bulk.undone", _("Undid a bulk action")),
    Act("challenge.changed", _("Changed a challenge")),
    Act("staff.roles_changed", _("Changed the roles of staff")),
    Act("numbers.exported", _("Exported numbers")),
    Act("numbers.aggregated", _("Aggregated a day again")),
    Act("annotation.added", _("Added an annotation")),
    Act("annotation.changed", _("Changed an annotation")),
    Act("annotation.removed", _("Removed an annotation")),
    Act("admin.added", _("Added in the admin")),
    Act("admin.changed", _("Changed in the admin")),
    Act("admin.deleted", _("Deleted in the admin")),
    Act("admin.action", _("Ran an action in the admin")),
    Act("admin.imported", _("Imported in the admin")),
    Act("admin.exported", _("Exported from the admin")),
)
LABELS = {act.key: act.label for act in ACTS}


def note(
    by: User | None,
    what: str,
    about: models.Model | None = None,
    detail: Mapping[str, Any] | None = None,
    *,
    person: User | None = None,
) -> StaffAction:
    """Write a line: who (None for a command of the machine's owner) did what, to whom or to which thing.

    `about` may be a member, who is then the line's person, or any other row; the person of a thing is its `user`, or
    `person`. `detail` is plain JSON: numbers, before and after, the reason. Call it inside the transaction of the
    act, so that neither stands without the other. Raises ValueError for an act that is not in the registry.
    """
    if what not in LABELS:
        raise ValueError(f"{what} is no act of the audit log.")
    line = StaffAction(by=by, what=what, person=person, detail=dict(detail or {}))
    if isinstance(about, User):
        line.person = about
    elif about is not None:
        owner = getattr(about, "user", None)
        line.person = person or (owner if isinstance(owner, User) else None)
        line.about_kind = about._meta.label_lower
        line.about_key = str(getattr(about, "uuid", None) or about.pk)
        line.about_name = str(about._meta.verbose_name if isinstance(owner, User) else about)[:200]
    line.save()
    return line

"""The audit log of what staff did: one line per act, written in the act's own transaction and never changed.

A registry says what there is to do; its keys are stored and never renamed. Whoever adds an act of staff adds a row here.
"""

from collections.abc import Callable, Mapping
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
    Act("payment.refund_asked", _("Asked for a refund")),
    Act("payment.refunded", _("Refunded a payment")),
    Act("renewal.untaken", _("Said that nothing was taken for a renewal")),
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
    Act("bulk.stopped", _("Stopped a bulk action")),
    Act("report.upheld", _("Took away what was reported")),
    Act("report.dismissed", _("Left what was reported")),
    Act("appeal.granted", _("Let a hidden item be seen again")),
    Act("appeal.declined", _("Kept an item hidden")),
    Act("item.changed", _("Changed an item")),
    Act("item.deleted", _("Deleted an item")),
    Act("collaboration.offered", _("Asked somebody to work on an item")),
    Act("collaboration.ended", _("Ended the work on an item")),
    Act("comment.removed", _("Took a comment away")),
    Act("post.removed", _("Took a post away")),
    Act("answer.accepted", _("Said which answer helped")),
    Act("review.removed", _("Took a review away")),
    Act("playlist.changed", _("Changed a playlist")),
    Act("playlist.deleted", _("Deleted a playlist")),
    Act("course.changed", _("Changed a course")),
    Act("course.deleted", _("Deleted a course")),
    Act("enrolment.granted", _("Let somebody take a course")),
    Act("enrolment.ended", _("Took a course away from somebody")),
    Act("attempt.given_back", _("Gave an attempt back")),
    Act("team.changed", _("Changed a team")),
    Act("team.closed", _("Closed a team")),
    Act("challenge.held", _("Held a challenge")),
    Act("challenge.changed", _("Changed a challenge")),
    Act("challenge.cancelled", _("Cancelled a challenge")),
    Act("achievement.made", _("Made an achievement")),
    Act("achievements.seeded", _("Published the default achievements")),
    Act("boards.rebuilt", _("Took the leaderboards anew")),
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


def note_over(
    by: User,
    what: str,
    about: models.Model,
    owner: int | None,
    detail: Mapping[str, Any] | None = None,
    *,
    takes_part: Callable[[], bool] = lambda: False,
    person: User | None = None,
) -> None:
    """Write the line of an act on what is somebody else's, which only the staff may do: else there is none to write.

    Nothing is noted for who is no staff, for whose the thing is (`owner`, by primary key), and for whom `takes_part` says
    that they may do it without being staff; it is asked of staff alone. The line is about the owner unless `person` is
    told. Call it inside the transaction of the act, once something has changed.
    """
    if by.is_staff and by.pk != owner and not takes_part():
        note(by, what, about, detail, person=person or (User.objects.get(pk=owner) if owner else None))

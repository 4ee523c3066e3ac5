"""What one member did, the latest first: plays, and everything else that the log keeps by person."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from accounts.models import PaymentKind
from stats.kinds import Kind
from stats.models import Action, Item, Play

PAGE = 40
AT_ONCE_MOST = 200
"""How many rows of one instant a page may have beyond its length, so that none is lost between two pages."""


@dataclass(frozen=True, slots=True)
class Words:
    """How one kind is told: an icon, and a sentence with the item's title, or without where there is none."""

    icon: str
    text: Any
    tells_label: bool = False


WORDS: dict[str, Words] = {
    Kind.PLAY: Words("player-play", _("Played")),
    Kind.LIKE: Words("heart", _("Liked")),
    Kind.UNLIKE: Words("heart", _("Took a like back")),
    Kind.SAVE: Words("bookmark", _("Saved to a playlist")),
    Kind.UNSAVE: Words("bookmark", _("Took from a playlist")),
    Kind.SHARE: Words("share", _("Shared"), tells_label=True),
    Kind.DOWNLOAD: Words("download", _("Downloaded")),
    Kind.COMMENT: Words("message-circle", _("Commented on")),
    Kind.COMMENT_DELETED: Words("trash", _("A comment was deleted from")),
    Kind.RATING: Words("star", _("Rated")),
    Kind.FOLLOW: Words("user-plus", _("Followed somebody")),
    Kind.UNFOLLOW: Words("user", _("Stopped following somebody")),
    Kind.UPLOAD: Words("upload", _("Uploaded")),
    Kind.ITEM_CHANGED: Words("edit", _("Edited")),
    Kind.ITEM_DELETED: Words("trash", _("Deleted")),
    Kind.STREAM_STARTED: Words("broadcast", _("Went live with")),
    Kind.STREAM_ENDED: Words("broadcast", _("Ended the stream")),
    Kind.FEATURE_USED: Words("rocket", _("Used a feature"), tells_label=True),
    Kind.LOGIN: Words("login", _("Logged in")),
    Kind.LOGOUT: Words("logout", _("Logged out")),
    Kind.SIGNUP: Words("user-check", _("Signed up")),
    Kind.SUBSCRIPTION_CHANGED: Words("credit-card", _("Subscription changed"), tells_label=True),
    Kind.PAYMENT: Words("cash", _("Paid")),
    Kind.REFUND: Words("cash", _("Got money back")),
    Kind.REFUND_FAILED: Words("cash", _("Did not get the money back after all")),
    Kind.DISPUTE: Words("cash", _("Took money back through the bank")),
    Kind.DISPUTE_WON: Words("cash", _("The money taken back through the bank came again")),
    Kind.ENROLLED: Words("school", _("Enrolled in a course")),
    Kind.LESSON_COMPLETED: Words("check", _("Finished the lesson")),
    Kind.QUIZ_COMPLETED: Words("list-check", _("Handed a quiz in")),
    Kind.COURSE_COMPLETED: Words("certificate", _("Finished a course")),
    Kind.REVIEW: Words("star", _("Reviewed a course")),
    Kind.DISCUSSION_POST: Words("message", _("Wrote in a discussion")),
    Kind.PLAYLIST_CREATED: Words("playlist-add", _("Made a playlist")),
    Kind.PLAYLIST_CHANGED: Words("playlist", _("Changed a playlist")),
    Kind.PLAYLIST_DELETED: Words("trash", _("Deleted a playlist")),
    Kind.COLLABORATION_ACCEPTED: Words("users", _("Took part in")),
    Kind.SETTING_CHANGED: Words("settings", _("Changed a setting"), tells_label=True),
    Kind.SEARCH: Words("search", _("Searched")),
    Kind.REFERRAL: Words("users-plus", _("Brought somebody along")),
    Kind.ACHIEVEMENT_UNLOCKED: Words("trophy", _("Unlocked an achievement"), tells_label=True),
    Kind.ACHIEVEMENT_REVOKED: Words("trophy", _("An achievement was taken back"), tells_label=True),
    Kind.XP_CORRECTED: Words("adjustments", _("Points were corrected")),
    Kind.HISTORY_CLEARED: Words("eye-off", _("Cleared the history")),
    Kind.HISTORY_HIDDEN: Words("eye-off", _("Took a play out of the history")),
}
OTHER = Words("activity", "")
OF_MONEY = frozenset(map(Kind, PaymentKind.values))
OF_SUBSCRIPTIONS = frozenset({Kind.SUBSCRIPTION_CHANGED})
OF_GAME = frozenset({Kind.ACHIEVEMENT_UNLOCKED, Kind.ACHIEVEMENT_REVOKED, Kind.XP_CORRECTED})


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of a journey. `title` is the item's, '' without one; `more` what is told beside it."""

    at: datetime
    kind: str
    icon: str
    text: str
    title: str
    more: str
    played_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Journey:
    """A page of it; `older` is where the next one begins, None at the end."""

    moments: Sequence[Moment]
    older: datetime | None


def instant(text: str) -> datetime | None:
    """Return the instant that an address names, None for what is none."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo and found.year > 1 else None


def journey(actor: UUID, before: datetime | None = None, unseen: Collection[str] = ()) -> Journey:
    """Return what a member did before an instant, the present one without, the latest first. Three queries.

    Kinds that are `unseen`, because the reader has no business with them, are left out.
    """
    until = before or timezone.now() + timedelta(minutes=10)
    most = PAGE + AT_ONCE_MOST
    acts = Action.objects.filter(actor=actor, at__lt=until).exclude(kind__in=unseen).order_by("-at")[:most]
    plays = Play.objects.filter(actor=actor, started_at__lt=until).order_by("-started_at")[:most]
    rows: list[tuple[datetime, Action | Play]] = [(act.at, act) for act in acts]
    rows += [(play.started_at, play) for play in plays]
    rows.sort(key=lambda row: row[0], reverse=True)
    cut = min(PAGE, len(rows))
    while 0 < cut < len(rows) and cut < most and rows[cut][0] == rows[cut - 1][0]:
        cut += 1
    shown = rows[:cut]
    titles = Item.objects.in_bulk({row.item_id for _at, row in shown if row.item_id})
    moments = [_moment(at, row, titles) for at, row in shown]
    return Journey(moments, shown[-1][0] if shown and cut < len(rows) else None)


def _moment(at: datetime, row: Action | Play, items: dict[int, Item]) -> Moment:
    item = items.get(row.item_id) if row.item_id else None
    title = str(item) if item else _now("something that is gone") if row.item_id else ""
    if isinstance(row, Play):
        words = WORDS[Kind.PLAY]
        return Moment(at, Kind.PLAY, words.icon, str(words.text), title, "", row.played_ms)
    words = WORDS.get(row.kind, OTHER)
    more = (row.label or "").replace("_", " ") if words.tells_label else ""
    return Moment(at, row.kind, words.icon, str(words.text) or row.kind.replace("_", " "), title, more)

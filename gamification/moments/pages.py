"""Moments in words, as toasts and the API tell them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from gamification import levels
from gamification import queries as standings
from gamification.achievements import queries as achievements
from gamification.moments import queries
from gamification.moments.models import Moment, MomentKind

Known = dict[tuple[str, int], achievements.Named]
AT_ONCE = 3
LATELY = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Told:
    """A moment in words. `figure` is the number beside them: a level, days, points."""

    id: int
    kind: str
    title: str
    text: str
    icon: str
    rarity: str
    address: str
    figure: str
    earned_at: datetime


def told(moments: Sequence[Moment]) -> list[Told]:
    """Return moments in words, of levels only the highest. One query where there are achievements among them."""
    unlocked = [pair_of(moment.ref) for moment in moments if moment.kind == MomentKind.UNLOCK]
    known = achievements.named(unlocked) if unlocked else {}
    highest = max((int(moment.ref) for moment in moments if moment.kind == MomentKind.LEVEL), default=0)
    return [
        _told(moment, known)
        for moment in moments
        if moment.kind != MomentKind.LEVEL or int(moment.ref) == highest
        if moment.kind != MomentKind.UNLOCK or pair_of(moment.ref) in known
    ]


def pair_of(ref: str) -> tuple[str, int]:
    """Return the achievement's key and the tier of "first_steps:1"."""
    key, _colon, tier = ref.rpartition(":")
    return key, int(tier)


def toasts(actor: UUID, now: datetime, after: int | None) -> dict[str, Any]:
    """Return what a page shows of a member now: moments, and points behind entry `after`.

    More achievements than fit are told as one. `moments` and `until` are what the page answers with when it has shown them:
    the numbers of all, also of those that are told with others, and when the last of them was told. At most five queries.
    """
    waiting = list(queries.waiting(actor, now)[: queries.MOST_AT_ONCE])
    shown = told(waiting)
    unlocked = [one for one in shown if one.kind == MomentKind.UNLOCK]
    if len(unlocked) > AT_ONCE:
        shown = [one for one in shown if one.kind != MomentKind.UNLOCK]
        shown.append(_together(len(unlocked), unlocked[-1]))
    entries = queries.entries_after(actor, after, now - LATELY) if after is not None else []
    return {
        "told": shown,
        "lines": standings.explained(entries),
        "last": queries.last_entry(actor),
        "moments": " ".join(str(moment.pk) for moment in waiting),
        "until": max(moment.told_at for moment in waiting).isoformat() if waiting else "",
    }


def _told(moment: Moment, known: Known) -> Told:
    title, text, icon, rarity, figure = _WORDS[MomentKind(moment.kind)](moment, known)
    page = "playing:progress" if moment.kind in {MomentKind.LEVEL, MomentKind.STREAK} else "playing:achievements"
    return Told(moment.pk, moment.kind, title, text, icon, rarity, reverse(page), figure, moment.earned_at)


def _level(moment: Moment, _known: Known) -> tuple[str, str, str, str, str]:
    number = int(moment.ref)
    needed = levels.points_for(number + 1)
    text = _("%(title)s. The next level begins at %(points)s XP.") % {
        "title": _(levels.standing(levels.points_for(number)).title), "points": _grouped(needed),
    }  # fmt: skip
    return _("You reached level %d") % number, text, "trophy", "", moment.ref


def _unlock(moment: Moment, known: Known) -> tuple[str, str, str, str, str]:
    one = known[pair_of(moment.ref)]
    rarity = _(one.rarity.capitalize())
    points = ngettext("%s point", "%s points", one.points) % _grouped(one.points)
    return (
        _("Unlocked: %s") % one.name,
        f"{rarity}, {points}",
        one.numeral or one.icon or "trophy",
        one.rarity,
        str(one.points),
    )


def _grouped(number: int) -> str:
    return formats.number_format(number, 0, force_grouping=True)


def _streak(moment: Moment, _known: Known) -> tuple[str, str, str, str, str]:
    days = int(moment.ref)
    title = ngettext("%d day in a row", "%d days in a row", days) % days
    return title, _("Each day adds 20 XP, and every seventh a freeze."), "flame", "", moment.ref


def _digest(moment: Moment, _known: Known) -> tuple[str, str, str, str, str]:
    title = ngettext(
        "%d achievement for what you did before", "%d achievements for what you did before", moment.amount
    ) % moment.amount  # fmt: skip
    return title, _("New ones were made, and you had earned them already."), "trophy", "", str(moment.amount)


def _together(number: int, last: Told) -> Told:
    return Told(
        last.id, MomentKind.DIGEST.value, ngettext("%d achievement unlocked", "%d achievements unlocked", number) % number,
        _("They stand on your wall."), "trophy", "", last.address, str(number), last.earned_at,
    )  # fmt: skip


_WORDS = {
    MomentKind.LEVEL: _level,
    MomentKind.UNLOCK: _unlock,
    MomentKind.STREAK: _streak,
    MomentKind.DIGEST: _digest,
}

"""What the game's pages show, put together from where a member stands."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from gamification import choices, queries
from gamification.levels import Level
from gamification.queries import Calendar, CalendarDay, Chosen, State
from gamification.rules import AWARDS, Award, Rule
from gamification.streaks import Standing

WEEKS = 6
RARITIES = ("common", "rare", "epic", "legendary")
KIND_WORDS = {
    "active": "active",
    "hop": "active, on a day that a change of zone brought",
    "frozen": "kept by a freeze",
    "rest": "rest day",
    "short": "too short a day to be missed",
    "missed": "missed",
    "repaired": "missed, repaired by two days after it",
}
LEGEND = (("did", "Active"), ("ice", "Kept by a freeze"), ("rest", "Rest day"), ("gone", "Missed"))
SHAPE_OF = {
    "active": "did", "hop": "did", "repaired": "did", "frozen": "ice", "rest": "rest", "short": "rest", "missed": "gone",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cell:
    """A day of the calendar: how it is drawn, and in words."""

    day: CalendarDay
    shape: str
    words: str


def month(actor: UUID, today: date, now: datetime, held: Chosen | None = None, stored: State | None = None) -> Calendar:
    """Return the calendar of the last six weeks, from a Monday to the coming Sunday. As many queries as `calendar`."""
    sunday = today + timedelta(days=6 - today.weekday())
    return queries.calendar(actor, sunday - timedelta(days=7 * WEEKS - 1), sunday, now, held, stored)


def cells(days: Sequence[CalendarDay]) -> list[Cell]:
    """Return days as they are drawn: today until something is done on it, then like any other."""
    return [_cell(day) for day in days]


def alive(standing: Standing, ends_at: datetime | None, now: datetime) -> str:
    """Say what keeps the streak alive today, and until when there is time."""
    if not standing.current or ends_at is None:
        if standing.repairable:
            return _("One day was missed. Be active today and tomorrow, and the streak is whole again.")
        return _("Be active today, and a streak begins.")
    if standing.is_active_today:
        return _("Today counts. The streak is safe until %s.") % _when(ends_at, now)
    if standing.spent:
        said = ngettext(
            "%d freeze keeps the streak. Be active before %s to go on with it.",
            "%d freezes keep the streak. Be active before %s to go on with it.",
            standing.spent,
        )
        return said % (standing.spent, _when(ends_at, now))
    if standing.freezes:
        return _("Nothing counted today yet. With what you have frozen, the streak lasts until %s.") % _when(
            ends_at, now
        )
    return _("Nothing counted today yet. The streak is lost at %s unless something does.") % _when(ends_at, now)


def rest_words(days: Sequence[int]) -> str:
    """Name weekdays: 'Saturday and Sunday'; nothing for none."""
    monday = date(2024, 1, 1)
    names = [formats.date_format(monday + timedelta(days=day), "l") for day in days]
    return _(" and ").join(names)


def earning() -> list[Award]:
    """Return what earns points, as the table says."""
    return [award for award in AWARDS if award.rule is not Rule.CORRECTION]


def rest_from(now: datetime) -> date:
    """Return the first day on which rest days hold that are chosen now."""
    return choices.rest_from(now.astimezone(UTC).date())


def next_goal(level: Level) -> str:
    """Say how far the next level is."""
    return _("%(points)s XP to level %(level)d") % {
        "points": formats.number_format(level.left, 0, force_grouping=True), "level": level.number + 1,
    }  # fmt: skip


def _cell(day: CalendarDay) -> Cell:
    if day.is_today and not day.is_active:
        return Cell(day, "now", _("today, not yet"))
    if day.is_future:
        return Cell(day, "", _("to come"))
    return Cell(day, SHAPE_OF.get(day.kind, ""), _(KIND_WORDS.get(day.kind, "nothing counted")))


def _when(at: datetime, now: datetime) -> str:
    """Name an instant by the member's clock: 'midnight', 'tomorrow at midnight', 'Tuesday at 00:00'."""
    local = timezone.localtime(at)
    is_midnight = (local.hour, local.minute) == (0, 0)
    day = local.date() - timedelta(days=int(is_midnight))
    today = timezone.localdate(now)
    if day == today:
        return _("midnight") if is_midnight else formats.time_format(local, "H:i")
    named = _("tomorrow") if day == today + timedelta(days=1) else formats.date_format(day, "l j F")
    return _("the end of %s") % named if is_midnight else f"{named}, {formats.time_format(local, 'H:i')}"

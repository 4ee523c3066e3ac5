"""Streaks: a pure function of when somebody was active, of the zones that held, of rest days and of freezes.

Time is counted in quarters of an hour since 1970, the least by which zones change. A day is a date of the zone that held
at the time. The rules:

- An active day adds one. A change of zone gives no day by itself: within 20 hours after a day's first activity, what is
  done on another date counts only if it is a later one in the zone that held then, too.
- A missed date breaks the streak if it really lasted 24 hours or more: a short one (a flight eastwards, clocks put
  forward) never does. Whoever does nothing for 72 hours has missed at least one day, wherever that was; whose breaks are
  shorter than 24 hours never misses any.
- A freeze is earned with every seventh active day; `limit` of them are held. They are spent by themselves, and only if
  those held save the whole gap. Frozen days keep a streak but do not add to it.
- Dates on a rest day are not missed. A choice of rest days holds from a Monday on, at least a week after it was made, so
  that every week has one choice.
- Who missed a single day without a freeze and is active on the two days after it has the streak repaired, once in 30 days.

What was folded stays a state, so that a new day costs the same however long the past is; a late event folds anew.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from operator import itemgetter
from zoneinfo import ZoneInfo

QUARTERS_PER_DAY = 96
QUARTER_US = 900_000_000
HOP = 20 * 4
IDLE = 72 * 4
EARNED_EVERY = 7
HELD_AT_MOST = 2
REPAIR_EVERY = timedelta(days=30)
REST_NOTICE = timedelta(days=7)
MILESTONES = (7, 30, 100, 365)


@dataclass(frozen=True, slots=True)
class Zones:
    """The zone that a person's days were told by: `first`, and each (quarter, name) from which another one held."""

    first: str
    changes: tuple[tuple[int, str], ...] = ()

    @property
    def last(self) -> str:
        """The zone that holds now."""
        return self.changes[-1][1] if self.changes else self.first

    def hold_since(self, quarter: int) -> bool:
        """Whether one zone holds from a quarter on."""
        return not self.changes or self.changes[-1][0] <= quarter


@dataclass(frozen=True, slots=True)
class Rest:
    """The weekdays (Monday is 0) that are not missed: each (date from which, weekdays)."""

    changes: tuple[tuple[date, frozenset[int]], ...] = ()


@dataclass(frozen=True, slots=True)
class Day:
    """A date on which somebody was active: the first and the last active quarter, and when the date began and ended."""

    date: date
    first: int
    last: int
    begins: int
    ends: int


@dataclass(frozen=True, slots=True)
class Streak:
    """What a past amounts to as of its last active day: see the module for the rules."""

    run: int = 0
    longest: int = 0
    days: int = 0
    freezes: int = 0
    day: Day | None = None
    counted_first: int = 0
    lost_run: int = 0
    lost_on: date | None = None
    repaired_on: date | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """What happened on one date of a calendar: `kind` is active, hop, frozen, rest, short, missed or repaired."""

    date: date
    kind: str


@dataclass(frozen=True, slots=True)
class Standing:
    """A streak as it stands at an instant.

    `current` is 0 once it is lost. `is_active_today`: today counts already. `ends_at` is the quarter at which it will be
    lost if nothing is done (freezes counted), None without a streak; `spent` how many freezes keep it just now.
    """

    current: int
    longest: int
    freezes: int
    spent: int
    is_active_today: bool
    today: date
    ends_at: int | None
    repairable: bool


@dataclass(slots=True)
class Trace:
    """Collects what a fold decides, for calendars and for the ledger."""

    told: list[Told] = field(default_factory=list)
    counted: list[date] = field(default_factory=list)


def days_of(quarters: Iterable[int], zones: Zones) -> list[Day]:
    """Return the dates on which somebody was active, of ascending quarters. A date that comes back is there again."""
    found: list[Day] = []
    for quarter in quarters:
        if found and quarter < found[-1].ends:
            found[-1] = replace(found[-1], last=quarter)
            continue
        day, begins, ends = lived(quarter, zones)
        found.append(Day(day, quarter, quarter, begins, ends))
    return found


def fold(state: Streak, day: Day, zones: Zones, rest: Rest = Rest(), trace: Trace | None = None) -> Streak:
    """Return the streak with one more active day, which begins no earlier than the last one."""
    last = state.day
    if last is None:
        return _counted(state, day, day.first, trace)
    if day.date <= last.date:
        return replace(state, day=replace(last, first=day.first, last=day.last, ends=max(last.ends, day.ends)))
    missed = gap(last, day.first, day.begins, day.date, zones, rest, most=max(state.freezes, 1), trace=trace)
    if missed and missed <= state.freezes:
        state = replace(state, freezes=state.freezes - missed)
    elif missed:
        may_repair = missed == 1 and day.first - last.last < IDLE
        state = replace(state, run=0, lost_run=state.run if may_repair else 0, lost_on=day.date if may_repair else None)
    if missed:
        _retell(trace, missed, "frozen" if state.run else "missed")
    if not state.run or _is_later(state.counted_first, day.first, zones):
        return _counted(state, day, day.first, trace)
    if _is_later(state.counted_first, day.last, zones):
        return _counted(state, day, day.last, trace)
    if trace:
        trace.told.append(Told(day.date, "hop"))
    return replace(state, day=day)


def folded(
    quarters: Iterable[int], zones: Zones, rest: Rest = Rest(), trace: Trace | None = None, state: Streak = Streak()
) -> Streak:
    """Return the streak of all these active quarters, ascending, on top of a state."""
    for day in days_of(quarters, zones):
        state = fold(state, day, zones, rest, trace)
    return state


def standing(state: Streak, now: int, zones: Zones, rest: Rest = Rest()) -> Standing:
    """Return how a streak stands at a quarter, and when it is lost unless something is done."""
    today, begins, _ = lived(now, zones)
    last = state.day
    if last is None:
        return Standing(0, 0, 0, 0, False, today, None, False)
    if today <= last.date:
        missed = 1 + state.freezes if now - last.last >= IDLE + QUARTERS_PER_DAY * state.freezes else 0
    else:
        missed = gap(last, now, begins, today, zones, rest, most=state.freezes)
    if missed > state.freezes:
        lost_once = state.freezes == 0 and now - last.last < IDLE and not _repaired_lately(state, today)
        repairable = lost_once and gap(last, now, begins, today, zones, rest, most=1) == 1
        return Standing(0, state.longest, state.freezes, 0, False, today, None, repairable)
    may_repair = state.lost_on is not None and state.lost_run > 0 and not _repaired_lately(state, today)
    repairable = may_repair and today - (state.lost_on or today) <= timedelta(days=1)
    return Standing(
        state.run, state.longest, state.freezes - missed, missed, today <= last.date, today,
        _lost_at(state, last, max(now, last.ends), zones, rest), repairable,
    )  # fmt: skip


def gap(
    last: Day, first: int, begins: int, until: date, zones: Zones, rest: Rest, *, most: int, trace: Trace | None = None
) -> int:
    """Return how many days were missed between a day and the next activity at `first`, on a date that began at `begins`.

    Stops counting past `most`: by then the streak is lost anyway.
    """
    missed, resting, at = 0, 0, last.ends
    seen = last.date
    while at < begins and missed <= most:
        day, _, ends = lived(at, zones)
        if seen < day < until:
            if _is_rest(day, rest):
                kind, resting = "rest", resting + 1
            elif min(ends, begins) - at < QUARTERS_PER_DAY:
                kind = "short"
            else:
                kind, missed = "missed", missed + 1
            if trace:
                trace.told.append(Told(day, kind))
            seen = day
        at = ends
    return max(missed, (first - last.last) // QUARTERS_PER_DAY - 2 - resting, 0)


def lived(quarter: int, zones: Zones) -> tuple[date, int, int]:
    """Return the date at a quarter, and from which to which quarter it lasted without a break."""
    place = _place(zones, quarter)
    day, begins, ends = local_day(quarter, _name(zones, place))
    earlier, later = place, place
    while earlier and zones.changes[earlier - 1][0] > begins:
        at, earlier = zones.changes[earlier - 1][0], earlier - 1
        before, began, _ = local_day(at - 1, _name(zones, earlier))
        begins = at if before != day else began
        if before != day:
            break
    while later < len(zones.changes) and zones.changes[later][0] < ends:
        at, later = zones.changes[later][0], later + 1
        after, _, ended = local_day(at, _name(zones, later))
        ends = at if after != day else ended
        if after != day:
            break
    return day, begins, ends


@lru_cache(maxsize=100_000)
def local_day(quarter: int, zone: str) -> tuple[date, int, int]:
    """Return the date at a quarter in one zone, and the quarters at which that date begins and ends there."""
    info = ZoneInfo(zone)
    day = datetime.fromtimestamp(quarter * 900, UTC).astimezone(info).date()
    return day, _begin(day, info), _begin(day + timedelta(days=1), info)


def _begin(day: date, info: ZoneInfo) -> int:
    """Return the first quarter of a date in a zone, also where midnight is left out, comes twice, or the date itself is not."""
    middle = int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) // 900
    low, high = middle - 16 * 4, middle + 16 * 4
    while low < high:
        half = (low + high) // 2
        if datetime.fromtimestamp(half * 900, UTC).astimezone(info).date() < day:
            low = half + 1
        else:
            high = half
    return low


def _place(zones: Zones, quarter: int) -> int:
    """Return how many changes of zone were made up to a quarter."""
    return bisect_right(zones.changes, quarter, key=itemgetter(0))


def _name(zones: Zones, place: int) -> str:
    return zones.changes[place - 1][1] if place else zones.first


def _counted(state: Streak, day: Day, first: int, trace: Trace | None) -> Streak:
    """Return the streak with a day that counts from a quarter on."""
    days, run, repaired = state.days + 1, state.run + 1, False
    lost_run, lost_on, repaired_on = state.lost_run, state.lost_on, state.repaired_on
    if lost_on is not None and day.date > lost_on:
        repaired = run == 2 and day.date == lost_on + timedelta(days=1) and not _repaired_lately(state, day.date)
        if repaired:
            run, repaired_on = lost_run + 2, day.date
        lost_run, lost_on = 0, None
    if trace:
        if repaired:
            _repaired(trace)
        trace.told.append(Told(day.date, "active"))
        trace.counted.append(day.date)
    freezes = min(HELD_AT_MOST, state.freezes + 1) if days % EARNED_EVERY == 0 else state.freezes
    return Streak(run, max(state.longest, run), days, freezes, day, first, lost_run, lost_on, repaired_on)


def _is_later(then: int, now: int, zones: Zones) -> bool:
    """Whether a quarter is on a later date than another in the zone of the other, or 20 hours after it."""
    if now - then >= HOP:
        return True
    zone = _name(zones, _place(zones, then))
    return local_day(now, zone)[0] > local_day(then, zone)[0]


def _is_rest(day: date, rest: Rest) -> bool:
    place = bisect_right(rest.changes, day, key=itemgetter(0))
    return bool(place) and day.weekday() in rest.changes[place - 1][1]


def _repaired_lately(state: Streak, day: date) -> bool:
    return state.repaired_on is not None and day - state.repaired_on < REPAIR_EVERY


def _lost_at(state: Streak, last: Day, now: int, zones: Zones, rest: Rest) -> int:
    """Return the quarter at which the streak is lost if nothing is done from `now` on."""
    at = now
    while True:
        today, begins, ends = lived(at, zones)
        if today > last.date:
            missed = [
                quarter for quarter in (at, ends - 1) if _is_lost(state, last, quarter, begins, today, zones, rest)
            ]
            if len(missed) == 2:
                return at
            if missed:
                return at + bisect_left(
                    range(at, ends),
                    True,
                    key=lambda quarter: _is_lost(state, last, quarter, begins, today, zones, rest),
                )
        at = ends


def _is_lost(state: Streak, last: Day, quarter: int, begins: int, today: date, zones: Zones, rest: Rest) -> bool:
    return gap(last, quarter, begins, today, zones, rest, most=state.freezes) > state.freezes


def _retell(trace: Trace | None, missed: int, kind: str) -> None:
    """Call the dates missed last what became of them."""
    if trace is None:
        return
    for place in range(len(trace.told) - 1, -1, -1):
        if not missed or trace.told[place].kind == "active":
            return
        if trace.told[place].kind == "missed":
            trace.told[place] = Told(trace.told[place].date, kind)
            missed -= 1


def _repaired(trace: Trace) -> None:
    """Call the one date that was missed before the last active day repaired."""
    for place in range(len(trace.told) - 1, -1, -1):
        if trace.told[place].kind == "missed":
            trace.told[place] = Told(trace.told[place].date, "repaired")
            return


def zones_of(first: str, changes: Sequence[tuple[int, str]]) -> Zones:
    """Return the zones of (microsecond, name) changes, in order; a change holds from the quarter in which it was made."""
    held: list[tuple[int, str]] = []
    for at, name in changes:
        quarter = at // QUARTER_US
        if held and held[-1][0] == quarter:
            held.pop()
        held.append((quarter, name))
    return Zones(first, tuple(held))

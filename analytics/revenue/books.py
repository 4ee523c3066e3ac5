"""The run rate of one currency in one window: what it was, what it is, how it moved, who left.

A window is half-open, and one that is not over ends at the moment of asking. Movements are netted by person and site day;
the two ends of a window that are no whole day are netted over their part of it. Days that are over are read from what
`analytics.revenue.projecting` keeps, the ends from the spells: what the clock ended a second ago is gone.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from itertools import groupby
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection

from analytics.revenue.models import RevenueMove
from analytics.revenue.rates import Movement, Spell, a_month, a_month_each, months_of, movement_of, rate_at, together
from stats.fields import from_micros, to_day, to_micros
from stats.windows import DAY, Window, day_of, midnight, period_of

_LIVE = """
SELECT s.user_id, s.subscription_id, s.plan_id, s.currency, s.rate, s.since, s.until,
    (SELECT MIN(m.day) FROM analytics_revenuemove m WHERE m.user_id = s.user_id AND m.currency = s.currency)
FROM analytics_revenuespell s WHERE s.currency = %s AND s.rate > 0 AND s.user_id IN (
    SELECT e.user_id FROM analytics_revenuespell e WHERE e.rate > 0 AND ({inside})
) ORDER BY s.user_id, s.since
"""
_INSIDE = "e.since >= %s AND e.since < %s OR e.until >= %s AND e.until < %s"
_STAYED = """
SELECT user_id, SUM(CASE WHEN since <= %s AND until > %s THEN rate ELSE 0 END) AS before,
    SUM(CASE WHEN since <= %s AND until > %s THEN rate ELSE 0 END) AS after, MAX(CASE WHEN until <= %s THEN until END) AS left_at
FROM analytics_revenuespell WHERE currency = %s AND rate > 0 AND until > %s AND user_id IN (
    SELECT user_id FROM analytics_revenuespell
    WHERE currency = %s AND rate > 0 AND since <= %s AND until > %s AND until <= %s
) GROUP BY user_id
"""
# What moves come to for each person: less than no head is who paid at first and does not at the end, none and some amount who paid at
# both. Who first paid after the window began is left out.
_KEPT = """
SELECT CAST(%s AS integer), SUM(CASE WHEN heads < 0 THEN 1 ELSE 0 END), SUM(CASE WHEN heads < 0 THEN -rate ELSE 0 END),
    SUM(CASE WHEN heads = 0 AND rate > 0 THEN rate ELSE 0 END), SUM(CASE WHEN heads = 0 AND rate < 0 THEN -rate ELSE 0 END)
FROM (
    SELECT user_id, SUM(after - before) AS rate, SUM(CASE WHEN after = 0 THEN -1 WHEN before = 0 THEN 1 ELSE 0 END) AS heads
    FROM (
        SELECT user_id, before, after FROM analytics_revenuemove
        WHERE currency = %s AND day >= %s AND day < %s AND cohort <= %s{live}
    ) m GROUP BY user_id
) n
"""
_MOVER = "(%s, %s, %s)"
_BY_PLAN = """
SELECT p.id, p.key, p.name, COALESCE(s.people, 0), COALESCE(s.rate, 0) FROM accounts_plan p LEFT JOIN (
    SELECT plan_id, COUNT(*) AS people, SUM(rate) AS rate FROM analytics_revenuespell
    WHERE until > %s AND since <= %s AND rate > 0 AND currency = %s GROUP BY plan_id
) s ON s.plan_id = p.id ORDER BY 5 DESC, p.id
"""


_DAYS = """
SELECT CASE WHEN day >= %s THEN day END AS step, movement, CAST(SUM(amount) AS bigint), SUM(moves), SUM(people)
FROM analytics_revenueday WHERE currency = %s AND day < %s GROUP BY step, movement
"""


class Sums(NamedTuple):
    """What movements add to the run rate, how many they are, and what they add to the number of those who pay."""

    rate: int = 0
    moves: int = 0
    people: int = 0

    def plus(self, other: "Sums") -> "Sums":
        """Return both together."""
        return together(self, other)


Movements = Mapping[Movement, Sums]
_MOVEMENT = {movement.value: movement for movement in Movement}


@dataclass(frozen=True, slots=True)
class Step:
    """A day (or a month) of the window: how the run rate stood when it was over, and how it moved."""

    day: date
    rate: int
    people: int
    movements: Movements

    @property
    def monthly(self) -> int:
        """The monthly recurring revenue at the end, in minor units."""
        return a_month(self.rate)

    def monthly_moves(self) -> dict[Movement, int]:
        """Return each movement a month, so that they add up to the difference of the monthly amounts as shown."""
        return monthly(self.movements, self.rate)


@dataclass(frozen=True, slots=True)
class Kept:
    """What became, over a window, of those who paid when it began: who pays no more, and what the others pay.

    Who joined inside the window is in none of it, and who left and is back has not left.
    """

    people: int
    rate: int
    lost_people: int
    lost: int
    expansion: int
    contraction: int

    @property
    def customer_churn(self) -> float | None:
        """The share that pays no more, in percent; None where nobody paid."""
        return percent(self.lost_people, self.people)

    @property
    def revenue_churn(self) -> float | None:
        """The share of the run rate that was lost or reduced, in percent."""
        return percent(self.lost + self.contraction, self.rate)

    @property
    def net_retention(self) -> float | None:
        """What is left of the run rate with what was added to it, in percent."""
        return percent(self.rate + self.expansion - self.contraction - self.lost, self.rate)


@dataclass(frozen=True, slots=True)
class OfPlan:
    """What a plan brings and how many pay for it."""

    plan: int
    key: str
    name: str
    people: int
    rate: int


@dataclass(frozen=True, slots=True)
class Mover:
    """One person's movement: what the run rate was and is, by which plan."""

    user: int
    day: date
    movement: Movement
    before: int
    after: int
    plan: int
    cohort: date


@dataclass(frozen=True, slots=True)
class Leaver:
    """Somebody who paid when the window began and does not when it ends."""

    user: int
    rate: int
    left_at: datetime


class Piece(NamedTuple):
    """A part of a site day, from `start` to before `end` in microseconds; `is_before` the window or in it."""

    day: date
    start: int
    end: int
    is_before: bool


class Shelf:
    """What the books of several windows of one currency are made of, asked together: a query for each kind."""

    def __init__(self, *books: "Books") -> None:
        """Serve these books."""
        self.books = books
        self.currency = books[0].currency

    @cached_property
    def days(self) -> tuple[date, Sums, dict[date, dict[Movement, Sums]]]:
        """The first day that is told by itself, what was there before it, and the movements of each day. One query."""
        first = min(_day(books.start) for books in self.books)
        end = max(books.whole_days[1] for books in self.books)
        before, days = Sums(), dict[Any, dict[Movement, Sums]]()
        for step, movement, *numbers in _rows(_DAYS, [first.isoformat(), self.currency, end.isoformat()]):
            sums = Sums(*numbers)
            if step is None:
                before = before.plus(sums)
            else:
                days.setdefault(step, {})[_MOVEMENT[movement]] = sums
        return first, before, {to_day(step): moved for step, moved in days.items()}

    @cached_property
    def spells(self) -> dict[int, tuple[date | None, list[Spell]]]:
        """The spells of all who move in the pieces of days, and the day on which each first paid. One query, if any."""
        pieces = [piece for books in self.books for piece in books.pieces]
        if not pieces:
            return {}
        params: list[Any] = [self.currency]
        for piece in pieces:
            params += [piece.start, piece.end] * 2
        found: dict[int, tuple[date | None, list[Spell]]] = {}
        for user, subscription, plan, currency, rate, since, until, first in _rows(
            _LIVE.format(inside=" OR ".join([_INSIDE] * len(pieces))), params
        ):
            told = found.setdefault(user, (None if first is None else to_day(first), []))
            told[1].append(Spell(subscription, plan, currency, rate, since, until))
        return found

    @cached_property
    def kept(self) -> list[tuple[int, int, int, int]]:
        """Of each books, what became of those who paid at first. One query."""
        parts, params = [], list[Any]()
        for number, books in enumerate(self.books):
            first, end = books.whole_days
            live = [one for one in books.movers_of_pieces() if one.cohort <= first]
            parts.append(_KEPT.format(live=" UNION ALL VALUES " + ", ".join([_MOVER] * len(live)) if live else ""))
            params += [number, self.currency, first.isoformat(), end.isoformat(), first.isoformat()]
            params += [value for one in live for value in (one.user, one.before, one.after)]
        rows = sorted(_rows(" UNION ALL ".join(parts), params))
        return [(int(a or 0), int(b or 0), int(c or 0), int(d or 0)) for _, a, b, c, d in rows]


def beside(window: Window, before: Window | None, currency: str, now: datetime) -> tuple["Books", "Books | None"]:
    """Return the books of a window, and of the one that it is compared with, which share their queries."""
    books = Books(window, currency, now)
    other = None if before is None else Books(before, currency, now)
    shelf = Shelf(books, *([other] if other else []))
    for one in shelf.books:
        vars(one)["shelf"] = shelf
    return books, other


@dataclass(frozen=True)
class Books:
    """The answers about one currency in one window; each asks once. `now` is the moment of asking."""

    window: Window
    currency: str
    now: datetime

    # When

    @property
    def start(self) -> int:
        """The first microsecond of the window."""
        return to_micros(self.window.start_at)

    @property
    def end(self) -> int:
        """The first microsecond that is not in it: nothing after the moment of asking is."""
        return max(self.start, min(to_micros(self.window.end_at), to_micros(self.now) + 1))

    @cached_property
    def whole_days(self) -> tuple[date, date]:
        """The site days that lie wholly inside, as the first and the day after the last."""
        first, end = _day(self.start), _day(self.end)
        if _midnight(first) < self.start:
            first += DAY
        return first, max(first, end)

    @cached_property
    def pieces(self) -> list[Piece]:
        """The parts of days at the window's ends, with the part of the first day that lies before it."""
        day, found = _day(self.start), []
        if _midnight(day) < self.start:
            found = [
                Piece(day, _midnight(day), self.start, True),
                Piece(day, self.start, min(self.end, _midnight(day + DAY)), False),
            ]
        last = self.whole_days[1]
        if _midnight(last) < self.end:
            found.append(Piece(last, _midnight(last), self.end, False))
        return [piece for piece in found if piece.start < piece.end]

    # How the run rate moved

    @cached_property
    def shelf(self) -> Shelf:
        """Where they stand."""
        return Shelf(self)

    @cached_property
    def _counted(self) -> tuple[Sums, dict[date, dict[Movement, Sums]]]:
        """What was there when the window began, and the movements by day. Two queries."""
        first, end = self.whole_days
        earliest, before, told = self.shelf.days
        start = _day(self.start)
        earlier = (sums for day, moved in told.items() if earliest <= day < start for sums in moved.values())
        before = together(before, *earlier)
        days = {day: dict(moved) for day, moved in told.items() if first <= day < end}
        for piece, mover in self._live:
            sums = Sums(mover.after - mover.before, 1, (mover.after > 0) - (mover.before > 0))
            if piece.is_before:
                before = before.plus(sums)
            else:
                moved = days.setdefault(piece.day, {})
                moved[mover.movement] = moved.get(mover.movement, Sums()).plus(sums)
        return before, days

    @cached_property
    def _live(self) -> list[tuple[Piece, Mover]]:
        """Everybody's movements in the pieces of days. One query, none for whole days."""
        return [
            (piece, mover)
            for piece in self.pieces
            for user, (first, spells) in self.shelf.spells.items()
            if (mover := _mover(user, spells, piece, first))
        ]

    @property
    def before(self) -> Sums:
        """The run rate and the number of people when the window began."""
        return self._counted[0]

    @cached_property
    def movements(self) -> Movements:
        """The movements of the whole window: its days' together. All five are there."""
        return _summed(self._counted[1].values())

    @cached_property
    def rate(self) -> int:
        """The run rate when the window ends, or now: what is there in a year if nothing changes (ARR), in minor units."""
        return self.before.rate + sum(sums.rate for sums in self.movements.values())

    @property
    def monthly(self) -> int:
        """The monthly recurring revenue at the end (MRR), in minor units."""
        return a_month(self.rate)

    @property
    def monthly_before(self) -> int:
        """The monthly recurring revenue when the window began."""
        return a_month(self.before.rate)

    @property
    def people(self) -> int:
        """How many pay at the end."""
        return self.before.people + sum(sums.people for sums in self.movements.values())

    @property
    def per_payer(self) -> int | None:
        """The monthly recurring revenue for each who pays (ARPPU), in minor units; None where nobody does."""
        return a_month_each(self.rate, self.people)

    def per_active(self, active: int) -> int | None:
        """Return the monthly recurring revenue for each of the active members (ARPU), in minor units."""
        return a_month_each(self.rate, active)

    @cached_property
    def days(self) -> list[Step]:
        """Each day of the window up to now, how it ended; of everything, from the first that has any."""
        by_day = self._counted[1]
        days = self._days() if self.window.name != "all" else _since(min(by_day, default=None), self._last_day)
        rate, people, found = self.before.rate, self.before.people, []
        for day in days:
            moved = by_day.get(day, {})
            for sums in moved.values():
                rate, people = rate + sums.rate, people + sums.people
            found.append(Step(day, rate, people, moved))
        return found

    @cached_property
    def months(self) -> list[Step]:
        """Each calendar month that the window touches, with what of it lies inside."""
        found = []
        for month, days in groupby(self.days, key=lambda step: period_of("m", step.day)):
            steps = list(days)
            found.append(Step(month, steps[-1].rate, steps[-1].people, _summed(step.movements for step in steps)))
        return found

    @property
    def _last_day(self) -> date:
        return _day(self.end - 1)

    def _days(self) -> Iterator[date]:
        return _since(_day(self.start), self._last_day) if self.start < self.end else iter(())

    # Who stayed, who left

    @cached_property
    def kept(self) -> Kept:
        """What became of those who paid when the window began. One query more."""
        return Kept(self.before.people, self.before.rate, *self.shelf.kept[self.shelf.books.index(self)])

    def leavers(self, offset: int = 0, limit: int = 50) -> tuple[list[Leaver], int]:
        """Return those who paid when the window began and do not any more, who left last first, and how many there are.

        One query, on a page behind the last two.
        """
        sql = (
            f"SELECT user_id, before, left_at, COUNT(*) OVER () FROM ({_STAYED}) s"
            " WHERE before > 0 AND after = 0 ORDER BY left_at DESC, user_id LIMIT %s OFFSET %s"
        )
        rows = _rows(sql, [*self._stayed, limit, offset])
        found = [Leaver(user, int(rate), from_micros(left_at)) for user, rate, left_at, _total in rows]
        return found, rows[0][3] if rows else self.kept.lost_people

    def movers(
        self, movement: Movement | None = None, span: tuple[date, date] | None = None, offset: int = 0, limit: int = 50
    ) -> list[Mover]:
        """Return who moved, by one movement and on the days from one to another if asked, the newest day first.

        At most two queries.
        """
        first, end = self.whole_days
        span = span or (_day(self.start), self._last_day)
        live = [
            mover
            for mover in reversed(self.movers_of_pieces())
            if movement in (None, mover.movement) and span[0] <= mover.day <= span[1]
        ]
        rows = RevenueMove.objects.filter(
            currency=self.currency, day__gte=max(first, span[0]), day__lt=min(end, span[1] + DAY)
        )
        rows = rows.filter(movement=movement.value) if movement else rows
        late = [mover for mover in live if mover.day >= end]
        early = [mover for mover in live if mover.day < end]
        found = late[offset : offset + limit]
        skipped, wanted = max(0, offset - len(late)), limit - len(found)
        if wanted > 0:
            names = ("user_id", "day", "movement", "before", "after", "plan_id", "cohort")
            kept = rows.order_by("-day", "user_id").values_list(*names)[skipped : skipped + wanted]
            for user, on, name, before, after, plan, cohort in kept:
                found.append(Mover(user, on, Movement(name), before, after, plan, cohort))
        if early and len(found) < limit:
            passed = max(0, offset - len(late) - rows.count())
            found += early[passed : passed + limit - len(found)]
        return found

    def moves(self, movement: Movement | None = None, span: tuple[date, date] | None = None) -> int:
        """Return how many `movers` there are."""
        return sum(
            sums.moves
            for day, moved in self._counted[1].items()
            for one, sums in moved.items()
            if movement in (None, one) and (span is None or span[0] <= day <= span[1])
        )

    def movers_of_pieces(self) -> list[Mover]:
        """Return who moved in the parts of days at which the window begins or ends."""
        return [mover for piece, mover in self._live if not piece.is_before]

    @cached_property
    def by_plan(self) -> list[OfPlan]:
        """What each plan brings at the end, the most first, those that nobody pays for too. One query."""
        rows = _rows(_BY_PLAN, [self.end - 1, self.end - 1, self.currency])
        return [OfPlan(plan, key, name, people, int(rate)) for plan, key, name, people, rate in rows]

    @property
    def _stayed(self) -> list[Any]:
        """The parameters of the question who stayed."""
        start, end = self.start - 1, self.end - 1
        return [start, start, end, end, end, self.currency, start, self.currency, start, start, end]


def _summed(every: Iterable[Movements]) -> Movements:
    """Return movements as one, all five of them."""
    parts = list(every)
    return {
        movement: together(Sums(), *(moved[movement] for moved in parts if movement in moved)) for movement in Movement
    }


def percent(part: int, whole: int) -> float | None:
    """Return a share in percent; None of nothing."""
    return round(part / whole * 100, 4) if whole else None


def monthly(movements: Movements, rate: int) -> dict[Movement, int]:
    """Return movements a month that lead to a run rate, adding up to the difference of the monthly amounts as shown."""
    rates = [movements.get(movement, Sums()).rate for movement in Movement]
    total = a_month(rate) - a_month(rate - sum(rates))
    return dict(zip(Movement, months_of(rates, total), strict=True))


def _mover(user: int, spells: list[Spell], piece: Piece, first: date | None) -> Mover | None:
    before, after = rate_at(spells, piece.start - 1), rate_at(spells, piece.end - 1)
    if before == after:
        return None
    is_known = first is not None and first < piece.day
    cohort = period_of("m", first if first is not None and is_known else piece.day)
    begun = [spell for spell in spells if spell.since < piece.end]
    plan = max(begun, key=lambda spell: (spell.until, spell.since)).plan
    return Mover(user, piece.day, movement_of(before, after, is_known=is_known), before, after, plan, cohort)


def _since(first: date | None, last: date) -> Iterator[date]:
    day = first
    while day is not None and day <= last:
        yield day
        day += DAY


def _day(micros: int) -> date:
    return day_of(from_micros(micros), settings.TIME_ZONE)


def _midnight(day: date) -> int:
    return to_micros(midnight(day, settings.TIME_ZONE))


def _rows(sql: str, params: list[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()

"""From the lines of the subscriptions' ledger to spells of one run rate, and from those to movements. Pure.

A run rate is what a subscription brings in a year, in the currency's smallest unit; whole numbers, so that parts add up.
Instants are microseconds since 1970. A movement is what a person's rate in one currency changed by over one site day: who
upgrades and takes it back on the same day has not moved.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any, TypeVar, cast

MONTHS = 12

Counts = TypeVar("Counts", bound=tuple[int, ...])


class Movement(StrEnum):
    """What became of a person's run rate. Stored: never rename a value."""

    NEW = "new"
    REACTIVATION = "reactivation"
    EXPANSION = "expansion"
    CONTRACTION = "contraction"
    CHURN = "churn"


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the ledger: the rate from `at` until the next line of the subscription, and no longer than `until`.

    `is_granted` says whether the line leaves the member a role; nobody pays where the rate is 0 all the same.
    """

    subscription: int
    plan: int
    currency: str
    rate: int
    at: int
    until: int
    is_granted: bool = True


@dataclass(frozen=True, slots=True)
class Spell:
    """A subscription of one plan at one rate, from `since` to before `until`."""

    subscription: int
    plan: int
    currency: str
    rate: int
    since: int
    until: int


@dataclass(frozen=True, slots=True)
class Move:
    """The rates of a person in one currency before and after a day on which they differ.

    `cohort` is the first day of the month in which the person first paid in this currency; `plan` the one that holds after
    the day, or that was left.
    """

    currency: str
    day: date
    movement: Movement
    before: int
    after: int
    cohort: date
    plan: int

    @property
    def amount(self) -> int:
        """What it adds to the run rate."""
        return self.after - self.before

    @property
    def people(self) -> int:
        """What it adds to the number of those who pay."""
        return (self.after > 0) - (self.before > 0)


def together(first: Counts, *others: Counts) -> Counts:
    """Return named numbers of one kind added up, each with its like."""
    return cast(Any, type(first))(*map(sum, zip(first, *others, strict=True)))


def a_month(rate: int) -> int:
    """Return the monthly part of a run rate, in the smallest unit: a twelfth, rounded half to even."""
    return divided(rate, MONTHS)


def a_month_each(rate: int, people: int) -> int | None:
    """Return the monthly part of a run rate for each of some people, rounded half to even; None for nobody."""
    return divided(rate, MONTHS * people) if people else None


def divided(amount: int, by: int) -> int:
    """Return an amount divided by a number above 0, rounded half to even, exactly."""
    whole, rest = divmod(amount, by)
    return whole + (2 * rest > by or (2 * rest == by and whole % 2 == 1))


def months_of(rates: Sequence[int], total: int) -> list[int]:
    """Return the monthly part of each rate, rounded so that they add up to `total`, the monthly amount of all of them."""
    parts = [rate // MONTHS for rate in rates]
    by_rest = sorted(
        (number for number, rate in enumerate(rates) if rate), key=lambda number: (-(rates[number] % MONTHS), number)
    )
    left = total - sum(parts)
    for number in by_rest[:left] if left > 0 else by_rest[left:] if left < 0 else ():
        parts[number] += 1 if left > 0 else -1
    return parts


def spells_of(lines: Iterable[Line]) -> list[Spell]:
    """Return the spells that lines tell of, given in the order of the ledger: by time, then by number.

    What one line says again after the other is one spell, so renewals leave no trace.
    """
    chains: dict[int, list[Line]] = defaultdict(list)
    for line in lines:
        chains[line.subscription].append(line)
    found: list[Spell] = []
    for chain in chains.values():
        last: Spell | None = None
        for line, following in zip(chain, [*chain[1:], None], strict=True):
            until = line.until if following is None else min(line.until, following.at)
            if until <= line.at or not (line.is_granted or line.rate):
                continue
            spell = Spell(line.subscription, line.plan, line.currency, line.rate, line.at, until)
            if (
                last is not None
                and replace(last, since=spell.since, until=spell.until) == spell
                and last.until == line.at
            ):
                spell = replace(spell, since=last.since)
                found.pop()
            found.append(spell)
            last = spell
    return found


def moves_of(spells: Iterable[Spell], day_of: Callable[[int], date]) -> list[Move]:
    """Return the movements of one person's spells by currency and day, in order; `day_of` knows the day of an instant.

    What the clock will end is told as well: a day that is to come says what holds if nothing happens before.
    """
    by_currency: dict[str, list[Spell]] = defaultdict(list)
    for spell in spells:
        if spell.rate:
            by_currency[spell.currency].append(spell)
    return [move for currency, paid in sorted(by_currency.items()) for move in _moves(currency, paid, day_of)]


def movement_of(before: int, after: int, *, is_known: bool) -> Movement:
    """Name what became of a rate; `is_known` is whether the person paid in this currency on an earlier day."""
    if before == 0:
        return Movement.REACTIVATION if is_known else Movement.NEW
    if after == 0:
        return Movement.CHURN
    return Movement.EXPANSION if after > before else Movement.CONTRACTION


def rate_at(spells: Iterable[Spell], at: int) -> int:
    """Return the sum of the rates that hold at an instant."""
    return sum(spell.rate for spell in spells if spell.since <= at < spell.until)


def _moves(currency: str, spells: list[Spell], day_of: Callable[[int], date]) -> list[Move]:
    changes: dict[date, int] = defaultdict(int)
    touched: dict[date, list[Spell]] = defaultdict(list)
    for spell in spells:
        changes[day_of(spell.since)] += spell.rate
        changes[day_of(spell.until)] -= spell.rate
        touched[day_of(spell.since)].append(spell)
        touched[day_of(spell.until)].append(spell)
    moves: list[Move] = []
    before = 0
    for day in sorted(changes):
        after = before + changes[day]
        if after != before:
            cohort = moves[0].cohort if moves else day.replace(day=1)
            movement = movement_of(before, after, is_known=bool(moves))
            plan = max(touched[day], key=lambda spell: (spell.until, spell.since)).plan
            moves.append(Move(currency, day, movement, before, after, cohort, plan))
        before = after
    return moves

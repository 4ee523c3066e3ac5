"""What an answer is worth. Pure."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from fractions import Fraction
from typing import Any

from library.quizzes.models import QuestionKind

MAX_NUMBER = 40
CENT = Decimal("0.01")
NUMBER = re.compile(r"[+-]?(\d+([.,]\d+)*|[.,]\d+)(e[+-]?\d{1,3})?", re.ASCII)
THOUSANDS = re.compile(r"[+-]?\d{1,3}([.,]\d{3})+", re.ASCII)
AROUND = " \t.,;:!?\"'`´‘’“”„«»()[]"


@dataclass(frozen=True, slots=True)
class Key:
    """What is right: options by id, a number and how far off it may be, or texts."""

    right: frozenset[str] = frozenset()
    number: Decimal | None = None
    tolerance: Decimal = Decimal(0)
    accepted: tuple[str, ...] = ()
    is_partial: bool = False


@dataclass(frozen=True, slots=True)
class Mark:
    """The result of an attempt. `percent` is rounded down, so nobody sees 70 who has not reached it."""

    earned: Decimal
    most: int
    percent: int
    passed: bool


def share(kind: str, key: Key, response: Any) -> Fraction:
    """Return how much of a question's points a response earns, 0 to 1. `response` is as `responses.checked` stores it.

    Several choices are all or nothing; with `is_partial` each right one counts up and each wrong one down.
    """
    if not response:
        return Fraction(0)
    if kind == QuestionKind.NUMBER:
        return Fraction(key.number is not None and is_number(response, key.number, key.tolerance))
    if kind == QuestionKind.TEXT:
        return Fraction(normalised(response) in {normalised(text) for text in key.accepted})
    chosen = frozenset(response)
    if chosen == key.right or not key.right:
        return Fraction(bool(key.right))
    if kind == QuestionKind.SINGLE or not key.is_partial:
        return Fraction(0)
    return max(Fraction(0), Fraction(len(chosen & key.right) - len(chosen - key.right), len(key.right)))


def earned(points: int, part: Fraction) -> Decimal:
    """Return a part of the points, to the hundredth."""
    return (Decimal(points * part.numerator) / part.denominator).quantize(CENT, ROUND_HALF_UP)


def result(rows: Sequence[tuple[int, Decimal]], pass_percent: int) -> Mark:
    """Return the result of an attempt from each question's points and what was earned of them."""
    most = sum(points for points, _ in rows)
    total = sum((got for _, got in rows), Decimal(0))
    percent = int(100 * total // most) if most else 0
    return Mark(total, most, percent, bool(most) and 100 * total >= pass_percent * most)


def is_number(text: str, number: Decimal, tolerance: Decimal) -> bool:
    """Whether a reading of `text` is as near to `number` as the tolerance allows, the edge included."""
    return any(abs(reading - number) <= tolerance for reading in readings(text))


def readings(text: str) -> set[Decimal]:
    """Return the numbers that `text` may mean; none if it is no number.

    Point and comma both may begin the decimals. `1,000` and `1.000` may mean a thousand as well as one.
    """
    compact = re.sub(r"[\s'’_]", "", unicodedata.normalize("NFKC", text)).replace("−", "-").casefold()
    if len(compact) > MAX_NUMBER or not NUMBER.fullmatch(compact):
        return set()
    found = set()
    if THOUSANDS.fullmatch(compact) and len({sign for sign in compact if sign in ".,"}) == 1:
        found.add(compact.replace(",", "").replace(".", ""))
    mantissa, exponent, power = compact.partition("e")
    last = max(mantissa.rfind("."), mantissa.rfind(","))
    if last == -1:
        found.add(compact)
    elif len(re.findall("[.,]", mantissa)) == 1 or mantissa[last] not in mantissa[:last]:
        whole = re.sub("[.,]", "", mantissa[:last])
        found.add(f"{whole}.{mantissa[last + 1 :]}{exponent}{power}")
    return {value for candidate in found if (value := _decimal(candidate)) is not None}


def normalised(text: str) -> str:
    """Return text as it is compared: without case, without spaces and signs around it, one space between words."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFD", text).casefold())
    folded = " ".join(unicodedata.normalize("NFKC", folded.casefold()).split())
    return folded.strip(AROUND) or folded


def plain(number: Decimal) -> str:
    """Return a number as people write it, without zeros at its end."""
    return f"{number.normalize():f}"


def _decimal(text: str) -> Decimal | None:
    try:
        return Decimal(text)
    except InvalidOperation:
        return None

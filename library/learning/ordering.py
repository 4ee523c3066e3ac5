"""The order of sections and lessons as a value, and one step in it. Pure."""

from collections.abc import Sequence
from typing import TypeVar
from uuid import UUID

Entry = TypeVar("Entry")
Order = list[tuple[UUID, list[UUID]]]


def moved(order: Sequence[tuple[UUID, Sequence[UUID]]], one: UUID, step: int) -> Order:
    """Return the order with `one`, a section or a lesson, a place further up (-1) or down (1).

    The first lesson of a section goes up to the end of the one before, the last one down to the beginning of the next.
    What cannot go further, or is not there, stays.
    """
    result: Order = [(section, list(lessons)) for section, lessons in order]
    sections = [section for section, _lessons in result]
    if one in sections:
        place = sections.index(one)
        return _swapped(result, place, place + step)
    for place, (section, lessons) in enumerate(result):
        if one not in lessons:
            continue
        index = lessons.index(one)
        if 0 <= index + step < len(lessons):
            result[place] = (section, _swapped(lessons, index, index + step))
        elif 0 <= place + step < len(result):
            lessons.pop(index)
            other = result[place + step][1]
            other.insert(len(other) if step < 0 else 0, one)
        break
    return result


def _swapped(entries: list[Entry], one: int, other: int) -> list[Entry]:
    if 0 <= other < len(entries):
        entries[one], entries[other] = entries[other], entries[one]
    return entries

"""Pools and questions in their order, as the page shows and moves them."""

from collections.abc import Sequence
from dataclasses import dataclass

from library.learning.ordering import Order
from library.quizzes.models import Pool, Question


@dataclass(frozen=True, slots=True)
class Row:
    """A question, and whether it can go no further up or down."""

    question: Question
    is_first: bool
    is_last: bool


@dataclass(frozen=True, slots=True)
class Block:
    """A pool with its questions."""

    pool: Pool
    rows: tuple[Row, ...]
    is_first: bool
    is_last: bool


def blocks_of(pools: Sequence[Pool]) -> list[Block]:
    """Return the pools as blocks; their questions are loaded (`queries.pools_of`)."""
    last = len(pools) - 1
    return [
        Block(pool, _rows(pool, place == 0, place == last), place == 0, place == last)
        for place, pool in enumerate(pools)
    ]


def order_of(pools: Sequence[Pool]) -> Order:
    """Return the order as a value."""
    return [(pool.uuid, [question.uuid for question in pool.questions.all()]) for pool in pools]


def _rows(pool: Pool, in_first: bool, in_last: bool) -> tuple[Row, ...]:
    questions = list(pool.questions.all())
    end = len(questions) - 1
    return tuple(Row(one, in_first and place == 0, in_last and place == end) for place, one in enumerate(questions))

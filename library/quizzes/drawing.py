"""Which questions an attempt gets, and as what they are frozen."""

from collections.abc import Iterable
from decimal import Decimal
from random import Random
from typing import Any

from library.quizzes import marking
from library.quizzes.marking import Key
from library.quizzes.models import Answer, Attempt, Pool, Question, QuestionKind


def drawn(pools: Iterable[Pool], chance: Random, *, mixed: bool) -> list[Question]:
    """Return the questions of one attempt: of each pool as many as it draws, in its order or mixed."""
    questions: list[Question] = []
    for pool in pools:
        there = list(pool.questions.all())
        count = min(pool.draws or len(there), len(there))
        chosen = {question.pk for question in chance.sample(there, count)}
        kept = [question for question in there if question.pk in chosen]
        if mixed:
            chance.shuffle(kept)
        questions += kept
    return questions


def frozen(attempt: Attempt, question: Question, position: int, chance: Random, *, mixed: bool) -> Answer:
    """Return the question as it is asked in this attempt, with what will mark it, unsaved."""
    options = list(question.options.all()) if question.kind in {QuestionKind.SINGLE, QuestionKind.MULTIPLE} else []
    if mixed:
        chance.shuffle(options)
    return Answer(
        attempt=attempt,
        question=question,
        position=position,
        kind=question.kind,
        points=question.points,
        asked={
            "prompt": question.prompt,
            "options": [{"id": str(option.uuid), "text": option.text} for option in options],
        },
        key={
            "right": [str(option.uuid) for option in options if option.is_right],
            "number": None if question.number is None else marking.plain(question.number),
            "tolerance": marking.plain(question.tolerance),
            "accepted": question.accepted,
            "is_partial": question.is_partial,
            "explanation": question.explanation,
        },
    )


def key_of(stored: dict[str, Any]) -> Key:
    """Return what marks an answer, from its frozen `key`."""
    return Key(
        right=frozenset(stored["right"]),
        number=None if stored["number"] is None else Decimal(stored["number"]),
        tolerance=Decimal(stored["tolerance"]),
        accepted=tuple(stored["accepted"]),
        is_partial=stored["is_partial"],
    )

"""An instructor writes a quiz: its rules, pools and questions.

All of it belongs inside `library.learning.building.editing`, which sees to the version and opens the transaction.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from library.learning import building
from library.learning.models import Lesson
from library.quizzes import drafts
from library.quizzes.drafts import Draft
from library.quizzes.models import Option, Pool, Question, QuestionKind, Quiz
from library.quizzes.refusals import Fault
from stats.ids import uuid7

MAX_POOLS = 20
MAX_QUESTIONS = 200
RULES = frozenset({"pass_percent", "most_attempts", "time_limit_minutes", "reveals", "shuffles"})


class NotWritten(Exception):
    """What is wrong with what an instructor wrote; nothing is changed."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__(", ".join(fault.code for fault in faults))
        self.faults = faults


def quiz_of(lesson: Lesson) -> Quiz:
    """Return the quiz of a lesson, made with one empty pool when it is asked for the first time."""
    quiz, is_new = Quiz.objects.get_or_create(lesson=lesson)
    if is_new:
        Pool.objects.create(quiz=quiz)
    return quiz


def change_rules(quiz: Quiz, **rules: Any) -> None:
    """Write any of RULES. Attempts that run already go on by the rules they began with."""
    if unknown := set(rules) - RULES:
        raise TypeError(f"unknown: {', '.join(sorted(unknown))}")
    for name, value in rules.items():
        setattr(quiz, name, value)
    if rules:
        quiz.save(update_fields=list(rules))


def add_pool(quiz: Quiz, title: str = "", draws: int = 0) -> Pool:
    """Add a pool at the end. Raises NotWritten `too_many`."""
    if quiz.pools.count() >= MAX_POOLS:
        raise NotWritten([Fault("title", "too_many", _("A quiz has twenty parts at most."))])
    return Pool.objects.create(quiz=quiz, title=title, draws=draws, position=_next(quiz.pools))


def change_pool(pool: Pool, *, title: str, draws: int) -> None:
    """Name a pool, and say how many of its questions an attempt gets; 0 for all."""
    pool.title, pool.draws = title, draws
    pool.save(update_fields=["title", "draws"])


def remove_pool(pool: Pool) -> None:
    """Take a pool out, if no question is left in it. Raises NotWritten `not_empty`, `last_pool`."""
    if pool.questions.filter(deleted_at=None).exists():
        raise NotWritten([Fault("", "not_empty", _("Take its questions out first."))])
    others = pool.quiz.pools.exclude(pk=pool.pk)
    kept = others.first()
    if kept is None:
        raise NotWritten([Fault("", "last_pool", _("A quiz keeps one part."))])
    pool.questions.update(pool=kept)  # those taken out, which attempts still speak of
    pool.delete()


def write_question(pool: Pool, draft: Draft, question: Question | None = None) -> Question:
    """Add a question to a pool's end, or write one anew. Options keep their ids. Raises NotWritten."""
    known = {str(option.uuid) for option in question.options.all()} if question else set()
    faults = drafts.faults(draft)
    if any(option.uuid and option.uuid not in known for option in draft.options):
        faults.append(Fault("options", "unknown_option", _("This is no option of this question.")))
    if question is None and Question.objects.filter(pool__quiz=pool.quiz_id, deleted_at=None).count() >= MAX_QUESTIONS:
        faults.append(Fault("", "too_many", _("A quiz has two hundred questions at most.")))
    if faults:
        raise NotWritten(faults)
    has_options = draft.kind in {QuestionKind.SINGLE, QuestionKind.MULTIPLE}
    is_number = draft.kind == QuestionKind.NUMBER
    row = question or Question(pool=pool, position=_next(pool.questions))
    row.pool = pool
    row.kind, row.prompt, row.explanation, row.points = draft.kind, draft.prompt, draft.explanation, draft.points
    row.is_partial = draft.is_partial and draft.kind == QuestionKind.MULTIPLE
    row.number = draft.number if is_number else None
    row.tolerance = draft.tolerance if is_number else Decimal(0)
    row.accepted = list(draft.accepted) if draft.kind == QuestionKind.TEXT else []
    row.save()
    row.options.all().delete()
    Option.objects.bulk_create(
        Option(
            question=row,
            uuid=UUID(option.uuid) if option.uuid else uuid7(),
            text=option.text.strip(),
            is_right=option.is_right,
            position=position,
        )
        for position, option in enumerate(draft.options if has_options else ())
    )
    return row


def remove_question(question: Question) -> None:
    """Take a question out. Attempts that have it keep it."""
    question.deleted_at = timezone.now()
    question.save(update_fields=["deleted_at"])


def reorder(quiz: Quiz, order: Sequence[tuple[UUID, Sequence[UUID]]]) -> None:
    """Put pools, and in each its questions, into this order. Raises StaleList unless it names each exactly once."""
    building.arrange(quiz.pools.all(), Question.objects.filter(pool__quiz=quiz, deleted_at=None), "pool", order)


def _next(rows: Any) -> int:
    last = rows.aggregate(last=Max("position"))["last"]
    return 0 if last is None else last + 1

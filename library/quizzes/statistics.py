"""How a quiz goes: of its attempts, of each question, and which options are chosen. Without trials and voided attempts."""

from collections import Counter
from dataclasses import dataclass
from statistics import median
from typing import Any

from django.db.models import Avg, Count, F, FloatField, Q, QuerySet
from django.db.models.functions import Cast

from library.quizzes import queries
from library.quizzes.models import Answer, Question, QuestionKind, Quiz

LATEST = 500
HARD = 40
ENOUGH = 5


@dataclass(frozen=True, slots=True)
class Overview:
    """A quiz in numbers. Percentages are of 100; `typical_ms` is the median time of the latest attempts."""

    attempts: int
    people: int
    passed: int
    average: float | None
    typical_ms: int | None

    @property
    def pass_percent(self) -> float | None:
        """How many of the people have passed, None without any."""
        return 100 * self.passed / self.people if self.people else None


@dataclass(frozen=True, slots=True)
class Chosen:
    """How often an option of a question as it is now was chosen, among the latest answers."""

    text: str
    is_right: bool
    count: int
    percent: float


@dataclass(frozen=True, slots=True)
class Row:
    """One question: how often it was asked, answered, and right, and how much of its points people earn."""

    question: Question
    asked: int
    answered: int
    right: int
    earned_percent: float | None
    chosen: tuple[Chosen, ...]

    @property
    def open(self) -> int:
        """How many were asked and gave no answer."""
        return self.asked - self.answered

    @property
    def right_percent(self) -> float | None:
        """How many of those asked got all its points; None before anybody was."""
        return 100 * self.right / self.asked if self.asked else None

    @property
    def is_hard(self) -> bool:
        """Whether so few get it right that the question itself deserves a look."""
        return self.asked >= ENOUGH and self.right_percent is not None and self.right_percent < HARD


def overview(quiz: Quiz) -> Overview:
    """Return the quiz in numbers. Two queries."""
    rows = queries.results_of(quiz)
    told = rows.aggregate(
        attempts=Count("pk"),
        people=Count("user", distinct=True),
        passed=Count("user", distinct=True, filter=Q(passed=True)),
        average=Avg("percent"),
    )
    times = rows.values_list("started_at", "submitted_at")[:LATEST]
    spans = [(end - start).total_seconds() for start, end in times if end is not None]
    return Overview(typical_ms=int(1000 * median(spans)) if spans else None, **told)


def by_question(quiz: Quiz) -> list[Row]:
    """Return each question that the quiz has now, in its order. Five queries."""
    questions = [question for pool in queries.pools_of(quiz) for question in pool.questions.all()]
    marked = Answer.objects.filter(
        question__in=[question.pk for question in questions],
        attempt__is_preview=False,
        attempt__voided_at=None,
        attempt__submitted_at__isnull=False,
    )
    told: dict[int, Any] = {
        row["question"]: row
        for row in marked.values("question").annotate(
            asked=Count("pk"),
            answered=Count("pk", filter=Q(response__isnull=False)),
            right=Count("pk", filter=Q(earned=F("points"))),
            share=Avg(100 * Cast("earned", FloatField()) / F("points")),
        )
    }
    picks = _picks(marked)
    return [_row(question, told.get(question.pk, {}), picks.get(question.pk, [])) for question in questions]


def _picks(marked: QuerySet[Answer]) -> dict[int, list[list[str]]]:
    """Return the options that the latest answers chose, by question. One query."""
    rows = (
        marked.filter(kind__in=[QuestionKind.SINGLE, QuestionKind.MULTIPLE], response__isnull=False)
        .order_by("-pk")
        .values_list("question", "response")[: 20 * LATEST]
    )
    found: dict[int, list[list[str]]] = {}
    for question, response in rows:
        found.setdefault(question, []).append(list(response or ()))
    return found


def _row(question: Question, told: dict[str, Any], picks: list[list[str]]) -> Row:
    counts = Counter(option for response in picks for option in response)
    return Row(
        question=question,
        asked=int(told.get("asked", 0)),
        answered=int(told.get("answered", 0)),
        right=int(told.get("right", 0)),
        earned_percent=float(told["share"]) if told.get("share") is not None else None,
        chosen=tuple(
            Chosen(
                option.text,
                option.is_right,
                counts[str(option.uuid)],
                100 * counts[str(option.uuid)] / len(picks) if picks else 0.0,
            )
            for option in question.options.all()
        ),
    )

"""What the pages of who takes a quiz show, in a bounded number of queries."""

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils import timezone

from accounts.requests import ActorRequest
from library.learning import access, progress
from library.learning.models import Enrolment, Lesson
from library.quizzes import attempts, queries, sheets
from library.quizzes.attempts import Standing
from library.quizzes.models import Attempt, Quiz

SHOWN = 10


@dataclass(frozen=True, slots=True)
class Panel:
    """A quiz before one begins it, for who looks at its lesson. `state` says what they may do.

    `ready`, `running`, `used_up`, `empty`, `teaching`, `locked` or `enrol`.
    """

    lesson: Lesson
    quiz: Quiz | None
    questions: int
    stands: Standing
    state: str

    @property
    def attempts(self) -> tuple[Attempt, ...]:
        """The latest results, newest first."""
        return self.stands.submitted[:SHOWN]

    @property
    def course_url(self) -> str:
        """The course's page."""
        return reverse("learning:course", args=[self.lesson.section.course.slug])


def lesson_context(request: ActorRequest, lesson: Lesson, enrolment: Enrolment | None) -> dict[str, Any]:
    """Return what `quizzes/_lesson.html` needs: `quiz_panel`. Six queries at most, more when an attempt is overdue."""
    quiz = Quiz.objects.filter(lesson=lesson).first()
    if quiz is None:
        state = "teaching" if access.teaches(request.user, lesson.section.course) else "empty"
        return {"quiz_panel": Panel(lesson, None, 0, Standing((), None), state)}
    quiz.lesson = lesson
    stands = attempts.standing(quiz, request.user)
    if stands.running and attempts.is_overdue(stands.running, timezone.now()):
        attempts.close_overdue(quiz.attempts.filter(user=request.user.pk))
        stands = attempts.standing(quiz, request.user)
    questions = queries.question_count(quiz)
    return {
        "quiz_panel": Panel(lesson, quiz, questions, stands, _state(request.user, lesson, enrolment, questions, stands))
    }


def _state(user: Any, lesson: Lesson, enrolment: Enrolment | None, questions: int, stands: Standing) -> str:
    if enrolment is None:
        return "teaching" if access.teaches(user, lesson.section.course) else "enrol"
    if stands.running:
        return "running"
    if not access.is_open(lesson, enrolment):
        return "locked"
    if not questions:
        return "empty"
    return "used_up" if stands.left == 0 else "ready"


def taking_context(attempt: Attempt, faults: dict[str, str] | None = None) -> dict[str, Any]:
    """Return what the page of a running attempt needs; `faults` by question are shown beside it. One query."""
    asked = sheets.asked(attempts.answers_of(attempt))
    return _common(attempt) | {
        "sheets": [(sheet, (faults or {}).get(sheet.question, "")) for sheet in asked],
        "answered": sum(sheet.is_answered for sheet in asked),
        "left_ms": _left_ms(attempt),
    }


def result_context(user: Any, attempt: Attempt) -> dict[str, Any]:
    """Return what the page of a submitted attempt needs. Seven queries at most."""
    quiz, own = attempt.quiz, attempt.user_id == user.pk
    course = quiz.lesson.section.course
    stands = attempts.standing(quiz, attempt.user)
    reveals = not own or attempts.reveals(quiz, attempt, stands)
    reviewed = sheets.reviewed(attempts.answers_of(attempt), reveals=reveals)
    enrolled = own and not attempt.is_preview and access.enrolment_of(user, course) is not None
    return _common(attempt) | {
        "sheets": reviewed,
        "right_count": sum(sheet.verdict == "right" for sheet in reviewed),
        "reveals": reveals,
        "stands": stands,
        "own": own,
        "may_retake": enrolled and stands.may_start and not attempt.is_preview,
        "next_lesson": progress.of(user, course).next_lesson if enrolled else None,
        "spent_ms": _ms(attempt.submitted_at - attempt.started_at) if attempt.submitted_at else 0,
    }


def _common(attempt: Attempt) -> dict[str, Any]:
    lesson = attempt.quiz.lesson
    return {"attempt": attempt, "quiz": attempt.quiz, "lesson": lesson, "course": lesson.section.course}


def _left_ms(attempt: Attempt) -> str:
    """Return the time that is left for the page's clock, as digits alone; nothing without a limit."""
    return "" if attempt.deadline_at is None else str(max(0, _ms(attempt.deadline_at - timezone.now())))


def _ms(span: Any) -> int:
    return int(span.total_seconds() * 1000)

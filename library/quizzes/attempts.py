"""A quiz is begun, answered, and submitted once. The clock and the marking are the server's.

An attempt ends at its deadline: what was saved by then is marked, what comes later (than a few seconds for the way) is
refused. Nobody needs to come back for that: the next page, or the task, closes what is overdue.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random, SystemRandom
from typing import Any

from django.db import transaction
from django.db.models import Max, Prefetch, QuerySet
from django.utils import timezone

from accounts import audit
from accounts.models import User
from library.learning import access, enrolling, progress
from library.learning.models import Lesson
from library.quizzes import drawing, marking, responses
from library.quizzes.models import Answer, Attempt, Question, Quiz, Reveals
from library.quizzes.refusals import Refused
from library.quizzes.responses import Given
from stats import ledger
from stats.actors import user_actor
from stats.ids import derived
from stats.kinds import Kind

GRACE = timedelta(seconds=10)
MOST_A_DAY = 50
CLOSED_AT_ONCE = 500

_chance = SystemRandom()


@dataclass(frozen=True, slots=True)
class Standing:
    """How somebody stands with a quiz: their attempts that count, newest first, and how many are left (None: any)."""

    attempts: tuple[Attempt, ...]
    left: int | None

    @property
    def running(self) -> Attempt | None:
        """The attempt that is not submitted yet."""
        return next((attempt for attempt in self.attempts if attempt.submitted_at is None), None)

    @property
    def submitted(self) -> tuple[Attempt, ...]:
        """The attempts with a result, newest first."""
        return tuple(attempt for attempt in self.attempts if attempt.submitted_at)

    @property
    def best(self) -> Attempt | None:
        """The best result; of equal ones the first."""
        return max(reversed(self.submitted), key=lambda attempt: attempt.percent or 0, default=None)

    @property
    def passed(self) -> bool:
        """Whether one of them was enough."""
        return any(attempt.passed for attempt in self.submitted)

    @property
    def may_start(self) -> bool:
        """Whether an attempt is left, and none is running."""
        return self.running is None and self.left != 0


def standing(quiz: Quiz, user: Any, *, preview: bool = False) -> Standing:
    """Return how `user` stands with a quiz. One query."""
    rows = quiz.attempts.filter(user=user.pk, is_preview=preview, voided_at=None).order_by("-number") if user.pk else ()
    attempts = tuple(rows)
    left = max(0, quiz.most_attempts - len(attempts)) if quiz.most_attempts and not preview else None
    return Standing(attempts, left)


def start(
    quiz: Quiz, user: User, *, preview: bool = False, now: datetime | None = None, chance: Random = _chance
) -> tuple[Attempt, bool]:
    """Begin an attempt, or go on with the one that is running. Returns it, and whether it is new.

    A preview is a teacher's trial. Raises Refused `not_enrolled`, `lesson_not_open`, `quiz_empty`, `no_attempts_left`,
    `too_many_attempts`.
    """
    now = now or timezone.now()
    if not preview:
        _admit(user, quiz.lesson)
    close_overdue(quiz.attempts.filter(user=user), now=now)
    with transaction.atomic():
        # who begins twice at once waits here, and finds the first attempt running
        User.objects.select_for_update(no_key=True).get(pk=user.pk)
        stands = standing(quiz, user, preview=preview)
        if stands.running:
            return stands.running, False
        if stands.left == 0:
            raise Refused("no_attempts_left")
        mine = quiz.attempts.filter(user=user, is_preview=preview)
        if preview:
            mine.delete()
        elif mine.filter(started_at__gt=now - timedelta(days=1)).count() >= MOST_A_DAY:
            raise Refused("too_many_attempts")
        last = mine.aggregate(last=Max("number"))["last"] or 0
        return _begin(quiz, user, last + 1, now, chance, preview), True


def save(attempt: Attempt, given: Iterable[Given], *, now: datetime | None = None) -> datetime:
    """Keep answers of a running attempt; questions that are not named stay as they are. Returns when.

    Raises Refused as `submit` does, and WrongAnswers, keeping nothing.
    """
    now = now or timezone.now()
    with transaction.atomic():
        running = _locked(attempt)
        if is_overdue(running, now):
            raise Refused("time_is_up")
        _keep(answers_of(running), given)
        Attempt.objects.filter(pk=running.pk).update(saved_at=now)
    return now


def submit(attempt: Attempt, given: Iterable[Given] = (), *, now: datetime | None = None) -> Attempt:
    """Keep the answers, mark the attempt and record it, once. Passing completes the lesson.

    Raises Refused `already_submitted`, `attempt_voided`, `not_enrolled`, and `time_is_up` after the deadline: then
    what was saved in time has been marked. Raises WrongAnswers, changing nothing.
    """
    now = now or timezone.now()
    if is_overdue(attempt, now):
        close_overdue(Attempt.objects.filter(pk=attempt.pk), now=now)
        attempt.refresh_from_db()
        raise Refused("time_is_up" if attempt.submitted_at == attempt.deadline_at else "already_submitted")
    with ledger.recording():
        running = _locked(attempt)
        if not running.is_preview and access.enrolment_of(running.user, running.quiz.lesson.section.course) is None:
            raise Refused("not_enrolled")
        answers = answers_of(running)
        _keep(answers, given)
        _finish(running, answers, now)
    return running


def close_overdue(attempts: QuerySet[Attempt] | None = None, *, now: datetime | None = None) -> int:
    """Mark what is past its deadline (of `attempts`, or of all) by the answers saved in time. Returns how many."""
    now = now or timezone.now()
    attempts = Attempt.objects.all() if attempts is None else attempts
    overdue = attempts.filter(submitted_at=None, voided_at=None, deadline_at__lt=now - GRACE)
    closed = 0
    for pk in overdue.order_by("deadline_at").values_list("pk", flat=True)[:CLOSED_AT_ONCE]:
        with ledger.recording():
            running = _rows().select_for_update(of=("self",)).filter(pk=pk, submitted_at=None, voided_at=None).first()
            if running is not None and running.deadline_at is not None:
                _finish(running, answers_of(running), running.deadline_at)
                closed += 1
    return closed


def give_back(attempt: Attempt, by: User, *, now: datetime | None = None) -> None:
    """Let an attempt that was not passed count against no limit and in no statistic. Raises Refused `attempt_passed`."""
    with ledger.recording():
        row = _rows().select_for_update(of=("self",)).get(pk=attempt.pk)
        if row.passed:
            raise Refused("attempt_passed")
        if row.voided_at is not None:
            return
        Attempt.objects.filter(pk=row.pk).update(voided_at=now or timezone.now())
        if row.submitted_at and not row.is_preview:
            _record(Kind.QUIZ_VOIDED, row, now or timezone.now())
        course = row.quiz.lesson.section.course
        audit.note_over(
            by,
            "attempt.given_back",
            row,
            course.owner_id,
            takes_part=lambda: enrolling.is_teacher(by, course),
            person=row.user,
        )


def is_overdue(attempt: Attempt, now: datetime) -> bool:
    """Whether nothing of the attempt is taken any more; a few seconds are for the way here."""
    return attempt.deadline_at is not None and now > attempt.deadline_at + GRACE


def answers_of(attempt: Attempt) -> list[Answer]:
    """Return the attempt's questions and answers, in its order. One query."""
    return list(attempt.answers.select_related("question").order_by("position"))


def reveals(quiz: Quiz, attempt: Attempt, stands: Standing) -> bool:
    """Whether right answers and explanations of an attempt may be shown to who made it."""
    if attempt.submitted_at is None:
        return False
    return attempt.is_preview or quiz.reveals == Reveals.EACH or stands.passed or stands.left == 0


def _admit(user: User, lesson: Lesson) -> None:
    enrolment = access.enrolment_of(user, lesson.section.course)
    if enrolment is None:
        raise Refused("not_enrolled")
    if not access.is_open(lesson, enrolment):
        raise Refused("lesson_not_open")


def _begin(quiz: Quiz, user: User, number: int, now: datetime, chance: Random, preview: bool) -> Attempt:
    live = Question.objects.filter(deleted_at=None).prefetch_related("options")
    pools = quiz.pools.prefetch_related(Prefetch("questions", live))
    questions = drawing.drawn(pools, chance, mixed=quiz.shuffles)
    if not questions:
        raise Refused("quiz_empty")
    limit = timedelta(minutes=quiz.time_limit_minutes)
    attempt = Attempt.objects.create(
        quiz=quiz,
        user=user,
        number=number,
        is_preview=preview,
        pass_percent=quiz.pass_percent,
        started_at=now,
        deadline_at=now + limit if limit else None,
        most=sum(question.points for question in questions),
    )
    Answer.objects.bulk_create(
        drawing.frozen(attempt, question, position, chance, mixed=quiz.shuffles)
        for position, question in enumerate(questions)
    )
    return attempt


def _rows() -> QuerySet[Attempt]:
    return Attempt.objects.select_related("user", "quiz__lesson__item", "quiz__lesson__section__course")


def _locked(attempt: Attempt) -> Attempt:
    """Return the attempt, held until the commit, if it still runs."""
    row = _rows().select_for_update(of=("self",)).get(pk=attempt.pk)
    if row.voided_at is not None:
        raise Refused("attempt_voided")
    if row.submitted_at is not None:
        raise Refused("already_submitted")
    return row


def _keep(answers: Sequence[Answer], given: Iterable[Given]) -> None:
    stored = responses.checked(answers, given)
    changed = [answer for answer in answers if answer.pk in stored and answer.response != stored[answer.pk]]
    for answer in changed:
        answer.response = stored[answer.pk]
    Answer.objects.bulk_update(changed, ["response"])


def _finish(attempt: Attempt, answers: Sequence[Answer], at: datetime) -> None:
    for answer in answers:
        part = marking.share(answer.kind, drawing.key_of(answer.key), answer.response)
        answer.earned = marking.earned(answer.points, part)
    Answer.objects.bulk_update(answers, ["earned"])
    mark = marking.result(
        [(answer.points, answer.earned) for answer in answers if answer.earned is not None], attempt.pass_percent
    )
    attempt.submitted_at, attempt.earned, attempt.percent, attempt.passed = at, mark.earned, mark.percent, mark.passed
    attempt.save(update_fields=["submitted_at", "earned", "percent", "passed"])
    if attempt.is_preview:
        return
    _record(Kind.QUIZ_COMPLETED, attempt, at)
    if mark.passed:
        progress.completed(attempt.user, attempt.quiz.lesson, at=at)


def _record(kind: Kind, attempt: Attempt, at: datetime) -> None:
    lesson = attempt.quiz.lesson
    ledger.record(
        kind,
        user_actor(attempt.user.uuid),
        item=lesson.item,
        occurred_at=at,
        event_id=derived(kind, attempt.uuid),
        course=str(lesson.section.course.uuid),
        percent=attempt.percent,
        passed=attempt.passed,
        props={"attempt": str(attempt.uuid), "points": float(attempt.earned or 0), "most": attempt.most},
    )

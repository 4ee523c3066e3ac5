"""Who may see which quiz and attempt, and what a quiz consists of."""

from typing import Any

from django.db.models import Count, Prefetch, Q, QuerySet

from library.learning import access
from library.learning.models import Lesson, LessonKind
from library.quizzes.models import Attempt, Pool, Question, Quiz

LESSON = ("item", "section__course__owner", "quiz")


def lessons_for(user: Any) -> QuerySet[Lesson]:
    """Return the lessons with a quiz whose course `user` may see."""
    return _lessons().filter(section__course__in=access.visible_to(user).values("pk"))


def lessons_built_by(user: Any) -> QuerySet[Lesson]:
    """Return the lessons whose quiz `user` may write."""
    return _lessons().filter(section__course__in=access.taught_by(user).values("pk"))


def attempts_for(user: Any) -> QuerySet[Attempt]:
    """Return the attempts that `user` may see: their own, and what learners submitted in courses that they teach."""
    return _attempts().filter(Q(user=user.pk) | _of_learners(user))


def attempts_taught_by(user: Any) -> QuerySet[Attempt]:
    """Return what learners submitted in courses that `user` teaches."""
    return _attempts().filter(_of_learners(user))


def own_attempts(user: Any) -> QuerySet[Attempt]:
    """Return the attempts that `user` may answer."""
    return _attempts().filter(user=user.pk)


def results_of(quiz: Quiz) -> QuerySet[Attempt]:
    """Return what learners submitted, newest first."""
    rows = quiz.attempts.filter(is_preview=False, voided_at=None, submitted_at__isnull=False)
    return rows.select_related("user").order_by("-submitted_at", "-id")


def question_count(quiz: Quiz) -> int:
    """Return how many questions an attempt gets. One query."""
    pools = quiz.pools.annotate(live=Count("questions", filter=Q(questions__deleted_at=None)))
    return sum(min(pool.draws or pool.live, pool.live) for pool in pools)


def pools_of(quiz: Quiz) -> list[Pool]:
    """Return the pools with their questions and options. Three queries."""
    live = Question.objects.filter(deleted_at=None).prefetch_related("options")
    return list(quiz.pools.prefetch_related(Prefetch("questions", live)))


def _lessons() -> QuerySet[Lesson]:
    return Lesson.objects.filter(kind=LessonKind.QUIZ, deleted_at=None).select_related(*LESSON)


def _attempts() -> QuerySet[Attempt]:
    rows = Attempt.objects.filter(voided_at=None, quiz__lesson__deleted_at=None)
    return rows.select_related("user", "quiz__lesson__item", "quiz__lesson__section__course__owner")


def _of_learners(user: Any) -> Q:
    taught = access.taught_by(user).values("pk")
    return Q(is_preview=False, submitted_at__isnull=False, quiz__lesson__section__course__in=taught)

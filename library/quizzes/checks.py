"""What keeps quizzes from being published."""

from collections.abc import Iterable

from django.db.models import Count, Q
from django.utils.translation import gettext as _

from library.learning.models import Lesson, LessonKind
from library.quizzes.models import Pool


def problems(lessons: Iterable[Lesson]) -> dict[int, list[str]]:
    """Return what is missing, in sentences, by the number of each lesson whose quiz cannot be taken. One query."""
    ids = [lesson.pk for lesson in lessons if lesson.kind == LessonKind.QUIZ]
    live = Count("questions", filter=Q(questions__deleted_at=None))
    found: dict[int, list[str]] = {}
    asked: dict[int, int] = dict.fromkeys(ids, 0)
    for pool in Pool.objects.filter(quiz__lesson__in=ids).select_related("quiz").annotate(live=live):
        lesson = pool.quiz.lesson_id
        asked[lesson] += pool.live
        if pool.draws > pool.live:
            words = {"draws": pool.draws, "live": pool.live}
            found.setdefault(lesson, []).append(_("The quiz draws %(draws)d questions of %(live)d.") % words)
    for lesson, count in asked.items():
        if not count:
            found.setdefault(lesson, []).insert(0, _("The quiz has no questions."))
    return found

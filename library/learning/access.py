"""Who may build, see and take which course, and open which lesson: the one place that decides it."""

from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts import staffing
from library.learning.models import Course, Enrolment, EnrolmentState, Lesson, Status


def visible_to(user: Any) -> QuerySet[Course]:
    """Return the courses that `user` may look at: published ones, what they teach or are enrolled in; staff any."""
    courses = Course.objects.select_related("owner")
    if staffing.reads_content(user):
        return courses
    published = Q(status=Status.PUBLISHED)
    if not user.pk:
        return courses.filter(published)
    return courses.filter(
        published
        | Q(owner=user)
        | Q(pk__in=user.teaching.values("course"))
        | Q(pk__in=Enrolment.objects.filter(user=user, state=EnrolmentState.ACTIVE).values("course"))
    )


def taught_by(user: Any) -> QuerySet[Course]:
    """Return the courses that `user` may build: their own, those that they teach with others; staff any."""
    courses = Course.objects.select_related("owner")
    if not user.pk:
        return courses.none()
    if staffing.runs_content(user):
        return courses
    return courses.filter(Q(owner=user) | Q(pk__in=user.teaching.values("course")))


def teaches(user: Any, course: Course) -> bool:
    """Whether `user` may build `course`. At most one query."""
    if not user.pk:
        return False
    return staffing.runs_content(user) or course.owner_id == user.pk or course.teachers.filter(user=user).exists()


def enrolment_of(user: Any, course: Course) -> Enrolment | None:
    """Return how `user` takes `course`, None for who does not (or not yet, or no longer). One query."""
    if not user.pk:
        return None
    return Enrolment.objects.filter(user=user, course=course, state=EnrolmentState.ACTIVE).first()


def may_open(user: Any, item_id: int) -> bool:
    """Whether `user` may do something with a lesson, by its item: who teaches it, and who is enrolled once it is open."""
    lesson = Lesson.objects.filter(item=item_id, deleted_at=None).select_related("section__course").first()
    if lesson is None:
        return False
    course = lesson.section.course
    if teaches(user, course) or (lesson.is_preview and course.status == Status.PUBLISHED):
        return True
    enrolment = enrolment_of(user, course)
    return enrolment is not None and is_open(lesson, enrolment)


def lesson_of(user: Any, item: UUID) -> Lesson | None:
    """Return the lesson whose item this is, if `user` may open it. Five queries at most."""
    lesson = Lesson.objects.filter(item__uuid=item, deleted_at=None).select_related("section__course").first()
    return lesson if lesson and may_open(user, lesson.item_id) else None


def is_open(lesson: Lesson, enrolment: Enrolment) -> bool:
    """Whether a lesson is open now to who is enrolled: its section is, and what comes before it is done where that counts.

    What somebody has completed stays open to them. At most two queries.
    """
    section, now = lesson.section, timezone.now()
    days_in = (now - (enrolment.enrolled_at or now)).days
    has_opened = (section.opens_at is None or section.opens_at <= now) and days_in >= section.opens_after_days
    if has_opened and not (
        section.course.is_sequential and _before(lesson).exclude(done__user=enrolment.user).exists()
    ):
        return True
    return lesson.done.filter(user=enrolment.user).exists()


def _before(lesson: Lesson) -> QuerySet[Lesson]:
    section = lesson.section
    earlier = Q(section__position__lt=section.position) | Q(section__position=section.position, section__lt=section.pk)
    earlier |= Q(section=section.pk, position__lt=lesson.position)
    earlier |= Q(section=section.pk, position=lesson.position, pk__lt=lesson.pk)
    return Lesson.objects.filter(earlier, section__course=section.course_id, deleted_at=None)

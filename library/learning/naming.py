"""Courses and lessons by the numbers that events know them by, for apps that know nothing of them."""

from collections.abc import Iterable
from uuid import UUID

from django.urls import reverse

from library.learning.models import Course, Lesson, Status

DIGITS = 32


def titles(refs: Iterable[str]) -> dict[str, tuple[str, str]]:
    """Return the title and the address of courses (by the 32 digits of their UUID) and of lessons (by their item's number).

    The address is '' where nobody gets any more: of a draft's page, of a lesson that was taken out. One query where all
    courses are those of the lessons, else two at most.
    """
    wanted = set(refs)
    courses = {ref for ref in wanted if len(ref) == DIGITS}
    items = [int(ref) for ref in wanted if ref.isdigit() and len(ref) < DIGITS]
    found = {}
    if items:
        for lesson in Lesson.objects.filter(item__in=items).select_related("section__course").defer("text"):
            course = lesson.section.course
            is_there = lesson.deleted_at is None and course.status != Status.DRAFT
            address = reverse("learning:lesson", args=[course.slug, lesson.uuid]) if is_there else ""
            found[str(lesson.item_id)] = lesson.title, address
            if course.uuid.hex in courses:
                found[course.uuid.hex] = _of_course(course)
    if left := courses - found.keys():
        for course in Course.objects.filter(uuid__in=[UUID(ref) for ref in left]).only(
            "uuid", "slug", "title", "status"
        ):
            found[course.uuid.hex] = _of_course(course)
    return found


def _of_course(course: Course) -> tuple[str, str]:
    address = "" if course.status == Status.DRAFT else reverse("learning:course", args=[course.slug])
    return course.title, address

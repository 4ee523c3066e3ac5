"""Courses and lessons by the numbers that events know them by, for apps that know nothing of them."""

from collections.abc import Iterable
from uuid import UUID

from django.urls import reverse

from library.learning.models import Course, Lesson, Status

DIGITS = 32


def titles(refs: Iterable[str]) -> dict[str, tuple[str, str]]:
    """Return the title and the address of courses (by the 32 digits of their UUID) and of lessons (by their item's number).

    The address is '' where nobody gets any more: of a draft's page, of a lesson that was taken out. At most two queries.
    """
    wanted = set(refs)
    courses = [UUID(ref) for ref in wanted if len(ref) == DIGITS]
    items = [int(ref) for ref in wanted if ref.isdigit() and len(ref) < DIGITS]
    found = {}
    if courses:
        rows = Course.objects.filter(uuid__in=courses).values_list("uuid", "slug", "title", "status")
        for uuid, slug, title, status in rows:
            found[uuid.hex] = title, "" if status == Status.DRAFT else reverse("learning:course", args=[slug])
    if items:
        for lesson in Lesson.objects.filter(item__in=items).select_related("section__course"):
            course = lesson.section.course
            is_there = lesson.deleted_at is None and course.status != Status.DRAFT
            address = reverse("learning:lesson", args=[course.slug, lesson.uuid]) if is_there else ""
            found[str(lesson.item_id)] = lesson.title, address
    return found

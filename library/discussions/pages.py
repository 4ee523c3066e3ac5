"""What the pages of discussions show, and the panel that the course's own pages include."""

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from library.discussions import reading, seats
from library.discussions.models import Thread
from library.discussions.seats import Seat
from library.learning.models import Course, Lesson

PAGE = 20
POSTS = 50
PANEL = 5
ORDERS = (("active", _("Active")), ("new", _("Newest")), ("unanswered", _("Unanswered")))


def panel_context(
    request: Any, course: Course, lesson: Lesson | None = None, *, may_talk: bool | None = None
) -> dict[str, Any]:
    """Return what `discussions/_panel.html` needs: the latest discussions of a course or of a lesson. Three queries.

    Who may not take part sees how many there are, and none of them. One query for who knows already whether they may.
    """
    if may_talk is None:
        may_talk = seats.of(request.user, course).may_talk
    rows = list(reading.threads(course, lesson=lesson)[: PANEL + 1]) if may_talk else []
    return {
        "discussions": {
            "course": course,
            "lesson": lesson,
            "may_talk": may_talk,
            "threads": rows[:PANEL],
            "more": len(rows) > PANEL,
        }
    }


def list_context(request: HttpRequest, seat: Seat, asked: dict[str, Any]) -> dict[str, Any]:
    """Return a page of a course's discussions. Three queries."""
    about = asked["lesson"]
    lessons = Lesson.objects.filter(section__course=seat.course, deleted_at=None)
    lesson = lessons.filter(uuid=about).first() if about else None
    rows = reading.threads(seat.course, lesson=lesson, text=asked["text"], order=asked["order"])
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    return {
        "course": seat.course,
        "seat": seat,
        "page": page,
        "lesson": lesson,
        "text": asked["text"],
        "order": asked["order"],
        "orders": ORDERS,
        "is_narrowed": bool(asked["text"] or lesson or asked["order"] == "unanswered"),
    }


def thread_context(request: Any, seat: Seat, thread: Thread, form: Any) -> dict[str, Any]:
    """Return a discussion with a page of its posts. Two queries."""
    page = Paginator(reading.posts(thread), POSTS).get_page(request.GET.get("page"))
    return {
        "course": seat.course,
        "seat": seat,
        "thread": thread,
        "page": page,
        "posts": reading.shown(page.object_list, thread, seat, request.user),
        "form": form,
    }

"""Learning: who begins a course, who gets through, and which courses lead."""

from collections.abc import Callable
from typing import Any

from django.db.models import Sum
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from analytics.dashboards import steps
from analytics.dashboards.registry import Asked, Column, Figure, Listing, Page, Panel, Query, Row, Rows, Shape, Width
from library.learning.models import Course, Status
from stats.kinds import Kind
from stats.metrics import Unit
from stats.models import Action, CourseCounter
from stats.windows import DAY, midnight

TOP = 10
ASKED = (Kind.ENROLLED, Kind.LESSON_COMPLETED, Kind.COURSE_COMPLETED, Kind.QUIZ_COMPLETED, Kind.REVIEW)
ENROLLED = gettext_lazy(
    "Times that a member began a course in the window; who leaves and begins it again counts again."
)
LESSONS = gettext_lazy("Lessons that members finished in the window, by when they did; each lesson once a member.")
QUIZZES = gettext_lazy("Quizzes that members handed in in the window, passed or not, each attempt.")
COURSES = gettext_lazy("Courses that members completed in the window, by when they did.")


def rating(query: Query) -> Figure:
    """Return the mean of all reviews that stand."""
    told = query.once("reviews", lambda: CourseCounter.objects.aggregate(reviews=Sum("reviews"), stars=Sum("stars")))
    reviews = told["reviews"] or 0
    return Figure(
        round(told["stars"] / reviews, 2) if reviews else None, note=_("%(n)s reviews") % {"n": f"{reviews:,}"}
    )


def top_courses(query: Query) -> Rows:
    """Return the published courses with the most members: how many, how many got through, what they say."""
    counters = CourseCounter.objects.filter(
        course__in=Course.objects.filter(status=Status.PUBLISHED).values("uuid")
    ).order_by("-enrolled", "-completed", "course")[:TOP]
    counted = {one.course: one for one in counters}
    courses = (
        Course.objects.filter(uuid__in=list(counted)).select_related("owner").in_bulk(list(counted), field_name="uuid")
    )
    columns = (
        Column("enrolled", _("Members")),
        Column("completed", _("Completed"), Unit.PERCENT),
        Column("lessons", _("Lessons done")),
        Column("rating", _("Rating"), Unit.STARS),
    )
    rows = tuple(
        Row(
            courses[uuid].title,
            (
                one.enrolled,
                steps.share(one.completed, one.enrolled),
                one.lessons_completed,
                round(one.stars / one.reviews, 2) if one.reviews else None,
            ),
            note=str(courses[uuid].owner),
            href=reverse("learning:course", args=[courses[uuid].slug]),
        )
        for uuid, one in counted.items()
        if uuid in courses
    )
    return Rows(_("Course"), columns, rows, _("Since the beginning"), _("No course is published yet."))


def behind(kind: Kind) -> Callable[[Asked], Listing]:
    """Return what lists who did something in the window, or on one day of it, the newest first."""

    def listing(asked: Asked) -> Listing:
        window = asked.query.window
        start, end = window.start_at, window.end_at
        if asked.day:
            start, end = midnight(asked.day, window.zone), midnight(asked.day + DAY, window.zone)
        found: Any = Action.objects.filter(kind=kind.value, at__gte=start, at__lt=end)
        page = list(
            found.order_by("-at", "event_id").values_list("actor", "label", "at")[
                asked.offset : asked.offset + asked.limit
            ]
        )
        people = {user.uuid: user for user in User.objects.filter(uuid__in={actor for actor, _c, _at in page})}
        titles = {
            course.uuid.hex: course.title
            for course in Course.objects.filter(uuid__in=_uuids(page)).only("uuid", "title")
        }
        columns = (Column("course", _("Course"), is_text=True), Column("at", _("When"), Unit.MOMENT))
        rows = tuple(
            Row(
                people[actor].display_name if actor in people else _("Somebody"),
                (titles.get(str(label).replace("-", "").lower(), ""), at),
                href=reverse("desk:person", args=[actor]) if actor in people else "",
                note=people[actor].username if actor in people else "",
            )
            for actor, label, at in page
        )
        return Listing(Rows(_("Member"), columns, rows), found.count())

    return listing


def _uuids(page: list[tuple[Any, ...]]) -> set[str]:
    found = {str(label).replace("-", "").lower() for _actor, label, _at in page if label}
    return {text for text in found if len(text) == 32 and all(letter in "0123456789abcdef" for letter in text)}


def _card(key: str, title: Any, kind: Kind, means: Any) -> Panel:
    build = steps.kind_card(kind, together=ASKED)
    return Panel(key, Page.LEARNING, title, Shape.CARD, build, means=means, drill=behind(kind))


PANELS = (
    _card("enrolled", gettext_lazy("New in a course"), Kind.ENROLLED, ENROLLED),
    _card("lessons-done", gettext_lazy("Lessons done"), Kind.LESSON_COMPLETED, LESSONS),
    _card("quizzes-done", gettext_lazy("Quizzes handed in"), Kind.QUIZ_COMPLETED, QUIZZES),
    _card("courses-done", gettext_lazy("Courses completed"), Kind.COURSE_COMPLETED, COURSES),
    Panel(
        "course-rating", Page.LEARNING, gettext_lazy("Average review"), Shape.CARD, rating, Unit.STARS,
        means=gettext_lazy(
            "The average of all reviews that stand now, 1 to 5 stars, the last word of each writer on each"
            " course. Whatever the window."
        ),
    ),
    Panel(
        "enrolled-by-day", Page.LEARNING, gettext_lazy("New in a course"), Shape.LINE,
        steps.kind_rows({Kind.ENROLLED: gettext_lazy("Enrolments")}, together=ASKED), width=Width.FULL,
        drill=behind(Kind.ENROLLED), metric="enrollments",
        means=ENROLLED,
    ),
    Panel(
        "lessons-by-day", Page.LEARNING, gettext_lazy("Lessons done"), Shape.LINE,
        steps.kind_rows({Kind.LESSON_COMPLETED: gettext_lazy("Lessons")}, together=ASKED), drill=behind(Kind.LESSON_COMPLETED),
        means=LESSONS,
    ),
    Panel(
        "completed-by-day", Page.LEARNING, gettext_lazy("Quizzes and courses"), Shape.STACKED,
        steps.kind_rows(
            {Kind.QUIZ_COMPLETED: gettext_lazy("Quizzes"), Kind.COURSE_COMPLETED: gettext_lazy("Courses")}, together=ASKED
        ),
        means=gettext_lazy(
            "Quizzes that members handed in, passed or not, each attempt, and courses that they completed, by when they"
            " did."
        ),
    ),
    Panel(
        "courses-by-members", Page.LEARNING, gettext_lazy("Courses with the most members"), Shape.TABLE, top_courses, width=Width.FULL,
        means=gettext_lazy(
            "The ten published courses with the most members since the beginning: how many ever enrolled, of a"
            " hundred of them how many completed it, lessons done by all, and the average of the reviews that"
            " stand. Whatever the window."
        ),
    ),
)  # fmt: skip

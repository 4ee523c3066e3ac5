"""What teachers see of their own courses: who came, who got through, what it brought and what is said of it.

The numbers are those that the platform keeps by course and day (`analytics.platform`); standing totals are the counters'.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from analytics.dashboards import steps
from analytics.dashboards.registry import Column, Figure, Over, Page, Panel, Query, Row, Rows, Shape, Width
from analytics.models import CourseAnalytics
from analytics.platform.models import Timeframe
from library.learning.models import Course, Status
from stats.metrics import Unit
from stats.models import CourseCounter
from stats.windows import Window, day_of


@dataclass(frozen=True, slots=True)
class Told:
    """One course and day: enrolments, completions and what was paid, by currency in minor units."""

    course: int
    day: date
    enrollments: int
    completions: int
    revenue: dict[str, int]


def courses_of(user: User) -> list[Course]:
    """Return the courses that a member owns or teaches with others, the newest first. One query."""
    mine = Q(owner=user) | Q(pk__in=user.teaching.values("course"))
    return list(Course.objects.filter(mine).select_related("owner").order_by("-created_at", "-pk"))


def panels(user: User, courses: Sequence[Course]) -> tuple[Panel, ...]:
    """Return the panels of a teacher. What was paid is shown of one's own courses alone."""
    mine = Mine(tuple(courses), frozenset(course.pk for course in courses if course.owner_id == user.pk))
    shown = (
        Panel(
            "taught-new",
            Page.LEARNING,
            gettext_lazy("New learners"),
            Shape.CARD,
            mine.card("enrollments"),
            means=gettext_lazy("First enrolments in your courses on the window's days."),
        ),
        Panel(
            "taught-done",
            Page.LEARNING,
            gettext_lazy("Completed"),
            Shape.CARD,
            mine.card("completions"),
            means=gettext_lazy("Your courses completed on the window's days, each learner once a course."),
        ),
        Panel(
            "taught-rating",
            Page.LEARNING,
            gettext_lazy("Average review"),
            Shape.CARD,
            mine.rating,
            Unit.STARS,
            means=gettext_lazy(
                "The average of all reviews of your courses that stand now, 1 to 5 stars. Whatever the window."
            ),
        ),
        Panel(
            "taught-days",
            Page.LEARNING,
            gettext_lazy("Learners over time"),
            Shape.LINE,
            mine.by_day,
            width=Width.FULL,
            means=gettext_lazy(
                "First enrolments in your courses and completions of them, by day, in windows of 93 days and more by week."
            ),
        ),
        Panel(
            "taught-courses",
            Page.LEARNING,
            gettext_lazy("Your courses"),
            Shape.TABLE,
            mine.by_course,
            width=Width.FULL,
            means=gettext_lazy(
                "Of each course: first enrolments and completions of the window, all who ever enrolled, of a hundred"
                " of them how many completed it, and the average of the reviews that stand now."
            ),
        ),
    )
    money = Panel(
        "taught-paid",
        Page.LEARNING,
        gettext_lazy("Revenue"),
        Shape.TABLE,
        mine.paid,
        width=Width.FULL,
        means=gettext_lazy("What was paid for the courses that you own in the window, less what was given back in it."),
    )
    return (*shown, money) if mine.own else shown


@dataclass(frozen=True, slots=True)
class Mine:
    """The courses of a teacher; `own` are the numbers of those that the teacher owns."""

    courses: tuple[Course, ...]
    own: frozenset[int]

    def told(self, query: Query, window: Window) -> list[Told]:
        """Return what happened on the days of the window, or of the one before. One query for both."""
        first = (query.before or query.window).first_day

        def ask() -> list[Told]:
            return _told([course.pk for course in self.courses], first, query.window.end_day)

        return [one for one in query.once("taught", ask) if window.first_day <= one.day < window.end_day]

    def counters(self, query: Query) -> dict[UUID, CourseCounter]:
        """Return what happened since the beginning. One query, once."""
        return query.once("counters", lambda: CourseCounter.objects.in_bulk([course.uuid for course in self.courses]))

    def card(self, part: str) -> Callable[[Query], Figure]:
        """Return what answers a headline figure with the sum of one part."""

        def build(query: Query) -> Figure:
            days: dict[date, int] = defaultdict(int)
            for one in self.told(query, query.window):
                days[one.day] += getattr(one, part)
            earlier = None
            if query.before is not None:
                earlier = sum(getattr(one, part) for one in self.told(query, query.before))
            points = tuple(days.get(day, 0) for day in query.window)
            return Figure(sum(days.values()), earlier, points)

        return build

    def rating(self, query: Query) -> Figure:
        """Return the mean of all reviews that stand."""
        reviews = sum(one.reviews for one in self.counters(query).values())
        stars = sum(one.stars for one in self.counters(query).values())
        words = _("of %(n)s reviews") % {"n": f"{reviews:,}"}
        return Figure(round(stars / reviews, 2) if reviews else None, note=words)

    def by_day(self, query: Query) -> Rows:
        """Return who began and who completed, by day."""
        columns = (
            Column("enrollments", _("New learners"), over=Over.SUM),
            Column("completions", _("Completed"), over=Over.SUM),
        )
        days: dict[date, list[int]] = {}
        for one in self.told(query, query.window):
            values = days.setdefault(one.day, [0, 0])
            values[0] += one.enrollments
            values[1] += one.completions
        today = day_of(query.now, query.window.zone)
        rows = tuple(
            Row(steps.label_of(day), tuple(days.get(day, (0, 0))), day, is_open=day == today) for day in query.window
        )
        return Rows(_("Day"), columns, rows, empty=_("Nobody began or completed a course in this period."))

    def by_course(self, query: Query) -> Rows:
        """Return what each course came to."""
        sums: dict[int, list[int]] = defaultdict(lambda: [0, 0])
        for one in self.told(query, query.window):
            sums[one.course][0] += one.enrollments
            sums[one.course][1] += one.completions
        columns = (
            Column("enrollments", _("New learners")),
            Column("completions", _("Completed")),
            Column("members", _("Learners in all")),
            Column("through", _("Got through"), Unit.PERCENT, is_bar=True),
            Column("rating", _("Rating")),
        )
        rows = []
        for course in self.courses:
            counter = self.counters(query).get(course.uuid)
            members, done = (counter.enrolled, counter.completed) if counter else (0, 0)
            stars = round(counter.stars / counter.reviews, 1) if counter and counter.reviews else None
            values = (*sums[course.pk], members, steps.share(done, members), stars)
            note = str(Status(course.status).label)
            rows.append(Row(course.title, values, note=note, href=reverse("learning:teach-course", args=[course.uuid])))
        rows.sort(key=lambda row: (-row.values[0], -row.values[2]))
        return Rows(_("Course"), columns, tuple(rows))

    def paid(self, query: Query) -> Rows:
        """Return what was paid for each own course in the window, by currency."""
        sums: dict[tuple[int, str], int] = defaultdict(int)
        for one in self.told(query, query.window):
            for currency, minor in one.revenue.items():
                if one.course in self.own and minor:
                    sums[one.course, currency] += minor
        currencies = sorted({currency for _course, currency in sums})
        columns = tuple(Column(currency, currency, Unit.MONEY, currency) for currency in currencies)
        names = {course.pk: course.title for course in self.courses}
        paid_for = sorted({course for course, _currency in sums}, key=lambda pk: names[pk])
        rows = tuple(
            Row(names[course], tuple(sums.get((course, currency), 0) for currency in currencies)) for course in paid_for
        )
        return Rows(_("Course"), columns, rows, _("Refunds are taken off"), _("Nothing was paid in this period."))


def _told(courses: Sequence[int], first: date, end: date) -> list[Told]:
    """Return what is kept of courses on the days from `first` to before `end`. One query."""
    rows = CourseAnalytics.objects.filter(
        course__in=courses, timeframe=Timeframe.DAILY, date__gte=first, date__lt=end
    ).values_list("course", "date", "enrollments", "completions", "revenue")
    return [Told(*row) for row in rows]

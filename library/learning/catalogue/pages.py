"""What the page of a course shows, gathered in a bounded number of queries."""

from typing import Any

from django.core.paginator import Paginator
from django.db.models import Case, IntegerField, QuerySet, Value, When
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property

from accounts.requests import ActorRequest
from library import prose
from library.learning import covers, enrolling, outline, reviews
from library.learning.catalogue.forms import ReviewForm
from library.learning.catalogue.queries import Contents
from library.learning.models import Course, Review
from library.learning.prices import written_price
from library.learning.reviews import Histogram
from library.models import Category
from stats import queries as numbers

REVIEWS = 8


class ReviewPages(Paginator):
    """Pages of reviews whose number is known already."""

    def __init__(self, rows: QuerySet[Review], histogram: Histogram) -> None:
        super().__init__(rows, REVIEWS)
        self.histogram = histogram

    @cached_property
    def count(self) -> int:
        """How many reviews there are, which the histogram knows."""
        return self.histogram.total


def course_context(request: ActorRequest, course: Course, form: ReviewForm | None = None) -> dict[str, Any]:
    """Return all that the page of a course needs. Nine queries."""
    lessons = outline.lessons_of(course)
    panel = enrolling.panel(request.user, course, lessons)
    enrolment = panel["enrolling"].enrolment if panel["enrolling"].state == "active" else None
    histogram = reviews.histogram(course)
    page = ReviewPages(_reviews(course, request.user), histogram).get_page(request.GET.get("reviews"))
    rows = list(page.object_list)
    mine = next((row for row in rows if row.author_id == request.user.pk), None)
    return panel | {
        "course": course,
        "category": dict(Category.choices).get(course.category, course.category),
        "contents": Contents(len(lessons), sum(lesson.item.duration_ms or 0 for lesson in lessons)),
        "counts": numbers.course_counts([course.uuid])[course.uuid],
        "cover_url": covers.url(course),
        "discussions_url": reverse("discussions:all", args=[course.slug]),
        "price": written_price(course.price_minor, course.currency),
        "description": prose.rendered(course.description),
        "outline": outline.arranged(
            lessons,
            done=panel["enrolling"].done,
            enrolment=enrolment,
            teaches=panel["enrolling"].teaches,
            now=timezone.now(),
        ),
        "teachers": enrolling.teachers_of(course),
        "histogram": histogram,
        "reviews": [(row, reviews.is_deletable(row, request.user)) for row in rows],
        "reviews_page": page,
        "mine": mine,
        "may_review": enrolment is not None and not panel["enrolling"].teaches,
        "review_form": form or ReviewForm(initial=_as_told(mine)),
    }


def _reviews(course: Course, user: Any) -> QuerySet[Review]:
    """Return the reviews, one's own before all others."""
    own = Case(When(author=user.pk, then=Value(0)), default=Value(1), output_field=IntegerField())
    return reviews.of(course).order_by(own, "-created_at", "-id")


def _as_told(review: Review | None) -> dict[str, Any]:
    return {"stars": str(review.stars), "text": review.text} if review else {}

"""Courses: who begins, who gets through, which lead."""

from collections import defaultdict
from datetime import date

from library.learning.models import Course
from tests.analytics.dashboards.recounts import counts, lists
from tests.analytics.dashboards.recounts.money import currency_of, signed
from tests.analytics.dashboards.recounts.playing import kind_card, kind_line
from tests.analytics.dashboards.seen import DAY, Case, Number, Table, micros

kind_card("enrolled", "enrolled")
kind_card("lessons-done", "lesson_completed")
kind_card("quizzes-done", "quiz_completed")
kind_card("courses-done", "course_completed")
kind_line("enrolled-by-day", "enrolled")
kind_line("lessons-by-day", "lesson_completed")
SORTS = {
    "enrolled": "enrolled", "enrolled-by-day": "enrolled", "lessons-done": "lesson_completed",
    "lessons-by-day": "lesson_completed", "quizzes-done": "quiz_completed", "courses-done": "course_completed",
}  # fmt: skip


@counts("completed-by-day")
def completed(case: Case) -> Table:
    """Count quizzes and courses."""
    kinds = ("quiz_completed", "course_completed")
    return Table([(at, tuple(len(case.events(start, end, kind)) for kind in kinds)) for at, start, end in case.steps])


def _behind(key: str, kind: str) -> None:
    @lists(key)
    def behind(case: Case, day: date | None, part: str) -> list[str]:
        """Name who did it."""
        span = (case.start, case.end) if day is None else (case.midnight(day), case.midnight(day + DAY))
        members = case.seen.member_of
        found = [did.person for did in case.events(*span, kind, source=False)]
        return [members[person].display_name if person in members else "Somebody" for person in found]


for _key, _kind in SORTS.items():
    _behind(_key, _kind)


class Standing:
    """What happened in a course since the beginning, and the reviews that stand."""

    def __init__(self, case: Case, course: Course) -> None:
        self.enrolled: set[str] = set()
        self.done: set[str] = set()
        self.lessons = 0
        self.stars: dict[str, int] = {}
        for did in case.seen.did:
            if (did.told.label or "").replace("-", "") != course.uuid.hex:
                continue
            if did.told.kind == "enrolled":
                self.enrolled.add(did.person)
            elif did.told.kind == "course_completed":
                self.done.add(did.person)
            elif did.told.kind == "lesson_completed":
                self.lessons += 1
            elif did.told.kind == "review":
                self.stars[did.person] = did.told.fields["stars"]
            elif did.told.kind == "review_deleted":
                self.stars.pop(did.person, None)

    @property
    def rating(self) -> float | None:
        """The average."""
        return sum(self.stars.values()) / len(self.stars) if self.stars else None


@counts("course-rating")
def rating(case: Case) -> Number:
    """Average all reviews that stand."""
    stars = [star for course in case.seen.courses for star in Standing(case, course).stars.values()]
    return Number(round(sum(stars) / len(stars), 2) if stars else None, note=(str(len(stars)),))


@counts("courses-by-members")
def with_most_members(case: Case) -> Table:
    """Rank published courses by who ever enrolled."""
    found = []
    for course in case.seen.courses:
        standing = Standing(case, course)
        if course.status == "published" and (standing.enrolled or standing.done or standing.lessons or standing.stars):
            found.append((course, standing))
    found.sort(key=lambda one: (-len(one[1].enrolled), -len(one[1].done)))
    rows = []
    for course, one in found[:10]:
        share = round(100 * len(one.done) / len(one.enrolled), 2) if one.enrolled else None
        mean = None if one.rating is None else round(one.rating, 2)
        rows.append((course.title, (len(one.enrolled), share, one.lessons, mean)))
    return Table(rows)


class Happened:
    """What happened in a course between two instants: first enrolments, first completions, what was paid."""

    def __init__(self, case: Case, course: Course, start: int, end: int) -> None:
        self.revenue: dict[str, int] = defaultdict(int)
        firsts: dict[tuple[str, str], int] = {}
        for did in case.seen.did:
            if (did.told.label or "").replace("-", "") == course.uuid.hex:
                firsts.setdefault((did.told.kind, did.person), did.told.at)
        inside = [kind for (kind, _person), at in firsts.items() if start <= at < end]
        self.enrolled, self.done = inside.count("enrolled"), inside.count("course_completed")
        for payment in case.seen.payments:
            is_of_it = payment.product == "course" and payment.course == course.uuid
            if is_of_it and start <= micros(payment.at) < end:
                self.revenue[payment.currency] += signed(payment)


def bayes(stars: list[dict[str, int]]) -> list[float]:
    """Return averages with ten reviews of everybody's average added."""
    everybody = [star for one in stars for star in one.values()]
    mean = sum(everybody) / len(everybody) if everybody else 0
    return [(10 * mean + sum(one.values())) / (10 + len(one)) for one in stars]


@counts("overview-courses")
def top_courses(case: Case) -> Table:
    """Rank courses by what happened on the days that the window touches."""
    start, end = case.midnight(case.days[0]), case.midnight(case.days[-1] + DAY)
    order, currency = case.words.get("order", "enrollments"), currency_of(case)
    told = [(course, Happened(case, course, start, end), Standing(case, course)) for course in case.seen.courses]
    if order == "rating":
        told = [one for one in told if one[2].stars]
        weights = bayes([one[2].stars for one in told])
        ranked = sorted(zip(weights, told, strict=True), key=lambda one: (-one[0], one[1][0].pk))
        chosen = [one for _, one in ranked][:5]
    else:
        amounts = {
            one[0].pk: one[1].enrolled if order == "enrollments" else one[1].revenue[currency] for one in told
        }  # fmt: skip
        told = [one for one in told if amounts[one[0].pk] > 0]
        chosen = sorted(told, key=lambda one: (-amounts[one[0].pk], one[0].pk))[:5]
    rows = []
    for course, here, standing in chosen:
        mean = None if standing.rating is None else round(standing.rating, 1)
        share = round(100 * here.done / here.enrolled, 2) if here.enrolled else None
        rows.append((course.title, (here.enrolled, here.revenue[currency], mean, share)))
    return Table(rows, None)

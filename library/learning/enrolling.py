"""Who takes a course: at once where it is free, after a grant where it has a price.

Each person has one row a course, whatever happens. That somebody takes a course is one event, however often it is
granted and revoked.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts import audit
from accounts.models import User
from library.learning import access, outline
from library.learning.models import Course, Enrolment, EnrolmentState, Lesson, Status
from library.people import notifications
from stats import ledger
from stats.actors import user_actor
from stats.ids import derived
from stats.kinds import Kind


class Refused(Exception):
    """Why somebody cannot take a course: a `code` for programs and a sentence for people."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(code)
        self.code, self.detail = code, detail


@dataclass(frozen=True, slots=True)
class Panel:
    """What somebody may do about taking a course."""

    course: Course
    enrolment: Enrolment | None
    teaches: bool
    missing: list[Course]
    next_lesson: Lesson | None = None
    done: frozenset[int] = frozenset()
    is_own: bool = False

    @property
    def next_url(self) -> str:
        """Where who takes the course goes on."""
        if self.next_lesson is None:
            return reverse("learning:mine")
        return reverse("learning:lesson", args=[self.course.slug, self.next_lesson.uuid])

    @property
    def state(self) -> str:
        """Return 'active', 'requested', 'revoked', or '' for who never asked."""
        return self.enrolment.state if self.enrolment else ""

    @property
    def is_free(self) -> bool:
        """Whether enrolling takes effect at once."""
        return not self.course.price_minor and not (self.enrolment and _was_ended(self.enrolment))

    @property
    def is_sold(self) -> bool:
        """Whether paying lets one in: the site takes money, and no teacher has taken the place back."""
        is_paid_for = bool(settings.BILLING_GATEWAY and self.course.price_minor)
        return is_paid_for and not (self.enrolment and was_taken_back(self.enrolment))

    @property
    def is_possible(self) -> bool:
        """Whether there is a course to enrol in."""
        return self.course.status == Status.PUBLISHED and not self.is_own and not self.missing


def panel(user: Any, course: Course, lessons: Sequence[Lesson] | None = None) -> dict[str, Any]:
    """Return what `learning/_enrol.html` needs. Five queries at most, four for who has the `lessons` already."""
    enrolment = Enrolment.objects.filter(user=user, course=course).first() if user.pk else None
    is_active = enrolment is not None and enrolment.state == EnrolmentState.ACTIVE
    if lessons is None:
        lessons = outline.lessons_of(course) if is_active else []
    done = outline.done_by(user, lessons) if is_active and lessons else frozenset()
    following = next((lesson for lesson in lessons if lesson.pk not in done), lessons[0] if lessons else None)
    before = [] if is_active else missing(user, course)
    teaches = access.teaches(user, course)
    is_own = teaches and (not user.is_staff or is_teacher(user, course))
    return {"enrolling": Panel(course, enrolment, teaches, before, following, done, is_own)}


def is_teacher(user: Any, course: Course) -> bool:
    """Whether it is `user` who teaches the course, and not only somebody of the staff. One query for staff."""
    if not user.is_staff:
        return access.teaches(user, course)
    return course.owner_id == user.pk or course.teachers.filter(user=user).exists()


def missing(user: Any, course: Course) -> list[Course]:
    """Return the courses that `user` has to complete before this one. One query."""
    before = course.prerequisites.exclude(status=Status.DRAFT).order_by("title")
    if user.pk:
        before = before.exclude(enrolments__in=Enrolment.objects.filter(user=user, completed_at__isnull=False))
    return list(before)


def enrol(user: User, course: Course, *, at: datetime | None = None) -> Enrolment:
    """Let `user` take a free course from now or `at` on; ask for a grant where it has a price or was revoked before.

    Again, it changes nothing. Raises Refused: `not_published`, `own_course`, `prerequisites_missing`.
    """
    check(user, course)
    at = at or timezone.now()
    with ledger.recording():
        enrolment = _locked(course, user, EnrolmentState.REQUESTED, at)
        if enrolment.state == EnrolmentState.ACTIVE:
            return enrolment
        if not enrolment.course.price_minor and not _was_ended(enrolment):
            return _begin(enrolment, at)
        if enrolment.state == EnrolmentState.REVOKED:
            enrolment.requested_at = at
        enrolment.state = EnrolmentState.REQUESTED
        enrolment.price_minor, enrolment.currency = course.price_minor, course.currency
        enrolment.save()
        notifications.notify(
            "course",
            teachers_of(course),
            by=user,
            title=gettext_noop("%(name)s would like to take “%(course)s”"),
            words={"name": user.display_name, "course": course.title},
            address=reverse("learning:teach-people", args=[course.uuid]),
            cause=_once_a_day("enrolment-requested", enrolment, at),
        )
    return enrolment


def check(user: User, course: Course) -> None:
    """Raise Refused for a course that `user` cannot enrol in: `not_published`, `own_course`, `prerequisites_missing`."""
    if course.status != Status.PUBLISHED:
        raise Refused("not_published", _("This course takes nobody new."))
    if is_teacher(user, course):
        raise Refused("own_course", _("You teach this course. Look at it as a learner instead."))
    if before := missing(user, course):
        titles = ", ".join(one.title for one in before)
        raise Refused("prerequisites_missing", _("Complete this first: %s") % titles)


def begin_within(course: Course, user: User, at: datetime) -> bool:
    """Let who has paid take a course, inside the caller's `ledger.recording()`. False for who takes it already."""
    enrolment = _locked(course, user, EnrolmentState.REQUESTED, at)
    if enrolment.state == EnrolmentState.ACTIVE:
        return False
    enrolment.price_minor, enrolment.currency = course.price_minor, course.currency
    enrolment.granted_by = None
    _begin(enrolment, at)
    return True


def grant(course: Course, user: User, by: User, *, at: datetime | None = None) -> Enrolment:
    """Let `user` take a course, whether they asked or not, in the name of `by`, who teaches it. Again changes nothing.

    Raises Refused `own_course`, `not_published`.
    """
    if course.status == Status.DRAFT:
        raise Refused("not_published", _("Publish the course first."))
    if is_teacher(user, course):
        raise Refused("own_course", _("This is who teaches the course."))
    at = at or timezone.now()
    with ledger.recording():
        enrolment = _locked(course, user, EnrolmentState.REQUESTED, at)
        if enrolment.state == EnrolmentState.ACTIVE:
            return enrolment
        enrolment.granted_by = by
        enrolment = _begin(enrolment, at)
        _note(enrolment, "enrolment.granted", by)
        notifications.notify(
            "course",
            [user],
            by=by,
            title=gettext_noop("You can begin with “%(course)s”"),
            words={"course": course.title},
            address=reverse("learning:course", args=[course.slug]),
            cause=_once_a_day("enrolment-granted", enrolment, at),
        )
    return enrolment


def refuse(enrolment: Enrolment, by: User) -> Enrolment:
    """Turn a request down. Who is turned down may ask again."""
    return _end(enrolment, by, EnrolmentState.REQUESTED, gettext_noop("Your request for “%(course)s” was turned down"))


def revoke(enrolment: Enrolment, by: User) -> Enrolment:
    """Take a course away from somebody; what they completed is kept, and counts again after another grant."""
    return _end(enrolment, by, EnrolmentState.ACTIVE, gettext_noop("You can no longer take “%(course)s”"))


def withdraw(enrolment: Enrolment) -> None:
    """Take the own request back; one that was granted meanwhile stays."""
    asked = Enrolment.objects.filter(pk=enrolment.pk, state=EnrolmentState.REQUESTED)
    if not asked.filter(enrolled_at=None, granted_by=None).delete()[0]:
        asked.update(state=EnrolmentState.REVOKED)


def was_taken_back(enrolment: Enrolment) -> bool:
    """Whether a teacher ended it, so that money does not open it again."""
    return enrolment.state == EnrolmentState.REVOKED and enrolment.granted_by_id is not None


def requests_of(course: Course) -> QuerySet[Enrolment]:
    """Return who waits for a grant, the longest first."""
    waiting = Enrolment.objects.filter(course=course, state=EnrolmentState.REQUESTED)
    return waiting.select_related("user").order_by("requested_at", "pk")


def learners_of(course: Course) -> QuerySet[Enrolment]:
    """Return who takes a course, the newest first."""
    active = Enrolment.objects.filter(course=course, state=EnrolmentState.ACTIVE)
    return active.select_related("user", "course").order_by("-enrolled_at", "-pk")


def teachers_of(course: Course) -> list[User]:
    """Return who teaches a course, the owner first. One query."""
    return [course.owner, *User.objects.filter(teaching__course=course).exclude(pk=course.owner_id)]


def _once_a_day(what: str, enrolment: Enrolment, at: datetime) -> str:
    """Return the cause of a notification, so that asking and being answered over and over tells nobody again and again."""
    return f"{what} {enrolment.course_id} {enrolment.user_id} {at.date()}"


def _was_ended(enrolment: Enrolment) -> bool:
    """Whether somebody who does not take the course was in it or turned down before, so that only a grant lets them in."""
    was_in = enrolment.enrolled_at is not None or enrolment.granted_by_id is not None
    return enrolment.state != EnrolmentState.ACTIVE and (was_in or enrolment.state == EnrolmentState.REVOKED)


def _locked(course: Course, user: User, state: str, at: datetime) -> Enrolment:
    """Return the row of `user`, made if there is none, so that nobody else changes it until the commit."""
    row = Enrolment(
        course=course, user=user, state=state, price_minor=course.price_minor, currency=course.currency, requested_at=at
    )
    Enrolment.objects.bulk_create([row], ignore_conflicts=True)
    return Enrolment.objects.select_for_update(of=("self",)).select_related("course").get(course=course, user=user)


def _begin(enrolment: Enrolment, at: datetime) -> Enrolment:
    enrolment.state = EnrolmentState.ACTIVE
    enrolment.enrolled_at = enrolment.enrolled_at or at
    enrolment.save()
    course, person = enrolment.course, enrolment.user
    ledger.record(
        Kind.ENROLLED,
        user_actor(person.uuid),
        event_id=derived(Kind.ENROLLED, person.uuid, course.uuid),
        occurred_at=enrolment.enrolled_at,
        course=str(course.uuid),
    )
    return enrolment


def _note(enrolment: Enrolment, what: str, by: User, detail: dict[str, Any] | None = None) -> None:
    course = enrolment.course
    audit.note_over(
        by, what, course, course.owner_id, detail, takes_part=lambda: is_teacher(by, course), person=enrolment.user
    )


def _end(enrolment: Enrolment, by: User, state: str, title: str) -> Enrolment:
    now = timezone.now()
    with ledger.recording():
        row = Enrolment.objects.select_for_update(of=("self",)).select_related("course", "user").get(pk=enrolment.pk)
        if row.state == state:
            row.state, row.granted_by = EnrolmentState.REVOKED, by
            row.save()
            _note(row, "enrolment.ended", by, {"was": str(state)})
            notifications.notify(
                "course",
                [row.user],
                by=by,
                title=title,
                words={"course": row.course.title},
                address=reverse("learning:course", args=[row.course.slug]),
                cause=_once_a_day("enrolment-ended", row, now),
            )
    return row

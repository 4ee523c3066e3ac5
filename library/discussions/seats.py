"""Who may take part in the discussions of a course, and as what."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from accounts import staffing
from accounts.models import User
from accounts.staffing import Area, Level
from library.learning import access
from library.learning.models import Course, Enrolment, EnrolmentState


@dataclass(frozen=True, slots=True)
class Seat:
    """Where somebody sits in a course: among its teachers, its learners, or outside."""

    course: Course
    teachers: frozenset[int]
    teaches: bool
    is_enrolled: bool

    @property
    def may_talk(self) -> bool:
        """Whether they read and write here: who teaches the course and who takes it."""
        return self.teaches or self.is_enrolled


def of(user: Any, course: Course) -> Seat:
    """Return the seat of `user` in a course that they may see. Two queries at most."""
    teachers = frozenset([course.owner_id, *course.teachers.values_list("user", flat=True)])
    teaches = bool(user.pk) and (staffing.runs_content(user) or user.pk in teachers)
    return Seat(course, teachers, teaches, not teaches and access.enrolment_of(user, course) is not None)


def people_of(course: Course) -> QuerySet[User]:
    """Return who may take part now: who teaches the course, who takes it, and staff."""
    learners = Enrolment.objects.filter(course=course, state=EnrolmentState.ACTIVE).values("user")
    teachers = Q(pk=course.owner_id) | Q(pk__in=course.teachers.values("user"))
    return User.objects.filter(
        teachers | Q(pk__in=learners) | Q(pk__in=staffing.people(Area.CONTENT, Level.CHANGE).values("pk"))
    )

"""Certificates: that somebody completed a course, for everybody who has the address."""

from datetime import datetime

from django.db.models import QuerySet

from accounts.models import User
from library.learning.models import Certificate, Course, Enrolment


def issue(enrolment: Enrolment, course: Course, user: User, at: datetime) -> Certificate | None:
    """Issue the certificate of a completed course in the names of now, once; None where the course has none."""
    if not course.has_certificate:
        return None
    named = {"name": user.display_name[:150], "title": course.title, "issued_at": at}
    return Certificate.objects.get_or_create(enrolment=enrolment, defaults=named)[0]


def all_issued() -> QuerySet[Certificate]:
    """Return the certificates that hold, each with its course and person."""
    return Certificate.objects.select_related("enrolment__course__owner", "enrolment__user").filter(
        enrolment__user__is_active=True
    )

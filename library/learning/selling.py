"""Courses that are bought: what one costs somebody, handing it over, and taking it back with a refund.

`settings.COURSES_SOLD` names this module for `accounts.billing.courses`, which says what its functions are.
"""

from uuid import UUID

from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.billing.courses import NotForSale, Offer
from accounts.models import User
from library.learning import access, enrolling
from library.learning.models import Course, Enrolment, EnrolmentState


def offer(user: User, course: UUID) -> Offer:
    """Return what a course costs somebody. Four queries at most.

    Raises Http404, and NotForSale: `free_course`, `already_enrolled`, `place_taken_back`, or why they cannot enrol at all.
    """
    found = get_object_or_404(access.visible_to(user), uuid=course)
    if not found.price_minor:
        raise NotForSale(_("This course is free: enrol on its page."), "free_course")
    enrolment = Enrolment.objects.filter(user=user, course=found).first()
    if enrolment is not None and enrolment.state == EnrolmentState.ACTIVE:
        raise NotForSale(_("You take this course already."), "already_enrolled")
    if enrolment is not None and enrolling.was_taken_back(enrolment):
        raise NotForSale(
            _("Your place was taken back. The teacher decides whether you get it again."), "place_taken_back"
        )
    try:
        enrolling.check(user, found)
    except enrolling.Refused as refused:
        raise NotForSale(refused.detail, refused.code) from refused
    return Offer(
        found.uuid, found.title, found.price_minor, found.currency, reverse("learning:course", args=[found.slug])
    )


def deliver_within(user: User, course: UUID) -> bool:
    """Let who has paid take the course, inside the caller's `ledger.recording()`. False for who takes it already."""
    return enrolling.begin_within(Course.objects.get(uuid=course), user, timezone.now())


def take_back_within(user: User, course: UUID) -> bool:
    """Take the course from who got the money back; they may buy it again. False for who does not take it."""
    enrolment = (
        Enrolment.objects.select_for_update(of=("self",))
        .select_related("course", "user")
        .filter(user=user, course__uuid=course, state=EnrolmentState.ACTIVE)
        .first()
    )
    if enrolment is None:
        return False
    enrolment.state, enrolment.granted_by = EnrolmentState.REVOKED, None
    enrolment.save()
    return True


def titles(courses: set[UUID]) -> dict[UUID, str]:
    """Return the titles of courses. One query."""
    return dict(Course.objects.filter(uuid__in=courses).values_list("uuid", "title"))


def address(course: UUID) -> str:
    """Return the path of a course's page; that of all courses for one that is not there. One query."""
    slug = Course.objects.filter(uuid=course).values_list("slug", flat=True).first()
    return reverse("learning:course", args=[slug]) if slug else reverse("learning:catalogue")

"""Courses as billing knows them: something with a price, handed over once it is paid.

The courses themselves belong to the app above, which `settings.COURSES_SOLD` names: a module with the functions
that stand here.
"""

from dataclasses import dataclass
from importlib import import_module
from typing import Any
from uuid import UUID

from django.conf import settings
from rest_framework.exceptions import APIException

from accounts.models import User


@dataclass(frozen=True, slots=True)
class Offer:
    """A course and what it costs one person now. `address` is its page."""

    course: UUID
    title: str
    price_minor: int
    currency: str
    address: str


class NotForSale(APIException):
    """This person cannot buy this course; `detail` says why, `code` names it for programs."""

    status_code = 409
    default_code = "not_for_sale"


def offer(user: User, course: UUID) -> Offer:
    """Return what `course` costs `user`. Raises Http404 for one they may not see, NotForSale."""
    return _seller().offer(user, course)


def deliver_within(user: User, course: UUID) -> bool:
    """Let `user` take `course`, inside the caller's `ledger.recording()`. False for who takes it already."""
    return _seller().deliver_within(user, course)


def take_back_within(user: User, course: UUID) -> bool:
    """Take `course` away from `user`, inside the caller's `ledger.recording()`. False for who does not take it."""
    return _seller().take_back_within(user, course)


def titles(courses: set[UUID]) -> dict[UUID, str]:
    """Return the titles of courses. One query."""
    return _seller().titles(courses) if courses else {}


def address(course: UUID) -> str:
    """Return the path of a course's page; that of all courses for one that is not there. One query."""
    return _seller().address(course)


def _seller() -> Any:
    return import_module(settings.COURSES_SOLD)

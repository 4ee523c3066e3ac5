"""Staff of each kind, and browsers of theirs."""

from typing import Any

from django.conf import settings
from django.test import Client

from accounts import appointing
from accounts.models import User
from accounts.staffing import StaffRole
from tests.factories import make_user


def make_role(role: StaffRole | str, username: str = "", **values: Any) -> User:
    """Make somebody of the staff."""
    person = make_user(username or f"the-{role}", **values)
    appointing.appoint(person, [StaffRole(role)], by=None)
    return User.objects.get(pk=person.pk)


def browser(user: User) -> Client:
    """Return a browser in which somebody is signed in."""
    client = Client()
    client.force_login(user, settings.AUTHENTICATION_BACKENDS[0])
    return client

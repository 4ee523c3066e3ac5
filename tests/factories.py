"""Valid objects from as little as a test needs to say."""

from itertools import count
from typing import Any

from allauth.account.models import EmailAddress
from knox.models import AuthToken
from rest_framework.test import APIClient

from accounts import plans
from accounts.models import User
from stats import sources
from stats.models import Source

PASSWORD = "a rather long sentence"

_numbers = count(1)


def make_user(username: str = "", *, verified: bool = True, password: str = PASSWORD, **values: Any) -> User:
    """Make a member with a verified address, who can log in with `PASSWORD`."""
    username = username or f"member{next(_numbers)}"
    user = User(**{"username": username, "email": f"{username}@example.org", **values})
    user.set_password(password)
    user.save()
    EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=verified)
    return user


def make_staff(username: str = "", **values: Any) -> User:
    """Make a superuser."""
    return make_user(username, is_staff=True, is_superuser=True, **values)


def make_plans() -> None:
    """Make the plans free, subscriber and premium."""
    plans.seed()


def make_source(name: str = "Shop", **values: Any) -> tuple[Source, str]:
    """Make a source, with its secret key."""
    source, secret = sources.create(name)
    if values:
        Source.objects.filter(pk=source.pk).update(**values)
        source.refresh_from_db()
    return source, secret


def api_client(who: User | str | None = None) -> APIClient:
    """Return a client of the API: with a member's token, with a bearer, or with nothing."""
    client = APIClient()
    if isinstance(who, User):
        who = AuthToken.objects.create(who)[1]
    if who:
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {who}")
    return client

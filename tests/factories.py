"""Valid objects from as little as a test needs to say."""

import hashlib
from itertools import count
from typing import Any

from allauth.account.models import EmailAddress
from knox.models import AuthToken
from rest_framework.test import APIClient

from accounts import plans
from accounts.models import User
from library import comments, uploads
from library.models import Comment, Media
from stats import sources
from stats.models import Item, Source

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


def make_item(owner: User | None = None, *, file: bytes = b"", mime: str = "video/mp4", **values: Any) -> Item:
    """Make a public video of a minute, as if it had been uploaded; `file` becomes its content."""
    item = Item.objects.create(
        **{"type": "video", "title": "Tide", "owner": owner or make_user(), "duration_ms": 60_000, **values}
    )
    media = Media(item=item, mime=mime, bytes=len(file), sha256=hashlib.sha256(file).hexdigest(), facts={})
    if file:
        folder = uploads.folder_of(item.uuid)
        folder.mkdir(parents=True)
        (folder / "original.mp4").write_bytes(file)
        (folder / "thumbnail.webp").write_bytes(b"thumbnail")
        (folder / "poster.webp").write_bytes(b"poster")
        media.file = f"items/{item.uuid}/original.mp4"
        media.thumbnail = f"items/{item.uuid}/thumbnail.webp"
        media.poster = f"items/{item.uuid}/poster.webp"
    media.save()
    return item


def make_comment(item: Item, author: User | None = None, text: str = "Well said.") -> Comment:
    """Make a comment, with its event."""
    return comments.write(author or make_user(), item, text)

"""The people and things that the table speaks of. Each area adds its own in `prepare(world)`."""

from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.test import Client

from accounts import guests
from accounts.models import User
from stats.models import Item
from tests.factories import make_item, make_staff, make_user


@dataclass(slots=True)
class World:
    """Five people, a guest, and what they made.

    All that is anybody's is `owner`'s; `collaborator` works on it with the owner's consent; `enrolled` takes the course;
    `member` has nothing to do with any of it. `subjects` are the arguments of addresses by name.
    """

    people: dict[str, User]
    guest: str
    public_item: Item
    private_item: Item
    things: dict[str, Any] = field(default_factory=dict)
    subjects: dict[str, dict[str, Any]] = field(default_factory=dict)
    sessions: dict[str, str] = field(default_factory=dict)

    @property
    def owner(self) -> User:
        """Whose everything is."""
        return self.people["owner"]

    def sign_in(self) -> None:
        """Let everybody sign in, once for all that is tried."""
        for role, person in self.people.items():
            client = Client()
            client.force_login(person, settings.AUTHENTICATION_BACKENDS[0])
            self.sessions[role] = client.cookies[settings.SESSION_COOKIE_NAME].value


def make_world() -> World:
    """Make it, without what areas add."""
    people = {name: make_user(name) for name in ("owner", "collaborator", "enrolled", "member")}
    people["staff"] = make_staff("staff")
    world = World(
        people,
        guests.issue(),
        make_item(people["owner"], file=b"0123456789", title="Tide"),
        make_item(people["owner"], file=b"0123456789", title="Draft of a film", visibility="private"),
    )
    world.subjects = {
        "": {},
        "public_item": {"uuid": world.public_item.uuid},
        "private_item": {"uuid": world.private_item.uuid},
    }
    return world

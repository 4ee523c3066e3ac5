"""Who did it: a user, a guest with a signed id, or an anonymous visitor known for a day by a salted hash."""

import uuid
from dataclasses import dataclass
from enum import StrEnum


class ActorType(StrEnum):
    """What kind of person or program an actor is. Stored: never rename a value."""

    USER = "u"
    GUEST = "g"
    ANONYMOUS = "a"


@dataclass(frozen=True, slots=True)
class Actor:
    """One who acts. `id` is the user's public UUID, the guest's id, or an anonymous hash."""

    id: uuid.UUID
    type: ActorType

    @property
    def is_user(self) -> bool:
        """Whether this is a member, not a guest or visitor."""
        return self.type is ActorType.USER


def user_actor(user_uuid: uuid.UUID) -> Actor:
    """Return the actor that a user is."""
    return Actor(user_uuid, ActorType.USER)


def guest_actor(guest_id: uuid.UUID) -> Actor:
    """Return the actor that a guest is."""
    return Actor(guest_id, ActorType.GUEST)

"""The four roles, in their order. Pure."""

from enum import StrEnum


class Role(StrEnum):
    """What somebody may use. Stored: never rename a value."""

    FREE = "free"
    SUBSCRIBER = "subscriber"
    PREMIUM = "premium"
    ADMIN = "admin"

    @property
    def rank(self) -> int:
        """The place in the order: 0 for `free`, 3 for `admin`."""
        return list(Role).index(self)

    @property
    def label(self) -> str:
        """The name that people read."""
        return self.value.capitalize()


SOLD = (Role.SUBSCRIBER, Role.PREMIUM)


def is_at_least(role: Role, least: Role) -> bool:
    """Whether `role` is `least` or stands above it."""
    return role.rank >= least.rank

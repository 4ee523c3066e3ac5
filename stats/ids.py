"""Ids of our own making: UUIDs of version 7, which sort by time (RFC 9562, 5.7), and ids derived from a cause."""

import hashlib
import os
import time
import uuid

NAMESPACE = uuid.UUID("0198e1e0-0000-7000-8000-6569676874aa")


def uuid7() -> uuid.UUID:
    """Return a new UUID of version 7: 48 bits of milliseconds, then 74 random bits."""
    random = int.from_bytes(os.urandom(10), "big")
    value = (time.time_ns() // 1_000_000) << 80 | 0x7 << 76 | (random >> 68 & 0xFFF) << 64
    return uuid.UUID(int=value | 0b10 << 62 | random & 0x3FFF_FFFF_FFFF_FFFF)


def derived_hex(*cause: object) -> str:
    """Return the same as 32 hexadecimal digits of a plain digest: cheaper, where no UUID of a version is needed."""
    return hashlib.blake2b("\x1f".join(map(str, cause)).encode(), digest_size=16).hexdigest()


def derived(*cause: object) -> uuid.UUID:
    """Return the id of what follows from `cause`: the same cause, the same id."""
    return uuid.uuid5(NAMESPACE, "\x1f".join(str(part) for part in cause))

"""Credentials are made when a member asks: signed once, and signed anew when the address or the key is no longer good."""

import secrets
from datetime import datetime
from typing import cast
from uuid import uuid4

from django.db import transaction

from accounts.models import User
from gamification.credentials import addresses, documents, identities, jwts, keys, queries
from gamification.credentials.documents import Described
from gamification.credentials.models import Credential
from gamification.models import Unlock


class NotUnlocked(Exception):
    """The member does not have this achievement, or not any more."""


@transaction.atomic
def issue(user: User, name: str, tier: int) -> Credential:
    """Return the credential of what a member has unlocked, made or renewed where needed. Raises NotUnlocked.

    The database lets one row be of one unlock, so whoever asks twice at once is given the same.
    """
    own = queries.own(user, name, tier)
    if own is None:
        raise NotUnlocked
    if own.credential is not None:
        return own.credential if is_current(own.credential, user) else _renew(own.credential, user, own)
    row, _is_new = Credential.objects.get_or_create(
        user=user, name=name, tier=tier, cycle=own.unlock.cycle, defaults=_signed(user, own.unlock, own.described)
    )
    return row


def is_current(row: Credential, user: User) -> bool:
    """Whether a credential still names the member's address, and its key's word still counts."""
    return row.key.revoked_at is None and row.identity == identities.hashed(user.email, row.salt)


def _renew(row: Credential, user: User, own: queries.Own) -> Credential:
    """Sign a credential anew, under the same id."""
    for field, value in _signed(user, own.unlock, own.described, row).items():
        setattr(row, field, value)
    row.save(update_fields=["version", "key", "identity", "salt", "text"])
    return row


def _signed(user: User, unlock: Unlock, described: Described, row: Credential | None = None) -> dict[str, object]:
    """Return the values of a credential's row."""
    uuid, salt, key = row.uuid if row else uuid4(), secrets.token_hex(16), keys.signing()
    identity = identities.hashed(user.email, salt)
    earned_at = cast(datetime, unlock.earned_at)  # what stands has been earned
    document = documents.credential(described, uuid, user.uuid, earned_at, identity, salt)
    text = jwts.sign(documents.claims(document), keys.private_of(key), addresses.key(key.name))
    return {"uuid": uuid, "version": unlock.version, "key": key, "identity": identity, "salt": salt, "text": text}

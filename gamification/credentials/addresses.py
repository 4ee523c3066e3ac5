"""The addresses that stand in credentials. They are of `SITE_URL`, whatever host a request came by, and never change."""

import re
from uuid import UUID

from django.conf import settings
from django.urls import reverse

CREDENTIAL = re.compile(r"(?:/ob/credentials/|/verify/)([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?:\.png|/)?")
KEY = re.compile(r"/ob/keys/([0-9a-f]{16})")


def issuer() -> str:
    """Return the issuer's id, which is the address of its profile."""
    return _of("issuer")


def keys() -> str:
    """Return where all public keys stand."""
    return _of("keys")


def key(name: str) -> str:
    """Return where one public key stands: the `kid` of what it signed."""
    return _of("key", name)


def revocations() -> str:
    """Return where the list of revoked credentials stands."""
    return _of("revocations")


def achievement(name: str, tier: int) -> str:
    """Return the id of an achievement's tier."""
    return _of("achievement-json", name, tier)


def image(name: str, tier: int) -> str:
    """Return where the picture of an achievement's tier stands."""
    return _of("achievement-image", name, tier)


def credential(uuid: UUID) -> str:
    """Return a credential's id, where it can be had as a text."""
    return _of("credential-jwt", uuid)


def page(uuid: UUID) -> str:
    """Return the page where people can look at a credential."""
    return _of("credential", uuid)


def credential_at(address: str) -> UUID | None:
    """Return which of our credentials an address leads to; None for any other address."""
    found = CREDENTIAL.fullmatch(_inside(address))
    return UUID(found[1]) if found else None


def key_at(address: str) -> str | None:
    """Return which of our keys an address leads to; None for any other address."""
    found = KEY.fullmatch(_inside(address))
    return found[1] if found else None


def _of(name: str, *arguments: object) -> str:
    """Return an absolute address."""
    return settings.SITE_URL + reverse(f"credentials:{name}", args=arguments)


def _inside(address: str) -> str:
    """Return the path of an address of this site; nothing of any other."""
    base = f"{settings.SITE_URL}/"
    return "/" + address.removeprefix(base) if address.startswith(base) else ""

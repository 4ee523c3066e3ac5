"""Whose a credential is, without saying it: e-mail addresses as salted hashes (Open Badges 3.0, IdentityObject)."""

from hashlib import md5, sha256
from hmac import compare_digest
from typing import Any


def hashed(email: str, salt: str) -> str:
    """Return the identity of an address: that of its lower case, so that how it is written does not matter."""
    return "sha256$" + sha256((email.lower() + salt).encode()).hexdigest()


def matches(identity: dict[str, Any], email: str) -> bool:
    """Whether an identity is that of an address, as it is written or in lower case; hashed by SHA-256 or MD5."""
    told, salt = identity.get("identityHash"), identity.get("salt", "")
    if not isinstance(told, str) or not isinstance(salt, str):
        return False
    return any(compare_digest(told.lower().encode(), one.encode()) for one in _written(email, salt, identity))


def _written(email: str, salt: str, identity: dict[str, Any]) -> list[str]:
    """Return all that an address may stand as."""
    emails = {email, email.lower()}
    if identity.get("hashed") is not True:
        return [one.lower() for one in emails]
    salted = [(one + salt).encode() for one in emails]
    by_md5 = ["md5$" + md5(one, usedforsecurity=False).hexdigest() for one in salted]
    return ["sha256$" + sha256(one).hexdigest() for one in salted] + by_md5

"""What is published: the issuer, achievements and credentials as Open Badges 3.0 says they are. Only values, no database.

Arrays stay arrays; what is empty is left out.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid5

from django.conf import settings

from gamification.credentials import addresses

CONTEXTS = [
    "https://www.w3.org/ns/credentials/v2",
    "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
    "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json",
]
SCHEMA = {
    "id": "https://purl.imsglobal.org/spec/ob/v3p0/schema/json/ob_v3p0_achievementcredential_schema.json",
    "type": "1EdTechJsonSchemaValidator2019",
}
REVOCATION = "1EdTechRevocationList"
SITE_NAME = "Eightpoint"


@dataclass(frozen=True, slots=True)
class Described:
    """An achievement's tier as it was when somebody unlocked it."""

    key: str
    tier: int
    name: str
    description: str
    criteria: str
    rarity: str
    icon: str
    numeral: str
    color: str


def issuer() -> dict[str, Any]:
    """Return the issuer as it stands in credentials."""
    return {"id": addresses.issuer(), "type": ["Profile"], "name": SITE_NAME, "url": settings.SITE_URL}


def profile() -> dict[str, Any]:
    """Return the issuer's own document."""
    return {"@context": CONTEXTS, **issuer()}


def achievement(described: Described) -> dict[str, Any]:
    """Return an achievement as it stands in credentials."""
    return {
        "id": addresses.achievement(described.key, described.tier),
        "type": ["Achievement"],
        "name": described.name,
        "description": described.description,
        "criteria": {"narrative": described.criteria},
        "image": {"id": addresses.image(described.key, described.tier), "type": "Image"},
    }


def credential(
    described: Described, uuid: UUID, person: UUID, earned_at: datetime, identity: str, salt: str
) -> dict[str, Any]:
    """Return a credential. It names nobody: the subject's id is the site's own, and of the address there is a hash."""
    return {
        "@context": CONTEXTS,
        "id": addresses.credential(uuid),
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "issuer": issuer(),
        "validFrom": written(earned_at),
        "name": described.name,
        "credentialSubject": {
            "id": subject(person),
            "type": ["AchievementSubject"],
            "identifier": [
                {
                    "type": "IdentityObject",
                    "hashed": True,
                    "identityHash": identity,
                    "identityType": "emailAddress",
                    "salt": salt,
                }
            ],
            "achievement": achievement(described),
        },
        "credentialSchema": [SCHEMA],
        "credentialStatus": {"id": addresses.revocations(), "type": REVOCATION},
    }


def claims(document: dict[str, Any]) -> dict[str, Any]:
    """Return the payload of a credential's JWT: the credential, and what JWTs call the same things."""
    starts = datetime.fromisoformat(document["validFrom"])
    return document | {
        "iss": document["issuer"]["id"],
        "jti": document["id"],
        "nbf": int(starts.timestamp()),
        "sub": document["credentialSubject"]["id"],
    }


def subject(person: UUID) -> str:
    """Return the id of a person in credentials: the same in all of them, and no other id of the person."""
    return uuid5(person, addresses.issuer()).urn


def written(at: datetime) -> str:
    """Return an instant to the second, as in XML Schema."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

"""Members with something to show, and credentials that somebody has tampered with."""

import json
from datetime import UTC, datetime
from typing import Any

from joserfc.jwk import OKPKey, RSAKey

from accounts.models import User
from gamification.achievements import defaults
from gamification.credentials import documents, issuing, jwts
from gamification.credentials.models import Credential
from gamification.models import Unlock

EARNED = datetime(2026, 5, 14, 9, 30, 15, 123456, tzinfo=UTC)
NOW = datetime(2026, 11, 1, tzinfo=UTC)


def unlock(user: User, name: str = "committed", tier: int = 1, **values: Any) -> Unlock:
    """Let a member have one of the achievements of the beginning."""
    defaults.seed()
    return Unlock.objects.create(
        **{
            "actor": user.uuid,
            "name": name,
            "tier": tier,
            "cycle": 1,
            "revoked": 0,
            "earned_at": EARNED,
            "xp": 200,
            "points": 100,
            "version": 1,
            **values,
        }
    )


def take_back(user: User, name: str = "committed") -> None:
    """Let a member not have it any more."""
    Unlock.objects.filter(actor=user.uuid, name=name).update(revoked=1)


def issued(user: User, name: str = "committed") -> Credential:
    """Let a member have it, and take it along."""
    unlock(user, name)
    return issuing.issue(user, name, 1)


def payload(row: Credential) -> dict[str, Any]:
    """Return what a credential says."""
    return jwts.payload_of(row.text)


def signed(content: dict[str, Any] | str, key: RSAKey | OKPKey, **header: Any) -> str:
    """Return a text signed with any key, under any header."""
    from joserfc import jws
    from joserfc.jws import JWSRegistry

    text = content if isinstance(content, str) else json.dumps(content)
    header = {"alg": "RS256", "typ": "JWT", **header}
    registry = JWSRegistry(algorithms=[header["alg"]], strict_check_header=False)
    return jws.serialize_compact(header, text, key, registry=registry)


def foreign(**changes: Any) -> tuple[dict[str, Any], RSAKey]:
    """Return the payload of a good credential of another site, and that site's key."""
    document = {
        "@context": documents.CONTEXTS,
        "id": "https://other.example/credentials/1",
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "issuer": {"id": "https://other.example/issuer", "type": ["Profile"], "name": "Other"},
        "validFrom": "2026-01-01T00:00:00Z",
        "credentialSubject": {
            "id": "urn:uuid:0198e1e0-7c3a-7d0f-9c5b-2a6f1d3e4c5b",
            "type": ["AchievementSubject"],
            "achievement": {
                "id": "https://other.example/achievements/1",
                "type": ["Achievement"],
                "name": "Patience",
                "description": "Waited",
                "criteria": {"narrative": "Wait"},
            },
        },
    }
    return documents.claims(document) | changes, RSAKey.generate_key(2048)

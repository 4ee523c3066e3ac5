"""Credentials: documents for verifiers, one's own badges to take along, checking."""

from gamification.achievements import defaults
from gamification.credentials import issuing
from gamification.models import Unlock
from stats.fields import from_micros
from tests.permissions.table import EVERYBODY, Row
from tests.permissions.world import World

ROWS = (
    Row("credentials:issuer", "GET", "", EVERYBODY),
    Row("credentials:keys", "GET", "", EVERYBODY),
    Row("credentials:key", "GET", "credential_key", EVERYBODY),
    Row("credentials:revocations", "GET", "", EVERYBODY),
    Row("credentials:achievement-json", "GET", "achievement_tier", EVERYBODY),
    Row("credentials:achievement-image", "GET", "achievement_tier", EVERYBODY),
    Row("credentials:credential-jwt", "GET", "credential", EVERYBODY),
    Row("credentials:credential-png", "GET", "credential", EVERYBODY),
    Row("credentials:credential", "GET", "credential", EVERYBODY),
    Row("credentials:verify", "GET", "", EVERYBODY),
    Row("credentials:verify", "POST", "", EVERYBODY, {"text": "aaa.bbb.ccc"}),
    Row("credentials:achievement", "GET", "own_achievement", "200 404 404 404 login 404"),
    Row("credentials:achievement", "POST", "own_achievement", "302 404 404 404 login 404"),
    Row("credentials:api-credentials", "GET", "", "200 200 200 200 401 200"),
    Row("credentials:api-credentials", "POST", "", "200 404 404 404 401 404", {"achievement": "unstoppable"}),
    Row("credentials:api-check", "POST", "", EVERYBODY, {"credential": "aaa.bbb.ccc"}),
)


def prepare(world: World) -> None:
    """Let the owner have unlocked something and taken it along."""
    defaults.seed()
    Unlock.objects.create(
        actor=world.owner.uuid,
        name="unstoppable",
        tier=1,
        cycle=1,
        revoked=0,
        earned_at=from_micros(1_700_000_000_000_000),
        xp=200,
        points=50,
        version=1,
    )
    row = issuing.issue(world.owner, "unstoppable", 1)
    world.subjects |= {
        "credential": {"uuid": row.uuid},
        "credential_key": {"name": row.key.name},
        "achievement_tier": {"name": "unstoppable", "tier": 1},
        "own_achievement": {"key": "unstoppable"},
    }

"""Where members stand in the game: the own numbers, those of who agrees, and the ledger."""

from gamification.choices import PUBLIC
from stats import ledger
from stats.actors import user_actor
from stats.kinds import Kind
from tests.permissions.table import Row
from tests.permissions.world import World

ROWS = (
    Row("gamification:api-stats", "GET", "", "200 200 200 200 401 200"),
    Row("gamification:api-member-stats", "GET", "owner_of_points", "200 404 404 404 401 200"),
    Row("gamification:api-member-stats", "GET", "shown_points", "200 200 200 200 401 200"),
    Row("gamification:api-streak-update", "POST", "", "200 200 200 200 401 200"),
    Row("gamification:api-xp", "GET", "", "200 200 200 200 401 200"),
)


def prepare(world: World) -> None:
    """Let one member show where they stand; the owner does not."""
    shown = world.people["collaborator"]
    with ledger.recording():
        ledger.record(Kind.SETTING_CHANGED, user_actor(shown.uuid), setting=PUBLIC, value="on")
    world.subjects |= {
        "owner_of_points": {"user_id": world.owner.uuid},
        "shown_points": {"user_id": shown.uuid},
    }

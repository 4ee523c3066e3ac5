"""The platform's numbers for staff."""

from tests.permissions.table import Row
from tests.permissions.world import World

STAFF = "403 403 403 403 401 200"

ROWS = (
    Row("platform:overview", "GET", "", STAFF),
    Row("platform:user-growth", "GET", "", STAFF),
    Row("platform:engagement", "GET", "", STAFF),
    Row("platform:revenue", "GET", "", STAFF),
    Row("platform:top-courses", "GET", "", STAFF),
    Row("platform:top-instructors", "GET", "", STAFF),
    Row("platform:system-health", "GET", "", STAFF),
    Row("platform:dashboard", "GET", "", STAFF),
    Row("platform:aggregate", "POST", "a_day", STAFF),
    Row("platform:aggregate", "POST", "no_day", "403 403 403 403 401 400"),
)


def prepare(world: World) -> None:
    """Name days."""
    world.subjects |= {"a_day": {"day": "2026-01-17"}, "no_day": {"day": "2026-13-01"}}

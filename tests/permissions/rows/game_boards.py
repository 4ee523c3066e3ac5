"""Leaderboards: for members; a course's for who has points in it; taking them anew for staff."""

from datetime import timedelta
from uuid import UUID

from django.utils import timezone

from gamification.boards import closing
from stats import ledger
from stats.actors import user_actor
from stats.kinds import Kind
from tests.factories import make_course
from tests.permissions.table import Row
from tests.permissions.world import World

COURSE = "0198e1e0-7c3a-7d0f-9c5b-2a6f1d3e4c5b"
MEMBERS = "200 200 200 200 login 200"
MEMBERS_API = "200 200 200 200 401 200"

ROWS = (
    Row("boards:leaderboard", "GET", "", MEMBERS),
    Row("boards:leaderboard", "GET", "", "404 404 200 404 login 200", query=f"?scope=course:{COURSE}"),
    Row("boards:past", "GET", "", MEMBERS),
    Row("boards:final", "GET", "closed_month", MEMBERS),
    Row("boards:api-leaderboard", "GET", "", MEMBERS_API),
    Row("boards:api-past", "GET", "", MEMBERS_API),
    Row("boards:api-final", "GET", "closed_month", MEMBERS_API),
    Row("boards:api-rebuild", "POST", "", "403 403 403 403 401 200"),
)


def prepare(world: World) -> None:
    """Let the enrolled member have earned points two months ago, and close that month."""
    at = timezone.now() - timedelta(days=70)
    course = make_course(world.owner, uuid=UUID(COURSE))
    with ledger.recording():
        actor = user_actor(world.people["enrolled"].uuid)
        ledger.record(Kind.LESSON_COMPLETED, actor, item=world.public_item, occurred_at=at, course=str(course.uuid))
    closing.close_due(timezone.now())
    world.subjects["closed_month"] = {"period": f"{at:%Y-%m}"}

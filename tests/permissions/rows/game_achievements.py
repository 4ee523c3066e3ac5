"""Achievements: everybody their own, others' by consent, staff make them."""

from gamification.playing import choosing
from tests.permissions.table import Row
from tests.permissions.world import World

NEW = {
    "name": "Marathon",
    "description": "Complete 100 lessons",
    "requirement_type": "lessons_completed",
    "requirement_value": 100,
    "points": 800,
}

ROWS = (
    Row("achievements:api-achievements", "GET", "", "200 200 200 200 401 200"),
    Row("achievements:api-members", "GET", "game_of_owner", "200 404 404 404 401 200"),
    Row("achievements:api-members", "GET", "game_of_collaborator", "200 200 200 200 401 200"),
    Row("achievements:api-check", "POST", "", "200 200 200 200 401 200"),
    Row("achievements:api-create", "POST", "", "403 403 403 403 401 201", NEW),
    Row("achievements:api-seed", "POST", "", "403 403 403 403 401 200"),
)


def prepare(world: World) -> None:
    """Let one of two members show where they stand in the game."""
    choosing.change(world.people["collaborator"], public=True)
    for name in ("owner", "collaborator"):
        world.subjects[f"game_of_{name}"] = {"uuid": world.people[name].uuid}

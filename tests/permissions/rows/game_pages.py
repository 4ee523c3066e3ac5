"""The game's pages, its settings, and moments: everybody's own."""

from tests.permissions.table import Row
from tests.permissions.world import World

ROWS = (
    Row("playing:achievements", "GET", "", "200 200 200 200 login 200"),
    Row("playing:progress", "GET", "", "200 200 200 200 login 200"),
    Row("playing:settings", "GET", "", "200 200 200 200 login 200"),
    Row("playing:settings", "POST", "", "302 302 302 302 login 302", {"listed": "on"}),
    Row("moments:show", "POST", "", "200 200 200 200 login 200"),
    Row("moments:api-moments", "GET", "", "200 200 200 200 401 200"),
    Row("moments:api-moments-shown", "POST", "", "200 200 200 200 401 200", {"ids": [1]}),
)


def prepare(world: World) -> None:
    """Nothing is needed: all of it is one's own."""

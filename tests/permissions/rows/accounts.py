"""Members, their pages and their API."""

from tests.factories import make_plans
from tests.permissions.table import Row
from tests.permissions.world import World

ROWS = (
    Row("accounts:front", "GET", "", "200 200 200 200 200 200"),
    Row("accounts:profile", "GET", "", "200 200 200 200 login 200"),
    Row("accounts:settings", "GET", "", "200 200 200 200 login 200"),
    Row("accounts:settings", "POST", "", "200 200 200 200 login 200"),
    Row("accounts:picture-remove", "POST", "", "302 302 302 302 login 302"),
    Row("accounts:picture", "GET", "picture", "404 404 404 404 404 404"),
    Row("accounts:features", "GET", "", "200 200 200 200 login 200"),
    Row("accounts:upgrade", "POST", "", "302 302 302 302 login 302", {"plan": "premium"}),
    Row("accounts:upgrade-withdraw", "POST", "", "302 302 302 302 login 302"),
    Row("accounts:history", "GET", "", "200 200 200 200 login 200"),
    Row("accounts:history-clear", "GET", "", "200 200 200 200 login 200"),
    Row("accounts:history-clear", "POST", "", "302 302 302 302 login 302"),
    Row("accounts:history-hide", "POST", "", "404 404 404 404 login 404"),
    Row("accounts:api-guests", "POST", "", "201 201 201 201 201 201"),
    Row("accounts:api-users", "GET", "", "403 403 403 403 401 200"),
    Row(
        "accounts:api-users",
        "POST",
        "",
        "403 403 403 403 401 201",
        {"username": "somebody", "email": "somebody@example.org"},
    ),
    Row("accounts:api-all-stats", "GET", "", "403 403 403 403 401 200"),
    Row("accounts:api-subscribers", "GET", "", "403 403 403 403 401 200"),
    Row("accounts:api-user", "GET", "owner", "200 404 404 404 401 200"),
    Row("accounts:api-user", "PATCH", "owner", "200 404 404 404 401 403", {"bio": "At sea."}),
    Row("accounts:api-user-stats", "GET", "owner", "200 404 404 404 401 200"),
    Row("accounts:api-user-stat", "GET", "owner_stat", "200 404 404 404 401 200"),
    Row("accounts:api-history", "GET", "owner", "200 404 404 404 401 200"),
    Row("accounts:api-history", "DELETE", "owner", "200 404 404 404 401 200"),
    Row("accounts:api-watch", "POST", "owner", "403 403 403 403 401 400"),
    Row("accounts:api-upload", "POST", "owner", "403 403 403 403 401 400"),
    Row("accounts:api-interaction", "POST", "owner", "403 403 403 403 401 400"),
    Row("accounts:api-use-feature", "POST", "owner_feature", "403 404 404 404 401 403"),
    Row("accounts:api-upgrade", "POST", "owner", "403 403 403 403 401 400"),
)


def prepare(world: World) -> None:
    """Name the owner in each way in which an address does."""
    make_plans()
    user = {"user_id": str(world.owner.uuid)}
    world.subjects |= {
        "owner": user,
        "owner_stat": user | {"key": "total_interactions"},
        "owner_feature": user | {"feature": "ad_free"},
        "picture": {"name": "0" * 32},
    }

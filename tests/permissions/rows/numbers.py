"""Numbers: studio, insights, receipts, dashboard, statistics API, and the pages about the site itself."""

from tests.permissions.table import Row
from tests.permissions.world import World

ROWS = (
    Row("analytics:healthz", "GET", "", "200 200 200 200 200 200"),
    Row("analytics:readyz", "GET", "", "200 200 200 200 200 200"),
    Row("analytics:dashboard", "GET", "", "200 200 200 200 401 200"),
    Row("analytics:studio", "GET", "", "200 200 200 200 login 200"),
    Row("analytics:studio-csv", "GET", "days", "200 200 200 200 login 200"),
    Row("analytics:studio-items", "GET", "", "200 200 200 200 login 200"),
    Row("analytics:studio-item", "GET", "public_item", "200 404 404 404 login 200"),
    Row("analytics:studio-item", "GET", "private_item", "200 404 404 404 login 200"),
    Row("analytics:studio-item-csv", "GET", "item_days", "200 404 404 404 login 200"),
    Row("analytics:insights", "GET", "", "200 200 200 200 login 200"),
    Row("analytics:insights-numbers", "GET", "", "200 200 200 200 login 200"),
    Row("analytics:insights-site", "GET", "", "404 404 404 404 login 200"),
    Row("analytics:insights-csv", "GET", "table_of_mine", "200 200 200 200 login 200"),
    Row("analytics:receipt", "GET", "plays", "200 200 200 200 login 200", query="?owner=me"),
    Row("stats:events", "POST", "", "401 401 401 401 401 401"),
    Row("stats:item-counters", "GET", "item_key", "200 200 200 200 200 200"),
    Row("stats:item-counters", "GET", "private_key", "200 404 404 404 404 200"),
    Row("stats:analytics", "GET", "", "403 403 403 403 401 200"),
    Row("stats:metrics", "GET", "", "200 200 200 200 401 200"),
    Row("stats:metric", "GET", "plays", "200 200 200 200 401 200", query="?owner=me"),
    Row("stats:receipt", "GET", "plays", "200 200 200 200 401 200", query="?owner=me"),
    Row("site:how-we-count", "GET", "", "200 200 200 200 200 200"),
    Row("site:privacy", "GET", "", "200 200 200 200 200 200"),
    Row("site:favicon", "GET", "", "302 302 302 302 302 302"),
    Row("site:docs", "GET", "", "200 200 200 200 200 200"),
    Row("site:redoc", "GET", "", "200 200 200 200 200 200"),
    Row("site:api-root", "GET", "", "200 200 200 200 200 200"),
    Row("site:schema", "GET", "", "200 200 200 200 200 200"),
)


def prepare(world: World) -> None:
    """Name tables and metrics."""
    world.subjects |= {
        "days": {"table": "days"},
        "item_days": {"uuid": world.public_item.uuid, "table": "days"},
        "table_of_mine": {"name": "activity"},
        "plays": {"key": "plays"},
        "item_key": {"key": str(world.public_item.uuid)},
        "private_key": {"key": str(world.private_item.uuid)},
    }

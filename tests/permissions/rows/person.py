"""One member's page, what staff do there, and the audit log."""

from tests.permissions.table import Row
from tests.permissions.world import World

ONE = "403 403 403 403 login 200"
DONE = "403 403 403 403 login 302"

ROWS = (
    Row("desk:person", "GET", "a_member", ONE),
    Row("desk:person-game", "GET", "a_member", ONE),
    Row("desk:person-journey", "GET", "a_member", ONE),
    Row("desk:person-record", "GET", "a_member", ONE),
    Row("desk:person-subscription", "POST", "a_member", DONE, {"act": "premium", "days": "30"}),
    Row("desk:person-grant", "POST", "a_member", DONE, {"feature": "ad_free", "how": "granted"}),
    Row("desk:person-state", "POST", "a_member", DONE, {"active": "0"}),
    Row("desk:person-note", "POST", "a_member", DONE, {"text": "Polite."}),
    Row("desk:person-roles", "POST", "a_member", DONE, {"roles": ["support"]}),
    Row("desk:view-as", "POST", "a_member", DONE),
    Row("desk:view-as-end", "POST", "", "302 302 302 302 302 302"),
    Row("desk:audit", "GET", "", ONE),
    Row("desk:audit-csv", "GET", "", ONE),
)


def prepare(world: World) -> None:
    """Name a member who is no staff."""
    world.subjects["a_member"] = {"uuid": world.people["member"].uuid}

"""Unusual days, and the wish for the morning mail."""

from analytics.anomalies import mailing
from tests.permissions.table import Row
from tests.permissions.world import World

ROWS = (
    Row("anomalies:list", "GET", "", "403 403 403 403 login 200"),
    Row("anomalies:list", "POST", "", "403 403 403 403 login 302", {"wish": "daily"}),
    Row("anomalies:stop", "GET", "staffs_mail", "200 200 200 200 200 200"),
    Row("anomalies:stop", "POST", "staffs_mail", "200 200 200 200 200 200"),
    Row("anomalies:stop", "GET", "forged_mail", "404 404 404 404 404 404"),
    Row("anomalies:stop", "POST", "forged_mail", "404 404 404 404 404 404"),
)


def prepare(world: World) -> None:
    """Sign and forge an address that stops mails."""
    token = mailing.token_of(world.people["staff"])
    world.subjects |= {"staffs_mail": {"token": token}, "forged_mail": {"token": f"{token}x"}}

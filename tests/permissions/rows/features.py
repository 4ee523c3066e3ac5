"""What the features open: channels' looks, advertising."""

from accounts.models import Advertisement
from tests.permissions.table import Row
from tests.permissions.world import World

ROWS = (
    Row("branding:settings", "GET", "", "200 200 200 200 login 200"),
    Row("branding:settings", "POST", "", "403 403 403 403 login 302", {"accent": "plum", "tagline": "At sea."}),
    Row("erasure:data", "GET", "", "200 200 200 200 login 200"),
    Row("erasure:copy", "POST", "", "200 200 200 200 login 200"),
    Row("erasure:erase", "POST", "", "400 400 400 400 login 400", {"username": "x", "password": "y"}),
    Row("branding:banner", "GET", "picture", "404 404 404 404 404 404"),
    Row("advertising:follow", "GET", "advert", "302 302 302 302 302 302"),
)


def prepare(world: World) -> None:
    """Let an advertisement run."""
    advert = Advertisement.objects.create(place="browse", title="Tea", sponsor="Leaf", link="https://example.org/")
    world.subjects["advert"] = {"uuid": advert.uuid}

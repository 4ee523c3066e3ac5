"""Items: finding, seeing, changing them, and what people do with them."""

from typing import Any

from django.utils import timezone

from accounts.models import FeatureGrant
from library.models import Collaboration, Media
from library.people.models import Answer
from tests.factories import make_comment, make_item
from tests.permissions.table import Row
from tests.permissions.world import World


def bulk(world: World) -> dict[str, Any]:
    """Return the order to keep the public item back."""
    return {"action": "unpublish", "items": [str(world.public_item.uuid)]}


ROWS = (
    # before the rows that delete: what is deleted takes its file along
    Row("library:file", "GET", "public_item", "200 200 200 200 200 200"),
    Row("library:file", "GET", "private_item", "200 200 404 404 404 200"),
    Row("library:download", "GET", "public_item", "200 200 200 200 200 200"),
    Row("library:download", "GET", "private_item", "200 200 404 404 404 200"),
    Row("library:thumbnail", "GET", "private_item", "200 200 404 404 404 200"),
    Row("library:poster", "GET", "private_item", "200 200 404 404 404 200"),
    Row("library:file", "GET", "draft_item", "200 404 404 404 404 200"),
    Row("library:browse", "GET", "", "200 200 200 200 200 200"),
    Row("library:mine", "GET", "", "200 200 200 200 login 200"),
    Row("library:mine", "POST", "", "302 302 302 302 login 302"),
    Row("library:upload", "GET", "", "200 200 200 200 login 200"),
    Row("library:upload", "POST", "", "400 400 400 400 login 400"),
    Row("library:item", "GET", "public_item", "200 200 200 200 200 200"),
    Row("library:item", "GET", "private_item", "200 200 404 404 404 200"),
    Row("library:item-edit", "GET", "public_item", "200 404 404 404 login 200"),
    Row("library:item-edit", "GET", "private_item", "200 200 404 404 login 200"),
    Row(
        "library:item-edit",
        "POST",
        "public_item",
        "302 404 404 404 login 302",
        {"title": "Ebb", "category": "other", "visibility": "public"},
    ),
    Row("library:item-delete", "GET", "public_item", "200 404 404 404 login 200"),
    Row("library:item-delete", "POST", "private_item", "302 404 404 404 login 302"),
    Row("library:item-delete", "POST", "public_item", "302 404 404 404 login 302"),
    Row("library:like", "POST", "public_item", "302 302 302 302 302 302"),
    Row("library:like", "POST", "private_item", "302 302 404 404 404 302"),
    Row("library:save", "POST", "public_item", "302 302 302 302 302 302"),
    Row("library:save", "POST", "private_item", "302 302 404 404 404 302"),
    Row("library:share", "POST", "public_item", "302 302 302 302 302 302", {"platform": "email"}),
    Row("library:share", "POST", "private_item", "302 302 404 404 404 302", {"platform": "email"}),
    Row("library:api-items", "GET", "", "200 200 200 200 200 200"),
    Row("library:api-items", "POST", "", "415 415 415 415 401 415"),
    Row("library:api-item", "GET", "public_item", "200 200 200 200 200 200"),
    Row("library:api-item", "GET", "private_item", "200 200 404 404 404 200"),
    Row("library:api-item", "PATCH", "public_item", "200 403 403 403 401 200", {"title": "Ebb"}),
    Row("library:api-item", "PATCH", "private_item", "200 200 404 404 401 200", {"title": "Ebb"}),
    Row("library:api-item", "DELETE", "public_item", "204 403 403 403 401 204"),
    Row("library:api-item", "DELETE", "private_item", "204 403 404 404 401 204"),
    Row("library:api-like", "POST", "public_item", "200 200 200 200 200 200"),
    Row("library:api-like", "POST", "private_item", "200 200 404 404 404 200"),
    Row("library:api-like", "DELETE", "public_item", "200 200 200 200 200 200"),
    Row("library:api-save", "POST", "public_item", "200 200 200 200 200 200"),
    Row("library:api-save", "POST", "private_item", "200 200 404 404 404 200"),
    Row("library:api-save", "DELETE", "public_item", "200 200 200 200 200 200"),
    Row("library:api-share", "POST", "public_item", "201 201 201 201 201 201", {"platform": "email"}),
    Row("library:api-share", "POST", "private_item", "201 201 404 404 404 201", {"platform": "email"}),
    Row("library:item", "GET", "draft_item", "200 404 404 404 404 200"),
    Row("library:item-edit", "GET", "draft_item", "200 404 404 404 login 200"),
    Row("library:api-item", "GET", "draft_item", "200 404 404 404 404 200"),
    Row("library:like", "POST", "draft_item", "302 404 404 404 404 302"),
    Row("library:api-items-bulk", "POST", "", "200 403 403 403 401 200", bulk),
    Row("library:api-items", "GET", "", "200 200 200 200 200 200", query="?search=film"),
    Row("library:browse", "GET", "", "200 200 200 200 200 200", query="?q=film"),
)


def prepare(world: World) -> None:
    """Share the private item with the collaborator, keep a draft, and let a stranger to the public one say something."""
    Collaboration.objects.create(
        item=world.private_item,
        person=world.people["collaborator"],
        invited_by=world.owner,
        state=Answer.ACCEPTED,
        answered_at=timezone.now(),
    )
    FeatureGrant.objects.create(user=world.owner, feature="bulk_operations")
    draft = make_item(world.owner, file=b"0123456789", title="Unfinished")
    Media.objects.filter(item=draft).update(published_at=None)
    world.subjects["draft_item"] = {"uuid": draft.uuid}
    said = make_comment(world.public_item, world.people["enrolled"])
    world.subjects["comment"] = {"uuid": world.public_item.uuid, "comment": said.uuid}

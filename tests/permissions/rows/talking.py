"""What people say about items: comments, stars, reports; and items on pages of other sites."""

from library.models import Media
from tests.factories import make_comment, make_item
from tests.permissions.table import Row
from tests.permissions.world import World

ROWS = (
    Row("talking:embed", "GET", "public_item", "200 200 200 200 200 200"),
    Row("talking:embed", "GET", "private_item", "404 404 404 404 404 404"),
    Row("talking:qr-code", "GET", "public_item", "200 200 200 200 200 200"),
    Row("talking:qr-code", "GET", "private_item", "200 200 404 404 404 200"),
    Row("talking:rate", "POST", "public_item", "302 302 302 302 login 302", {"stars": 4}),
    Row("talking:rate", "POST", "private_item", "302 302 404 404 login 302", {"stars": 4}),
    Row("talking:comment", "POST", "public_item", "302 302 302 302 login 302", {"text": "Well said."}),
    Row("talking:comment", "POST", "private_item", "302 302 404 404 login 302", {"text": "Well said."}),
    Row("talking:reply", "GET", "owners_comment", "200 200 200 200 login 200"),
    Row("talking:reply", "GET", "private_comment", "200 200 404 404 login 200"),
    Row("talking:reply", "POST", "owners_comment", "302 302 302 302 login 302", {"text": "Indeed."}),
    Row("talking:reply", "POST", "private_comment", "302 302 404 404 login 302", {"text": "Indeed."}),
    Row("talking:comment-edit", "GET", "owners_comment", "200 404 404 404 login 404"),
    Row("talking:comment-edit", "POST", "owners_comment", "302 404 404 404 login 404", {"text": "Better said."}),
    Row("talking:comment-edit", "POST", "private_comment", "404 302 404 404 login 404", {"text": "Better said."}),
    Row("talking:comment-delete", "POST", "owners_comment", "302 404 404 404 login 302"),
    Row("talking:comment-delete", "POST", "private_comment", "302 302 404 404 login 302"),
    Row("talking:api-rating", "GET", "public_item", "200 200 200 200 200 200"),
    Row("talking:api-rating", "GET", "private_item", "200 200 404 404 404 200"),
    Row("talking:api-rating", "PUT", "public_item", "200 200 200 200 401 200", {"stars": 4}),
    Row("talking:api-rating", "PUT", "private_item", "200 200 404 404 401 200", {"stars": 4}),
    Row("talking:api-comments", "GET", "public_item", "200 200 200 200 200 200"),
    Row("talking:api-comments", "GET", "private_item", "200 200 404 404 404 200"),
    Row("talking:api-comments", "POST", "public_item", "201 201 201 201 401 201", {"text": "Well said."}),
    Row("talking:api-comments", "POST", "private_item", "201 201 404 404 401 201", {"text": "Well said."}),
    Row("talking:api-comment", "GET", "owners_comment", "200 200 200 200 200 200"),
    Row("talking:api-comment", "GET", "private_comment", "200 200 404 404 404 200"),
    Row("talking:api-comment", "PATCH", "owners_comment", "200 403 403 403 401 403", {"text": "Better said."}),
    Row("talking:api-comment", "PATCH", "private_comment", "403 200 404 404 401 403", {"text": "Better said."}),
    Row("talking:api-comment", "DELETE", "owners_comment", "204 403 403 403 401 204"),
    Row("talking:api-comment", "DELETE", "private_comment", "204 204 404 404 401 204"),
    Row("moderation:report-item", "GET", "public_item", "404 200 200 200 login 200"),
    Row("moderation:report-item", "POST", "public_item", "404 302 302 302 login 302", {"reason": "spam"}),
    Row("moderation:report-item", "POST", "private_item", "404 302 404 404 login 302", {"reason": "spam"}),
    Row("moderation:report-comment", "GET", "owners_comment", "404 200 200 200 login 200"),
    Row("moderation:report-comment", "POST", "owners_comment", "404 302 302 302 login 302", {"reason": "spam"}),
    Row("moderation:report-comment", "POST", "private_comment", "302 404 404 404 login 302", {"reason": "spam"}),
    Row("moderation:appeal", "GET", "held_item", "200 404 404 404 login 404"),
    Row("moderation:appeal", "POST", "held_item", "302 404 404 404 login 404", {"note": "It is mine."}),
    Row("moderation:appeal", "POST", "public_item", "404 404 404 404 login 404", {"note": "It is mine."}),
    Row("moderation:api-appeal", "POST", "held_item", "201 404 404 404 401 404", {"note": "It is mine."}),
    Row("moderation:api-appeal", "POST", "public_item", "404 404 404 404 401 404", {"note": "It is mine."}),
    Row("moderation:queue", "GET", "", "403 403 403 403 login 200"),
    Row("moderation:decide", "POST", "owners_comment_decision", "403 403 403 403 login 302", {"decision": "dismiss"}),
    Row("moderation:decide", "POST", "owners_comment_decision", "403 403 403 403 login 302", {"decision": "uphold"}),
    Row("moderation:api-report-item", "POST", "public_item", "404 201 201 201 401 201", {"reason": "spam"}),
    Row("moderation:api-report-item", "POST", "private_item", "404 201 404 404 401 201", {"reason": "spam"}),
    Row("moderation:api-report-comment", "POST", "owners_comment", "404 201 201 201 401 201", {"reason": "spam"}),
    Row("moderation:api-report-comment", "POST", "private_comment", "201 404 404 404 401 201", {"reason": "spam"}),
    Row("moderation:api-queue", "GET", "", "403 403 403 403 401 200"),
    Row("moderation:api-decide", "POST", "owners_comment_decision", "403 403 403 403 401 200", {"decision": "dismiss"}),
)


def prepare(world: World) -> None:
    """Let `owner` comment on the public item and have one that the staff hid, `collaborator` comment on the private one."""
    held = make_item(world.owner, visibility="private")
    Media.objects.filter(item=held).update(held_for="rights")
    world.things["held_item"] = held
    world.subjects["held_item"] = {"uuid": held.uuid}
    for name, item, author in (
        ("owners_comment", world.public_item, world.owner),
        ("private_comment", world.private_item, world.people["collaborator"]),
    ):
        comment = make_comment(item, author)
        world.things[name] = comment
        world.subjects[name] = {"uuid": item.uuid, "comment": comment.uuid}
        world.subjects[f"{name}_decision"] = {"key": "comment", "uuid": comment.uuid}

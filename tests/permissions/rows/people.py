"""Members to each other: pages, follows, notifications, settings, working together, bringing others along."""

from accounts import referrals
from library.people import collaborating, notifications, settings
from library.people.models import Answer
from tests.factories import make_item, make_user
from tests.permissions.table import Row
from tests.permissions.world import World

ROWS = (
    Row("people:member", "GET", "owner_name", "200 200 200 200 200 200"),
    Row("people:member", "GET", "hidden_name", "404 404 404 404 404 200"),
    Row("people:member", "GET", "members_name", "200 200 200 200 404 200"),
    Row("people:member-playlists", "GET", "owner_name", "200 200 200 200 200 200"),
    Row("people:member-playlists", "GET", "hidden_name", "404 404 404 404 404 200"),
    Row("people:member-courses", "GET", "owner_name", "200 200 200 200 200 200"),
    Row("people:member-courses", "GET", "hidden_name", "404 404 404 404 404 200"),
    Row("people:member-followers", "GET", "owner_name", "200 200 200 200 200 200"),
    Row("people:member-followers", "GET", "hidden_name", "404 404 404 404 404 200"),
    Row("people:member-following", "GET", "owner_name", "200 200 200 200 200 200"),
    Row("people:member-following", "GET", "hidden_name", "404 404 404 404 404 200"),
    Row("people:follow", "POST", "owner_name", "400 302 302 302 login 302"),
    Row("people:follow", "POST", "hidden_name", "404 404 404 404 login 302"),
    Row("people:following", "GET", "", "200 200 200 200 login 200"),
    Row("people:notifications", "GET", "", "200 200 200 200 login 200"),
    Row("people:notifications-count", "GET", "", "200 200 200 200 login 200"),
    Row(
        "people:notifications-read",
        "POST",
        "",
        "302 302 302 302 login 302",
        lambda w: {"until": w.subjects["told_to_owner"]["uuid"]},
    ),
    Row("people:notification", "GET", "told_to_owner", "302 404 404 404 login 404"),
    Row("people:settings-notification", "GET", "", "200 200 200 200 login 200"),
    Row("people:settings-notification", "POST", "", "302 302 302 302 login 302"),
    Row("people:settings-privacy", "GET", "", "200 200 200 200 login 200"),
    Row("people:settings-privacy", "POST", "", "400 400 400 400 login 400"),
    Row("people:collaborations", "GET", "", "200 200 200 200 login 200"),
    Row("people:collaboration-answer", "POST", "invitation_to_work", "404 404 302 404 login 404", {"answer": "accept"}),
    Row("people:collaboration-end", "POST", "work_together", "302 302 404 404 login 302"),
    Row("people:collaborators", "GET", "shared_item", "200 404 404 404 login 200"),
    Row("people:collaborators", "POST", "shared_item", "302 404 404 404 login 302", {"username": "member"}),
    Row("people:invite", "GET", "", "200 200 200 200 login 200"),
    Row("people:referral", "GET", "owner_code", "302 302 302 302 302 302"),
    Row("people:api-member", "GET", "owner_name", "200 200 200 200 200 200"),
    Row("people:api-member", "GET", "hidden_name", "404 404 404 404 404 200"),
    Row("people:api-member", "GET", "members_name", "200 200 200 200 404 200"),
    Row("people:api-follow", "POST", "owner_name", "400 200 200 200 401 200"),
    Row("people:api-follow", "DELETE", "owner_name", "200 200 200 200 401 200"),
    Row("people:api-follow", "POST", "hidden_name", "404 404 404 404 401 200"),
    Row("people:api-followers", "GET", "owner_name", "200 200 200 200 200 200"),
    Row("people:api-followers", "GET", "members_name", "403 403 403 403 404 200"),
    Row("people:api-following", "GET", "owner_name", "200 200 200 200 200 200"),
    Row("people:api-following", "GET", "members_name", "403 403 403 403 404 200"),
    Row("people:api-feed", "GET", "", "200 200 200 200 401 200"),
    Row("people:api-notifications", "GET", "", "200 200 200 200 401 200"),
    Row("people:api-notifications-read", "POST", "", "200 200 200 200 401 200", {}),
    Row("people:api-notification-read", "POST", "told_to_owner", "200 404 404 404 401 404"),
    Row("people:api-settings", "GET", "", "200 200 200 200 401 200"),
    Row("people:api-settings", "PATCH", "", "200 200 200 200 401 200", {"notification.follow": "off"}),
    Row("people:api-collaborators", "GET", "shared_item", "200 200 403 404 401 200"),
    Row("people:api-collaborators", "POST", "shared_item", "201 403 403 404 401 201", {"username": "member"}),
    Row("people:api-collaborations", "GET", "", "200 200 200 200 401 200"),
    Row("people:api-collaboration", "PATCH", "invitation_to_work", "404 404 200 404 401 404", {"state": "accepted"}),
    Row("people:api-collaboration", "DELETE", "work_together", "204 204 404 404 401 204"),
    Row("people:api-invite", "GET", "", "200 200 200 200 401 200"),
)


def prepare(world: World) -> None:
    """Let the owner be told something and share a private item; somebody else keeps their page to themselves."""
    hidden = make_user("hidden")
    settings.change(hidden, {"privacy.profile": "nobody"})
    for_members = make_user("formembers")
    settings.change(for_members, {"privacy.profile": "members", "privacy.follows": "nobody"})
    notifications.notify("comment", [world.owner], by=None, title="Told", address="/browse/", cause="permissions")
    shared = make_item(world.owner, title="Made together", visibility="private")
    accepted = collaborating.invite(shared, world.people["collaborator"], world.owner)
    collaborating.answer(accepted, Answer.ACCEPTED)
    asked = collaborating.invite(shared, world.people["enrolled"], world.owner)
    world.subjects |= {
        "owner_name": {"username": "owner"},
        "hidden_name": {"username": "hidden"},
        "members_name": {"username": "formembers"},
        "told_to_owner": {"uuid": notifications.of(world.owner).get(title="Told").uuid},
        "shared_item": {"uuid": shared.uuid},
        "work_together": {"uuid": accepted.uuid},
        "invitation_to_work": {"uuid": asked.uuid},
        "owner_code": {"code": referrals.code_of(world.owner)},
    }

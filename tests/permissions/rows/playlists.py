"""Playlists: the collaborator may change the list, the enrolled person may watch, the member was never invited."""

from library.playlists import sharing
from tests.factories import make_item, make_playlist
from tests.permissions.table import EVERYBODY, MEMBERS, Row
from tests.permissions.world import World

OWNERS = "200 404 404 404 login 200"
OWNERS_GO = "302 404 404 404 login 302"
OWNERS_BY_API = "200 403 403 403 401 200"
OWNERS_GONE_BY_API = "204 403 403 403 401 204"
EDITORS_GO = "302 302 404 404 login 302"
ITS_PEOPLE = "200 200 200 404 404 200"
DETAILS = {"title": "Mornings", "visibility": "public"}

ROWS = (
    Row("playlists:all", "GET", "", EVERYBODY),
    Row("playlists:all", "GET", "", EVERYBODY, query="?show=own"),
    Row("playlists:all", "GET", "", EVERYBODY, query="?show=shared"),
    Row("playlists:new", "GET", "", MEMBERS),
    Row("playlists:new", "POST", "", "302 302 302 302 login 302", DETAILS),
    Row("playlists:one", "GET", "playlist", EVERYBODY),
    Row("playlists:one", "GET", "private_playlist", ITS_PEOPLE),
    Row("playlists:edit", "GET", "playlist", OWNERS),
    Row("playlists:edit", "POST", "playlist", OWNERS_GO, DETAILS),
    Row("playlists:delete", "GET", "playlist", OWNERS),
    Row("playlists:delete", "POST", "playlist", OWNERS_GO),
    Row("playlists:move", "POST", "playlist", EDITORS_GO, lambda world: {
        "item": world.public_item.uuid, "places": "1", "version": world.things["playlist"].version,
    }),
    Row("playlists:remove", "POST", "playlist_item", EDITORS_GO),
    Row("playlists:people", "GET", "playlist", OWNERS),
    Row("playlists:people", "POST", "playlist", OWNERS_GO, {"username": "member", "role": "viewer"}),
    Row("playlists:drop", "POST", "playlist_person", OWNERS_GO),
    Row("playlists:join", "POST", "invitation", "404 404 404 302 login 404"),
    Row("playlists:leave", "POST", "playlist", "404 302 302 404 login 404"),
    Row("playlists:save", "GET", "public_item", MEMBERS),
    Row("playlists:save", "GET", "private_item", "200 200 404 404 login 200"),
    Row("playlists:save", "POST", "public_item", "302 302 302 302 login 302", {"in": "later"}),
    Row("playlists:watch-later", "GET", "", EVERYBODY),
    Row("playlists:watch-later", "POST", "", "302 302 302 302 302 302", lambda world: {"item": world.public_item.uuid}),
    Row("playlists:api-playlists", "GET", "", EVERYBODY),
    Row("playlists:api-playlists", "GET", "", "200 200 200 200 401 200", query="?show=own"),
    Row("playlists:api-playlists", "POST", "", "201 201 201 201 401 201", {"title": "Mornings"}),
    Row("playlists:api-playlist", "GET", "playlist", EVERYBODY),
    Row("playlists:api-playlist", "GET", "private_playlist", ITS_PEOPLE),
    Row("playlists:api-playlist", "PATCH", "playlist", OWNERS_BY_API, {"title": "Mornings"}),
    Row("playlists:api-playlist", "DELETE", "playlist", OWNERS_GONE_BY_API),
    Row("playlists:api-items", "GET", "playlist", EVERYBODY),
    Row("playlists:api-items", "GET", "private_playlist", ITS_PEOPLE),
    Row("playlists:api-items", "POST", "playlist", "201 201 403 403 401 201", lambda world: {
        "item": str(world.things["loose_item"].uuid),
    }),
    Row("playlists:api-item", "DELETE", "playlist_item", "204 204 403 403 401 204"),
    Row("playlists:api-order", "PUT", "playlist", "200 200 403 403 401 200", lambda world: {
        "items": [str(world.things["other_item"].uuid), str(world.public_item.uuid)],
        "version": world.things["playlist"].version,
    }),
    Row("playlists:api-members", "GET", "playlist", OWNERS_BY_API),
    Row("playlists:api-members", "POST", "playlist", "201 403 403 403 401 201", {"username": "member"}),
    Row("playlists:api-member", "DELETE", "playlist_person_id", OWNERS_GONE_BY_API),
    Row("playlists:api-membership", "POST", "invitation", "404 404 404 200 401 404"),
    Row("playlists:api-membership", "DELETE", "playlist", "404 204 204 404 401 404"),
    Row("playlists:api-watch-later", "GET", "", "200 200 200 200 401 200"),
)  # fmt: skip


def prepare(world: World) -> None:
    """Make a public and a private playlist with an editor and a viewer, and one to which the member is invited."""
    people = world.people
    other = make_item(world.owner, title="Other")
    joined = {"editors": [people["collaborator"]], "viewers": [people["enrolled"]]}
    playlist = make_playlist(world.owner, "Evenings outside", world.public_item, other, **joined)
    hidden = make_playlist(world.owner, "Kept", world.public_item, visibility="private", **joined)
    invitation = make_playlist(visibility="unlisted")
    sharing.invite(invitation, people["member"], "viewer", invitation.owner)
    world.things |= {"playlist": playlist, "other_item": other, "loose_item": make_item(world.owner, title="Loose")}
    one = {"uuid": playlist.uuid}
    world.subjects |= {
        "playlist": one,
        "private_playlist": {"uuid": hidden.uuid},
        "invitation": {"uuid": invitation.uuid},
        "playlist_item": one | {"item": world.public_item.uuid},
        "playlist_person": one | {"username": "enrolled"},
        "playlist_person_id": one | {"user": people["enrolled"].uuid},
    }

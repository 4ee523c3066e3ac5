"""The playlists' API: bad input changes nothing. Who may do what stands in `tests/permissions`."""

import uuid

import pytest

from library.people import settings
from library.playlists import writing
from library.playlists.models import Playlist
from tests.factories import api_client, make_item, make_playlist, make_source, make_user

pytestmark = pytest.mark.django_db

LIST = "/api/library/playlists"


def url(playlist, rest=""):
    return f"{LIST}/{playlist.uuid}{rest}"


def test_a_playlist_is_made_filled_ordered_and_read():
    ana, items = make_user(), [make_item(title=title) for title in ("One", "Two")]
    client = api_client(ana)

    made = client.post(LIST, {"title": "Evenings", "visibility": "public"}, format="json").json()
    one = f"{LIST}/{made['uuid']}"
    added = [client.post(f"{one}/items", {"item": str(item.uuid)}, format="json") for item in [*items, items[0]]]
    version = added[-1].json()["version"]
    ordered = client.put(
        f"{one}/order/", {"items": [str(items[1].uuid), str(items[0].uuid)], "version": version}, format="json"
    )

    assert [answer.status_code for answer in added] == [201, 201, 200]
    assert ordered.json() == {"version": version + 1}
    assert [row["title"] for row in api_client().get(f"{one}/items").json()["results"]] == ["Two", "One"]
    told = api_client().get(one).json()
    assert (told["items"], told["duration_seconds"], told["owner"]["user_id"]) == (2, 120.0, str(ana.uuid))
    stale = client.put(f"{one}/order", {"items": [str(item.uuid) for item in items], "version": version}, format="json")
    assert (stale.status_code, stale.json()["code"]) == (409, "stale_list")
    assert client.delete(f"{one}/items/{items[0].uuid}").status_code == 204
    assert client.delete(f"{one}/items/{items[0].uuid}").status_code == 404


def test_the_list_is_searched_and_paged():
    ana = make_user()
    for title in ("Evenings outside", "Mornings outside", "Bread"):
        make_playlist(ana, title)
    make_playlist(None, "Kept outside", visibility="private")

    def titles(query):
        return [row["title"] for row in api_client(ana).get(f"{LIST}?{query}").json()["results"]]

    assert titles("") == ["Bread", "Mornings outside", "Evenings outside"]
    assert titles("search=OUTSIDE+even") == ["Evenings outside"]
    assert titles("search=%25") == []
    assert titles("page_size=1&page=2") == ["Mornings outside"]
    assert titles(f"owner={ana.uuid}&show=public") == titles("show=own")
    assert titles("show=shared") == []


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("show=all", "invalid_choice"),
        ("owner=me", "invalid_parameter"),
        ("search=" + "x" * 101, "too_long"),
        ("search=a%00b", "invalid_characters"),
        ("order=user", "unknown_parameter"),
        ("page=0", "value_out_of_range"),
    ],
)
def test_a_wrong_parameter_is_refused(query, code):
    response = api_client().get(f"{LIST}?{query}")

    assert (response.status_code, response.json()["code"]) == (400, code)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "required"),
        ({"title": " \u202e"}, "blank"),
        ({"title": "x" * 101}, "too_long"),
        ({"title": "x", "visibility": "role"}, "invalid_choice"),
        ({"title": "x", "description": "x" * 2001}, "too_long"),
        ({"title": ["x"]}, "invalid"),
        ([], "invalid"),
    ],
)
def test_a_wrong_playlist_is_not_made(body, code):
    response = api_client(make_user()).post(LIST, body, format="json")

    assert (response.status_code, response.json()["code"]) == (400, code)
    assert not Playlist.objects.exists()


def test_the_fourth_is_a_feature():
    ana = make_user()
    for number in range(3):
        writing.create(ana, f"List {number}")

    response = api_client(ana).post(LIST, {"title": "Fourth"}, format="json")

    assert (response.status_code, response.json()["code"]) == (403, "feature_not_included")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"items": []}, 400, "required"),
        ({"items": ["x"], "version": 1}, 400, "invalid"),
        ({"items": "x", "version": 1}, 400, "not_a_list"),
        ({"items": [str(uuid.UUID(int=7))] * 501, "version": 1}, 400, "too_long"),
        ({"items": [], "version": 2**40}, 400, "value_out_of_range"),
        ({"items": [str(uuid.UUID(int=7))], "version": 2}, 409, "stale_list"),
    ],
)
def test_a_wrong_order_is_refused(body, status, code):
    item = make_item()
    playlist = make_playlist(None, "List", item)

    response = api_client(playlist.owner).put(url(playlist, "/order"), body, format="json")

    assert (response.status_code, response.json()["code"]) == (status, code)
    playlist.refresh_from_db()
    assert playlist.version == 2


def test_what_one_may_not_open_is_one_and_the_same_404():
    ana = make_user()
    kept = make_playlist(None, "Kept", visibility="private")
    gone = make_playlist(None, "Gone")
    writing.delete(gone, gone.owner)
    mine = make_playlist(ana, "Mine")
    secret = make_item(visibility="private")
    client = api_client(ana)

    for one in (url(kept), url(gone), f"{LIST}/{uuid.uuid4()}", f"{LIST}/{'-' * 36}"):
        for answer in (client.get(one), client.delete(one), client.post(f"{one}/items", {"item": 5}, format="json")):
            assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    for wrong in (secret.uuid, uuid.uuid4()):
        assert client.post(url(mine, "/items"), {"item": str(wrong)}, format="json").status_code == 404
    assert not mine.entries.exists()


def test_people_are_invited_join_and_go():
    ana, bo = make_user(), make_user("bo")
    playlist = make_playlist(ana, "Ours", visibility="private")
    owner, guest = api_client(ana), api_client(bo)

    assert guest.post(url(playlist, "/membership")).status_code == 404
    invited = owner.post(url(playlist, "/members"), {"username": "bo", "role": "editor"}, format="json")
    joined = guest.post(url(playlist, "/membership"))
    added = guest.post(url(playlist, "/items"), {"item": str(make_item().uuid)}, format="json")
    left = guest.delete(url(playlist, "/membership"))

    assert (invited.status_code, invited.json()["accepted_at"]) == (201, None)
    assert joined.json()["accepted_at"]
    assert (added.status_code, left.status_code) == (201, 204)
    assert owner.get(url(playlist, "/members")).json() == []
    for body, status in (({"username": "nobody"}, 404), ({"username": ana.username}, 409), ({"role": "x"}, 400)):
        assert owner.post(url(playlist, "/members"), body, format="json").status_code == status


def test_a_key_of_a_source_is_nobody():
    assert api_client(make_source()[1]).post(LIST, {"title": "x"}, format="json").status_code == 403


def test_who_keeps_to_themselves_is_invited_as_nobody_is(client):
    ana, hidden = make_user(), make_user("hidden")
    settings.change(hidden, {"privacy.profile": "nobody"})
    playlist = make_playlist(ana)
    api = api_client(ana)
    client.force_login(ana)

    by_program = [
        api.post(url(playlist, "/members"), {"username": name, "role": "viewer"}, format="json").status_code
        for name in ("hidden", "nobody-at-all")
    ]
    by_page = [
        client.post(f"/playlists/{playlist.uuid}/people/", {"username": name, "role": "viewer"}).context["form"].errors
        for name in ("hidden", "nobody-at-all")
    ]

    assert by_program == [404, 404]
    assert by_page[0] == by_page[1] != {}
    assert not playlist.members.exists()

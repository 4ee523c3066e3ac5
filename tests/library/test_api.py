"""The library's API: owner, stranger, nobody, bad input."""

import pytest

from library.models import Comment
from stats import queries
from tests.factories import api_client, make_comment, make_item, make_source, make_staff, make_user

pytestmark = pytest.mark.django_db

LIST = "/api/library/items"


def url(item, rest=""):
    return f"{LIST}/{item.uuid}{rest}"


def guest(client):
    return {"X-Guest-ID": client.post("/api/guests").json()["guest_id"]}


@pytest.mark.parametrize("slash", ["", "/"])
def test_public_items_are_listed_for_everybody(slash):
    item = make_item(title="Tide")
    make_item(visibility="private")

    answer = api_client().get(LIST + slash).json()

    assert answer["count"] == 1
    assert answer["results"][0]["uuid"] == str(item.uuid)
    assert answer["results"][0]["counters"]["plays"] == 0
    assert answer["results"][0]["duration_seconds"] == 60.0


def test_the_list_is_searched_and_filtered():
    ana = make_user()
    make_item(ana, title="Tide")
    make_item(title="Rain", type="track")

    def titles(query):
        return [row["title"] for row in api_client().get(f"{LIST}?{query}").json()["results"]]

    assert titles("q=tid") == ["Tide"]
    assert titles("type=track") == ["Rain"]
    assert titles(f"owner={ana.uuid}") == ["Tide"]
    assert titles("order=popular&page_size=1&page=2") == ["Tide"]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("type=lemon", "invalid_choice"),
        ("order=user__password", "invalid_choice"),
        ("owner=me", "invalid_parameter"),
        ("page=0", "value_out_of_range"),
        ("page_size=100000", "value_out_of_range"),
        ("page=x", "invalid_parameter"),
        ("q=a&q=b", "repeated_parameter"),
        ("metric=__class__", "unknown_parameter"),
        ("q=" + "x" * 201, "too_long"),
    ],
)
def test_a_wrong_parameter_is_refused(query, code):
    response = api_client().get(f"{LIST}?{query}")

    assert (response.status_code, response.json()["code"]) == (400, code)


def test_an_item_is_read_by_who_may_see_it():
    owner = make_user()
    item = make_item(owner, visibility="private")

    answers = [api_client(who).get(url(item)).status_code for who in (owner, make_staff(), make_user(), None)]

    assert answers == [200, 200, 404, 404]


@pytest.mark.parametrize("path", ["abc", "0198e1e0-7c3a-7d0f-9c5b-2a6f1d3e4c5b", "%00", "-" * 36, str(2**70)])
def test_an_unknown_item_is_404(path):
    response = api_client().get(f"{LIST}/{path}")

    assert response.status_code == 404
    assert response.json()["code"] == "not_found"


def test_the_owner_changes_what_is_given_and_keeps_the_rest():
    owner = make_user()
    item = make_item(owner, title="Tide")

    response = api_client(owner).patch(url(item), {"description": "Low water.", "tags": ["Sea", "sea"]}, format="json")

    assert response.status_code == 200
    assert response.json()["title"] == "Tide"
    assert (response.json()["description"], response.json()["tags"]) == ("Low water.", ["sea"])


@pytest.mark.parametrize(
    ("body", "path", "code"),
    [
        ({"title": ""}, "title", "blank"),
        ({"title": "\u202e"}, "title", "blank"),
        ({"title": "x" * 201}, "title", "too_long"),
        ({"visibility": "secret"}, "visibility", "invalid_choice"),
        ({"category": 5}, "category", "invalid_choice"),
        ({"tags": "sea"}, "tags", "not_a_list"),
        ({"tags": ["x" * 31]}, "tags.0", "too_long"),
        ({"tags": [str(n) for n in range(11)]}, "tags", "too_long"),
        ({"description": "a\x00b"}, "description", "null_characters_not_allowed"),
    ],
)
def test_a_wrong_value_is_refused_with_its_path(body, path, code):
    owner = make_user()
    item = make_item(owner, title="Tide")

    response = api_client(owner).patch(url(item), body, format="json")

    item.refresh_from_db()
    assert response.status_code == 400
    assert [(error["path"], error["code"]) for error in response.json()["errors"]] == [(path, code)]
    assert item.title == "Tide"


@pytest.mark.parametrize("method", ["patch", "delete"])
def test_only_the_owner_and_staff_change_and_delete(method):
    owner = make_user()

    def status(who):
        return getattr(api_client(who), method)(url(make_item(owner)), {}, format="json").status_code

    good = 200 if method == "patch" else 204
    assert [status(who) for who in (owner, make_staff(), make_user(), None)] == [good, good, 403, 401]
    assert status(make_source()[1]) == 403


def test_likes_and_saves_are_done_and_undone():
    item, ana = make_item(), make_user()
    client = api_client(ana)

    answers = [client.post(url(item, "/like")), client.post(url(item, "/like/")), client.delete(url(item, "/like"))]
    saved = client.post(url(item, "/save")).json()

    assert [(answer.status_code, answer.json()["likes"]) for answer in answers] == [(200, 1), (200, 1), (200, 0)]
    assert saved == {"liked": False, "saved": True, "likes": 0, "saves": 1}
    assert queries.eight_stats(ana.uuid).total_interactions == 1


def test_a_guest_with_an_id_likes_and_nobody_does_not():
    item, client = make_item(), api_client()

    assert client.post(url(item, "/like")).status_code == 401
    assert client.post(url(item, "/like"), headers=guest(client)).json()["likes"] == 1
    assert client.post(url(item, "/like"), headers=guest(client)).json()["likes"] == 2
    assert client.post(url(item, "/like"), headers={"X-Guest-ID": "1"}).status_code == 401
    assert api_client(make_source()[1]).post(url(item, "/like")).status_code == 403
    assert queries.item_counters([item.pk])[item.pk].likes == 2


def test_shares_are_counted_by_way():
    item, client = make_item(), api_client(make_user())

    good = client.post(url(item, "/share"), {"platform": "email", "recipient_count": 3}, format="json")
    bad = client.post(url(item, "/share"), {"platform": "myspace<script>"}, format="json")

    assert (good.status_code, good.json()) == (201, {"shares": 1})
    assert (bad.status_code, bad.json()["code"]) == (400, "invalid_choice")


def test_comments_are_written_listed_and_deleted():
    item, ana = make_item(), make_user()
    client = api_client(ana)

    written = client.post(url(item, "/comments"), {"text": "Lovely"}, format="json")
    listed = api_client().get(url(item, "/comments")).json()
    deleted = client.delete(url(item, f"/comments/{written.json()['uuid']}"))

    assert written.status_code == 201
    assert listed["results"][0]["text"] == "Lovely"
    assert listed["results"][0]["author"]["user_id"] == str(ana.uuid)
    assert deleted.status_code == 204
    assert api_client().get(url(item, "/comments")).json()["count"] == 0
    assert client.delete(url(item, f"/comments/{written.json()['uuid']}")).status_code == 404


@pytest.mark.parametrize("text", ["", " ", "x" * 2001, None, 5.5, "a\x00b"])
def test_a_bad_comment_changes_nothing(text):
    item = make_item()

    response = api_client(make_user()).post(url(item, "/comments"), {"text": text}, format="json")

    assert response.status_code == (201 if text == 5.5 else 400)
    assert Comment.objects.count() == (1 if text == 5.5 else 0)


def test_a_strangers_comment_is_not_deleted():
    item = make_item()
    comment = make_comment(item)

    answers = [
        api_client(who).delete(url(item, f"/comments/{comment.uuid}")).status_code for who in (make_user(), None)
    ]

    assert answers == [403, 401]
    assert api_client(item.owner).delete(url(item, f"/comments/{comment.uuid}")).status_code == 204


def test_a_session_needs_its_token(client):
    from django.test import Client

    client = Client(enforce_csrf_checks=True)
    client.force_login(make_user())
    item = make_item()

    response = client.post(url(item, "/like"))

    assert (response.status_code, response.json()["code"]) == (403, "csrf_failed")
    assert queries.item_counters([item.pk])[item.pk].likes == 0


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://testserver"])
@pytest.mark.parametrize(("path", "body"), [("/like", None), ("/save", None), ("/share", {"platform": "email"})])
def test_a_guests_cookie_needs_the_token_too(path, body, origin):
    from django.test import Client

    client, item = Client(enforce_csrf_checks=True), make_item()
    client.cookies["guest"] = client.post("/api/guests").json()["guest_id"]

    response = client.post(url(item, path), body, content_type="application/json", headers={"Origin": origin})

    assert (response.status_code, response.json()["code"]) == (403, "csrf_failed")
    counters = queries.item_counters([item.pk])[item.pk]
    assert (counters.likes, counters.saves, counters.shares) == (0, 0, 0)


def test_a_search_with_a_nul_is_refused():
    response = api_client().get("/api/library/items?q=a%00b")

    assert (response.status_code, response.json()["code"]) == (400, "invalid_characters")


def test_comments_are_counted_right_whenever_recording_is_off(settings):
    item, ana = make_item(), make_user()

    def comments():
        return queries.item_counters([item.pk])[item.pk].comments

    settings.ENABLE_USER_ANALYTICS = False
    unrecorded = make_comment(item, ana)
    assert (comments(), queries.eight_stats(ana.uuid).total_interactions) == (1, 0)
    settings.ENABLE_USER_ANALYTICS = True
    recorded = make_comment(item, ana)
    settings.ENABLE_USER_ANALYTICS = False
    for comment in (unrecorded, recorded):
        assert api_client(ana).delete(url(item, f"/comments/{comment.uuid}")).status_code == 204

    assert comments() == 0

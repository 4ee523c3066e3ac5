"""The API of members, follows, feed, notifications and settings."""

import pytest

from library.people import follows, notifications, settings
from tests.factories import api_client, make_item, make_user

pytestmark = pytest.mark.django_db


def tell(user, number):
    notifications.notify("comment", [user], by=None, title=f"Comment {number}", address="/browse/", cause=str(number))


def test_a_member_is_read_by_everybody_and_followed_by_members():
    ana, noa = make_user("ana"), make_user("noa", first_name="Noa", bio="Films tide pools.")
    api = api_client(ana)

    read = api_client().get("/api/library/members/NOA").json()
    followed = api.post("/api/library/members/noa/follow/").json()
    again = api.post("/api/library/members/noa/follow").json()
    unfollowed = api.delete("/api/library/members/noa/follow").json()

    assert (read["user_id"], read["about"], read["follows"]) == (str(noa.uuid), "Films tide pools.", False)
    assert (followed["followers"], followed["follows"], again["followers"]) == (1, True, 1)
    assert (unfollowed["followers"], unfollowed["follows"]) == (0, False)


def test_refusals_of_following():
    make_user("noa")
    hidden = make_user("hidden")
    settings.change(hidden, {"privacy.profile": "nobody"})
    ana = make_user("ana")

    assert api_client().post("/api/library/members/noa/follow").status_code == 401
    assert api_client(ana).post("/api/library/members/hidden/follow").status_code == 404
    assert api_client(ana).post("/api/library/members/nobody-here/follow").status_code == 404
    own = api_client(ana).post("/api/library/members/ana/follow")
    assert (own.status_code, own.json()["code"]) == (400, "oneself")


def test_lists_of_people_are_paged_and_may_be_private(django_assert_max_num_queries):
    noa = make_user("noa")
    people = [make_user() for _ in range(5)]
    for person in people:
        follows.follow(person, noa)
        follows.follow(noa, person)
    api = api_client(people[0])

    with django_assert_max_num_queries(12):
        page = api.get("/api/library/members/noa/followers?page_size=3").json()
    following = api.get("/api/library/members/noa/following").json()
    settings.change(noa, {"privacy.follows": "nobody"})
    private = api.get("/api/library/members/noa/followers")

    assert [row["username"] for row in page["results"]] == [person.username for person in people[:1:-1]]
    assert (page["count"], following["count"]) == (5, 5)
    assert (private.status_code, private.json()["code"]) == (403, "kept_private")


def test_the_feed_is_ones_own(django_assert_max_num_queries):
    ana, noa = make_user(), make_user()
    follows.follow(ana, noa)
    make_item(noa, title="Tide")
    make_item(title="Of a stranger")
    api = api_client(ana)

    with django_assert_max_num_queries(12):
        page = api.get("/api/library/feed").json()

    assert [row["title"] for row in page["results"]] == ["Tide"]
    assert api_client().get("/api/library/feed").status_code == 401


@pytest.mark.parametrize("path", ["feed", "notifications", "collaborations", "settings", "invite", "members/noa"])
def test_an_unknown_parameter_is_told(path):
    noa = make_user("noa")

    answer = api_client(noa).get(f"/api/library/{path}?wrong=1")

    assert (answer.status_code, answer.json()["code"]) == (400, "unknown_parameter")


def test_notifications_are_listed_and_marked(django_assert_max_num_queries):
    ana = make_user()
    for number in range(3):
        tell(ana, number)
    api = api_client(ana)

    with django_assert_max_num_queries(8):
        rows = api.get("/api/library/notifications").json()["results"]
    one = api.post(f"/api/library/notifications/{rows[0]['uuid']}/read").json()
    some = api.post("/api/library/notifications/read", {"until": rows[1]["uuid"]}, format="json").json()
    tell(ana, 3)
    unread = api.get("/api/library/notifications?unread=true").json()["results"]
    rest = api.post("/api/library/notifications/read", {}, format="json").json()

    assert [row["title"] for row in rows] == ["Comment 2", "Comment 1", "Comment 0"]
    assert one["read_at"] is not None
    assert some == {"read": 2, "unread": 0}
    assert [row["title"] for row in unread] == ["Comment 3"]
    assert rest == {"read": 1, "unread": 0}


def test_another_ones_notifications_are_unknown():
    ana, noa = make_user(), make_user()
    tell(ana, 1)
    uuid = notifications.of(ana)[0].uuid
    api = api_client(noa)

    assert api.post(f"/api/library/notifications/{uuid}/read").status_code == 404
    assert api.post("/api/library/notifications/read", {"until": str(uuid)}, format="json").status_code == 404
    assert api.post(f"/api/library/notifications/{'x' * 36}/read").status_code == 404
    assert api_client().get("/api/library/notifications").status_code == 401
    assert notifications.unread(ana) == 1


@pytest.mark.parametrize("until", ["soon", [], None, {}])
def test_until_is_an_id(until):
    answer = api_client(make_user()).post("/api/library/notifications/read", {"until": until}, format="json")

    assert answer.status_code == 400


def test_settings_are_read_and_changed():
    api = api_client(make_user())

    before = api.get("/api/library/settings").json()
    after = api.patch("/api/library/settings", {"notification.reply": "off"}, format="json").json()

    assert (before["notification.reply"], before["privacy.profile"]) == ("on", "everybody")
    assert after == before | {"notification.reply": "off"}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"notification.gossip": "on"}, "unknown_setting"),
        ({"notification.reply": "maybe"}, "invalid_choice"),
        ({"notification.reply": True}, "invalid_choice"),
        ({"notification.reply": ["off"]}, "invalid_choice"),
        ({"notification.follow": "off", "privacy.profile": "friends"}, "invalid_choice"),
        (["notification.reply"], "not_an_object"),
    ],
)
def test_a_wrong_setting_changes_nothing(body, code):
    ana = make_user()

    answer = api_client(ana).patch("/api/library/settings", body, format="json")

    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert settings.value_of(ana, "notification.follow") == "on"

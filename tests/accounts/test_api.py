"""The accounts' endpoints: owner, stranger, nobody, staff, server key, bad input."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone
from knox.models import AuthToken

from accounts import appointing, entitlements, subscriptions
from accounts.models import Subscription, User
from accounts.roles import Role
from accounts.staffing import StaffRole
from stats import queries
from stats.models import GuestClaim, Item
from tests.factories import api_client, make_plans, make_source, make_staff, make_user

pytestmark = pytest.mark.django_db

USERS = "/api/users"


@pytest.fixture
def ana():
    return make_user("ana")


@pytest.fixture
def staff():
    return api_client(make_staff("boss"))


@pytest.fixture
def shop():
    return api_client(make_source()[1])


def of(user, *rest):
    return "/".join([USERS, str(user.uuid), *rest])


def problem(response, status, code):
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    body = response.json()
    assert body["code"] == code, body
    return body


# Who may ask


OWN = [
    ("get", ""),
    ("patch", ""),
    ("get", "stats"),
    ("get", "history"),
    ("delete", "history"),
    ("post", "features/ad_free/use"),
]
SERVERS = ["watch", "upload", "interaction"]
STAFF_ONLY = [("get", ""), ("post", ""), ("get", "/stats"), ("get", "/subscribers")]


@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize(("method", "path"), OWN)
def test_strangers_get_what_nobody_gets(ana, method, path, slash):
    bea = make_user("bea")
    missing, foreign = (
        getattr(api_client(bea), method)(f"{USERS}/{uuid}/{path}".rstrip("/") + slash, {}, format="json")
        for uuid in (uuid4(), ana.uuid)
    )

    assert missing.status_code == foreign.status_code == 404
    assert {**missing.json(), "request_id": ""} == {**foreign.json(), "request_id": ""}


@pytest.mark.parametrize(("method", "path"), [*OWN, ("post", "upgrade"), *(("post", path) for path in SERVERS)])
def test_nobody_is_asked_who_it_is(ana, method, path):
    response = getattr(api_client(), method)(of(ana, path).rstrip("/"), {}, format="json")

    problem(response, 401, "authentication_required")
    assert response["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize(("method", "path"), STAFF_ONLY)
def test_lists_are_for_staff(ana, shop, method, path):
    assert getattr(api_client(), method)(USERS + path, {}, format="json").status_code == 401
    problem(getattr(api_client(ana), method)(USERS + path, {}, format="json"), 403, "permission_denied")
    problem(getattr(shop, method)(USERS + path, {}, format="json"), 403, "permission_denied")


@pytest.mark.parametrize("path", SERVERS)
def test_members_do_not_say_what_they_did(ana, path):
    problem(api_client(ana).post(of(ana, path), {}, format="json"), 403, "permission_denied")


@pytest.mark.parametrize("path", ["", "/stats", "/history"])
def test_members_and_staff_read_them(ana, staff, path):
    for client in (api_client(ana), staff):
        assert client.get(of(ana) + path).status_code == 200
    assert api_client(ana).get(f"{USERS}/me{path}").status_code == 200


@pytest.mark.parametrize("bad", ["abc", "..%2f1", "%00", str(2**70), "1"])
def test_what_is_no_id_is_not_found(staff, bad):
    problem(staff.get(f"{USERS}/{bad}"), 404, "not_found")


# Credentials


@pytest.mark.parametrize("header", ["Bearer", "Bearer a b", "Token abc", "Basic YTpi", "Bearer \x7f\xff"])
def test_what_is_no_bearer_is_malformed(header):
    client = api_client()
    client.credentials(HTTP_AUTHORIZATION=header)

    response = client.get(f"{USERS}/me")

    problem(response, 401, "malformed_credentials")
    assert response["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("key", ["ept_unknown", "sk_unknown", "pk_public", "something"])
def test_an_unknown_key_is_invalid(key):
    problem(api_client(key).get(f"{USERS}/me"), 401, "invalid_key")


def test_a_token_ends_with_its_owner(ana):
    client = api_client(ana)
    User.objects.filter(pk=ana.pk).update(is_active=False)

    problem(client.get(f"{USERS}/me"), 401, "invalid_key")


def test_a_revoked_token_is_invalid(ana):
    client = api_client(ana)
    AuthToken.objects.all().delete()

    problem(client.get(f"{USERS}/me"), 401, "invalid_key")


# Making members


def test_staff_make_a_member_with_a_year_of_a_role(staff):
    make_plans()

    response = staff.post(
        USERS, {"username": "Alice", "email": "Alice@Example.com", "role": "subscriber"}, format="json"
    )

    assert response.status_code == 201
    user = User.objects.get(uuid=response.json()["user_id"])
    assert (user.username, user.email, user.has_usable_password()) == ("Alice", "alice@example.com", False)
    assert response.json()["role"] == "subscriber"
    assert abs(Subscription.objects.get().current_period_end - timezone.now() - timedelta(days=365)) < timedelta(
        minutes=1
    )


def test_a_member_without_a_role_is_free(staff):
    response = staff.post(f"{USERS}/", {"username": "alice", "email": "alice@example.com"}, format="json")

    assert (response.status_code, response.json()["role"], response.json()["subscription_expires"]) == (
        201,
        "free",
        None,
    )


BAD_MEMBERS = [
    ({"email": "a@b"}, "invalid_email"),
    ({"email": "a" * 250 + "@example.org"}, "invalid_email"),
    ({"email": "ali\nce@example.org"}, "invalid_email"),
    ({"email": "alice@еxample.org"}, "invalid_email"),
    ({"email": '"@evil'}, "invalid_email"),
    ({"email": "ANA@example.org"}, "email_unavailable"),
    ({"username": "admin"}, "reserved_username"),
    ({"username": "root"}, "reserved_username"),
    ({"username": "pаypal"}, "invalid_characters"),
    ({"username": "ali\u200bce"}, "invalid_characters"),
    ({"username": "ＡＮＡ"}, "username_unavailable"),
    ({"username": "a"}, "too_short"),
    ({"username": "a" * 151}, "too_long"),
    ({"role": "admin"}, "invalid_choice"),
    ({"role": "king"}, "invalid_choice"),
    ({"username": None}, "null"),
]


@pytest.mark.parametrize(("change", "code"), BAD_MEMBERS)
def test_a_bad_member_is_refused_and_nothing_made(staff, ana, change, code):
    before = User.objects.count()

    response = staff.post(USERS, {"username": "alice", "email": "alice@example.com"} | change, format="json")

    body = problem(response, 400, code)
    assert [error["path"] for error in body["errors"]] == list(change)
    assert User.objects.count() == before


def test_the_directory_is_searched_filtered_and_paged(staff, ana, django_assert_max_num_queries):
    make_plans()
    subscriptions.upgrade_subscription(ana, Role.PREMIUM, 5)
    for _ in range(4):
        make_user()

    def found(query):
        return [user["username"] for user in staff.get(f"{USERS}?{query}").json()["results"]]

    assert found("search=AN") == ["ana"]
    assert found("role=premium") == ["ana"]
    assert found("role=admin") == ["boss"]
    assert "ana" not in found("role=free")
    assert len(found("role=free")) == 4
    assert found("is_active=false") == []
    assert len(found("page_size=2&page=2")) == 2
    with django_assert_max_num_queries(12):
        assert len(found("")) == 6
    assert [user["username"] for user in staff.get(f"{USERS}/subscribers").json()["results"]] == ["ana"]


@pytest.mark.parametrize(
    ("query", "code"),
    [("role=king", "invalid_choice"), ("is_active=perhaps", "invalid_choice"), ("page=0", "value_out_of_range"),
     ("user=1", "unknown_parameter"), ("search=" + "a" * 201, "too_long")],
)  # fmt: skip
def test_a_bad_query_of_the_directory_is_refused(staff, query, code):
    problem(staff.get(f"{USERS}?{query}"), 400, code)


# The profile


def test_members_change_their_profile(ana):
    response = api_client(ana).patch(
        of(ana), {"bio": "Hello.", "time_zone": "Europe/Amsterdam", "theme": "dark"}, format="json"
    )

    assert response.status_code == 200
    assert (response.json()["bio"], response.json()["theme"]) == ("Hello.", "dark")
    ana.refresh_from_db()
    assert ana.time_zone == "Europe/Amsterdam"


@pytest.mark.parametrize(
    ("name", "value"),
    [("role", "admin"), ("is_staff", True), ("xp", 10), ("subscription_expires", "2099-01-01T00:00:00Z"),
     ("email", "x@example.org"), ("username", "eve"), ("is_superuser", True), ("email_verified", True)],
)  # fmt: skip
def test_what_is_not_the_members_stays(ana, name, value):
    before = User.objects.values().get(pk=ana.pk)

    body = problem(api_client(ana).patch(of(ana), {name: value, "bio": "x"}, format="json"), 400, "read_only_field")

    assert [error["path"] for error in body["errors"]] == [name]
    assert User.objects.values().get(pk=ana.pk) == before


@pytest.mark.parametrize(
    ("change", "code"),
    [({"time_zone": "Mars/X"}, "unknown_timezone"), ({"theme": "pink"}, "invalid_choice"), ({"bio": "x" * 301}, "too_long"),
     ({"shoe_size": 43}, "unknown_field"), ([1], "invalid")],
)  # fmt: skip
def test_a_bad_profile_is_refused(ana, change, code):
    problem(api_client(ana).patch(of(ana), change, format="json"), 400, code)


def test_staff_do_not_write_others_profiles(ana, staff):
    problem(staff.patch(of(ana), {"bio": "x"}, format="json"), 403, "permission_denied")


# What members did


def test_the_eight_stats_have_the_fields_of_the_file(ana):
    body = api_client(ana).get(of(ana, "stats")).json()

    assert list(body) == [
        "user_id", "subscriber_features_used", "watch_history_entries", "total_watched_hours", "videos_uploaded",
        "streams_created", "images_uploaded", "total_interactions", "last_activity_timestamp", "created_at", "updated_at",
    ]  # fmt: skip
    assert body["user_id"] == str(ana.uuid)


def test_a_server_records_and_the_stats_move(ana, shop):
    half = {
        "video_id": "video-123",
        "duration_seconds": 1800,
        "content_type": "video",
        "quality": "720p",
        "session_id": "s1",
    }

    assert shop.post(of(ana, "watch"), half, format="json").status_code == 201
    for kind in ("video", "stream", "image"):
        assert shop.post(of(ana, "upload"), {"content_type": kind}, format="json").status_code == 201
    for kind in ("like", "like", "comment", "share"):
        body = {"interaction_type": kind, "item": "video-123"}
        assert shop.post(of(ana, "interaction"), body, format="json").status_code == 201

    stats = queries.eight_stats(ana.uuid)
    assert (stats.watch_history_entries, stats.total_watched_hours, stats.total_interactions) == (1, 0.5, 3)
    assert (stats.videos_uploaded, stats.streams_created, stats.images_uploaded) == (1, 1, 1)
    entry = api_client(ana).get(of(ana, "history")).json()["results"][0]
    assert list(entry) == [
        "video_id", "stream_id", "watched_at", "duration_seconds", "content_type", "session_id", "completed", "quality",
    ]  # fmt: skip
    assert (entry["video_id"], entry["duration_seconds"], entry["quality"], entry["session_id"]) == (
        "video-123",
        1800,
        "720p",
        "s1",
    )


def test_an_interaction_with_nothing_named_counts_each_time(ana, staff):
    for _ in range(2):
        assert staff.post(of(ana, "interaction"), {"interaction_type": "like"}, format="json").status_code == 201

    assert queries.eight_stats(ana.uuid).total_interactions == 2


def test_a_play_sent_again_with_more_is_one_longer_play(ana, shop):
    start = (timezone.now() - timedelta(minutes=10)).isoformat()
    for seconds in (60, 120, 120):
        body = {"video_id": "v", "duration_seconds": seconds, "play_id": "p1", "watched_at": start}
        assert shop.post(of(ana, "watch"), body, format="json").status_code == 201

    stats = queries.eight_stats(ana.uuid)
    assert (stats.watch_history_entries, round(stats.total_watched_hours * 3600)) == (1, 120)


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("watch", {}, "required"),
        ("watch", {"video_id": "v", "duration_seconds": -1}, "value_out_of_range"),
        ("watch", {"video_id": "v", "duration_seconds": 1e9}, "value_out_of_range"),
        ("watch", {"video_id": "v", "duration_seconds": "long"}, "invalid"),
        ("watch", {"video_id": "v", "duration_seconds": 5, "content_type": "book"}, "invalid_choice"),
        ("watch", {"video_id": "v", "duration_seconds": 5, "watched_at": "2999-01-01T00:00:00Z"}, "event_in_future"),
        ("watch", {"video_id": str(uuid4()), "duration_seconds": 5}, "unknown_item"),
        ("watch", {"video_id": "v" * 201, "duration_seconds": 5}, "too_long"),
        ("upload", {"content_type": "book"}, "invalid_choice"),
        ("upload", {"content_type": "video", "bytes": -1}, "value_out_of_range"),
        ("interaction", {"interaction_type": "hug"}, "invalid_choice"),
        ("interaction", {"interaction_type": "share", "platform": "myspace<script>"}, "invalid_choice"),
    ],
)
def test_a_bad_report_is_refused_and_nothing_counted(ana, shop, path, body, code):
    problem(shop.post(of(ana, path), body, format="json"), 400, code)

    assert queries.eight_stats(ana.uuid).last_activity_timestamp is None
    assert not Item.objects.exists()


def test_a_server_may_be_kept_from_making_items(ana):
    client = api_client(make_source(creates_items_secret=False)[1])

    problem(client.post(of(ana, "watch"), {"video_id": "v", "duration_seconds": 5}, format="json"), 400, "unknown_item")


def test_the_history_is_paged_filtered_and_cleared(ana, shop):
    for number in range(5):
        shop.post(of(ana, "watch"), {"video_id": f"v{number}", "duration_seconds": number + 1}, format="json")
    shop.post(of(ana, "watch"), {"video_id": "live", "duration_seconds": 9, "content_type": "stream"}, format="json")
    own = api_client(ana)

    page = own.get(of(ana, "history") + "?limit=2&offset=2").json()
    assert (page["count"], len(page["results"])) == (6, 2)
    assert "offset=4" in page["next"]
    assert "offset=0" in page["previous"]
    assert own.get(of(ana, "history") + "?type=stream").json()["results"][0]["stream_id"] == "live"
    assert own.get(of(ana, "history") + "?text=v3").json()["count"] == 1
    assert own.get(of(ana, "history") + "?day=2020-01-01").json()["count"] == 0

    assert own.delete(of(ana, "history")).json() == {"cleared": 6}
    assert own.get(of(ana, "history")).json()["count"] == 0
    assert queries.eight_stats(ana.uuid).watch_history_entries == 6


@pytest.mark.parametrize(
    ("query", "code"),
    [("limit=0", "value_out_of_range"), ("limit=100000", "value_out_of_range"), ("limit=x", "invalid_parameter"),
     ("type=book", "invalid_choice"), ("day=2026-02-30", "invalid_date"), ("user_id=1", "unknown_parameter")],
)  # fmt: skip
def test_a_bad_query_of_the_history_is_refused(ana, query, code):
    problem(api_client(ana).get(of(ana, "history") + "?" + query), 400, code)


def test_everybodys_stats_come_in_pages(staff, ana, shop, django_assert_max_num_queries):
    shop.post(of(ana, "upload"), {"content_type": "image"}, format="json")

    with django_assert_max_num_queries(12):
        results = staff.get(f"{USERS}/stats/").json()["results"]

    assert {row["user_id"]: row["images_uploaded"] for row in results}[str(ana.uuid)] == 1


# Subscriptions and features


def test_staff_upgrade_and_the_role_holds(ana, staff):
    make_plans()

    response = staff.post(of(ana, "upgrade"), {"role": "premium", "days": 30}, format="json")

    assert (response.status_code, response.json()["role"]) == (200, "premium")
    assert entitlements.role_of(User.objects.get(pk=ana.pk)) is Role.PREMIUM


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"role": "premium", "days": 0}, "value_out_of_range"),
        ({"role": "premium", "days": -5}, "value_out_of_range"),
        ({"role": "premium", "days": 10**9}, "value_out_of_range"),
        ({"role": "premium", "days": "many"}, "invalid"),
        ({"role": "king", "days": 5}, "invalid_choice"),
        ({"role": "admin", "days": 5}, "invalid_choice"),
        ({"days": 5}, "required"),
    ],
)
def test_a_bad_upgrade_changes_nothing(ana, staff, body, code):
    make_plans()

    problem(staff.post(of(ana, "upgrade"), body, format="json"), 400, code)

    assert not Subscription.objects.exists()


def test_members_do_not_upgrade_themselves(ana):
    problem(api_client(ana).post(of(ana, "upgrade"), {"role": "premium"}, format="json"), 403, "permission_denied")


def test_a_feature_is_used_by_who_has_it(ana):
    make_plans()
    own = api_client(ana)
    problem(own.post(of(ana, "features/ad_free/use")), 403, "feature_not_included")
    subscriptions.upgrade_subscription(ana, Role.SUBSCRIBER, 5)

    assert own.post(of(ana, "features/ad_free/use")).json() == {"feature": "ad_free", "subscriber_features_used": 1}
    problem(own.post(of(ana, "features/bulk_operations/use")), 403, "feature_not_included")
    problem(own.post(of(ana, "features/teleport/use")), 404, "not_found")


# Guests


@pytest.mark.parametrize("slash", ["", "/"])
def test_a_guest_id_is_issued_and_nothing_stored(slash):
    response = api_client().post(f"/api/guests{slash}")

    assert response.status_code == 201
    assert len(response.json()["guest_id"]) > 40
    assert not GuestClaim.objects.exists()


@pytest.mark.parametrize("token", ["1", "x" * 5000, "0198e1e07c3a7d0f9c5b2a6f1d3e4c5b:1vABcd:forged"])
def test_a_forged_guest_id_is_refused(token):
    response = api_client().get(f"{USERS}/me", HTTP_X_GUEST_ID=token)

    problem(response, 401, "invalid_guest_token")
    assert response["WWW-Authenticate"].startswith("Bearer")


def test_a_bad_guest_id_does_not_keep_one_from_a_new_one():
    assert api_client().post("/api/guests", HTTP_X_GUEST_ID="1").status_code == 201


def test_a_guest_id_is_no_member():
    token = api_client().post("/api/guests").json()["guest_id"]

    problem(api_client().get(f"{USERS}/me", HTTP_X_GUEST_ID=token), 401, "authentication_required")


def test_the_calendar_has_a_first_and_a_last_day(ana):
    for zone in ("UTC", "Pacific/Kiritimati", "America/Los_Angeles"):
        User.objects.filter(pk=ana.pk).update(time_zone=zone)
        for day in ("0001-01-01", "9999-12-31"):
            assert api_client(User.objects.get(pk=ana.pk)).get(of(ana, f"history?day={day}")).status_code == 200


@pytest.mark.parametrize("path", ["/api/users/me/history?text=%00", "/api/users?search=a%00"])
def test_a_nul_in_a_query_is_refused(path):
    response = api_client(make_staff()).get(path)

    assert (response.status_code, response.json()["code"]) == (400, "invalid_characters")


@pytest.mark.parametrize(
    ("path", "body"),
    [("watch", {"video_id": "v", "duration_seconds": 5}), ("upload", {"content_type": "image"}),
     ("interaction", {"interaction_type": "like", "item": "v"})],
)  # fmt: skip
def test_me_is_oneself_for_staff_and_nobody_for_a_server(path, body):
    staff, (_, secret) = make_staff(), make_source()

    assert api_client(staff).post(f"/api/users/me/{path}", body, format="json").status_code == 201
    assert api_client(secret).post(f"/api/users/me/{path}", body, format="json").status_code == 404
    assert queries.eight_stats(staff.uuid).last_activity_timestamp is not None


def test_nothing_was_watched_before_1970(ana):
    body = {"video_id": "v", "duration_seconds": 5, "watched_at": "1969-12-31T23:59:59Z"}

    response = api_client(make_source()[1]).post(of(ana, "watch"), body, format="json")

    assert (response.status_code, response.json()["code"]) == (400, "event_archived")


@pytest.mark.parametrize(("role", "is_told"), [("support", True), ("analyst", True), ("moderator", False)])
def test_until_when_a_subscription_runs_is_for_who_sees_subscriptions(ana, role, is_told):
    make_plans()
    subscriptions.upgrade_subscription(ana, Role.PREMIUM, days=30)
    person = make_user("colleague")
    appointing.appoint(person, [StaffRole(role)], by=None)
    client = api_client(User.objects.get(pk=person.pk))

    one = client.get(f"{USERS}/{ana.uuid}").json()
    listed = next(each for each in client.get(USERS).json()["results"] if each["username"] == "ana")

    assert (one["role"], listed["role"]) == ("premium", "premium")
    assert [each["subscription_expires"] is not None for each in (one, listed)] == [is_told, is_told]
    assert api_client(ana).get(f"{USERS}/me").json()["subscription_expires"] is not None

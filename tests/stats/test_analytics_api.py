"""The API of numbers: who may ask, what comes back, and what it costs."""

import zlib
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core import signing

from stats import compute, ledger, settling
from stats.actors import Actor, ActorType, guest_actor, user_actor
from stats.ids import uuid7
from stats.kinds import PLAY_SOURCES, SHARE_PLATFORMS, Kind
from stats.metrics import METRIC, METRICS, Privacy, Scope
from stats.models import Item, Play, RollupDay
from stats.windows import Window, named
from tests import factories
from tests.stats import world

pytestmark = pytest.mark.django_db
NOW = datetime.now(UTC)


def play(who: Any, item: Item, ago: timedelta, seconds: float, covered: float = 0, source: str = "search") -> None:
    """Somebody played an item a while ago."""
    ledger.record(
        Kind.PLAY, who, item=item, occurred_at=NOW - ago, play_id=uuid7().hex, duration_seconds=seconds,
        ranges=[[0, covered]] if covered else [], source=source,
    )  # fmt: skip


@pytest.fixture
def people():
    """Return an owner, a stranger and somebody of the staff."""
    return factories.make_user("olga"), factories.make_user("sten"), factories.make_staff("stella")


@pytest.fixture
def film(people):
    """Return a film of 100 seconds that was played, liked, shared, saved and downloaded by known people."""
    owner, _, _ = people
    film = world.make_film(owner=owner)
    ana, gus, nob = user_actor(uuid7()), guest_actor(uuid7()), Actor(uuid7(), ActorType.ANONYMOUS)
    with ledger.recording():
        play(ana, film, timedelta(minutes=50), 90, 90)
        play(ana, film, timedelta(minutes=40), 40, 40, "playlist")
        play(gus, film, timedelta(minutes=30), 10, 5)
        play(nob, film, timedelta(minutes=20), 60, 25, "other")
        play(ana, film, timedelta(days=8), 30, 30)
        for kind, fields in (
            (Kind.LIKE, {}), (Kind.SHARE, {"platform": "email"}), (Kind.SHARE, {"platform": "twitter"}),
            (Kind.DOWNLOAD, {}), (Kind.SAVE, {}), (Kind.UNLIKE, {}),
        ):  # fmt: skip
            ledger.record(kind, ana, item=film, occurred_at=NOW - timedelta(minutes=5), **fields)
        ledger.record(Kind.LIKE, gus, item=film, occurred_at=NOW - timedelta(days=8))
    return film


ANALYTICS = "/api/stats/analytics"


def test_staff_read_the_fields_of_the_fourth_seed(people, film):
    answer = factories.api_client(people[2]).get(f"{ANALYTICS}?trackId={film.uuid}&timeRange=24h").json()

    plays = answer["plays"]
    assert (plays["totalPlays"], plays["totalViews"], plays["uniquePlays"]) == (4, 3, 3)
    assert plays["sourceBreakdown"] == {
        name: {"search": 2, "playlist": 1, "other": 1}.get(name, 0) for name in PLAY_SOURCES
    }
    assert (plays["avgDuration"], plays["avgCompletionRate"]) == (50.0, 40.0)
    assert (plays["skipRate"], plays["replayRate"]) == (25.0, 25.0)
    assert answer["likes"] == {"totalLikes": 1}
    assert answer["shares"]["totalShares"] == 2
    assert answer["shares"]["platformBreakdown"] == {
        name: {"email": 1, "twitter": 1}.get(name, 0) for name in SHARE_PLATFORMS
    }
    assert (answer["downloads"], answer["saves"]) == ({"totalDownloads": 1}, {"totalSaves": 1})
    assert answer["engagement"] == {
        "likeRate": 25.0, "shareRate": 50.0, "saveRate": 25.0, "downloadRate": 25.0, "completionRate": 25.0,
    }  # fmt: skip
    assert answer["window"]["basis"] == "rolling"
    assert answer["growth"]["new"] == ["plays", "likes", "shares", "downloads", "saves"]


def test_growth_is_against_the_window_before(people, film):
    with ledger.recording():
        play(user_actor(uuid7()), film, timedelta(days=7, hours=1), 5)

    client = factories.api_client(people[2])
    answer = client.get(f"{ANALYTICS}?trackId={film.uuid}&days=7").json()

    assert answer["growth"]["playsGrowth"] == 100.0
    assert answer["growth"]["likesGrowth"] == 0.0
    assert answer["growth"]["new"] == ["shares", "downloads", "saves"]
    assert client.get(f"{ANALYTICS}?timeRange=all").json()["growth"]["playsGrowth"] is None


def test_a_section_may_be_asked_for_alone(people, film):
    answer = factories.api_client(people[2]).get(f"{ANALYTICS}?metric=likes").json()

    assert "plays" not in answer
    assert answer["likes"] == {"totalLikes": 2}
    assert list(answer["engagement"]) == ["likeRate"]


def test_nothing_played_gives_no_rate_instead_of_none_percent(people):
    answer = factories.api_client(people[2]).get(ANALYTICS).json()

    assert answer["plays"]["skipRate"] is None
    assert answer["engagement"]["likeRate"] is None
    assert answer["plays"]["totalPlays"] == 0


def test_item_owner_and_platform_are_asked_for_by_their_ids(people, film):
    client = factories.api_client(people[2])
    with ledger.recording():
        play(user_actor(uuid7()), world.make_film("Other"), timedelta(minutes=1), 5)

    totals = [
        client.get(f"{ANALYTICS}?metric=plays&{query}").json()["plays"]["totalPlays"]
        for query in (f"trackId={film.uuid}", f"artistId={people[0].uuid}", "", "source=0")
    ]

    assert totals == [5, 5, 6, 6]


def test_a_key_that_two_sources_use_needs_the_source(people):
    client = factories.api_client(people[2])
    for name in ("one", "two"):
        source = world.make_source(name).source
        item = world.make_film(source=source, external_key="video-1")
        with ledger.recording():
            play(user_actor(uuid7()), item, timedelta(minutes=1), 5)

    ambiguous = client.get(f"{ANALYTICS}?trackId=video-1")
    exact = client.get(f"{ANALYTICS}?trackId=video-1&source={source.pk}&metric=plays")

    assert (ambiguous.status_code, ambiguous.json()["code"]) == (409, "ambiguous_key")
    assert exact.json()["plays"]["totalPlays"] == 1
    assert client.get(f"{ANALYTICS}?trackId=video-1&source=0").status_code == 404
    assert client.get(f"{ANALYTICS}?trackId=%00").status_code == 404


def test_only_staff_read_analytics(people, film):
    assert factories.api_client(people[0]).get(ANALYTICS).status_code == 403
    assert factories.api_client().get(ANALYTICS).status_code == 401
    assert factories.api_client(people[2]).get(f"{ANALYTICS}/?trackId={uuid7()}").status_code == 404


def test_an_answer_costs_few_queries_whatever_is_settled(people, film, django_assert_max_num_queries):
    client = factories.api_client(people[2])
    for _ in range(2):
        for query in (f"trackId={film.uuid}", f"artistId={people[0].uuid}", "", "timeRange=all", "timeRange=24h"):
            with django_assert_max_num_queries(12):
                assert client.get(f"{ANALYTICS}?{query}").status_code == 200
        settling.settle_all()


def test_all_numbers_of_an_owner_cost_six_queries(people, film, django_assert_max_num_queries):
    content = [metric for metric in METRICS if "owner" in metric.subjects]

    for name in ("30d", "1y", "24h", "all"):
        with django_assert_max_num_queries(6):
            compute.compute_all(content, Scope.owner(people[0].pk), named(name, NOW, "UTC"))


BAD = [
    ("days=-1", "value_out_of_range"),
    ("days=abc", "invalid_parameter"),
    ("days=99999", "value_out_of_range"),
    ("days=1&days=2", "repeated_parameter"),
    ("from=2026-03-02&to=2026-03-01", "invalid_range"),
    ("from=2024-01-01&to=2026-03-01", "range_too_large"),
    ("tz=Mars/X", "unknown_timezone"),
    ("timeRange=hourly", "invalid_choice"),
    ("metric=__class__", "invalid_choice"),
    ("order_by=user__password", "unknown_parameter"),
    ("page=0", "unknown_parameter"),
    ("source=x", "invalid_parameter"),
    ("trackId=x&artistId=me", "invalid_parameter"),
    ("artistId=1", "invalid_parameter"),
]


@pytest.mark.parametrize(("query", "code"), BAD)
def test_bad_questions_get_their_code_and_nothing_else(people, query, code):
    response = factories.api_client(people[2]).get(f"{ANALYTICS}?{query}")

    assert (response.status_code, response.json()["code"]) == (400, code)
    assert response["Content-Type"] == "application/problem+json"


# Metrics


def test_the_registry_is_listed_with_what_each_metric_is(people):
    listed = factories.api_client(people[2]).get("/api/stats/metrics").json()["metrics"]
    some = factories.api_client(people[2]).get("/api/stats/metrics?subject=user").json()["metrics"]

    assert [one["key"] for one in listed] == list(compute.registry())
    assert all(one["definition"] and one["label"] and one["unit"] and one["subjects"] for one in listed)
    assert {one["key"] for one in some} == {one["key"] for one in listed if "user" in one["subjects"]}
    assert [one["additive"] for one in listed if one["key"] in {"plays", "unique_plays"}] == [True, False]


def test_what_only_staff_may_know_is_not_there_for_others(people):
    staff_only = [metric.key for metric in compute.registry().values() if metric.privacy is Privacy.STAFF]
    member, staff = factories.api_client(people[1]), factories.api_client(people[2])

    listed = {one["key"] for one in member.get("/api/stats/metrics").json()["metrics"]}

    assert staff_only
    assert not listed & set(staff_only)
    for key in staff_only:
        assert member.get(f"/api/stats/metrics/{key}?user=me").status_code == 404
        assert staff.get(f"/api/stats/metrics/{key}").status_code == 200


def test_owner_and_staff_read_an_items_numbers_and_others_find_nothing(people, film):
    owner, stranger, staff = (factories.api_client(one) for one in people)
    url = f"/api/stats/metrics/skip_rate?item={film.uuid}&range=24h"

    answer = owner.get(url).json()

    assert (answer["value"], answer["numerator"], answer["denominator"]) == (25.0, 1, 4)
    assert answer["previous"]["value"] is None
    assert staff.get(url).json()["value"] == 25.0
    assert stranger.get(url).status_code == 404
    assert stranger.get(f"/api/stats/metrics/plays?owner={people[0].uuid}").status_code == 404
    assert stranger.get(f"/api/stats/metrics/plays?user={people[0].uuid}").status_code == 404
    assert stranger.get("/api/stats/metrics/plays").status_code == 403
    assert factories.api_client().get(url).status_code == 401
    assert owner.get("/api/stats/metrics/plays?owner=me").json()["value"] == 5
    assert owner.get("/api/stats/metrics/nonsense?owner=me").status_code == 404


def test_a_sources_key_reads_no_ones_numbers(film):
    _, secret = factories.make_source()
    world.make_film("Nobody's")

    for path in ("metrics/plays", "receipts/plays", "analytics"):
        response = factories.api_client(secret).get(
            f"/api/stats/{path}?item={film.uuid}" if path != "analytics" else f"/api/stats/{path}"
        )
        assert response.status_code == 403


def test_the_days_of_a_metric_add_up_to_it(people, film):
    client = factories.api_client(people[0])

    for zone in ("UTC", "Asia/Kathmandu"):
        answer = client.get(f"/api/stats/metrics/plays?item={film.uuid}&days=10&series=day&tz={zone}").json()
        assert len(answer["series"]) == 10
        assert sum(point["value"] for point in answer["series"]) == answer["value"] == 5
    day = client.get(f"/api/stats/metrics/plays?item={film.uuid}&range=24h&series=day").json()
    assert len(day["series"]) == 24
    assert sum(point["value"] for point in day["series"]) == 4
    assert client.get(f"/api/stats/metrics/plays?item={film.uuid}&series=week").json()["code"] == "invalid_choice"


def test_a_metric_of_another_subject_is_refused(people):
    client = factories.api_client(people[0])

    assert client.get("/api/stats/metrics/unique_plays?user=me").json()["code"] == "invalid_choice"
    assert client.get("/api/stats/metrics/videos_uploaded?owner=me").json()["code"] == "invalid_choice"
    assert client.get("/api/users/me/stats/unique_plays").status_code == 404


def test_the_eight_are_lifetime_counters_and_in_a_window_what_was_added(people, film):
    owner, stranger, staff = (factories.api_client(one) for one in people)
    me = user_actor(people[0].uuid)
    with ledger.recording():
        play(me, film, timedelta(days=40), 3600)
        play(me, film, timedelta(minutes=90), 1800)
        for days in (50, 1):
            ledger.record(Kind.LIKE, me, item=film, occurred_at=NOW - timedelta(days=days))
        ledger.record(Kind.SHARE, me, item=film, occurred_at=NOW - timedelta(hours=1), platform="email")

    def read(key: str, query: str = "") -> Any:
        return owner.get(f"/api/users/me/stats/{key}{query}").json()["value"]

    assert (read("watch_history_entries"), read("watch_history_entries", "?days=7")) == (2, 1)
    assert (read("total_watched_hours"), read("total_watched_hours", "?days=7")) == (1.5, 0.5)
    assert (read("total_interactions"), read("total_interactions", "?days=7")) == (2, 1)
    assert read("last_activity_timestamp", "?days=7") == read("last_activity_timestamp")
    assert staff.get(f"/api/users/{people[0].uuid}/stats/total_interactions").json()["value"] == 2
    assert stranger.get(f"/api/users/{people[0].uuid}/stats/total_interactions").status_code == 404


def test_the_days_of_a_members_number_are_the_members_own(people):
    people[0].time_zone = "Asia/Kathmandu"
    people[0].save()

    answer = factories.api_client(people[0]).get("/api/users/me/stats/plays?range=7d").json()

    assert answer["window"]["tz"] == "Asia/Kathmandu"


# Receipts


def test_a_receipt_shows_what_was_counted_left_out_and_by_whom_without_names(people, film):
    client = factories.api_client(people[0])

    answer = client.get(f"/api/stats/receipts/views?item={film.uuid}&range=24h").json()

    assert (answer["value"], answer["events"], len(answer["entries"])) == (3, 4, 4)
    assert [line["value"] for line in answer["lines"]] == [3, 1]
    assert [entry["adds"] for entry in answer["entries"]] == [1, 0, 1, 1]
    assert answer["entries"][1]["reason"] == "Too short for a view"
    assert [entry["who"].split()[0] for entry in answer["entries"]] == ["Visitor", "Guest", "Member", "Member"]
    assert answer["entries"][2]["who"] == answer["entries"][3]["who"]


def test_pseudonyms_are_anothers_in_anothers_eyes(people, film):
    url = "/api/stats/receipts/plays?range=24h"

    mine = factories.api_client(people[0]).get(f"{url}&item={film.uuid}").json()["entries"]
    also_mine = factories.api_client(people[0]).get(f"{url}&owner=me").json()["entries"]
    theirs = factories.api_client(people[2]).get(url).json()["entries"]

    assert [entry["who"] for entry in mine] == [entry["who"] for entry in also_mine]
    assert not {entry["who"] for entry in mine} & {entry["who"] for entry in theirs}


def test_the_curl_line_of_a_receipt_gives_the_same_number(people, film):
    client = factories.api_client(people[0])
    receipt = client.get(f"/api/stats/receipts/average_completion?item={film.uuid}&range=24h").json()

    url = receipt["curl"].split('"')[-2]
    again = client.get(url.removeprefix("http://testserver")).json()

    assert (again["value"], again["numerator"], again["denominator"]) == (
        receipt["value"], receipt["numerator"], receipt["denominator"],
    )  # fmt: skip


def test_pages_of_a_receipt_follow_each_other_and_altered_cursors_are_refused(people, film):
    client = factories.api_client(people[0])
    page = client.get(f"/api/stats/receipts/plays?item={film.uuid}&limit=2").json()
    seen = page["entries"]
    cursor = page["next"].split("cursor=")[1].split("&")[0]
    while page["next"]:
        page = client.get(page["next"].removeprefix("http://testserver")).json()
        seen += page["entries"]

    assert len(seen) == 5
    assert sum(entry["adds"] for entry in seen) == 5
    for url in (
        f"/api/stats/receipts/plays?item={film.uuid}&cursor={cursor[:-1]}",
        f"/api/stats/receipts/plays?item={film.uuid}&cursor=x",
        f"/api/stats/receipts/plays?item={film.uuid}&cursor=%00:%C3%A9:%F0%9F%98%80",
        f"/api/stats/receipts/plays?item={film.uuid}&cursor={'a:' * 3000}",
        f"/api/stats/receipts/views?item={film.uuid}&cursor={cursor}",
        f"/api/stats/receipts/plays?owner=me&cursor={cursor}",
    ):
        response = client.get(url)
        assert (response.status_code, response.json()["code"]) == (400, "invalid_cursor")


def test_a_cursor_names_nobody(people, film):
    client = factories.api_client(people[0])
    people_who_played = {play.actor for play in Play.objects.all()}

    receipt = client.get(f"/api/stats/receipts/plays?item={film.uuid}&limit=1").json()
    cursor = parse_qs(urlsplit(receipt["next"]).query)["cursor"][0]
    told = signing.b64_decode(cursor.split(":")[0].lstrip(".").encode())
    told = zlib.decompress(told) if cursor.startswith(".") else told

    assert people_who_played
    assert not [actor for actor in people_who_played if actor.hex.encode() in told or str(actor).encode() in told]


@pytest.mark.parametrize(
    ("query", "code"),
    [("limit=0", "value_out_of_range"), ("limit=100000", "value_out_of_range"), ("page=0", "unknown_parameter")],
)
def test_bad_pages_of_a_receipt_get_their_code(people, query, code):
    response = factories.api_client(people[0]).get(f"/api/stats/receipts/plays?owner=me&{query}")

    assert (response.status_code, response.json()["code"]) == (400, code)


def test_strangers_find_no_receipt(people, film):
    stranger = factories.api_client(people[1])

    for query in (f"item={film.uuid}", f"owner={people[0].uuid}", f"user={people[0].uuid}"):
        assert stranger.get(f"/api/stats/receipts/plays?{query}").status_code == 404
    assert stranger.get("/api/stats/receipts/plays").status_code == 403


def test_a_receipt_costs_few_queries(people, film, django_assert_max_num_queries):
    for metric in METRICS:
        query = "owner=me" if "owner" in metric.subjects else "user=me"
        client = factories.api_client(people[0])
        with django_assert_max_num_queries(14):
            assert client.get(f"/api/stats/receipts/{metric.key}?{query}").status_code == 200


# What is remembered


@pytest.mark.parametrize("subject", ["item", "platform"])
def test_people_of_very_many_plays_are_remembered_until_anything_moves(
    people, film, subject, django_assert_num_queries
):
    for scope in ("i", "p"):  # as if one more day of them had been counted
        RollupDay.objects.create(
            scope=scope, key=film.pk if scope == "i" else 0, day=(NOW - timedelta(days=20)).date(), plays=20_000
        )
    scope = Scope.item(film.pk) if subject == "item" else Scope.platform()
    window = Window(NOW - timedelta(days=30), NOW + timedelta(seconds=1), "UTC")

    def count() -> int:
        return compute.compute(METRIC["unique_plays"], scope, window).value

    assert count() == 3
    with django_assert_num_queries(3):  # what the window is made of, its sums, the guests who became members
        assert count() == 3
    with ledger.recording():
        play(user_actor(uuid7()), film, timedelta(minutes=1), 1)
    assert count() == 4
    guest = guest_actor(uuid7())
    with ledger.recording():
        play(guest, film, timedelta(minutes=1), 1)
    assert count() == 5
    with ledger.recording():
        ledger.record(Kind.GUEST_CLAIMED, user_actor(people[0].uuid), guest=str(guest.id))
        play(user_actor(people[0].uuid), film, timedelta(minutes=3), 1)
    assert count() == 5


@pytest.mark.parametrize("subject", ["item", "platform"])
def test_replays_of_a_window_that_ends_within_a_day_are_remembered_until_anything_moves(
    people, film, subject, django_assert_num_queries
):
    for scope in ("i", "p"):
        RollupDay.objects.create(
            scope=scope, key=film.pk if scope == "i" else 0, day=(NOW - timedelta(days=20)).date(), plays=20_000
        )
    ana = user_actor(uuid7())
    midnight = (NOW - timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    with ledger.recording():
        play(ana, film, NOW - midnight + timedelta(hours=4), 60)
        play(ana, film, NOW - midnight - timedelta(hours=1), 60)
    settling.settle_all()
    scope = Scope.item(film.pk) if subject == "item" else Scope.platform()
    window = Window(midnight - timedelta(days=25), midnight + timedelta(hours=12), "UTC")

    def count() -> int:
        return compute.compute(METRIC["replay_rate"], scope, window).over or 0

    before = count()
    with django_assert_num_queries(4):  # also what the settled days have
        assert count() == before == 1
    with ledger.recording():
        play(ana, film, NOW - midnight - timedelta(hours=2), 5)
    assert count() == 2
    settling.settle_all()
    assert (count(), count()) == (2, 2)
    with ledger.recording():
        play(ana, film, NOW - midnight + timedelta(hours=30), 60)
        play(ana, film, NOW - midnight + timedelta(hours=29), 60)
    settling.settle_all()
    assert count() == 3

"""The dashboard API: own items in numbers, for whoever has some; nobody else's."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from stats.kinds import Kind
from tests.analytics.events import act, guest, watch
from tests.factories import api_client, make_item, make_source, make_staff, make_user

URL = "/api/dashboard/stats"
NOW = datetime(2026, 11, 21, 14, 2, 11, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def ilse(db):
    with time_machine.travel(NOW, tick=False):
        yield make_user("ilse", first_name="Ilse", last_name="Marten", bio="Looks up.")


@pytest.fixture
def film(ilse):
    return make_item(ilse, title="Reading the night sky")


def asked(user, query: str = ""):
    return api_client(user).get(URL + query)


def test_the_dashboard_has_the_seeds_fields_with_the_windows_numbers(ilse, film):
    ben = make_user("ben")
    watch(ben, film, NOW - HOUR, ranges=[(0, 60)])
    watch(ben, film, NOW - 2 * HOUR, ranges=[(0, 15)])
    watch(guest("a"), film, NOW - 3 * HOUR, ranges=[(0, 15)])
    watch(guest("a"), film, NOW - 40 * DAY, ranges=[(0, 15)])
    act(Kind.LIKE, ben, film, NOW - HOUR)
    act(Kind.SHARE, ben, film, NOW - HOUR, platform="email")
    act(Kind.SAVE, ben, film, NOW - HOUR, playlist="00000000-0000-0000-0000-000000000001")
    act(Kind.SAVE, ilse, film, NOW - HOUR, playlist="00000000-0000-0000-0000-000000000002")

    body = asked(ilse).json()

    assert body["window"] == {
        "start": "2026-10-23T00:00:00Z", "end": "2026-11-22T00:00:00Z", "timeRange": "30d", "timeZone": "UTC",
        "asOf": "2026-11-21T14:02:11Z",
        "comparedWith": {"start": "2026-09-23T00:00:00Z", "end": "2026-10-22T14:02:00Z"},
    }  # fmt: skip
    assert body["overview"] == {
        "totalTracks": 1, "totalPlays": 3, "totalViews": 1, "totalLikes": 1, "totalShares": 1, "totalDownloads": 0,
        "totalSaves": 2, "uniqueListeners": 2, "avgDuration": 30.0, "avgCompletionRate": 50.0,
    }  # fmt: skip
    assert body["artistProfile"] == {
        "id": str(ilse.uuid), "username": "ilse", "name": "Ilse Marten", "bio": "Looks up.",
        "memberSince": body["artistProfile"]["memberSince"],
    }  # fmt: skip
    assert body["recentActivity"]["plays"][0] == {
        "trackId": str(film.uuid), "title": film.title, "timestamp": "2026-11-21T13:02:11Z", "by": "A member",
        "duration": 60.0, "completionRate": 100.0,
    }  # fmt: skip
    assert [one["by"] for one in body["recentActivity"]["plays"]] == ["A member", "A member", "A guest"]
    assert [one["title"] for one in body["recentActivity"]["likes"]] == [film.title]
    assert body["topTracks"] == [
        {
            "trackId": str(film.uuid), "title": film.title, "type": "video", "plays": 3, "likes": 1, "shares": 1,
            "completionRate": 50.0,
        }
    ]  # fmt: skip
    assert body["engagementMetrics"] == {
        "likeRate": 33.33, "shareRate": 33.33, "saveRate": 66.67, "downloadRate": 0.0, "completionRate": 33.33,
    }  # fmt: skip
    assert body["playlistStats"] == {
        "playlists": 1, "tracksInPlaylists": 1,
        "submissions": [{"trackId": str(film.uuid), "title": film.title, "playlists": 1, "people": 1}],
    }  # fmt: skip
    assert body["growthMetrics"] == {"playsGrowth": 200.0, "likesGrowth": None, "sharesGrowth": None}


def test_without_items_or_plays_there_are_zeros_and_nothing_is_divided(ilse):
    body = asked(ilse).json()

    assert set(body["overview"].values()) == {0, None}
    assert set(body["engagementMetrics"].values()) == {None}
    assert body["growthMetrics"] == {"playsGrowth": 0.0, "likesGrowth": 0.0, "sharesGrowth": 0.0}
    assert body["topTracks"] == body["recentActivity"]["plays"] == []


def test_top_tracks_are_the_five_played_most(ilse):
    for number in range(7):
        item = make_item(ilse, title=f"Item {number}")
        for _ in range(number):
            watch(guest("a"), item, NOW - HOUR)

    assert [one["plays"] for one in asked(ilse).json()["topTracks"]] == [6, 5, 4, 3, 2]


def test_recent_activity_is_ten_plays_and_five_likes_of_the_window(ilse, film):
    for number in range(12):
        watch(guest("a"), film, NOW - number * DAY)
        act(Kind.LIKE, guest(str(number)), film, NOW - number * DAY)

    body = asked(ilse, "?timeRange=7d").json()["recentActivity"]

    assert (len(body["plays"]), len(body["likes"])) == (7, 5)


@pytest.mark.parametrize(
    ("query", "name", "length"),
    [
        ("?timeRange=24h", "24h", DAY), ("?timeRange=7d", "7d", 7 * DAY), ("?timeRange=90d", "90d", 90 * DAY),
        ("?range=1y", "1y", 365 * DAY), ("?from=2026-11-01&to=2026-11-02", "", 2 * DAY),
    ],
)  # fmt: skip
def test_the_window_is_the_one_that_was_asked_for(ilse, query, name, length):
    window = asked(ilse, query).json()["window"]

    start, end = (datetime.fromisoformat(window[side]) for side in ("start", "end"))
    assert (window["timeRange"], end - start) == (name, length)


def test_everything_has_nothing_before_it(ilse, film):
    watch(guest("a"), film, NOW - 2000 * DAY)

    body = asked(ilse, "?timeRange=all").json()

    assert body["overview"]["totalPlays"] == 1
    assert body["window"]["comparedWith"] is None
    assert body["growthMetrics"]["playsGrowth"] is None


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("?timeRange=2d", 400, "invalid_choice"), ("?timeRange=7d&timeRange=7d", 400, "repeated_parameter"),
        ("?days=-1", 400, "value_out_of_range"), ("?tz=Mars/Olympus", 400, "unknown_timezone"),
        ("?from=2026-11-02&to=2026-11-01", 400, "invalid_range"), ("?from=2026-02-30", 400, "invalid_date"),
        ("?owner=me", 400, "unknown_parameter"),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_has_its_code(ilse, query, status, code):
    answer = asked(ilse, query)

    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    assert code in str(answer.json())


def test_it_is_for_members(ilse, film):
    watch(guest("a"), film, NOW - HOUR)

    assert asked(None).status_code == 401
    assert asked(make_source()[1]).status_code == 403
    assert asked(make_user()).json()["overview"]["totalPlays"] == 0
    assert asked(make_staff()).json()["overview"]["totalPlays"] == 0


def test_it_costs_the_same_for_many_items(ilse, film, django_assert_max_num_queries):
    for _ in range(12):
        watch(guest("a"), make_item(ilse), NOW - HOUR)
    client = api_client(ilse)

    with django_assert_max_num_queries(15):
        assert client.get(URL).status_code == 200


def test_nobody_is_named(ilse, film):
    ben = make_user("ben-the-watcher")
    watch(ben, film, NOW - HOUR)

    text = asked(ilse).content.decode()

    assert ben.username not in text
    assert str(ben.uuid) not in text

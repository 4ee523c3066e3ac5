"""The 53 possible stats: what they are, and what they come to on small histories that are told to the real ingest."""

import itertools
import re
import uuid
from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from library.models import Media
from stats import compute, memory, windows
from stats.ids import uuid7
from stats.kinds import KINDS
from stats.metrics import Derived, Scope, Subject
from stats.models import PlatformFact
from stats.possible import facts, rhythm, social, streaming, trends, watching
from tests.stats import world
from tests.stats.world import event

NOW = datetime(2025, 6, 18, 12, 0, tzinfo=UTC)  # a Wednesday
SEED = {
    "Watch engagement": """Peak watch time|Average watch duration|Video completion rate|Rewatch count per video
        |Favorite content categories""",
    "Streaming analytics": """Average concurrent viewers|Peak viewer count|Total stream duration|Stream frequency
        |Viewer retention rate|Average quality preference""",
    "Content performance": """Most viewed content (top 10)|Trending content tags|Average content rating|Quality preference
        |Download count per video|Share count per video""",
    "Social engagement": """Comments count|Likes count|Shares count|Followers gained|Following count
        |Collaborative projects""",
    "Storage & bandwidth": """Total storage used|Monthly bandwidth|Storage utilization|Largest file uploaded|Oldest content
        |Backup status""",
    "Growth metrics": """Subscriber growth per month|Engagement growth trend|Video upload frequency trend
        |Audience size growth|Revenue from subscriptions|Referral count""",
    "Usage patterns": """Average session duration|Sessions per week|Most active day of week|Most active hour of day
        |Login streak|Days since last login""",
    "Customization": """Custom playlists created|Playlist average size|Theme preference|Notification settings changes
        |Privacy settings changes|Recommendations clicked""",
    "Achievements": """Badges earned|Milestones reached|Streaks (consecutive days active)|Achievement points
        |Leaderboard position|Level/rank attained""",
}
NEVER_YET = {"storage_utilization"}


def possible():
    """Return the 53 records."""
    return [
        metric
        for metric in compute.registry().values()
        if isinstance(metric.how, Derived) and metric.how.path.endswith(".possible.answers")
    ]


def told(key, scope, name="30d", zone="UTC", now=NOW):
    return compute.compute(compute.registry()[key], scope, windows.named(name, now, zone))


def of(user, key, name="30d", zone="UTC", now=NOW):
    return told(key, Scope.user(user.uuid), name, zone, now)


def site(key, name="30d", now=NOW):
    return told(key, Scope.platform(), name, "UTC", now)


def lines(value):
    return [(row.label, row.value) for row in value.rows]


def keyed(value):
    return {row.key: row.value for row in value.rows}


numbers = itertools.count()


def play(film, user, moment, seconds=60, covered=0, **rest):
    return event(
        "play",
        film,
        user=str(user.uuid),
        play_id=f"p{next(numbers)}",
        occurred_at=world.at(moment),
        duration_seconds=seconds,
        ranges=[[0, covered]] if covered else [],
        **rest,
    )


def act(kind, user, moment, film=None, **fields):
    return event(kind, film, user=str(user.uuid), occurred_at=world.at(moment), **fields)


def days_ago(days, hour=9, minute=0):
    return (NOW - timedelta(days=days)).replace(hour=hour, minute=minute)


# What they are


def test_all_53_names_of_the_seed_are_there_once_in_their_nine_groups():
    metrics = possible()
    labels = {
        group: {metric.label for metric in metrics if metric.group == group} for group in {one.group for one in metrics}
    }

    assert labels == {group: set(re.split(r"\s*\|", names)) for group, names in SEED.items()}
    assert sorted(len(one) for one in labels.values()) == [5, *[6] * 8]
    assert len({metric.key for metric in metrics}) == len(metrics) == 53


@pytest.mark.parametrize("metric", possible(), ids=lambda metric: metric.key)
def test_every_record_says_what_it_counts_and_of_which_events(metric):
    assert len(metric.definition) > 40
    assert metric.definition.endswith(".")
    assert set(metric.kinds) <= set(KINDS)
    assert metric.kinds or metric.waits_for
    assert metric.subjects & {Subject.USER, Subject.PLATFORM}
    assert metric.usual in windows.NAMES


@pytest.fixture
def people(db):
    return [world.make_member(f"member{number}") for number in range(6)]


def history(film, owner, people):
    """Return events of all kinds that anybody may tell, of the last weeks."""
    ana, *others = people
    playlist, comment = str(uuid7()), str(uuid7())
    events = [
        play(film, user, days_ago(day, hour=20), 600, 90, quality="720p")
        for day in range(1, 40)
        for user in people[: 1 + day % 6]
    ]
    for day, user in itertools.product((2, 3, 10, 17), people):
        events += [
            act("like", user, days_ago(day, 10), film),
            act("save", user, days_ago(day, 10, 5), film, playlist=playlist),
            act("share", user, days_ago(day, 11), film, platform="email"),
            act("download", user, days_ago(day, 11, 9), film),
            act("rating", user, days_ago(day, 12), film, stars=4),
        ]
    return [
        *events,
        act("comment", ana, days_ago(4), film, comment=comment),
        *(act("follow", one, days_ago(5), target=str(ana.uuid)) for one in others),
        act("follow", ana, days_ago(5), target=str(others[0].uuid)),
        act("upload", owner, days_ago(40), film, content_type="video", bytes=5_000_000),
        act("stream_started", owner, days_ago(6, 18), film),
        act("stream_ended", owner, days_ago(6, 19), film),
        play(film, ana, days_ago(6, 18), 1800),
        act("playlist_created", ana, days_ago(20), playlist=playlist),
        act("setting_changed", ana, days_ago(3), setting="notification.mail", value="off"),
        act("setting_changed", ana, days_ago(3), setting="privacy", value="on"),
        act("recommendation_viewed", ana, days_ago(2), film, name="next"),
        act("recommendation_clicked", ana, days_ago(2), film, name="next"),
        act("collaboration_accepted", ana, days_ago(9), film),
        act("item_changed", ana, days_ago(8), film),
        act("referral", ana, days_ago(30), target=str(others[1].uuid)),
        act("object_stored", ana, days_ago(30), bytes=3_000_000_000),
        event("bytes_delivered", occurred_at=world.at(days_ago(1)), bytes=2_000_000_000),
        event("backup_finished", occurred_at=world.at(NOW - timedelta(hours=3))),
        event("restore_tested", occurred_at=world.at(days_ago(20))),
        act("payment", ana, days_ago(3), amount=600, currency="EUR"),
    ]


@pytest.fixture
def busy_site(source, film, people):
    """A site on which everything happens that servers can tell; its owner is the last of the people."""
    owner = people[-1]
    film.owner, film.created_at = owner, days_ago(50)
    film.save()
    Media.objects.create(item=film, category="music", tags=["jazz"], published_at=days_ago(50))
    world.send(history(film, owner, people), source.secret)
    facts.refresh(NOW, all_of_them=True)
    return people


def test_every_number_has_a_value_or_says_why_not(busy_site, film):
    ana, owner = busy_site[0], busy_site[-1]
    window = windows.named("30d", NOW, "UTC")
    for scope in (
        Scope.user(ana.uuid),
        Scope.user(owner.uuid),
        Scope.platform(),
        Scope.owner(owner.pk),
        Scope.item(film.pk),
    ):
        metrics = [metric for metric in possible() if scope.subject in metric.subjects]
        found = compute.compute_all(metrics, scope, window)

        assert {key for key, value in found.items() if value.value is None and not value.note} == set()
    of_site = compute.compute_all(
        [one for one in possible() if Subject.PLATFORM in one.subjects], Scope.platform(), window
    )
    assert {key for key, value in of_site.items() if value.value is None} == (
        NEVER_YET | {"days_since_login", "login_streak"}
    )


@pytest.mark.django_db
def test_on_an_empty_site_nothing_is_made_up():
    ana = world.make_member("nobody")
    facts.refresh(NOW, all_of_them=True)
    window = windows.named("30d", NOW, "UTC")
    for scope in (Scope.user(ana.uuid), Scope.platform()):
        metrics = [metric for metric in possible() if scope.subject in metric.subjects]
        found = compute.compute_all(metrics, scope, window)

        assert {key for key, value in found.items() if value.value is None and not value.note} == set()
        assert {value.value for key, value in found.items() if key != "level_attained"} <= {None, 0, "As on the device"}
        assert found["level_attained"].value == (1 if scope.subject is Subject.USER else None)


def test_a_stat_waits_until_the_first_event_of_its_kinds(source, people):
    ana, ben, *_ = people
    assert of(ana, "stream_frequency").note == site("stream_frequency").note == "Waits for live streams."
    assert [of(one, "following_count").value for one in (ana, ben)] == [0, 0]

    live = world.make_film("Live", type="stream", duration_ms=None)
    world.send(
        [act("follow", ana, days_ago(1), target=str(ben.uuid)), act("stream_started", ana, days_ago(1), live)],
        source.secret,
    )

    assert not (of(ana, "stream_frequency").note or "").startswith("Waits for")
    assert [of(one, "followers_gained").value for one in (ana, ben)] == [0, 1]
    assert (of(ana, "following_count").value, site("following_count").value) == (1, 1)
    assert [of(ana, key).note[:9] for key in sorted(NEVER_YET)] == ["Waits for"]


def test_all_numbers_of_a_person_cost_20_queries_and_of_the_site_9(busy_site):
    ana, owner = busy_site[0], busy_site[-1]
    window = windows.named("30d", NOW, "UTC")
    for scope, most in ((Scope.user(ana.uuid), 20), (Scope.user(owner.uuid), 20), (Scope.platform(), 9)):
        metrics = [metric for metric in possible() if scope.subject in metric.subjects]
        with CaptureQueriesContext(connection) as captured, memory.kept():
            compute.compute_all(metrics, scope, window)

        assert len(captured) <= most, [one["sql"][:90] for one in captured]


def test_a_past_window_knows_what_came_by_its_end(source, people):
    ana, ben, cleo, *_ = people
    for user, moment in ((ben, days_ago(9)), (cleo, days_ago(5, 13))):
        world.send([act("follow", user, moment, target=str(ana.uuid))], source.secret)

    def following(end):
        window = windows.Window(days_ago(30), end, "UTC")
        return compute.compute(compute.registry()["following_count"], Scope.platform(), window).value

    assert [following(days_ago(*end)) for end in ((10, 0), (5, 12), (5, 14), (4, 0))] == [0, 1, 2, 2]


def test_numbers_of_several_windows_share_what_they_read(busy_site):
    ana = busy_site[0]
    metrics = [metric for metric in possible() if Subject.USER in metric.subjects]
    with CaptureQueriesContext(connection) as alone, memory.kept():
        compute.compute_all(metrics, Scope.user(ana.uuid), windows.named("30d", NOW, "UTC"))

    with CaptureQueriesContext(connection) as together, memory.kept():
        for name in ("30d", "all"):
            usual = [metric for metric in metrics if metric.usual == name]
            compute.compute_all(usual, Scope.user(ana.uuid), windows.named(name, NOW, "UTC"))

    assert len(together) == len(alone)


def test_before_the_task_has_run_the_site_says_so(source, ana, film):
    world.send([play(film, ana, days_ago(1))], source.secret)

    assert site("average_session_duration").value is None
    assert facts.refresh(NOW) == len(facts.registered())
    assert facts.refresh(NOW + timedelta(seconds=59)) == 0
    assert facts.refresh(NOW + timedelta(hours=1)) == len(facts.registered())
    assert site("average_session_duration").value == 60
    assert site("most_viewed").as_of == NOW + timedelta(hours=1)


@pytest.mark.parametrize(("took_ms", "seconds"), [(0, 60), (299, 60), (300, 60), (1500, 300), (90_000, 3600)])
def test_a_fact_rests_200_times_as_long_as_it_took(took_ms, seconds):
    kept = PlatformFact(key="x", value={"told": 1, "took_ms": took_ms}, as_of=NOW)

    assert not facts.is_due(kept, NOW + timedelta(seconds=seconds - 1))
    assert facts.is_due(kept, NOW + timedelta(seconds=seconds))


def test_facts_are_counted_by_one_at_a_time(db):
    cache.add(facts.LOCK, True, 60)
    assert facts.refresh(NOW) == 0

    cache.delete(facts.LOCK)
    assert facts.refresh(NOW) == len(facts.registered())


# Watch engagement


def test_peak_watch_time_is_the_busiest_hour_of_the_week_by_the_own_clock(source, ana, film):
    tuesday, friday = datetime(2025, 6, 10, 18, tzinfo=UTC), datetime(2025, 6, 13, 21, tzinfo=UTC)
    world.send([play(film, ana, tuesday - timedelta(days=7 * week), 3600 * 2) for week in range(3)], source.secret)
    assert of(ana, "peak_watch_time").note == "Needs 10 hours of watching in 28 days; there are 6."

    world.send([play(film, ana, friday, 3600 * 5)], source.secret)

    assert of(ana, "peak_watch_time").value == "Tuesday, 18:00–19:00"
    assert of(ana, "peak_watch_time", zone="Asia/Kolkata").value == "Tuesday, 23:00–24:00"
    assert lines(of(ana, "peak_watch_time")) == [("Tuesday, 18:00–19:00", 6.0), ("Friday, 21:00–22:00", 5.0)]
    assert site("peak_watch_time").value == "Tuesday, 18:00–19:00"


def test_average_watch_duration_leaves_out_plays_under_3_seconds(source, ana, film):
    world.send([play(film, ana, days_ago(1), seconds) for seconds in (2.9, 3, 10, 20, 47)], source.secret)
    facts.refresh(NOW)

    for value in (
        of(ana, "average_watch_duration"),
        site("average_watch_duration"),
        told("average_watch_duration", Scope.item(film.pk)),
    ):
        assert (value.value, value.over, value.under) == (20, 80_000, 4)
        assert keyed(value) == {"median": 10, "p90": 47}


def test_video_completion_rate_counts_plays_that_are_72_hours_old(source, ana, film):
    song = world.make_film("Song", type="track")
    world.send(
        [
            play(film, ana, days_ago(5), 60, 90),
            play(film, ana, days_ago(5), 60, 20),
            play(film, ana, days_ago(5), 20, 20),
            play(song, ana, days_ago(5), 60, 90),
            play(film, ana, days_ago(2), 60, 20),
        ],
        source.secret,
    )

    for value in (of(ana, "video_completion_rate"), site("video_completion_rate")):
        assert (value.value, value.over, value.under) == (50, 1, 2)


def test_a_rewatch_is_a_view_of_what_was_completed_in_an_earlier_play(source, ana, people, film):
    other = world.make_film("Other", created_at=days_ago(90))
    world.send(
        [
            play(film, ana, days_ago(60), 90, 90),
            play(film, ana, days_ago(5), 40),
            play(film, ana, days_ago(4), 10),
            play(other, ana, days_ago(4), 40, 40),
            play(other, ana, days_ago(3), 90, 90),
            play(other, ana, days_ago(2), 90),
            play(other, people[1], days_ago(1), 90),
        ],
        source.secret,
    )
    facts.refresh(NOW, all_of_them=True)

    assert (of(ana, "rewatch_count").value, of(ana, "rewatch_count").under) == (2, 4)
    assert keyed(of(ana, "rewatch_count"))["rate"] == 50
    assert sorted(lines(of(ana, "rewatch_count"))[1:]) == [("Film", 1), ("Other", 1)]
    assert (site("rewatch_count").value, site("rewatch_count").under) == (2, 5)
    assert told("rewatch_count", Scope.item(other.pk)).value == 1


def test_favorite_categories_weigh_the_last_days_more(source, ana):
    def about(category):
        item = world.make_film(category)
        Media.objects.create(item=item, category=category)
        return item

    food, music, sport, travel = (about(name) for name in ("food", "music", "sport", "travel"))
    world.send(
        [
            *(play(music, ana, days_ago(0, 1 + hour), 100) for hour in range(3)),
            *(play(food, ana, days_ago(30, 1 + hour), 200) for hour in range(3)),
            *(play(sport, ana, days_ago(60, 1 + hour), 800) for hour in range(3)),
            *(play(travel, ana, days_ago(1, 1 + hour), 3000) for hour in range(2)),
            play(sport, ana, days_ago(95), 80_000),
        ],
        source.secret,
    )
    facts.refresh(NOW, all_of_them=True)

    for value in (of(ana, "favorite_categories"), site("favorite_categories")):
        assert lines(value) == [("Sport and outdoors", 50), ("Food", 25), ("Music and sound", 25)]


# Streaming


def test_streams_are_measured_by_the_plays_while_they_lasted(source, people):
    host, ana, ben, *_ = people
    show = world.make_film("Show", type="stream", duration_ms=None, owner=host)
    start = days_ago(3, 18)

    def after(minutes):
        return start + timedelta(minutes=minutes)

    world.send(
        [
            act("stream_started", host, start, show),
            act("stream_ended", host, after(30), show),
            act("stream_started", host, after(30.5), show),
            act("stream_ended", host, after(60), show),
            act("stream_started", host, after(63), show),
            act("stream_ended", host, after(70), show),
            act("stream_started", host, days_ago(2), show),
            play(show, ana, start, 70 * 60),
            play(show, ben, after(40), 10 * 60),
            play(show, ben, after(50), 5),
            play(show, people[3], after(50), 20),
        ],
        source.secret,
    )
    facts.refresh(NOW, all_of_them=True)
    live = 67 * 60

    for value in (of(host, "total_stream_duration"), site("total_stream_duration")):
        assert value.value == pytest.approx(live / 3600, abs=1e-4)
    for value in (of(host, "average_concurrent_viewers"), told("average_concurrent_viewers", Scope.item(show.pk))):
        assert value.value == pytest.approx((80 * 60 + 25) / live, abs=1e-4)
    assert (of(host, "peak_viewers").value, site("peak_viewers").value) == (2, 2)
    assert (of(host, "stream_frequency").value, keyed(of(host, "stream_frequency"))["weeks"]) == (0.5, 1)
    assert site("stream_frequency").value == 0.5
    retention = of(host, "viewer_retention_rate")
    assert (retention.value, retention.over, retention.under) == (50, 1, 2)
    assert of(ana, "peak_viewers").value == 0


def test_a_stream_whose_end_was_not_told_has_no_length():
    at = NOW
    crashed = streaming.streams(
        [("a", 1, at, 1), ("a", 1, at + timedelta(hours=2), 1), ("a", 1, at + timedelta(hours=3), 0)]
    )

    assert [stream.live for stream in crashed] == [timedelta(), timedelta(hours=1)]
    assert streaming.audience(crashed, []).live_ms == 3_600_000


def test_quality_is_weighted_by_played_time(source, ana, film):
    world.send(
        [
            play(film, ana, days_ago(1), 30, quality="1080p"),
            play(film, ana, days_ago(1), 60, quality="480p"),
            play(film, ana, days_ago(1), 90, quality="auto"),
            play(film, ana, days_ago(1), 90),
        ],
        source.secret,
    )

    for scope in (Scope.user(ana.uuid), Scope.platform()):
        assert told("average_quality", scope).value == 720
        assert keyed(told("average_quality", scope)) == {"mean": 680, "1080p": 33, "480p": 67}
        assert lines(told("quality_preference", scope)) == [("auto", 50), ("480p", 33), ("1080p", 17)]


# Content


def test_the_most_viewed_are_what_everybody_may_see(source, people, film):
    ana, ben, owner, *_ = people
    early = world.make_film("Early", created_at=days_ago(90))
    hidden = world.make_film("Hidden", owner=owner)
    events = [play(one, user, days_ago(1), 60) for one in (film, early, hidden) for user in (ana, ben)]
    world.send([*events, play(hidden, ana, days_ago(2), 60), play(film, ana, days_ago(2), 5)], source.secret)
    hidden.visibility = "private"
    hidden.save()
    facts.refresh(NOW)

    assert lines(site("most_viewed")) == [("Early", 2), ("Film", 2)]
    assert lines(of(ana, "most_viewed")) == [("Early", 1), ("Film", 1)]
    assert lines(told("most_viewed", Scope.owner(owner.pk))) == [("Hidden", 3)]
    assert site("most_viewed").value == "Early"


def test_each_persons_last_rating_counts(source, people, film):
    ana, ben, *_ = people
    world.send(
        [
            act("rating", ana, days_ago(2), film, stars=1),
            act("rating", ana, days_ago(1), film, stars=5),
            act("rating", ben, days_ago(1), film, stars=2),
        ],
        source.secret,
    )
    facts.refresh(NOW)

    for value in (site("average_rating"), told("average_rating", Scope.item(film.pk))):
        assert (value.value, value.over, value.under) == (3.5, 7, 2)
    assert of(ana, "average_rating", name="all").value == 5


@pytest.mark.parametrize(("kind", "key"), [("download", "downloads_per_video"), ("share", "shares_per_video")])
def test_downloads_and_shares_are_divided_by_the_items_they_were_of(source, people, film, kind, key):
    ana, ben, owner, *_ = people
    other = world.make_film("Other", owner=owner)
    rest = {"platform": "email"} if kind == "share" else {}
    world.send(
        [
            act(kind, ana, days_ago(1), film, **rest),
            act(kind, ana, days_ago(1), film, **rest),
            act(kind, ben, days_ago(1), film, **rest),
            act(kind, ben, days_ago(1), other, **rest),
            act(kind, ben, days_ago(40), film, **rest),
        ],
        source.secret,
    )
    facts.refresh(NOW)

    assert (site(key).value, site(key).over, site(key).under) == (2, 4, 2)
    assert lines(site(key)) == [("Film", 3), ("Other", 1)]
    assert (of(ana, key).value, of(ben, key).value) == (2, 1)
    assert told(key, Scope.item(film.pk)).value == 3
    assert lines(told(key, Scope.owner(owner.pk))) == [("Other", 1)]


def test_a_tag_rises_when_five_people_see_more_of_it_than_usual(source, people):
    def tagged(title, *tags):
        item = world.make_film(title)
        Media.objects.create(item=item, tags=list(tags), published_at=days_ago(50))
        return item

    fresh, usual, lonely = tagged("Fresh", "new", "jazz"), tagged("Usual", "old"), tagged("Lonely", "alone")
    world.send(
        [
            *(play(fresh, user, NOW - timedelta(hours=24, minutes=10), 60) for user in people[:5]),
            *(play(fresh, people[0], NOW - timedelta(hours=24, minutes=5), 60) for _ in range(3)),
            *(play(usual, user, days_ago(day, 11, 30), 60) for user in people for day in range(1, 15)),
            *(play(lonely, user, days_ago(0, 11), 60) for user in people[:4]),
        ],
        source.secret,
    )
    facts.refresh(NOW)

    found = dict(lines(site("trending_tags")))
    a_day_later = 5 * 2 ** (-25 / 24) / (5 + 5 * 2 ** (-1 / 24) / 14)
    assert (found["new"], found["jazz"]) == (round(a_day_later, 2), round(a_day_later, 2))
    assert list(found) == ["jazz", "new", "old"]
    assert found["old"] < 1.2


# Social


def test_comments_likes_and_shares_are_given_and_received(source, people, film):
    ana, ben, owner, *_ = people
    film.owner = owner
    film.save()
    first, second = str(uuid7()), str(uuid7())
    world.send(
        [
            act("comment", ana, days_ago(3), film, comment=first),
            act("comment", ana, days_ago(3), film, comment=second),
            act("like", ana, days_ago(3), film),
            act("like", ben, days_ago(3), film),
            act("unlike", ben, days_ago(2), film),
            act("like", owner, days_ago(2), film),
            act("share", ana, days_ago(2), film, platform="email"),
            act("share", owner, days_ago(2), film, platform="email"),
            act("like", ana, days_ago(40), world.make_film("Old")),
        ],
        source.secret,
    )
    delete_comment(film, owner, second)

    assert [of(ana, f"{what}_count").value for what in ("comments", "likes", "shares")] == [1, 1, 1]
    assert [keyed(of(owner, f"{what}_count"))["received"] for what in ("comments", "likes", "shares")] == [1, 1, 1]
    assert [told(f"{what}_count", Scope.owner(owner.pk)).value for what in ("likes", "shares")] == [1, 1]
    assert [site(f"{what}_count").value for what in ("likes", "shares")] == [2, 2]
    assert of(ben, "likes_count").value == 0


def delete_comment(film, by, comment):
    """Let the site say that a comment was taken away: only it may."""
    from stats import ledger
    from stats.actors import user_actor
    from stats.kinds import Kind

    with ledger.recording():
        ledger.record(Kind.COMMENT_DELETED, user_actor(by.uuid), item=film, comment=comment, occurred_at=days_ago(1))


def test_windows_of_hours_are_not_rounded_to_days(source, people, film):
    film.owner = people[-1]
    film.save()
    ana = people[0]
    for hours in (3, 11, 13, 23, 25, 40):
        moment = NOW - timedelta(hours=hours)
        world.send([act("share", ana, moment, film, platform="email"), act("like", ana, moment, film)], source.secret)

    for scope in (Scope.user(ana.uuid), Scope.owner(people[-1].pk), Scope.platform()):
        assert told("shares_count", scope, "24h", "Asia/Kathmandu").value == 4
        assert told("shares_count", scope, "7d", "Asia/Kathmandu").value == 6
    assert told("likes_count", Scope.platform(), "24h").value == 4
    assert told("shares_per_video", Scope.item(film.pk), "24h").value == 4
    assert told("shares_per_video", Scope.owner(people[-1].pk), "24h").value == 4


def test_following_is_what_was_said_last(source, people):
    ana, ben, cleo, dan, *_ = people
    target = {"target": str(ana.uuid)}
    world.send(
        [
            act("follow", ben, days_ago(40), **target),
            act("unfollow", ben, days_ago(3), **target),
            act("follow", cleo, days_ago(5), **target),
            act("follow", dan, days_ago(5, 8), **target),
            act("unfollow", dan, days_ago(5, 20), **target),
        ],
        source.secret,
    )

    gained = of(ana, "followers_gained")
    assert (gained.value, keyed(gained)) == (0, {"gained": 1, "lost": 1})
    assert of(ana, "followers_gained", name="7d").value == 0
    assert of(ana, "followers_gained", name="all").value == 1
    assert [of(one, "following_count", name="all").value for one in (ben, cleo, dan)] == [0, 1, 0]
    assert site("following_count").value == 1


@given(
    st.lists(
        st.tuples(st.integers(0, 2), st.integers(0, 200), st.booleans()), max_size=12, unique_by=lambda one: one[:2]
    ),
    st.integers(0, 200),
)
def test_net_followers_are_those_at_the_end_less_those_at_the_start(changes, start):
    at = [(who, NOW + timedelta(hours=hour), is_on) for who, hour, is_on in sorted(changes, key=lambda one: one[1])]
    begin = NOW + timedelta(hours=start)

    value = social.gained_of(at, begin)

    def following(rows):
        return sum({who: is_on for who, _, is_on in rows}.values())

    assert value.value == following(at) - following([row for row in at if row[1] < begin])


def test_a_project_needs_two_who_work_on_it(source, people, film):
    ana, ben, owner, cleo, *_ = people
    film.owner = owner
    film.save()
    alone = world.make_film("Alone", owner=ana)
    world.send(
        [
            act("collaboration_accepted", ana, days_ago(5), film),
            act("item_changed", ana, days_ago(4), film),
            act("collaboration_accepted", ben, days_ago(5), film),
            act("item_changed", cleo, days_ago(4), film),
            act("item_changed", ana, days_ago(4), alone),
        ],
        source.secret,
    )
    facts.refresh(NOW)

    assert [of(one, "collaborative_projects").value for one in (ana, ben, owner, cleo)] == [1, 0, 1, 0]
    assert site("collaborative_projects").value == 1


# Storage


def test_storage_is_what_was_stored_less_what_was_removed(source, people):
    ana, ben, *_ = people
    world.send(
        [
            act("object_stored", ana, days_ago(9), bytes=4_000_000_000),
            act("object_purged", ana, days_ago(2), bytes=1_500_000_000),
            act("object_stored", ben, days_ago(2), bytes=500_000_000),
            event("bytes_delivered", occurred_at=world.at(days_ago(17)), bytes=700_000_000),
            event("bytes_delivered", occurred_at=world.at(days_ago(18)), bytes=900_000_000),
        ],
        source.secret,
    )

    assert (of(ana, "storage_used").value, site("storage_used").value) == (2.5, 3.0)
    assert site("monthly_bandwidth").value == 0.7


def test_the_largest_file_and_the_oldest_item(source, people):
    ana, ben, *_ = people
    old, gone = (
        world.make_film(name, owner=ana, created_at=days_ago(days)) for name, days in (("Old", 100), ("Gone", 200))
    )
    gone.deleted_at = NOW
    gone.save()
    world.send(
        [
            act("upload", ana, days_ago(9), old, content_type="video", bytes=700),
            act("upload", ana, days_ago(9), old, content_type="video"),
            act("upload", ben, days_ago(9), old, content_type="image", bytes=900),
        ],
        source.secret,
    )
    facts.refresh(NOW)

    assert [of(one, "largest_file").value for one in people[:3]] == [700, 900, None]
    assert site("largest_file").value == 900
    assert [of(one, "oldest_content").value for one in (ana, ben)] == [100, None]
    assert (told("oldest_content", Scope.owner(ana.pk)).value, site("oldest_content").value) == (100, 100)


@pytest.mark.parametrize(
    ("backup_hours", "restore_days", "state"),
    [(25, 34, "OK"), (27, 3, "Late"), (25, 35.5, "Late"), (25, None, "Late"), (73, 3, "Failed")],
)
def test_backups_are_fresh_late_or_failed(source, backup_hours, restore_days, state):
    told_ = [event("backup_finished", occurred_at=world.at(NOW - timedelta(hours=backup_hours)))]
    if restore_days:
        told_.append(event("restore_tested", occurred_at=world.at(NOW - timedelta(days=restore_days))))
    world.send(told_, source.secret)
    facts.refresh(NOW)

    assert site("backup_status").value == state
    assert keyed(site("backup_status"))["backup"] == NOW - timedelta(hours=backup_hours)


# Growth


def test_engagement_that_doubles_rises(source, people, film):
    film.owner = people[-1]
    film.save()
    monday = datetime(2025, 4, 21, 9, tzinfo=UTC)
    events = []
    for week in range(8):
        moment = monday + timedelta(days=7 * week)
        events += [play(film, people[0], moment, 60) for _ in range(2)]
        events += [act("share", people[0], moment, film, platform="email") for _ in range(1 + week)]
    world.send([*events, act("share", people[0], days_ago(1), film, platform="email")], source.secret)

    for value in (site("engagement_trend"), of(people[-1], "engagement_trend")):
        assert value.value == pytest.approx(100 * 0.5 / 2.25, abs=1e-4)
        assert [row.value for row in value.rows] == [50 * (week + 1) for week in range(8)]
    assert of(people[0], "engagement_trend").value is None


def test_uploads_per_week(source, ana):
    monday = datetime(2025, 4, 21, 9, tzinfo=UTC)
    world.send(
        [
            act("upload", ana, monday + timedelta(days=7 * week, hours=n), content_type=type_)
            for week in range(8)
            for n in range(8 - week)
            for type_ in ("video", "image")
        ],
        source.secret,
    )
    facts.refresh(NOW)

    for value in (of(ana, "upload_trend"), site("upload_trend")):
        assert value.value == pytest.approx(-100 / 4.5, abs=1e-4)


def test_the_audience_of_28_days_against_the_28_before(source, people, film):
    owner = people[-1]
    film.owner = owner
    film.save()
    world.send(
        [play(film, user, days_ago(27), 5) for user in people[:3]]
        + [play(film, user, days_ago(28), 5) for user in people[2:4]]
        + [play(world.make_film("Else"), people[4], days_ago(55), 5)],
        source.secret,
    )

    for value in (told("audience_growth", Scope.owner(owner.pk)), of(owner, "audience_growth")):
        assert (value.value, value.over, value.under) == (50, 3, 2)
    assert (site("audience_growth").value, site("audience_growth").under) == (0, 3)
    assert of(people[0], "audience_growth").value is None


def test_a_referral_counts_once_the_person_was_active_on_two_days(source, people, film):
    ana, ben, *came = people
    stays, leaves, late = came[:3]
    world.send(
        [
            act("referral", ana, days_ago(30), target=str(stays.uuid)),
            act("referral", ben, days_ago(29), target=str(stays.uuid)),
            act("referral", ana, days_ago(30), target=str(leaves.uuid)),
            act("referral", ana, days_ago(30), target=str(late.uuid)),
            act("referral", ana, days_ago(30), target=str(ana.uuid)),
            play(film, stays, days_ago(30), 5),
            play(film, stays, days_ago(17), 5),
            play(film, leaves, days_ago(30), 5),
            play(film, late, days_ago(30), 5),
            play(film, late, days_ago(16), 5),
            play(film, ana, days_ago(16), 5),
            play(film, ana, days_ago(17), 5),
        ],
        source.secret,
    )
    facts.refresh(NOW)

    assert [of(one, "referral_count").value for one in (ana, ben)] == [1, 0]
    assert site("referral_count").value == 1


# Usage


def test_sessions_end_after_30_quiet_minutes(source, ana, film):
    start = days_ago(3, 23, 50)

    def after(minutes):
        return start + timedelta(minutes=minutes)

    world.send(
        [
            play(film, ana, start, 600),
            act("like", ana, after(40), film),
            act("share", ana, after(70.5), film, platform="email"),
            play(film, ana, days_ago(20), 600),
            play(film, ana, days_ago(28), 60),
            act("rating", ana, days_ago(29), film, stars=3),
        ],
        source.secret,
    )
    facts.refresh(NOW, all_of_them=True)

    for value in (of(ana, "average_session_duration"), site("average_session_duration")):
        assert (value.value, value.over, value.under) == (1000, 3_000_000, 3)
        assert keyed(value) == {"median": 600, "longer": 1500, "sessions": 3}
    assert of(ana, "sessions_per_week").value == site("sessions_per_week").value == 0.75
    newer = datetime(2025, 5, 30, tzinfo=UTC)
    assert of(ana, "sessions_per_week", now=newer).value == pytest.approx(7 * 3 / 10, abs=1e-4)


def test_the_busiest_day_and_hour(source, ana, film):
    sunday, monday = datetime(2025, 6, 8, 22, 30, tzinfo=UTC), datetime(2025, 6, 9, 7, tzinfo=UTC)
    world.send(
        [
            play(film, ana, sunday, 3600),
            play(film, ana, monday, 1800),
            play(film, ana, monday - timedelta(days=7), 1800),
            play(film, ana, NOW - timedelta(days=2), 3000),
        ],
        source.secret,
    )

    assert of(ana, "most_active_day").value == "Monday"
    assert of(ana, "most_active_day", zone="Asia/Tokyo").value == "Monday"
    assert site("most_active_day").value == "Monday"
    assert of(ana, "most_active_hour").value == "07:00–08:00"
    assert of(ana, "most_active_hour", zone="Asia/Tokyo").value == "16:00–17:00"
    assert site("most_active_hour").value == "07:00–08:00"


def test_a_past_window_ends_in_the_midst_of_a_day(source, ana, film):
    world.send([play(film, ana, days_ago(5, 8), 3600), play(film, ana, days_ago(5, 20), 7200)], source.secret)

    for scope in (Scope.user(ana.uuid), Scope.platform()):
        for end, hour in ((12, "08:00–09:00"), (22, "20:00–21:00")):
            window = windows.Window(days_ago(9), days_ago(5, end), "UTC")
            assert compute.compute(compute.registry()["most_active_hour"], scope, window).value == hour


def log_in(user, moment):
    from stats import ledger
    from stats.actors import user_actor
    from stats.kinds import Kind

    with ledger.recording():
        ledger.record(Kind.LOGIN, user_actor(user.uuid), occurred_at=moment)


def test_log_ins_in_a_row(people):
    ana, ben, cleo, *_ = people
    for days in (1, 2, 3, 8, 9, 10, 11):
        log_in(ana, days_ago(days, 23, 30))
    log_in(ben, days_ago(0, 8))
    log_in(cleo, days_ago(4))
    facts.refresh(NOW)

    assert [of(one, "login_streak").value for one in people[:4]] == [3, 1, 0, 0]
    assert keyed(of(ana, "login_streak"))["best"] == 4
    assert of(ana, "login_streak", zone="Asia/Tokyo").value == 3
    assert (site("login_streak").value, keyed(site("login_streak"))["longest"]) == (2, 3)
    assert [of(one, "days_since_login").value for one in people[:4]] == [1, 0, 4, None]
    assert site("days_since_login").value == pytest.approx(5 / 3, abs=1e-4)


# Customisation


def test_playlists_made_and_what_is_in_them(source, people, film):
    ana, ben, *_ = people
    first, second, third = (str(uuid7()) for _ in range(3))
    other = world.make_film("Other")
    world.send(
        [
            act("playlist_created", ana, days_ago(40), playlist=first),
            act("playlist_created", ana, days_ago(5), playlist=second),
            act("playlist_created", ana, days_ago(4), playlist=third),
            act("playlist_deleted", ana, days_ago(2), playlist=second),
            act("save", ana, days_ago(4), film, playlist=first),
            act("save", ana, days_ago(4), other, playlist=first),
            act("save", ana, days_ago(4), other, playlist=second),
            act("save", ana, days_ago(4), other),
            act("save", ana, days_ago(5), film, playlist=third),
            act("unsave", ana, days_ago(4), film, playlist=third),
        ],
        source.secret,
    )
    facts.refresh(NOW, all_of_them=True)

    for value in (of(ana, "playlists_created"), site("playlists_created")):
        assert (value.value, keyed(value)) == (2, {"ever": 3, "current": 2})
    for value in (of(ana, "playlist_average_size"), site("playlist_average_size")):
        assert (value.value, value.under, keyed(value)) == (2, 1, {"empty": 1})
    assert of(ben, "playlists_created").value == 0


def test_changes_of_one_setting_within_a_minute_are_one(source, people):
    ana, ben, *_ = people
    start = days_ago(3)
    world.send(
        [
            act("setting_changed", ana, start + timedelta(seconds=s), setting="privacy", value=str(s))
            for s in (0, 60, 120, 181)
        ]
        + [act("setting_changed", ana, start, setting="privacy.profile", value="x")]
        + [act("setting_changed", ana, start, setting="theme", value="dark")],
        source.secret,
    )
    facts.refresh(NOW)
    assert (of(ana, "privacy_changes").value, of(ben, "privacy_changes").value, site("privacy_changes").value) == (
        3,
        0,
        3,
    )
    assert (of(ana, "notification_changes").value, site("notification_changes").value) == (0, 0)

    world.send([act("setting_changed", ana, start, setting="notification.mail", value="off")], source.secret)
    facts.refresh(NOW, all_of_them=True)

    assert [of(one, "notification_changes").value for one in (ana, ben)] == [1, 0]
    assert site("notification_changes").value == 1


def test_recommendations_followed(source, people, film):
    ana, ben, *_ = people
    other = world.make_film("Other")
    world.send(
        [
            *(
                act("recommendation_viewed", ana, days_ago(2, 9, minute), one, name="next")
                for minute in (0, 5)
                for one in (film, other)
            ),
            act("recommendation_viewed", ana, days_ago(1), film, name="next"),
            *(act("recommendation_clicked", ana, days_ago(2, 9, minute), film, name="next") for minute in (6, 7)),
            play(film, ana, days_ago(2, 9, 36), 60),
        ],
        source.secret,
    )

    value = of(ana, "recommendations_clicked")
    assert (value.value, value.under) == (1, 3)
    assert keyed(value) == {"rate": pytest.approx(100 / 3, abs=1e-4), "accepted": 1}
    assert (site("recommendations_clicked").value, site("recommendations_clicked").under) == (2, 5)
    assert of(ben, "recommendations_clicked").value == 0


# Achievements


def test_milestones_are_the_powers_of_ten_that_counters_have_reached(source, people, film):
    ana, ben, *_ = people
    world.send([play(film, ana, days_ago(3, 1, minute), 3600) for minute in range(11)], source.secret)
    world.send([act("share", ben, days_ago(3), film, platform="email")], source.secret)
    facts.refresh(NOW, all_of_them=True)

    assert [of(one, "milestones_reached").value for one in people[:3]] == [4, 1, 0]
    assert site("milestones_reached").value == 5


def test_active_days_in_a_row(source, people, film):
    ana, ben, cleo, *_ = people
    world.send(
        [play(film, ana, days_ago(days, 23, 30)) for days in (1, 2, 3, 7, 8, 9, 10)]
        + [act("like", ben, days_ago(0, 8), film), act("unlike", ben, days_ago(1), film)]
        + [play(film, cleo, days_ago(5)), play(film, people[3], days_ago(0, 8), 5)],
        source.secret,
    )
    facts.refresh(NOW, all_of_them=True)

    assert [of(one, "active_streak").value for one in people[:4]] == [3, 1, 0, 0]
    assert keyed(of(ana, "active_streak"))["best"] == 4
    assert (site("active_streak").value, keyed(site("active_streak"))) == (2, {"longest": 3, "people": 2})


# The arithmetic

moments = st.integers(0, 200).map(lambda minutes: NOW + timedelta(minutes=minutes))
spans = st.tuples(moments, st.integers(0, 45)).map(lambda one: rhythm.Span(one[0], one[0] + timedelta(minutes=one[1])))


@given(st.lists(spans, max_size=12))
def test_two_spans_are_of_one_session_when_a_chain_of_small_gaps_joins_them(given_spans):
    joined = rhythm.sessions(given_spans)

    groups = [{index} for index in range(len(given_spans))]
    for one, other in itertools.combinations(range(len(given_spans)), 2):
        a, b = given_spans[one], given_spans[other]
        if max(a.start, b.start) - min(a.end, b.end) <= rhythm.GAP:
            first, second = (next(group for group in groups if index in group) for index in (one, other))
            if first is not second:
                groups.remove(second)
                first |= second
    expected = sorted(
        (min(given_spans[i].start for i in group), max(given_spans[i].end for i in group)) for group in groups
    )
    assert [(session.start, session.end) for session in joined] == expected


@given(st.lists(spans, max_size=10))
def test_the_peak_is_the_most_spans_over_one_moment(given_spans):
    shortest = timedelta(minutes=5)
    long_enough = [span for span in given_spans if span.end - span.start >= shortest]

    over = [sum(span.start <= at.start < span.end for span in long_enough) for at in long_enough]

    assert rhythm.peak(given_spans, shortest) == max(over, default=0)


@given(st.dictionaries(st.integers(0, 23), st.integers(0, 3)), st.dictionaries(st.integers(0, 23), st.integers(0, 2)))
def test_the_busiest_cell_has_the_most_and_ties_go_to_the_second_amount_then_the_first(amounts, second):
    best = rhythm.busiest(amounts, second)

    if best is None:
        assert not any(amounts.values())
    else:
        assert all(
            (amounts[best], second.get(best, 0), -best) >= (amounts[cell], second.get(cell, 0), -cell)
            for cell in amounts
        )


@given(st.sets(st.integers(0, 30)), st.integers(0, 31))
def test_streaks_are_the_runs_that_brute_force_finds(numbers_, today):
    first = date(2025, 3, 20)
    days = {first + timedelta(days=number) for number in numbers_}

    runs = [
        (start, length)
        for start in range(32)
        for length in range(1, 33)
        if all(start + step in numbers_ for step in range(length))
    ]
    ending = [length for start, length in runs if start + length - 1 == today]
    before = [length for start, length in runs if start + length - 1 == today - 1] if today not in numbers_ else []

    assert rhythm.best_streak(days) == max((length for _, length in runs), default=0)
    assert rhythm.running_streak(days, first + timedelta(days=today)) == max(ending + before, default=0)


@given(st.lists(st.none() | st.floats(0, 1000), min_size=8, max_size=8))
def test_the_trend_is_the_least_squares_line(weeks):
    points = [(x, y) for x, y in enumerate(weeks) if y is not None]
    rising = trends.trend(weeks)

    if len(points) < 4 or sum(y for _, y in points) == 0:
        assert rising is None
        return
    assert rising is not None
    mean = sum(y for _, y in points) / len(points)
    slope = rising / 100 * mean
    base = mean - slope * sum(x for x, _ in points) / len(points)

    def error(a, b):
        return sum((a + b * x - y) ** 2 for x, y in points)

    least = error(base, slope)
    assert all(least <= error(base + da, slope + db) + 1e-6 for da in (-0.1, 0, 0.1) for db in (-0.1, 0, 0.1))


@given(st.lists(st.integers(0, 50), min_size=1), st.sampled_from([50, 90]))
def test_a_percentile_is_the_least_value_that_so_many_do_not_pass(values, percent):
    found = trends.percentile(values, percent)

    assert found in values
    assert 100 * sum(value <= found for value in values) >= percent * len(values)
    assert all(
        100 * sum(value <= smaller for value in values) < percent * len(values) for smaller in values if smaller < found
    )


@given(st.dictionaries(st.text(min_size=1, max_size=3), st.integers(0, 1000), max_size=6))
def test_shares_in_percent_add_up_to_100(parts):
    shares = trends.hundred(parts)

    total = sum(parts.values())
    assert sum(shares.values()) == (100 if total else 0)
    assert all(abs(shares[name] - 100 * parts[name] / total) < 1 for name in shares)


def test_full_weeks_end_before_this_monday():
    assert trends.full_weeks(date(2025, 6, 18), 2) == [date(2025, 6, 2), date(2025, 6, 9)]
    assert trends.full_weeks(date(2025, 6, 16), 1) == [date(2025, 6, 9)]


@given(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 20), st.booleans(), st.booleans()), max_size=10))
def test_rewatches_are_found_as_brute_force_finds_them(told_plays):
    plays = [
        watching.Played(
            NOW + timedelta(minutes=minute), uuid.UUID(int=1), item, "video", 1, int(is_view), int(done), None
        )
        for item, minute, is_view, done in told_plays
    ]

    expected = sum(
        bool(play.is_view) and any(o.is_completed and o.item_id == play.item_id and o.at < play.at for o in plays)
        for play in plays
    )

    assert len(watching.rewatches(plays)) == expected

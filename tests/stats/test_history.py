"""Watch history: what is shown, what was cleared or hidden, and where to go on."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from stats import history, queries
from stats.actors import user_actor
from stats.models import Source
from tests.stats import world
from tests.stats.world import event

pytestmark = pytest.mark.django_db
NOW = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture
def site(source):
    """Return a secret key of the site itself: it plays on its own pages."""
    from stats import sources

    site = Source.objects.get(pk=Source.SITE)
    return sources.rotate_secret(site)


def watch(key, ana, film, *, hours=1.0, seconds=20, play_id="p", at=None, **rest):
    start = at or NOW - timedelta(hours=hours)
    world.send(
        [
            event(
                "play",
                film,
                play_id=play_id,
                user=str(ana.uuid),
                occurred_at=world.at(start),
                duration_seconds=seconds,
                **rest,
            )
        ],
        key,
    )


def names(ana, **filters):
    return [entry.play_id for entry in history.entries(ana.uuid, **filters)]


def test_entries_come_newest_first_with_what_is_known_of_them(site, ana, film):
    film.owner = ana
    film.save()
    watch(
        site, ana, film, hours=3, play_id="old", session_id="s", quality="720p", ranges=[[0, 20]], position_seconds=20
    )
    watch(site, ana, film, hours=1, play_id="new", seconds=0.25)

    new, old = history.entries(ana.uuid)

    assert (new.play_id, new.duration_seconds, old.play_id) == ("new", 0.25, "old")
    assert (old.video_id, old.item_uuid, old.title, old.owner_name) == (str(film.uuid), film.uuid, "Film", "ana")
    assert (old.watched_at, old.duration_seconds, old.content_type) == (NOW - timedelta(hours=3), 20, "video")
    assert (old.session_id, old.completed, old.quality, old.percent, old.is_available) == ("s", False, "720p", 20, True)


def test_items_elsewhere_and_deleted_ones_stay_in_the_history(source, ana, film):
    watch(source.secret, ana, "video-1", play_id="elsewhere")
    watch(source.secret, ana, film, hours=2, play_id="gone")
    film.deleted_at = timezone.now()
    film.save()

    elsewhere, gone = history.entries(ana.uuid)

    assert (elsewhere.video_id, elsewhere.title, elsewhere.is_available) == ("video-1", "video-1", False)
    assert (gone.title, gone.is_available) == ("Film", False)


def test_pages_and_filters(site, ana, film, source):
    song = world.make_film("Evening song", type="track", owner=world.make_member("singer"))
    for number in range(5):
        watch(site, ana, film, hours=30 + number, play_id=f"film{number}")
    watch(site, ana, song, hours=1, play_id="song")

    assert names(ana, limit=2) == ["song", "film0"]
    assert names(ana, limit=2, offset=2) == ["film1", "film2"]
    assert names(ana, type="track") == ["song"]
    assert names(ana, text="EVENING") == ["song"]
    assert names(ana, text="singer") == ["song"]
    assert names(ana, text="50%_") == []
    assert (history.count(ana.uuid), history.count(ana.uuid, type="video")) == (6, 5)
    assert names(world.make_member("ben")) == []


def test_a_day_is_one_of_the_readers_zone_and_25_hours_long_when_clocks_go_back(source, ana):
    zone = ZoneInfo("Europe/Berlin")
    starts = {
        "before": datetime(2025, 10, 25, 23, 59, tzinfo=zone), "first": datetime(2025, 10, 26, 0, 0, tzinfo=zone),
        "last": datetime(2025, 10, 26, 23, 59, tzinfo=zone), "after": datetime(2025, 10, 27, 0, 0, tzinfo=zone),
    }  # fmt: skip
    for name, start in starts.items():
        watch(source.secret, ana, "video-1", play_id=name, at=start.astimezone(UTC))

    with timezone.override(zone):
        assert names(ana, day=date(2025, 10, 26)) == ["last", "first"]


def test_only_the_newest_are_kept_also_under_a_filter(site, ana, film, settings):
    settings.MAX_WATCH_HISTORY_ENTRIES = 3
    song = world.make_film("Song", type="track")
    watch(site, ana, song, hours=9, play_id="too old")
    for number in range(3):
        watch(site, ana, film, hours=1 + number, play_id=f"film{number}")
    watch(site, ana, song, hours=2.5, play_id="song")

    assert names(ana) == ["film0", "film1", "song"]
    assert names(ana, type="track") == ["song"]
    assert (history.count(ana.uuid), history.count(ana.uuid, type="track")) == (3, 1)
    assert names(ana, limit=100, offset=3) == []
    assert history.summary(ana.uuid).entries == 3
    assert queries.eight_stats(ana.uuid).watch_history_entries == 5


def test_summary_adds_up(site, ana, film):
    song = world.make_film("Song", type="track", duration_ms=10_000)
    watch(site, ana, film, hours=24 * 8, play_id="old", seconds=100, ranges=[[0, 100]])
    watch(site, ana, film, hours=2, play_id="new", seconds=40)
    watch(site, ana, song, hours=1, play_id="song", seconds=10, ranges=[[0, 10]])

    summary = history.summary(ana.uuid)

    assert (summary.entries, summary.total_ms, summary.week_ms) == (3, 150_000, 50_000)
    assert list(summary.by_type.items()) == [("video", (2, 140_000)), ("track", (1, 10_000))]
    assert (summary.average_ms, summary.longest_ms, summary.finished) == (50_000, 100_000, 2)
    assert history.summary(world.make_member("ben").uuid).entries == 0


def test_clearing_says_how_many_went_and_lowers_no_statistic(site, ana, film):
    for number in range(3):
        watch(site, ana, film, hours=1 + number, play_id=f"p{number}")
    before = queries.eight_stats(ana.uuid)

    assert history.clear(user_actor(ana.uuid)) == 3

    assert (names(ana), history.count(ana.uuid)) == ([], 0)
    assert queries.eight_stats(ana.uuid) == before
    assert history.clear(user_actor(ana.uuid)) == 0
    world.assert_sound()


def test_a_late_report_of_a_cleared_play_does_not_bring_it_back(site, ana, film):
    watch(site, ana, film, hours=1, seconds=20, position_seconds=20)
    history.clear(user_actor(ana.uuid))

    watch(site, ana, film, hours=1, seconds=40, position_seconds=40)

    assert names(ana) == []
    assert history.resume(ana.uuid, film.pk) is None
    assert queries.eight_stats(ana.uuid).watched_ms == 40_000


def test_what_is_watched_after_clearing_is_shown(site, ana, film):
    watch(site, ana, film, hours=1)
    history.clear(user_actor(ana.uuid))

    watch(site, ana, film, at=timezone.now() + timedelta(milliseconds=5), play_id="new", seconds=0)

    assert names(ana) == ["new"]


def test_a_hidden_entry_stays_hidden_and_the_others_stay(site, ana, film):
    watch(site, ana, film, hours=1, play_id="a")
    watch(site, ana, film, hours=2, play_id="b")

    assert history.hide(user_actor(ana.uuid), Source.SITE, "a")
    watch(site, ana, film, hours=1, play_id="a", seconds=50)

    assert names(ana) == ["b"]
    assert not history.hide(user_actor(ana.uuid), Source.SITE, "a")
    assert not history.hide(user_actor(ana.uuid), Source.SITE, "unknown")
    assert not history.hide(user_actor(world.make_member("ben").uuid), Source.SITE, "b")
    assert queries.eight_stats(ana.uuid).watch_history_entries == 2
    world.assert_sound()


def test_an_unfinished_play_of_the_last_three_days_is_gone_on_with(site, ana, film):
    watch(site, ana, film, hours=5, seconds=30, position_seconds=30, ranges=[[0, 30]])

    resume = history.resume(ana.uuid, film.pk)

    assert (resume.play_id, resume.position_ms, resume.watched_ms) == ("p", 30_000, 30_000)
    assert resume.started_at == NOW - timedelta(hours=5)
    assert history.resume(ana.uuid, film.pk, now=NOW + timedelta(hours=73)) is None
    assert history.resume(ana.uuid, world.make_film().pk) is None
    assert history.resume(world.make_member("ben").uuid, film.pk) is None
    assert history.positions(ana.uuid, [film.pk]) == {film.pk: 30}


def test_who_goes_on_under_the_old_play_makes_no_second_one(site, ana, film):
    watch(site, ana, film, hours=5, seconds=30, position_seconds=30, ranges=[[0, 30]])
    resume = history.resume(ana.uuid, film.pk)

    watch(
        site,
        ana,
        film,
        at=resume.started_at,
        play_id=resume.play_id,
        seconds=90,
        ranges=[[0, 30], [30, 90]],
        position_seconds=90,
    )

    assert queries.item_counters([film.pk])[film.pk].plays == 1
    assert history.entries(ana.uuid)[0].completed


def test_an_item_that_was_finished_since_is_not_gone_on_with(site, ana, film):
    watch(site, ana, film, hours=5, seconds=30, position_seconds=30, ranges=[[0, 30]], play_id="half")
    watch(site, ana, film, hours=2, seconds=100, position_seconds=100, ranges=[[0, 100]], play_id="whole")

    assert history.resume(ana.uuid, film.pk) is None

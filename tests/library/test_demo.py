"""The demo: plausible, the same each time, and made once."""

import io
import stat
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth import authenticate
from django.core.management import call_command

from accounts.models import User
from library.demo import activity, art, catalogue, making, people
from library.models import Comment, Media
from stats import drain, queries, wire
from stats.models import DeadLetter, Item, Play
from tests.factories import make_plans

NOW = datetime(2026, 11, 21, 18, 30, tzinfo=UTC)
HERO = activity.Watcher("0198e1e0-7c3a-7d0f-9c5b-2a6f1d3e4c5b", "Asia/Tokyo", 1.0, ("hd_streaming",))
WORKS = [
    activity.Watched(
        f"0198e1e0-7c3a-7d0f-9c5b-2a6f1d3e4c{at:02x}", kind, seconds, 1 + at, NOW - timedelta(days=20), "x"
    )
    for at, (kind, seconds) in enumerate(
        [("video", 30), ("video", 40), ("video", 20), ("video", 50), ("track", 60), ("image", 0), ("stream", 0)]
    )
]


def test_the_same_seed_makes_the_same_days():
    first, second = (list(activity.events([HERO], WORKS, HERO, NOW, seed=3)) for _ in range(2))

    assert first == second
    assert len({event["id"] for event in first}) == len(first)


def test_nothing_happens_before_it_could_or_after_now():
    for event in activity.events([HERO], WORKS, HERO, NOW):
        assert NOW - timedelta(days=20) <= datetime.fromisoformat(event["occurred_at"]) <= NOW
        if event["type"] == "play" and "ranges" in event:
            assert event["ranges"][0][1] <= event["item_duration_seconds"]
            assert event["duration_seconds"] <= event["item_duration_seconds"]


def test_every_event_is_one_that_the_ingest_takes():
    told = list(activity.events([HERO] * 9, WORKS, HERO, NOW))

    decoded = wire.from_values(told)

    assert decoded.rejected == []
    assert decoded.ignored_fields == 0
    assert {"play", "like", "save", "share", "download", "feature_used"} <= {event["type"] for event in told}


def test_there_are_thirty_people_and_forty_items():
    assert (len(people.PEOPLE), len(catalogue.WORKS)) == (30, 40)
    assert {work.owner for work in catalogue.WORKS} <= {one.username for one in people.PEOPLE}
    assert Counter(work.title for work in catalogue.WORKS).most_common(1)[0][1] == 1


@pytest.mark.parametrize("scene", sorted(art.SCENES))
def test_a_scene_is_a_loop(scene):
    first, last = (art.picture(scene, "ink", t, 4, (64, 36)).tobytes() for t in (0, 1))

    assert first == last


@pytest.mark.alone
@pytest.mark.django_db(transaction=True)
def test_the_demo_is_made_once_and_all_of_it_counts(settings, tmp_path):
    settings.DATA_DIR, settings.MEDIA_ROOT = tmp_path, tmp_path / "media"
    make_plans()

    out = io.StringIO()
    call_command("seed_demo", stdout=out)
    while drain.drain_once(drain.Pace()):
        pass
    plays = Play.objects.count()
    call_command("seed_demo", stdout=out)

    assert "30 people, 40 items" in out.getvalue()
    assert "made already" in out.getvalue()
    assert (User.objects.count(), Item.objects.count(), DeadLetter.objects.count()) == (30, 40, 0)
    assert plays > 1000
    assert Comment.objects.count() > 50
    assert Media.objects.exclude(thumbnail="").count() == 40
    assert EmailAddress.objects.filter(verified=True).count() == 30
    member = User.objects.get(username="demo")
    assert queries.eight_stats(member.uuid).total_interactions > 5
    path = making.log_ins_path()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    for _, username, password in (line.split() for line in path.read_text().splitlines()):
        assert authenticate(username=username, password=password)
    assert [entry.name for entry in tmp_path.glob("demo-*")] == ["demo-logins.txt"]

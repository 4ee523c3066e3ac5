"""The demo: plausible, the same each time, and made once."""

import io
import stat
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth import authenticate
from django.core.management import call_command

from accounts import demo
from accounts.models import User
from library import prose
from library.demo import activity, art, catalogue, courses, making, people, together
from library.learning import facts
from library.learning.models import Certificate, LessonDone
from library.models import Comment, Media
from library.quizzes.models import Attempt
from stats import drain, queries, verify, wire
from stats.models import DeadLetter, Play
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
    assert {work.owner for work in making.ALL} <= {one.username for one in people.PEOPLE}
    assert Counter(work.title for work in making.ALL).most_common(1)[0][1] == 1


def test_what_the_plans_name_is_there():
    known, titles = {one.username for one in people.PEOPLE}, {work.title for work in making.ALL}

    named = {learner.username for plan in courses.COURSES for learner in plan.learners}
    named |= {name for plan in courses.COURSES for talk in plan.talks for name in (talk.author, *dict(talk.answers))}
    named |= {
        name for shelf in together.SHELVES for name in (shelf.owner, *shelf.editors, *shelf.viewers, *shelf.invited)
    }
    used = {step.video for plan in courses.COURSES for step in plan.steps} - {""}
    used |= {title for shelf in together.SHELVES for title in shelf.titles}

    assert named <= known
    assert used <= titles
    assert all(prose.words(step.markdown) > 100 for plan in courses.COURSES for step in plan.steps if step.text)


def test_nobody_follows_themselves_or_anybody_twice():
    pairs = [(follower, person) for follower, person, _days in together.follows(people.PEOPLE)]

    assert len(pairs) == len(set(pairs)) > 80
    assert not [pair for pair in pairs if pair[0] == pair[1]]
    assert {person for follower, person in pairs if follower == people.MEMBER.username} >= set(together.KNOWN)


@pytest.mark.parametrize("scene", sorted(art.SCENES))
def test_a_scene_is_a_loop(scene):
    first, last = (art.picture(scene, "ink", t, 4, (64, 36)).tobytes() for t in (0, 1))

    assert first == last


@pytest.mark.django_db(transaction=True)
def test_the_demo_is_made_once_and_all_of_it_counts(settings, tmp_path, client):
    settings.DATA_DIR, settings.MEDIA_ROOT = tmp_path, tmp_path / "media"
    make_plans()

    out = io.StringIO()
    call_command("seed_demo", stdout=out)
    while drain.drain_once(drain.Pace()):
        pass
    plays = Play.objects.count()
    call_command("seed_demo", stdout=out)

    assert "30 people, 43 items, 2 courses" in out.getvalue()
    assert "made already" in out.getvalue()
    everybody = 30 + len(demo.PATRONS)
    assert (User.objects.count(), Media.objects.count(), DeadLetter.objects.count()) == (everybody, 43, 0)
    assert plays > 1000
    assert Comment.objects.count() > 50
    assert Media.objects.exclude(thumbnail="").count() == 43
    assert not list(verify.differences())
    assert EmailAddress.objects.filter(verified=True).count() == everybody
    member = User.objects.get(username="demo")
    assert queries.eight_stats(member.uuid).total_interactions > 5
    path = making.log_ins_path()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    for _, username, password in (line.split() for line in path.read_text().splitlines()):
        assert authenticate(username=username, password=password)
    assert [entry.name for entry in tmp_path.glob("demo-*")] == ["demo-logins.txt"]
    what_was_completed_was_watched()
    pages_look_lived_in(client, member)


def what_was_completed_was_watched():
    done = LessonDone.objects.filter(lesson__kind__in=["video", "text"]).select_related("user", "lesson__item")
    assert done.count() > 60
    for row in done:
        assert facts.of(row.user, row.lesson, row.completed_at).is_enough
    assert set(LessonDone.objects.filter(lesson__kind="quiz").values_list("user", "lesson__quiz")) == set(
        Attempt.objects.filter(passed=True).values_list("user", "quiz")
    )
    assert Attempt.objects.filter(passed=False).exists()
    assert Certificate.objects.count() > 5


def pages_look_lived_in(client, member):
    client.force_login(member)
    certificate = Certificate.objects.get(enrolment__user=member)
    for path, words in (
        ("/", "Good"),
        ("/courses/", "Bread with wild yeast"),
        ("/courses/statistics-without-tears/", "The soup is the best explanation"),
        ("/courses/bread-with-wild-yeast/discussions/", "It went quiet on day four"),
        ("/learning/", "6 of 10"),
        (f"/certificates/{certificate.uuid}/", "Noa Lind"),
        ("/playlists/", "Evenings outside"),
        ("/following/", "Tess Bakker"),
        ("/notifications/", "commented on First loaf out"),
        ("/watch-later/", "playlist"),
        ("/members/ilse/playlists/", "Night sky, from the start"),
    ):
        response = client.get(path)
        assert response.status_code == 200, path
        assert words in response.content.decode(), path

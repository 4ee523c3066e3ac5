"""What of a batch is taken, for whom, and when it happened by the server's clock."""

import threading
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from stats import ingest, queries, wire
from stats.actors import Actor, ActorType, user_actor
from stats.fields import from_micros
from stats.ingest import Sending
from stats.kinds import KINDS, Kind, Sender
from stats.models import ExternalUser, InboxBatch, Item, Play, State
from tests.stats import world
from tests.stats.world import event

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 29, 12, 0, tzinfo=UTC)


def take(source, *events, sender=Sender.SERVER, actor=None, sent_at=None, now=NOW):
    decoded = wire.from_values(events)
    decoded.sent_at = sent_at
    return ingest.accept(Sending(source.source, sender, actor), decoded, now)


def log_row(column):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM stats_event")
        return cursor.fetchone()[0]


def occurred():
    return from_micros(log_row("occurred_at"))


@pytest.mark.parametrize(
    ("said", "sent", "meant"),
    [
        (timedelta(0), None, timedelta(0)),
        (-timedelta(minutes=3), timedelta(0), -timedelta(minutes=3)),
        (-timedelta(minutes=3), timedelta(seconds=59), -timedelta(minutes=3)),
        (-timedelta(hours=2), -timedelta(hours=1), -timedelta(hours=1)),
        (timedelta(days=30), timedelta(days=30, seconds=30), -timedelta(seconds=30)),
        (timedelta(minutes=4), None, timedelta(0)),
        (timedelta(minutes=4), timedelta(seconds=30), timedelta(0)),
    ],
    ids=["right", "late", "small skew", "an hour behind", "a month ahead", "a little ahead", "ahead, small skew"],
)
def test_a_wrong_clock_is_corrected_and_nothing_lies_ahead(source, film, said, sent, meant):
    actor = Actor(uuid.uuid4(), ActorType.GUEST)
    one = event("like", film, occurred_at=world.at(NOW + said))
    take(source, one, sender=Sender.BROWSER, actor=actor, sent_at=None if sent is None else NOW + sent)
    world.drain_all()

    assert occurred() == NOW + meant


@pytest.mark.parametrize(
    ("said", "sender", "code"),
    [
        (timedelta(minutes=5, seconds=1), Sender.SERVER, "event_in_future"),
        (timedelta(minutes=5), Sender.SERVER, None),
        (-timedelta(days=7), Sender.BROWSER, None),
        (-timedelta(days=7, seconds=1), Sender.BROWSER, "event_too_old"),
        (-timedelta(days=20_000), Sender.SERVER, None),
        (-timedelta(days=21_000), Sender.SERVER, "event_archived"),
    ],
)
def test_how_old_an_event_may_be_depends_on_who_sends_it(source, film, said, sender, code):
    actor = Actor(uuid.uuid4(), ActorType.GUEST) if sender is Sender.BROWSER else None
    outcome = take(source, event("like", film, occurred_at=world.at(NOW + said)), sender=sender, actor=actor)

    assert [one.code for one in outcome.rejected] == ([code] if code else [])


def test_an_event_without_a_time_happened_now(source, film):
    take(source, {"type": "like", "item": str(film.uuid)})
    world.drain_all()

    assert occurred() == NOW


def test_the_day_of_an_event_is_the_sites(source, film, settings):
    settings.TIME_ZONE = "Pacific/Auckland"
    take(source, event("like", film, occurred_at="2026-03-28T12:30:00Z"))
    world.drain_all()

    assert str(log_row("day")) == "2026-03-29"


def test_the_same_batch_any_number_of_times_is_accepted_and_changes_nothing(source, film, ana):
    batch = [event("play", film, play_id="p", user=str(ana.uuid), occurred_at=world.ago(hours=1), duration_seconds=40),
             event("share", film, platform="email", user=str(ana.uuid)), event("like", film, user=str(ana.uuid))]  # fmt: skip
    world.send(batch, source.secret)
    before = world.tables()

    for _ in range(3):
        assert world.send(batch, source.secret)["accepted"] == 3

    assert world.tables() == before
    assert len(world.logged()) == 3


def test_two_sources_may_use_the_same_id(source, film):
    other, one = world.make_source("other"), event("share", film, platform="email")

    world.send([one], source.secret)
    world.send([one], other.secret)

    assert len(world.logged()) == 2
    assert queries.item_counters([film.pk])[film.pk].shares == 2


def test_a_secret_key_makes_external_items_of_the_type_it_names(source):
    world.send([event("like", "song-1", content_type="track"), event("like", "film-1"), event("share", "song-1", platform="email")],
               source.secret)  # fmt: skip

    assert dict(Item.objects.values_list("external_key", "type")) == {"song-1": "track", "film-1": "video"}
    assert set(Item.objects.values_list("source_id", flat=True)) == {source.source.pk}


def test_a_public_key_makes_items_only_where_its_source_allows(source):
    generous = world.make_source("generous", creates_items_public=True)

    refused, taken = world.post([event("like", "a")], source.public), world.post([event("like", "a")], generous.public)

    assert (refused.status_code, taken.status_code) == (422, 202)
    assert Item.objects.get().source_id == generous.source.pk


def test_no_item_is_made_for_an_event_that_is_refused_or_left_out(source, settings):
    settings.ENABLE_USER_ANALYTICS = False
    outcome = take(source, event("like", "a"), event("like", "b", user="nobody"), event("explode", "c"),
                   event("like", "d", occurred_at=world.at(NOW + timedelta(days=1))))  # fmt: skip

    assert (outcome.accepted, outcome.ignored, len(outcome.rejected)) == (0, 1, 3)
    assert Item.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_an_item_that_two_requests_make_at_once_is_known_to_both():
    source, start, wrong = world.make_source(), threading.Barrier(6), []

    def work():
        try:
            for turn in range(12):
                start.wait(10)
                outcome = take(source, *(event("like", f"{turn}-{n}") for n in range(3)))
                wrong.extend(one.code for one in outcome.rejected)
        except Exception as error:  # noqa: BLE001 (told below)
            wrong.append(error)
            start.abort()
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert wrong == []
    assert Item.objects.count() == 36


def test_two_sources_keep_their_own_items_under_one_key(source):
    other = world.make_source("other")

    world.send([event("like", "video-1")], source.secret)
    world.send([event("like", "video-1"), event("share", "video-1", platform="email")], other.secret)

    shares = {item.source_id: queries.item_counters([item.pk])[item.pk].shares for item in Item.objects.all()}
    assert shares == {source.source.pk: 0, other.source.pk: 1}


def test_an_identified_member_is_known_by_the_sources_own_name(source, ana, film):
    other = world.make_source("other")
    world.send([event("identified", user=str(ana.uuid), external_id="customer-7")], source.secret)

    world.send([event("like", film, user="customer-7")], source.secret)

    assert State.objects.get().actor == ana.uuid
    assert world.post([event("like", film, user="customer-7")], other.secret).status_code == 422


def test_an_external_name_is_bound_once_by_the_first_event_whatever_comes_first(source, ana):
    ben = world.make_member("ben")
    late = event("identified", user=str(ben.uuid), external_id="7", occurred_at=world.ago(hours=1))
    early = event("identified", user=str(ana.uuid), external_id="7", occurred_at=world.ago(hours=2))

    world.send([late], source.secret)
    world.send([early], source.secret)

    assert ExternalUser.objects.get().actor == ana.uuid
    world.assert_sound()


def test_a_server_that_names_nobody_speaks_of_a_session_not_of_a_person(source, film):
    world.send([event("like", film, session_id="s1"), event("like", film, session_id="s1"), event("like", film, session_id="s2")],
               source.secret)  # fmt: skip

    assert queries.item_counters([film.pk])[film.pk].likes == 2
    assert world.tables()["stats_actorstats"] == []


def test_plays_claim_no_more_than_the_time_since_their_start(source, ana, film):
    take(source, event("play", film, play_id="p", user=str(ana.uuid), occurred_at=world.at(NOW - timedelta(seconds=12)),
                       duration_seconds=4000, ranges=[[0, 5000]]))  # fmt: skip
    world.drain_all()

    play = Play.objects.get()
    assert (play.played_ms, play.covered_ms, play.ranges) == (12_000, 26_000, "[[0,100000]]")


def test_a_browser_cannot_say_that_it_completed_what_it_did_not_see(source, film):
    live = world.make_film("Live", type="stream", duration_ms=None)
    actor = Actor(uuid.uuid4(), ActorType.GUEST)
    told = {"occurred_at": world.at(NOW - timedelta(hours=1)), "duration_seconds": 5, "completed": True}
    take(source, event("play", film, play_id="p", **told), event("play", live, play_id="q", **told),
         sender=Sender.BROWSER, actor=actor)  # fmt: skip
    take(source, event("play", live, play_id="r", **told), actor=user_actor(uuid.uuid4()))
    world.drain_all()

    assert dict(Play.objects.values_list("play_id", "is_completed")) == {"p": 0, "q": 0, "r": 1}


def test_reports_of_one_play_that_contradict_each_other_in_a_batch_are_refused(source, film):
    other, start = world.make_film(), world.at(NOW - timedelta(hours=1))
    outcome = take(
        source,
        event("play", film, play_id="p", session_id="s", occurred_at=start),
        event("play", other, play_id="p", session_id="s", occurred_at=start),
        event("play", film, play_id="p", session_id="s", occurred_at=world.at(NOW)),
        event("play", film, play_id="p", session_id="s", occurred_at=start, duration_seconds=5),
    )

    assert [(one.index, one.code) for one in outcome.rejected] == [(1, "play_conflict"), (2, "play_conflict")]


def test_every_kind_has_fields_that_the_wire_knows():
    for spec in KINDS.values():
        assert set(spec.fields) <= wire.KNOWN
        assert {spec.label, spec.amount} - {None} <= set(spec.fields)
    assert set(KINDS) == {kind.value for kind in Kind}


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_can_be_told_logged_and_projected(source, ana, film, kind):
    values = {
        "play_id": "p", "platform": "email", "stars": 4, "url": "/", "name": "n", "feature": "ad_free", "amount": 5,
        "currency": "EUR", "viewers": 3, "target": str(uuid.uuid4()), "course": str(uuid.uuid4()), "setting": "theme",
        "playlist": str(uuid.uuid4()), "comment": str(uuid.uuid4()), "content_type": "video", "external_id": "x",
        "change": "started", "guest": str(uuid.uuid4()), "bytes": 5, "of_source": 0,
        "percent": 80, "passed": True,
    }  # fmt: skip
    spec = KINDS[kind]
    told = {name: values[name] for name in (*spec.required, *(["of_source"] if kind == "history_hidden" else []))}

    outcome = take(
        source,
        event(kind, film if spec.about_item else None, **told),
        sender=Sender.INTERNAL,
        actor=user_actor(ana.uuid),
    )
    world.drain_all()

    assert (outcome.accepted, outcome.rejected) == (1, [])
    assert log_row("kind") == kind
    assert world.stored()["letters"] == 0
    world.assert_sound()


def test_a_batch_that_is_known_costs_one_query(source, ana, film):
    batch = [event("like", film, user=str(ana.uuid)) for _ in range(50)]
    take(source, *batch)

    with CaptureQueriesContext(
        connection,
    ) as captured:
        take(source, *batch)

    assert len(captured) <= 2, [one["sql"][:80] for one in captured]
    assert InboxBatch.objects.count() == 2

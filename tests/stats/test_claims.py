"""What a guest did becomes the member's, once, whenever the claim comes."""

import itertools
from datetime import timedelta

import pytest
from django.utils import timezone

from stats import ledger, queries, wire
from stats.actors import guest_actor, user_actor
from stats.ids import uuid7
from stats.inbox import insert
from stats.ingest import Sending, accept, prepare
from stats.kinds import Kind, Sender
from stats.models import ActorStats, GuestClaim, HistoryClear, Play, Source, State
from tests.stats import world
from tests.stats.world import event

pytestmark = pytest.mark.django_db


def lines(actor, *events):
    """Return the rows of events that the site itself tells of someone."""
    rows, outcome = prepare(
        Sending(Source.objects.get(pk=Source.SITE), Sender.INTERNAL, actor), wire.from_values(events), timezone.now()
    )
    assert outcome.rejected == []
    return rows


def drain_chunks(*chunks):
    for chunk in chunks:
        insert([("".join(chunk).encode(), len(chunk))])
        world.drain_all()


def a_guests_day(film, guest):
    start = world.ago(hours=2)
    return [
        *lines(
            guest_actor(guest),
            event("like", film, occurred_at=start),
            event("share", film, platform="email", occurred_at=start),
            event("play", film, play_id="p1", occurred_at=start, duration_seconds=40, ranges=[[0, 40]]),
        )
    ]


@pytest.mark.parametrize("order", ["claim first", "claim last", "same chunk", "claim between"])
def test_a_guests_past_counts_for_the_member_whenever_the_claim_comes(film, ana, order):
    guest = uuid7()
    day = a_guests_day(film, guest)
    claim = lines(user_actor(ana.uuid), event("guest_claimed", guest=str(guest)))
    chunks = {
        "claim first": [claim, day], "claim last": [day, claim], "same chunk": [day + claim],
        "claim between": [day[:1], claim, day[1:]],
    }[order]  # fmt: skip

    drain_chunks(*chunks)

    eight = queries.eight_stats(ana.uuid)
    assert (eight.total_interactions, eight.watch_history_entries, eight.watched_ms) == (2, 1, 40_000)
    assert not ActorStats.objects.filter(actor=guest).exists()
    assert queries.item_counters([film.pk])[film.pk] == queries.Counters(plays=1, views=1, likes=1, shares=1)
    world.assert_sound()


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_one_item_liked_as_guest_and_as_member_is_one_like(film, ana, order):
    guest = uuid7()
    parts = [
        lines(guest_actor(guest), event("like", film, occurred_at=world.ago(hours=2))),
        lines(user_actor(ana.uuid), event("like", film, occurred_at=world.ago(hours=1))),
        lines(user_actor(ana.uuid), event("guest_claimed", guest=str(guest))),
    ]

    drain_chunks(*(parts[index] for index in order))

    assert queries.item_counters([film.pk])[film.pk].likes == 1
    assert queries.eight_stats(ana.uuid).total_interactions == 1
    assert State.objects.count() == 1
    world.assert_sound()


def test_the_later_click_holds_when_guest_and_member_disagree(film, ana):
    guest = uuid7()
    drain_chunks(
        lines(guest_actor(guest), event("unlike", film, occurred_at=world.ago(hours=1))),
        lines(user_actor(ana.uuid), event("like", film, occurred_at=world.ago(hours=2))),
        lines(user_actor(ana.uuid), event("guest_claimed", guest=str(guest))),
    )

    assert queries.item_counters([film.pk])[film.pk].likes == 0
    assert queries.eight_stats(ana.uuid).total_interactions == 1
    world.assert_sound()


def test_a_guest_is_claimed_once_and_the_second_claim_changes_nothing(film, ana):
    guest, ben = uuid7(), world.make_member("ben")
    drain_chunks(a_guests_day(film, guest))
    for member in (ana, ben):
        with ledger.recording() as done:
            ledger.record(Kind.GUEST_CLAIMED, user_actor(member.uuid), guest=str(guest))

    assert done.new == 0
    assert GuestClaim.objects.get(guest=guest).actor == ana.uuid
    assert queries.eight_stats(ben.uuid).total_interactions == 0
    world.assert_sound()


def test_what_the_guest_still_sends_after_the_claim_is_the_members(film, ana, source):
    guest = uuid7()
    with ledger.recording():
        ledger.record(Kind.GUEST_CLAIMED, user_actor(ana.uuid), guest=str(guest))

    accept(Sending(source.source, Sender.BROWSER, guest_actor(guest)), wire.from_values([event("like", film)]))
    world.drain_all()

    assert queries.states(ana.uuid, [film.pk]).liked == {film.pk}


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_a_play_that_goes_on_after_the_log_in_stays_one_play(film, ana, order):
    guest, start = uuid7(), world.ago(hours=1)
    parts = [
        lines(
            guest_actor(guest),
            event("play", film, play_id="p", occurred_at=start, duration_seconds=20, ranges=[[0, 20]]),
        ),
        lines(
            user_actor(ana.uuid),
            event("play", film, play_id="p", occurred_at=start, duration_seconds=35, ranges=[[10, 35]]),
        ),
        lines(user_actor(ana.uuid), event("guest_claimed", guest=str(guest))),
    ]

    drain_chunks(*(parts[index] for index in order))

    play = Play.objects.get()
    assert (play.actor, play.played_ms, play.covered_ms, play.actor_type) == (ana.uuid, 35_000, 35_000, "u")
    assert queries.eight_stats(ana.uuid).watched_ms == 35_000
    world.assert_sound()


@pytest.mark.parametrize("order", [(0, 1, 2), (1, 0, 2)])
def test_guest_and_member_who_called_different_plays_by_one_name_keep_both(film, ana, order):
    guest, other = uuid7(), world.make_film("Other")
    parts = [
        lines(
            guest_actor(guest), event("play", film, play_id="p1", occurred_at=world.ago(hours=2), duration_seconds=20)
        ),
        lines(
            user_actor(ana.uuid),
            event("play", other, play_id="p1", occurred_at=world.ago(hours=1), duration_seconds=30),
        ),
        lines(user_actor(ana.uuid), event("guest_claimed", guest=str(guest))),
    ]

    drain_chunks(*(parts[index] for index in order))

    counters = queries.item_counters([film.pk, other.pk])
    assert (counters[film.pk].plays, counters[other.pk].plays) == (1, 1)
    eight = queries.eight_stats(ana.uuid)
    assert (eight.watch_history_entries, eight.watched_ms) == (2, 50_000)
    world.assert_sound()


def test_sums_are_conserved_when_several_guests_turn_out_to_be_one_member(film, ana):
    guests = [uuid7() for _ in range(3)]
    drain_chunks(*(a_guests_day(film, guest) for guest in guests))
    before = queries.item_counters([film.pk])[film.pk]

    drain_chunks(
        [row for guest in guests for row in lines(user_actor(ana.uuid), event("guest_claimed", guest=str(guest)))]
    )

    after = queries.item_counters([film.pk])[film.pk]
    assert (before.likes, before.plays, before.shares) == (3, 3, 3)
    assert (after.likes, after.plays, after.shares) == (1, 3, 3)
    eight = queries.eight_stats(ana.uuid)
    assert (eight.total_interactions, eight.watch_history_entries, eight.watched_ms) == (4, 3, 120_000)
    assert ActorStats.objects.count() == 1
    world.assert_sound()


def test_streams_of_guest_and_member_are_counted_as_of_one_person(ana):
    guest, live = uuid7(), world.make_film("Live", type="stream", duration_ms=None)
    now = timezone.now()
    drain_chunks(
        lines(guest_actor(guest), event("stream_started", live, occurred_at=world.at(now - timedelta(minutes=60)))),
        lines(user_actor(ana.uuid), event("stream_started", live, occurred_at=world.at(now - timedelta(minutes=57)))),
    )
    assert queries.eight_stats(ana.uuid).streams_created == 1

    drain_chunks(lines(user_actor(ana.uuid), event("guest_claimed", guest=str(guest))))

    assert queries.eight_stats(ana.uuid).streams_created == 1
    world.assert_sound()


def test_a_history_cleared_as_guest_stays_cleared(film, ana):
    guest = uuid7()
    drain_chunks(
        lines(guest_actor(guest), event("history_cleared", occurred_at=world.ago(hours=1))),
        lines(user_actor(ana.uuid), event("history_cleared", occurred_at=world.ago(hours=3))),
        lines(user_actor(ana.uuid), event("guest_claimed", guest=str(guest))),
    )

    assert HistoryClear.objects.get().actor == ana.uuid
    assert HistoryClear.objects.get().cleared_at > timezone.now() - timedelta(hours=2)
    world.assert_sound()

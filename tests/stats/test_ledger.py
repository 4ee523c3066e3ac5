"""The site's own actions: collected in a block, applied before its commit, and seen by the very next look."""

import threading
import uuid

import msgspec
import pytest
from django.db import connection, transaction

from stats import ledger, queries
from stats.actors import guest_actor, user_actor
from stats.ids import uuid7
from stats.kinds import Kind
from stats.models import ItemCounter, Source
from tests.stats import world

pytestmark = pytest.mark.django_db


def like(actor, film, **rest):
    with ledger.recording() as done:
        ledger.record(Kind.LIKE, actor, item=film, **rest)
    return done


def test_what_was_recorded_is_there_at_the_next_look(ana, film):
    actor = user_actor(ana.uuid)

    done = like(actor, film)

    assert done.new == 1
    assert queries.states(ana.uuid, [film.pk]).liked == {film.pk}
    assert queries.item_counters([film.pk])[film.pk].likes == 1
    assert queries.eight_stats(ana.uuid).total_interactions == 1
    world.assert_sound()


def test_several_events_of_one_action_are_applied_together(ana, film):
    actor = user_actor(ana.uuid)
    with ledger.recording() as done:
        ledger.record(Kind.UPLOAD, actor, item=film, content_type="video", bytes=5)
        ledger.record(Kind.COMMENT, actor, item=film, comment=str(uuid.uuid4()))
        ledger.record(Kind.SHARE, actor, item=film, platform="email")
        assert queries.eight_stats(ana.uuid).total_interactions == 0

    assert done.new == 3
    eight = queries.eight_stats(ana.uuid)
    assert (eight.videos_uploaded, eight.total_interactions) == (1, 2)


def test_an_action_that_fails_leaves_nothing(ana, film):
    def fail():
        with ledger.recording():
            ledger.record(Kind.LIKE, user_actor(ana.uuid), item=film)
            film.title = "Changed"
            film.save()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()

    film.refresh_from_db()
    assert film.title == "Film"
    assert world.logged() == []
    assert queries.eight_stats(ana.uuid).total_interactions == 0


def test_an_event_that_cannot_be_applied_undoes_the_action(ana, film):
    def contradict():
        with ledger.recording():
            film.title = "Changed"
            film.save()
            for item in (film, world.make_film("Other")):
                ledger.record(Kind.PLAY, user_actor(ana.uuid), item=item, play_id="p")

    with pytest.raises(ledger.Refused):
        contradict()

    film.refresh_from_db()
    assert film.title == "Film"
    assert world.logged() == []


def test_recording_outside_of_a_block_is_a_mistake(ana, film):
    with pytest.raises(ledger.NotRecording):
        ledger.record(Kind.LIKE, user_actor(ana.uuid), item=film)


def test_a_block_inside_a_block_is_a_mistake_and_undoes_both(ana, film):
    def nest():
        with ledger.recording():
            ledger.record(Kind.LIKE, user_actor(ana.uuid), item=film)
            with ledger.recording():
                pass

    with pytest.raises(ledger.NotRecording):
        nest()

    assert world.logged() == []
    assert like(user_actor(ana.uuid), film).new == 1


def test_a_block_without_events_writes_none(ana):
    with ledger.recording() as done:
        pass

    assert (done.new, world.logged()) == (0, [])


def test_the_same_id_again_is_not_new(ana, film):
    event_id = uuid7()

    assert [like(user_actor(ana.uuid), film, event_id=event_id).new for _ in range(3)] == [1, 0, 0]
    assert queries.item_counters([film.pk])[film.pk].likes == 1


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        (Kind.SHARE, {}), (Kind.SHARE, {"platform": "myspace"}), (Kind.SHARE, {"platform": "email", "stars": 3}),
        (Kind.FEATURE_USED, {"feature": "flying"}), (Kind.UPLOAD, {"content_type": "video", "bytes": -1}),
    ],
)  # fmt: skip
def test_fields_that_do_not_fit_the_kind_are_a_mistake(ana, film, kind, fields):
    with pytest.raises(msgspec.ValidationError), ledger.recording():
        ledger.record(kind, user_actor(ana.uuid), item=film, **fields)

    assert world.logged() == []


def test_an_item_is_needed_where_the_kind_is_about_one(ana):
    with pytest.raises(msgspec.ValidationError, match="item None"), ledger.recording():
        ledger.record(Kind.LIKE, user_actor(ana.uuid))


def test_behaviour_is_not_recorded_when_it_is_switched_off_and_uploads_are(ana, film, settings):
    settings.ENABLE_USER_ANALYTICS = False
    actor = user_actor(ana.uuid)

    like(actor, film)
    with ledger.recording() as done:
        ledger.record(Kind.UPLOAD, actor, item=film, content_type="video")

    assert (done.new, len(world.logged())) == (1, 1)


def test_a_guest_is_a_person_too(film):
    guest = guest_actor(uuid7())

    like(guest, film)

    assert queries.eight_stats(guest.id).total_interactions == 1


@pytest.mark.django_db(transaction=True)
def test_many_writers_at_once_lose_nothing_and_never_lock_each_other_out():
    films = [world.make_film(f"Film {n}") for n in range(3)]
    Source.objects.get_or_create(pk=Source.SITE, defaults={"name": "This site"})
    errors = []

    def work(seed):
        try:
            for n in range(10):
                with ledger.recording():
                    actor = user_actor(uuid.UUID(int=1 + (seed + n) % 4))
                    for film in films if n % 2 else films[::-1]:
                        ledger.record(Kind.SHARE, actor, item=film, platform="email")
                        ledger.record(Kind.LIKE, actor, item=film)
        except Exception as error:  # noqa: BLE001 (told below)
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert errors == []
    assert set(ItemCounter.objects.values_list("shares", "likes")) == {(60, 4)}
    world.assert_sound()


@pytest.mark.django_db(transaction=True)
def test_nobody_else_sees_an_action_before_its_commit():
    film, person = world.make_film(), uuid7()
    seen = []

    def look():
        seen.append(queries.item_counters([film.pk])[film.pk].likes)
        connection.close()

    with transaction.atomic():
        with ledger.recording():
            ledger.record(Kind.LIKE, user_actor(person), item=film)
        thread = threading.Thread(target=look)
        thread.start()
        thread.join()

    assert seen == [0]
    assert queries.item_counters([film.pk])[film.pk].likes == 1

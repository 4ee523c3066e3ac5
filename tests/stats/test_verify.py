"""Verify finds every number that the log does not say; rebuild mends it, while the site is in use."""

import io
import threading
import uuid
from contextlib import suppress

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from stats import ledger, verify
from stats.actors import guest_actor, user_actor
from stats.ids import uuid7
from stats.kinds import Kind
from stats.models import ActorStats, HiddenPlay, ItemCounter, Play
from tests.stats import world
from tests.stats.world import event

pytestmark = pytest.mark.django_db


@pytest.fixture
def busy(source, film, ana):
    """Return an item and a person that every table has a row of."""
    live, start = world.make_film("Live", type="stream", duration_ms=None), world.ago(hours=2)
    world.send(
        [
            event(
                "play", film, play_id="p", user=str(ana.uuid), occurred_at=start, duration_seconds=40, ranges=[[0, 40]]
            ),
            event("like", film, user=str(ana.uuid)),
            event("save", film, user=str(ana.uuid)),
            event("stream_started", live, user=str(ana.uuid)),
            event("identified", user=str(ana.uuid), external_id="7"),
            event("share", film, user=str(ana.uuid), platform="email"),
        ],
        source.secret,
    )
    guest = uuid7()
    with ledger.recording():
        ledger.record(Kind.LIKE, guest_actor(guest), item=film)
        ledger.record(Kind.GUEST_CLAIMED, user_actor(ana.uuid), guest=str(guest))
        ledger.record(Kind.HISTORY_CLEARED, user_actor(ana.uuid))
        ledger.record(Kind.HISTORY_HIDDEN, user_actor(ana.uuid), play_id="p", of_source=source.source.pk)
    return film, ana


def tables():
    return [table for projection in ledger.projections() for table in projection.tables]


def test_a_sound_database_has_a_row_of_everything_and_no_difference(busy):
    assert all(rows for rows in world.tables().values()), {name: len(rows) for name, rows in world.tables().items()}
    assert verify.differences() == []


@pytest.mark.parametrize("table", tables(), ids=lambda table: table.__name__)
@pytest.mark.parametrize("damage", ["deleted", "changed", "added"])
def test_damage_to_any_table_is_found_and_mended(busy, table, damage):
    name, (columns, keys) = table._meta.db_table, verify._columns(table)
    before = world.tables()
    with connection.cursor() as cursor:
        if damage == "deleted":
            cursor.execute(f"DELETE FROM {name}")
        elif damage == "changed":
            number = next((column for column in columns if column not in keys), keys[-1])
            value = (
                "'00000000000000000000000000000009'"
                if table._meta.get_field(number).get_internal_type() == "UUIDField"
                else "'9'"
            )
            cursor.execute(f"UPDATE {name} SET {number} = {value}")
        else:
            key = keys[0]
            value = (
                "'00000000000000000000000000000009'"
                if table._meta.get_field(key).get_internal_type() == "UUIDField"
                else "9"
            )
            others = [column for column in columns if column != key]
            cursor.execute(
                f"INSERT INTO {name} ({', '.join([key, *others])}) SELECT {', '.join([value, *others])} FROM {name} LIMIT 1"
            )

    found = verify.differences()
    changed = verify.rebuild(set())

    assert {one.table for one in found} == {name}
    assert all(str(one).startswith(f"{name} ") for one in found)
    assert changed[name] > 0
    assert sum(changed.values()) == changed[name]
    assert world.tables() == before
    assert verify.differences() == []
    assert set(verify.rebuild(set()).values()) == {0}


def test_only_the_named_projection_is_mended(busy):
    ItemCounter.objects.update(likes=99)
    ActorStats.objects.update(interactions=99)

    changed = verify.rebuild({"item counters"})

    assert set(changed) == {"stats_itemcounter"}
    assert {one.table for one in verify.differences()} == {"stats_actorstats"}


def test_a_difference_says_what_is_and_what_should_be(busy):
    film, ana = busy
    ItemCounter.objects.filter(item_id=film.pk).update(shares=7)
    Play.objects.all().delete()
    HiddenPlay.objects.create(actor=ana.uuid, source_id=1, play_id="never")

    lines = {one.table: str(one) for one in verify.differences()}

    assert lines["stats_itemcounter"] == f"stats_itemcounter ({film.pk},): shares is 7, should be 1"
    assert "missing, should be" in lines["stats_play"]
    assert "should not be there" in lines["stats_hiddenplay"]


def test_an_empty_log_makes_everything_empty(busy):
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM stats_event")

    verify.rebuild(set())

    assert not any(world.tables().values())


def test_the_log_is_replayed_in_pieces_with_the_same_result(busy, source, film):
    from stats import log

    people = [world.make_member(f"m{n}") for n in range(4)]
    world.send(
        [event(kind, film, user=str(one.uuid)) for one in people for kind in ("like", "unlike", "save", "like")],
        source.secret,
    )
    with verify._shadows(cursor := connection.cursor()):
        for rows in log.replay(cursor, rows=3):
            batch = verify.Fresh(cursor, rows)
            cursor.execute("SELECT DISTINCT kind FROM fresh")
            batch.kinds = frozenset(kind for (kind,) in cursor.fetchall())
            cursor.execute("DELETE FROM moves")
            ledger.project(batch)
        found = [one for projection in ledger.projections() for table in projection.tables
                 for one in verify._compare(cursor, projection.name, table)]  # fmt: skip

    assert [str(one) for one in found] == []


def test_the_commands_say_what_they_find_and_end_with_a_status(busy):
    assert command("verify_stats") == "No differences.\n"
    ItemCounter.objects.update(likes=99)

    with pytest.raises(SystemExit) as ended:
        command("verify_stats", out := io.StringIO())
    assert ended.value.code == 1
    assert "likes is 99, should be 1" in out.getvalue()
    assert out.getvalue().endswith("differences\n")
    assert "stats_itemcounter: 1 rows changed" in command("rebuild_stats", io.StringIO(), "item counters")
    assert command("verify_stats") == "No differences.\n"
    with pytest.raises(CommandError, match="No projection 'nonsense'"):
        command("rebuild_stats", io.StringIO(), "nonsense")


def command(name, out=None, *arguments):
    out = out or io.StringIO()
    call_command(name, *arguments, stdout=out)
    return out.getvalue()


@pytest.mark.django_db(transaction=True)
def test_rebuilding_and_verifying_while_others_write_is_right_and_holds_nobody_up():
    films = [world.make_film(f"Film {n}") for n in range(3)]
    stop, errors = threading.Event(), []

    def write(seed):
        try:
            number = 0
            while not stop.is_set():
                number += 1
                actor = user_actor(uuid.UUID(int=1 + (seed + number) % 3))
                with ledger.recording():
                    for film in films:
                        ledger.record((Kind.LIKE, Kind.UNLIKE)[number % 2], actor, item=film)
                        ledger.record(Kind.SHARE, actor, item=film, platform="email")
                        ledger.record(Kind.PLAY, actor, item=film, play_id=f"{seed}.{number}.{film.pk}")
        except Exception as error:  # noqa: BLE001 (told below)
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=write, args=(seed,)) for seed in range(3)]
    for thread in threads:
        thread.start()
    try:
        for turn in range(6):
            assert [str(one) for one in verify.differences()] == []
            with transaction.atomic(), suppress(ItemCounter.DoesNotExist), connection.cursor() as cursor:
                ledger.lock(cursor)  # as a writer does, so that this damage is none to a counter that moves
                ItemCounter.objects.filter(item_id=films[turn % 3].pk).update(shares=10**6)
            verify.rebuild(set())
            assert [str(one) for one in verify.differences()] == []
    finally:
        stop.set()
        for thread in threads:
            thread.join()

    assert errors == []
    world.assert_sound()

"""From the inbox to the log: once, whatever is in it, and by one drain at a time."""

import signal
import time
import uuid

import pytest
from django.core.management import call_command
from django.db import connection, connections

from stats import drain, inbox, leadership, ledger, queries
from stats.ids import uuid7
from stats.models import DeadLetter, InboxBatch
from stats.rows import NULL
from tests import processes
from tests.stats import world
from tests.stats.world import event

pytestmark = pytest.mark.django_db


def line(**values):
    """Return a row of the inbox as some other version of the code, or a broken disk, might have left it."""
    told = {
        "id": uuid7().hex, "source_id": "0", "kind": "share", "received_at": "1", "occurred_at": "1", "day": "1970-01-01",
        "actor": uuid.UUID(int=7).hex, "actor_type": "u", "item_id": "5", "session_id": NULL, "play_id": NULL,
        "playlist": NULL, "label": "email", "amount": NULL, "data": NULL, **values,
    }  # fmt: skip
    return ("\t".join(told.values()) + "\n").encode()


BROKEN_PLAY = {"kind": "play", "play_id": "p", "data": "{not json"}
POISON = {
    "a play that says nothing": {"kind": "play", "play_id": "p"},
    "a play that is no JSON": BROKEN_PLAY,
    "a play of nothing": {"kind": "play", "play_id": "p", "item_id": NULL, "data": "{}"},
    "no kind": {"kind": NULL},
    "no time": {"occurred_at": NULL},
    "a stream of nothing": {"kind": "stream_started", "item_id": NULL},
    "a name for nobody": {"kind": "identified", "label": NULL},
}
ONLY_POSTGRESQL = {
    "no UUID": {"id": "zzz"},
    "a number too large": {"amount": "9" * 25},
    "no number": {"item_id": "five"},
    "NUL": {"label": "a\0b"},
    "no source": {"source_id": "99999999999", "id": "01981b7e000070008000000000000001"},
    "no day": {"day": "2026-02-30"},
    "the actor is no UUID": {"actor": "nobody"},
}


def put(*lines):
    inbox.insert([(b"".join(lines), len(lines))])


def parameters():
    for name, values in {**POISON, **ONLY_POSTGRESQL}.items():
        marks = [pytest.mark.postgresql] if name in ONLY_POSTGRESQL else []
        yield pytest.param(values, id=name, marks=marks)


@pytest.mark.parametrize("values", list(parameters()))
def test_a_poisonous_event_stands_alone_and_the_rest_goes_on(values):
    poison = line(**values)
    put(*(line() for _ in range(3)), poison, *(line() for _ in range(3)))
    put(*(line() for _ in range(2)))

    world.drain_all()

    letter = DeadLetter.objects.get()
    assert letter.code in {"not_applicable", "projection_failed"}
    assert letter.reason
    assert bytes(letter.row) == poison
    assert len(world.logged()) == 8
    assert queries.item_counters([5])[5].shares == 8
    world.assert_sound()


def test_a_row_with_too_few_values_is_put_aside():
    put(line(), b"half\ta row\n", line())

    world.drain_all()

    assert DeadLetter.objects.count() == 1
    assert len(world.logged()) == 2


def test_two_poisonous_events_in_many_batches_are_both_found():
    for number in range(9):
        put(line(), line(**(BROKEN_PLAY if number in {2, 7} else {})), line())

    world.drain_all()

    assert (DeadLetter.objects.count(), len(world.logged()), InboxBatch.objects.count()) == (2, 25, 0)


def test_a_poisonous_event_that_is_sent_again_is_one_letter():
    poison = line(**BROKEN_PLAY)
    for _ in range(3):
        put(poison)
        world.drain_all()

    assert DeadLetter.objects.count() == 1


def test_an_empty_inbox_is_no_work():
    assert drain.drain_once(drain.Pace()) == 0


def test_a_chunk_takes_no_more_than_its_pace_and_at_least_one_batch():
    for _ in range(4):
        put(*(line() for _ in range(10)))

    pace = drain.Pace(25)
    assert [drain.drain_once(pace), InboxBatch.objects.count()] == [20, 2]
    pace = drain.Pace(3)
    assert [drain.drain_once(pace), InboxBatch.objects.count()] == [10, 1]


def test_the_pace_shrinks_toward_its_aim_only_while_somebody_waits():
    pace = drain.Pace()
    pace.after(10_000, 0.2, hurried=True)
    assert pace.events == 4000
    pace.after(1000, 9.0, hurried=True)
    assert pace.events == drain.FEWEST_EVENTS[connection.vendor]
    for _ in range(9):
        pace.after(500, 0.04, hurried=False)
    assert pace.events == drain.MOST_EVENTS


def test_an_event_that_comes_in_two_batches_of_a_chunk_counts_once(source, film):
    one = event("share", film, platform="email")
    for _ in range(3):
        assert world.post([one, one], source.secret).status_code == 202
    world.drain_all()

    assert len(world.logged()) == 1
    assert queries.item_counters([film.pk])[film.pk].shares == 1
    world.assert_sound()


def test_what_was_applied_by_another_drain_at_the_same_time_counts_once(source, film):
    """Should the leadership ever be lost unnoticed, the log still keeps each event once."""
    world.post([event("share", film, platform="email") for _ in range(5)], source.secret)
    batches = drain._take(drain.Pace())

    drain._apply(batches)
    drain._apply(batches)

    assert queries.item_counters([film.pk])[film.pk].shares == 5
    world.assert_sound()


def test_a_database_that_is_gone_is_no_poison(source, film):
    """Nothing is put aside because the database does not answer; it is tried again."""
    world.post([event("share", film, platform="email")], source.secret)
    from django.db import OperationalError

    with connection.execute_wrapper(refuse_log), pytest.raises(OperationalError):
        drain.drain_once(drain.Pace())

    assert (DeadLetter.objects.count(), InboxBatch.objects.count()) == (0, 1)
    world.drain_all()
    assert len(world.logged()) == 1


def refuse_log(execute, sql, params, many, context):
    from django.db import OperationalError

    if sql.startswith("INSERT INTO stats_event"):
        raise OperationalError("the disk is full")
    return execute(sql, params, many, context)


@pytest.mark.django_db(transaction=True)
def test_one_drain_leads_and_the_next_takes_over():
    other = connections["default"].copy() if connection.vendor == "postgresql" else None
    with leadership.candidate() as first:
        assert first.leads()
        assert first.leads()
        assert not second_leads(other)
    assert second_leads(other)


def second_leads(other):
    """Return whether a candidate in another session, or another opening of the lock file, would lead."""
    if other is None:
        with leadership.candidate() as one:
            return one.leads()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [leadership.LOCK])
        won = cursor.fetchone()[0]
    if won:
        other.close()
    return won


@pytest.mark.django_db(transaction=True)
def test_a_leader_whose_session_is_lost_has_to_win_again():
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no sessions")
    with leadership.candidate() as one:
        assert one.leads()
        connection.close()
        other = connections["default"].copy()
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [leadership.LOCK])
        assert not one.leads()
        other.close()
        deadline = time.monotonic() + 5
        while not one.leads():
            assert time.monotonic() < deadline


@pytest.mark.django_db(transaction=True)
def test_the_command_drains_stops_when_told_and_leaves_the_rest_to_the_one_that_stands_by():
    drains = [processes.start("manage.py", "drain", "--skip-checks") for _ in range(2)]
    try:
        put(*(line() for _ in range(5)))
        wait(lambda: InboxBatch.objects.count() == 0)
        drains[0].kill()
        drains[0].wait()
        put(*(line() for _ in range(5)))
        wait(lambda: InboxBatch.objects.count() == 0)
        drains[1].send_signal(signal.SIGTERM)
        assert drains[1].wait(10) == 0
    finally:
        for one in drains:
            one.kill()
            one.wait()

    assert len(world.logged()) == 10


def wait(claim):
    deadline = time.monotonic() + 30
    while not claim():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


@pytest.mark.django_db(transaction=True)
def test_once_ends_when_the_inbox_is_empty(source, film):
    world.post([event("share", film, platform="email")], source.secret)

    call_command("drain", "--once")

    assert (InboxBatch.objects.count(), len(world.logged())) == (0, 1)


def test_a_letter_says_which_play_was_contradicted(source, film, ana):
    for item in (film, world.make_film("Other")):
        world.post(
            [event("play", item, play_id="p", user=str(ana.uuid), occurred_at=world.ago(hours=1))], source.secret
        )
    world.drain_all()

    letter = DeadLetter.objects.get()
    assert (letter.code, letter.source_id) == ("play_conflict", source.source.pk)
    assert "'p'" in letter.reason


def test_the_lock_of_the_writers_numbers_chunks_in_the_order_of_their_commits(film):
    with connection.cursor() as cursor:
        before = ledger.lock(cursor)
    put(line())
    world.drain_all()
    put(line())
    world.drain_all()

    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT chunk FROM stats_event ORDER BY chunk")
        assert [chunk for (chunk,) in cursor.fetchall()] == [before + 1, before + 2]

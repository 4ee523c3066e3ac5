"""The log's own table: partitions on PostgreSQL, uniqueness, and what it answers."""

import uuid
from datetime import UTC, date, datetime

import pytest
from django.db import IntegrityError, connection, transaction

from stats import log
from stats.ids import derived, uuid7
from tests.stats import world
from tests.stats.world import event

pytestmark = pytest.mark.django_db


def partitions():
    with connection.cursor() as cursor:
        cursor.execute("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'stats_event'::regclass")
        return {name for (name,) in cursor.fetchall()}


def place_of(event_id):
    with connection.cursor() as cursor:
        cursor.execute("SELECT tableoid::regclass::text FROM stats_event WHERE id = %s", [event_id])
        return [name for (name,) in cursor.fetchall()]


def id_of(moment):
    """Return an id of version 7 that was made then."""
    return uuid.UUID(int=int(moment.timestamp() * 1000) << 80 | 0x7 << 76 | 2 << 62 | 5)


@pytest.mark.parametrize(
    ("month", "following"), [(date(2026, 1, 1), date(2026, 2, 1)), (date(2026, 12, 1), date(2027, 1, 1))]
)
def test_months_follow_each_other(month, following):
    assert log.next_month(month) == following
    assert log.first_id(month) < str(id_of(datetime(month.year, month.month, 1, tzinfo=UTC))) < log.first_id(following)


def test_two_copies_of_an_event_cannot_both_be_in_the_log(source, film):
    world.send([event("share", film, platform="email")], source.secret)

    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("INSERT INTO stats_event SELECT * FROM stats_event")


def test_ids_of_any_version_are_taken(source, film):
    ids = [str(uuid7()), str(uuid.uuid4()), str(uuid.uuid1()), str(derived("x")), "ffffffff-ffff-ffff-ffff-ffffffffffff",
           "00000000-0000-0000-0000-000000000001"]  # fmt: skip

    world.send([event("share", film, platform="email", id=one) for one in ids], source.secret)

    assert [one for one, _ in world.logged()] == sorted(uuid.UUID(one).hex for one in ids)
    world.assert_sound()


def test_events_are_found_by_when_they_were_received(source, film):
    world.send([event("share", film, platform="email") for _ in range(3)], source.secret)

    with connection.cursor() as cursor:
        assert log.received_between(cursor, 0, 2**62) == 3
        assert log.received_between(cursor, 0, 5) == 0
        assert log.count(cursor) == 3


@pytest.mark.postgresql
def test_this_month_and_the_next_ones_have_partitions_and_a_rest_has_its_own():
    today = datetime.now(UTC).date()
    names = {f"stats_event_{month:%Y_%m}" for month in months(today, 3)}

    assert partitions() >= {"stats_event_other", *names}
    assert log.ensure_partitions(connection, today) == 0


def months(today, number):
    month = today.replace(day=1)
    for _ in range(number):
        yield month
        month = log.next_month(month)


@pytest.mark.postgresql
def test_an_event_lies_in_the_month_of_its_id_and_what_is_of_no_month_in_the_rest(source, film):
    this_month, random, old = str(uuid7()), str(uuid.uuid4()), str(id_of(datetime(2001, 5, 5, tzinfo=UTC)))
    world.send([event("share", film, platform="email", id=one) for one in (this_month, random, old)], source.secret)

    assert place_of(this_month) == [f"stats_event_{datetime.now(UTC):%Y_%m}"]
    assert (place_of(random), place_of(old)) == (["stats_event_other"], ["stats_event_other"])


@pytest.mark.postgresql
def test_a_new_partition_takes_its_rows_out_of_the_rest_and_ids_stay_unique(source, film):
    first, last = datetime(2031, 5, 1, tzinfo=UTC), datetime(2031, 5, 31, 23, 59, 59, tzinfo=UTC)
    inside = [str(id_of(moment)) for moment in (first, last)]
    outside = [str(id_of(datetime(2031, 4, 30, 23, 59, 59, tzinfo=UTC))), str(id_of(datetime(2031, 6, 1, tzinfo=UTC)))]
    batch = [event("share", film, platform="email", id=one) for one in (*inside, *outside)]
    world.send(batch, source.secret)
    before = world.logged()

    assert log.ensure_partitions(connection, date(2031, 5, 17), ahead=0) == 1

    assert [place_of(one) for one in inside] == [["stats_event_2031_05"]] * 2
    assert [place_of(one) for one in outside] == [["stats_event_other"]] * 2
    world.send(batch, source.secret)
    assert world.logged() == before
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexdef FROM pg_indexes WHERE tablename = 'stats_event_2031_05'")
        definitions = " ".join(definition for (definition,) in cursor.fetchall())
    assert "UNIQUE" in definitions
    assert "brin (received_at)" in definitions
    world.assert_sound()


@pytest.mark.postgresql
def test_the_log_has_no_index_but_its_key_and_the_time_it_was_received():
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexdef FROM pg_indexes WHERE tablename = 'stats_event'")
        definitions = sorted(definition.partition(" USING ")[2] for (definition,) in cursor.fetchall())

    assert definitions == ["brin (received_at)", "btree (id, source_id)"]

"""Verify finds every number that the log does not say; rebuild mends it, while the site is in use."""

import io
import threading
import uuid
from contextlib import suppress
from datetime import UTC, datetime, time, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from accounts.models import Plan
from stats import ledger, periods, settling, verify, visitors
from stats.actors import guest_actor, user_actor
from stats.ids import uuid7
from stats.kinds import Kind
from stats.models import (
    ActorStats,
    BuiltPeriod,
    DayAudience,
    HiddenPlay,
    ItemCounter,
    Play,
    ReplayDay,
    RollupDay,
    RollupPeriod,
)
from stats.windows import period_of
from tests.analytics.revenue.telling import Said, Told, pay
from tests.factories import make_plans
from tests.stats import world
from tests.stats.world import event

pytestmark = pytest.mark.django_db


LONG_AGO = datetime.combine(datetime.now(UTC).date() - timedelta(days=400), time(12), UTC)


@pytest.fixture
def busy(source, ana):
    """Return an item and a person that every table has a row of, with all that is settled later."""
    film = world.make_film(owner=ana)
    live, start = world.make_film("Live", type="stream", duration_ms=None), world.ago(hours=2)
    course = str(uuid7())
    who = str(ana.uuid)
    play = {"user": who, "duration_seconds": 40, "ranges": [[0, 40]], "quality": "720p", "speed": 1.5}
    world.send(
        [
            event("play", film, play_id="p", occurred_at=start, **play),
            event("play", film, play_id="old", occurred_at=world.at(LONG_AGO), **play),
            event("play", film, play_id="again", occurred_at=world.at(LONG_AGO + timedelta(hours=1)), **play),
            event("play", live, play_id="other", occurred_at=world.at(LONG_AGO), user=who),
            event("like", film, user=who),
            event("like", live, user=who, occurred_at=world.at(LONG_AGO)),
            event("save", film, user=who),
            event("stream_started", live, user=who),
            event("identified", user=who, external_id="7"),
            event("share", film, user=who, platform="email"),
            event("rating", film, user=who, stars=4),
            event("follow", user=who, target=str(uuid7())),
            event("enrolled", user=who, course=course),
            event("review", user=who, course=course, stars=5),
            event("discussion_post", user=who, course=course),
            event("setting_changed", user=who, setting="time_zone", value="Pacific/Apia"),
        ],
        source.secret,
    )
    guest = uuid7()
    with ledger.recording():
        ledger.record(Kind.LIKE, guest_actor(guest), item=film)
        ledger.record(Kind.PLAY, guest_actor(guest), item=live, play_id="here", occurred_at=LONG_AGO)
        ledger.record(Kind.QUIZ_COMPLETED, user_actor(ana.uuid), item=film, course=course, percent=80, passed=True)
        ledger.record(Kind.GUEST_CLAIMED, user_actor(ana.uuid), guest=str(guest))
        ledger.record(Kind.ACHIEVEMENT_UNLOCKED, user_actor(ana.uuid), name="first-steps", amount=200)
        ledger.record(Kind.HISTORY_CLEARED, user_actor(ana.uuid))
        ledger.record(Kind.HISTORY_HIDDEN, user_actor(ana.uuid), play_id="p", of_source=source.source.pk)
    make_plans()
    lasting = Said(LONG_AGO, 7200, LONG_AGO + timedelta(days=30))
    Told().tell(ana, list(Plan.objects.all()), [lasting])
    pay(ana, 600, LONG_AGO)
    for grain in "wmy":
        periods.build(grain, period_of(grain, LONG_AGO.date()), visitors.today())
    settling.settle_all()
    return film, ana


def all_rows():
    """Return all rows of what is kept: the projections and what is settled from them."""
    found = world.tables()
    for table in (ReplayDay, DayAudience, RollupPeriod, BuiltPeriod):
        names = [field.column for field in table._meta.local_concrete_fields if field.column]
        found[table._meta.db_table] = sorted(tuple(map(str, row)) for row in table.objects.values_list(*names))
    return found


def tables():
    return [table for _, table in verify._tables()]


def test_a_sound_database_has_a_row_of_everything_and_no_difference(busy):
    assert all(rows for rows in all_rows().values()), {name: len(rows) for name, rows in all_rows().items()}
    assert verify.differences() == []


@pytest.mark.parametrize("table", tables(), ids=lambda table: table.__name__)
@pytest.mark.parametrize("damage", ["deleted", "added"])
def test_rows_that_are_missing_or_too_many_are_found_and_mended(busy, table, damage):
    name, (columns, keys) = table._meta.db_table, verify._columns(table)
    before = all_rows()
    with connection.cursor() as cursor:
        if damage == "deleted":
            cursor.execute(f"DELETE FROM {name} WHERE {keys[-1]} = (SELECT {keys[-1]} FROM {name} LIMIT 1)")
        else:
            others = ", ".join(column for column in columns if column != keys[0])
            value = another(cursor, table, keys[0], free=True)
            first = "%s" if connection.vendor == "sqlite" else f"CAST(%s AS {kind_of(table, keys[0])})"
            cursor.execute(
                f"INSERT INTO {name} ({keys[0]}, {others}) SELECT {first}, {others} FROM {name} LIMIT 1", [value]
            )

    found = verify.differences()
    changed = verify.rebuild(set())

    assert {one.table for one in found} == {name}
    words = {"deleted": "missing, should be", "added": "should not be there, is"}
    assert all(str(one).startswith(f"{name} ") and words[damage] in str(one) for one in found)
    assert {table for table, rows in changed.items() if rows} == {name}
    assert all_rows() == before
    assert verify.differences() == []
    assert set(verify.rebuild(set()).values()) == {0}


@pytest.mark.parametrize("table", tables(), ids=lambda table: table.__name__)
def test_every_cell_that_is_changed_is_found_and_named(busy, table):
    name, (columns, keys) = table._meta.db_table, verify._columns(table)
    values = [column for column in columns if column not in keys]
    before = all_rows()
    for changed in [[key] for key in keys] + [values[-1:], values][: len(values)]:
        undo = transaction.savepoint()
        was = change(table, changed)

        found = verify.differences()

        assert all(str(one).startswith(f"{name} ") for one in found), (changed, found)
        if changed[0] in keys:
            assert sorted("missing, should be" in str(one) for one in found) == [False, True], (changed, found)
            assert sum("should not be there" in str(one) for one in found) == 1
        else:
            assert len(found) == 1, (changed, found)
            assert found[0].changed() == {column: (now, then) for column, (then, now) in was.items()}
            assert all(f"{column} is " in str(found[0]) for column in changed)
        transaction.savepoint_rollback(undo)
    assert all_rows() == before

    change(table, values or keys[:1])
    verify.rebuild(set())

    assert all_rows() == before


def change(table, columns):
    """Give one row other values. Returns what it had and has, by column."""
    names, keys = verify._columns(table)
    name = table._meta.db_table
    with connection.cursor() as cursor:
        ledger.text_uuids(cursor)
        cursor.execute(f"SELECT {', '.join(names)} FROM {name} ORDER BY {', '.join(keys)} LIMIT 1")
        row = dict(zip(names, cursor.fetchone(), strict=True))
        new = {column: another(cursor, table, column, free=column in keys) for column in columns}
        where, key = " AND ".join(f"{one} = %s" for one in keys), [plain(row[one]) for one in keys]
        cursor.execute(
            f"UPDATE {name} SET {', '.join(f'{one} = %s' for one in new)} WHERE {where}", [*new.values(), *key]
        )
        assert cursor.rowcount == 1
        key = [new.get(one, value) for one, value in zip(keys, key, strict=True)]
        cursor.execute(f"SELECT {', '.join(new)} FROM {name} WHERE {where}", key)
        return {column: (row[column], value) for column, value in zip(new, cursor.fetchone(), strict=True)}


def another(cursor, table, column, *, free):
    """Return a value of the column's type that the row has not; with `free`, that no row has."""
    field = table._meta.get_field(column)
    kind = field.get_internal_type()
    if kind == "UUIDField":
        return uuid.UUID(int=9).hex
    if kind == "DateField":
        return "1999-12-27"
    if kind in {"CharField", "TextField"}:
        most = getattr(field, "max_length", None)
        return "?" if most == 1 else "[[0,1]]" if column == "ranges" else "else"[:most]
    if kind == "FloatField":
        return 0.25
    cursor.execute(f"SELECT MAX({column}) FROM {table._meta.db_table}")
    most = cursor.fetchone()[0] or 0
    return 9 if not free and most < 9 else most + 1


def kind_of(table, column):
    return table._meta.get_field(column).db_type(connection)


def plain(value):
    return value if isinstance(value, int | float) or value is None else str(value)


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

    assert not any(rows for name, rows in all_rows().items() if name != "stats_builtperiod")


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
    assert "stats_itemcounter: 2 rows changed" in command("rebuild_stats", io.StringIO(), "item counters")
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


@pytest.mark.django_db(transaction=True)
def test_while_it_is_mended_under_load_nobody_sees_anything_but_the_old_and_the_right_numbers():
    film, other = world.make_film(), world.make_film("Other")
    with ledger.recording():
        for hour in (0, 1):
            ledger.record(
                Kind.PLAY, user_actor(uuid.UUID(int=1)), item=film, occurred_at=LONG_AGO + timedelta(hours=hour),
                play_id=str(hour), duration_seconds=60,
            )  # fmt: skip
    periods.build("y", period_of("y", LONG_AGO.date()), visitors.today())
    right = numbers(film)
    assert right == [(2, 2, 1)]
    stop, errors, seen = threading.Event(), [], []

    def write():
        number = 0
        while not stop.is_set():
            number += 1
            with ledger.recording():
                ledger.record(
                    Kind.PLAY, user_actor(uuid.UUID(int=2)), item=other, occurred_at=LONG_AGO, play_id=f"o{number}"
                )
            settling.settle()

    def read():
        while not stop.is_set():
            seen.append(numbers(film))

    def trying(work):
        try:
            work()
        except Exception as error:  # noqa: BLE001 (told below)
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=trying, args=(work,)) for work in (write, read)]
    with transaction.atomic(), connection.cursor() as cursor:
        ledger.lock(cursor)
        cursor.execute("UPDATE stats_rollupday SET plays = 90 WHERE scope = 'i' AND key = %s", [film.pk])
        cursor.execute(
            "UPDATE stats_rollupperiod SET plays = 90, people = 90 WHERE scope = 'i' AND key = %s", [film.pk]
        )
        cursor.execute("UPDATE stats_dayaudience SET people = 90 WHERE scope = 'i' AND key = %s", [film.pk])
    wrong = numbers(film)
    for thread in threads:
        thread.start()
    try:
        while len(seen) < 3:
            assert not errors
        verify.rebuild(set())
        mended = numbers(film)
    finally:
        stop.set()
        for thread in threads:
            thread.join()

    assert errors == []
    assert mended == right
    assert {tuple(one) for one in seen} <= {tuple(wrong), tuple(right)}
    settling.settle_all()
    world.assert_sound()


def numbers(film):
    """Return plays of the days, plays and people of the year, in one look."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT d.plays, p.plays, p.people * a.people FROM stats_rollupday d, stats_rollupperiod p, stats_dayaudience a"
            " WHERE d.scope = 'i' AND p.scope = 'i' AND a.scope = 'i' AND d.key = %s AND p.key = d.key AND a.key = d.key"
            " AND a.day = d.day",
            [film.pk],
        )
        return cursor.fetchall()


def test_what_waits_to_be_settled_is_not_compared_and_all_else_is(busy):
    film, _ = busy
    with ledger.recording():
        ledger.record(Kind.PLAY, guest_actor(uuid7()), item=film, occurred_at=LONG_AGO, play_id="late")
    assert verify.differences() == []

    DayAudience.objects.filter(scope="i", key=film.pk).update(people=9)
    RollupPeriod.objects.filter(scope="i", grain="w").exclude(key=film.pk).update(people=9)

    today = visitors.today().isoformat()
    found = verify.differences()
    assert {(one.table, one.key[0]) for one in found} == {("stats_dayaudience", "i"), ("stats_rollupperiod", "w")}
    assert [str(one.key[2]) for one in found if one.table == "stats_dayaudience"] <= [today]
    settling.settle_all()
    assert {str(one) for one in verify.differences()} == {str(one) for one in found}


def test_a_period_that_cannot_be_is_named_and_forgotten(busy):
    before = all_rows()
    BuiltPeriod.objects.create(grain="w", start=visitors.today())
    BuiltPeriod.objects.create(grain="q", start=LONG_AGO.date())

    assert {str(one).split(":")[0].split(" ")[0] for one in verify.differences()} == {"stats_builtperiod"}
    verify.rebuild({"periods"})

    assert all_rows() == before


def test_what_an_upgrade_brought_empty_is_filled_and_nothing_else_is_touched(busy):
    quiet, told = io.StringIO(), io.StringIO()
    call_command("rebuild_stats", "--missing", stdout=quiet)
    RollupDay.objects.all().delete()

    call_command("rebuild_stats", "--missing", stdout=told)

    assert quiet.getvalue() == ""
    assert "stats_rollupday" in told.getvalue()
    assert RollupDay.objects.exists()
    world.assert_sound()

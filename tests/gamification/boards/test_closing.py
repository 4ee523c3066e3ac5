"""Weeks and months that are over: kept as they were, and to be counted again from the ledger."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from gamification.boards import closing, periods
from gamification.boards.models import Closing, Final
from gamification.models import Entry
from gamification.scores import periods_of_day
from stats import ledger
from stats.actors import user_actor
from stats.ids import uuid7
from stats.kinds import Kind
from tests.gamification.boards import playing
from tests.gamification.boards.playing import NOON, by_hand
from tests.stats import world

LAST_WEEK = NOON - timedelta(days=7)  # Wednesday, 11 November
MONTH_IS_OVER = datetime(2026, 12, 3, 12, tzinfo=UTC)


@pytest.fixture
def lesson(db):
    return world.make_film("Lesson")


def kept(period, board=""):
    rows = Final.objects.filter(period=period, board=board, rank__isnull=False).order_by("rank", "reached_at", "actor")
    return list(rows.values_list("rank", "actor", "xp"))


def close(until=MONTH_IS_OVER):
    return closing.close_due(until)


@given(st.dates(date(1990, 1, 1), date(2200, 1, 1)))
def test_a_day_lies_in_its_week_and_month_and_their_names_lead_back(day):
    for period, name in zip((periods.month_of(day), periods.week_of(day)), periods_of_day(day), strict=True):
        assert period.name == name
        assert period.first <= day <= period.last
        assert periods.named(name) == period
        assert period.next.first == period.last + timedelta(days=1)
        assert period.next.is_week == period.is_week
        assert period.begins_at < period.ends_at == period.next.begins_at


@pytest.mark.parametrize(
    "name", ["", "2026", "2026-13", "2026-W54", "2025-W53", "0000-01", "9999-12", "2026-W1", "x", "٢٠٢٦-11"]
)
def test_what_names_no_period_is_none(name):
    assert periods.named(name) is None


@pytest.mark.django_db
def test_a_week_is_closed_two_days_after_its_end_and_no_earlier(lesson):
    ana = world.make_member("ana")
    playing.earn(ana, lesson, LAST_WEEK)
    ends_at = periods.week_of(LAST_WEEK.date()).ends_at

    assert close(ends_at + timedelta(hours=48) - timedelta(seconds=1)) == 0
    assert close(ends_at + timedelta(hours=48)) == 1
    assert close(ends_at + timedelta(hours=48)) == 0
    assert kept("2026-W46") == [(1, ana.uuid, 70)]
    assert Closing.objects.get().people == 1


@pytest.mark.django_db
def test_all_that_is_over_is_closed_in_one_go_with_the_courses_and_the_ranks_counted_by_hand(lesson):
    people, courses = [uuid7() for _ in range(30)], [uuid7(), uuid7()]
    playing.play(people, [lesson, world.make_film("Other")], courses, 3)

    assert close() == 2 + 5  # October and November, and the weeks from the first points on

    for name in ("2026-10", "2026-11", "2026-W44", "2026-W45", "2026-W46", "2026-W47"):
        for board in ("", *(course.hex for course in courses)):
            assert kept(name, board) == by_hand(board, name)
    assert closing.check() == []


@pytest.mark.django_db
def test_what_comes_after_the_closing_moves_nothing_that_was_kept(lesson):
    ana, ben = world.make_member("ana"), world.make_member("ben")
    playing.earn(ana, lesson, LAST_WEEK)
    close()
    before = kept("2026-W46")

    playing.earn(ben, lesson, LAST_WEEK)
    playing.earn(ben, world.make_film("Other"), LAST_WEEK)

    assert close() == 0
    assert kept("2026-W46") == before == [(1, ana.uuid, 70)]
    assert closing.check() == []
    assert by_hand("", "2026-W46")[0] == (1, ben.uuid, 120)


@pytest.mark.django_db
def test_what_was_taken_back_before_the_closing_is_not_in_it_and_later_it_stays(lesson):
    ana, course, posts = world.make_member("ana"), str(uuid7()), [str(uuid7()), str(uuid7())]
    with ledger.recording():
        for post in posts:
            ledger.record(Kind.DISCUSSION_POST, user_actor(ana.uuid), course=course, post=post, occurred_at=LAST_WEEK)
    with ledger.recording():
        ledger.record(Kind.POST_DELETED, user_actor(ana.uuid), course=course, post=posts[0])
    close()
    assert kept("2026-W46") == [(1, ana.uuid, 50)]

    with ledger.recording():
        ledger.record(Kind.POST_DELETED, user_actor(ana.uuid), course=course, post=posts[1])

    assert kept("2026-W46") == [(1, ana.uuid, 50)]
    assert closing.check() == []


@pytest.mark.django_db
def test_who_does_not_take_part_at_the_closing_has_points_but_no_rank(lesson):
    ana, ben = world.make_member("ana"), world.make_member("ben")
    for person in (ana, ben):
        playing.earn(person, lesson, LAST_WEEK)
    playing.earn(ana, world.make_film("Other"), LAST_WEEK)
    playing.choose(ana, "game.listed", "off")

    close()

    assert kept("2026-W46") == [(1, ben.uuid, 70)]
    assert Final.objects.get(period="2026-W46", board="", actor=ana.uuid).rank is None
    assert closing.check() == []


@pytest.mark.django_db
@pytest.mark.parametrize("damage", ["points", "rank", "missing", "invented"])
def test_a_damaged_closing_is_found(lesson, damage, capsys):
    ana, ben = world.make_member("ana"), world.make_member("ben")
    playing.earn(ana, lesson, LAST_WEEK)
    playing.earn(ana, world.make_film("Other"), LAST_WEEK)
    playing.earn(ben, lesson, LAST_WEEK)
    close()
    call_command("check_leaderboards")
    assert "No differences" in capsys.readouterr().out

    own = Final.objects.filter(period="2026-W46", board="", actor=ben.uuid)
    match damage:
        case "points":
            own.update(xp=71)
        case "rank":
            own.update(rank=1)
        case "missing":
            own.delete()
        case "invented":
            Final.objects.create(period="2026-W46", board="", actor=uuid7(), xp=1, reached_at=NOON, rank=3)

    found = closing.check()
    assert len(found) == 1
    assert (found[0].period, found[0].board) == ("2026-W46", "")
    with pytest.raises(SystemExit):
        call_command("check_leaderboards", "2026-W46")
    assert "2026-W46 site" in capsys.readouterr().out
    assert closing.check(["2026-11"]) == []


@pytest.mark.django_db
def test_an_empty_week_is_closed_without_anybody(lesson):
    playing.earn(world.make_member("ana"), lesson, LAST_WEEK)

    close()

    assert not Closing.objects.get(period="2026-W48").people
    assert kept("2026-W48") == []


@pytest.mark.django_db
def test_without_points_nothing_is_closed():
    assert close() == 0


@pytest.mark.django_db
def test_the_closing_counts_what_the_ledger_had_then_and_no_more(lesson):
    ana = world.make_member("ana")
    playing.earn(ana, lesson, LAST_WEEK)

    before = timezone.now()
    close()
    closed_at = Closing.objects.get(period="2026-W46").closed_at

    assert before <= closed_at <= timezone.now()
    assert Entry.objects.filter(recorded_at__gte=closed_at).count() == 0


@pytest.mark.django_db
def test_the_command_knows_no_period_that_was_not_closed():
    with pytest.raises(CommandError):
        call_command("check_leaderboards", "2026-W46")


@pytest.mark.django_db
def test_who_had_nothing_left_at_the_closing_has_no_rank(lesson):
    ana, ben = world.make_member("ana"), world.make_member("ben")
    for person in (ana, ben):
        playing.earn(person, lesson, LAST_WEEK)
    with ledger.recording():
        ledger.record(Kind.XP_CORRECTED, user_actor(ana.uuid), amount=-80, occurred_at=LAST_WEEK)

    close()

    assert kept("2026-W46") == [(1, ben.uuid, 70)]
    assert Final.objects.get(period="2026-W46", board="", actor=ana.uuid).rank is None
    assert closing.check() == []

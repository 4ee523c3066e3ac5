"""What members set: the last word counts, and nobody gains by setting things over and over."""

from datetime import UTC, date, datetime, timedelta

import pytest

from gamification import choices, queries
from gamification.models import Choice, Player
from gamification.playing import choosing
from gamification.streaks import QUARTER_US, Rest, Zones, folded
from stats import ledger, verify
from stats.actors import user_actor
from stats.fields import to_micros
from stats.kinds import Kind
from tests.stats import world

START = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def ben(db):
    return world.make_member("ben")


def chosen(member, setting, value, at):
    with ledger.recording():
        ledger.record(Kind.SETTING_CHANGED, user_actor(member.uuid), occurred_at=at, setting=setting, value=value)


def test_a_switch_turned_over_and_over_leaves_one_row_and_its_last_word(ben):
    for number in range(9):
        chosen(ben, choices.LISTED, "off" if number % 2 == 0 else "on", START + timedelta(seconds=number))
    chosen(ben, choices.LISTED, "on", START - timedelta(days=1))  # came late: said before all others

    assert Choice.objects.filter(actor=ben.uuid).count() == 1
    assert not choosing.of(ben.uuid).is_listed
    assert verify.differences() == []


def test_of_the_zones_of_one_hour_the_last_is_kept(ben):
    chosen(ben, choices.TIME_ZONE, "Asia/Tokyo", START)
    chosen(ben, choices.TIME_ZONE, "Europe/Paris", START + timedelta(minutes=20))
    chosen(ben, choices.TIME_ZONE, "Asia/Tokyo", START + timedelta(hours=2))

    held = queries.chosen([ben.uuid])[ben.uuid].choices

    assert [name for _, name in held.zones.changes] == ["Europe/Paris", "Asia/Tokyo"]
    assert verify.differences() == []


def test_leaving_the_leaderboards_changes_the_row_and_nothing_of_the_streak(ben):
    film = world.make_film("Tide")
    with ledger.recording():
        ledger.record(Kind.LESSON_COMPLETED, user_actor(ben.uuid), item=film)
    before = Player.objects.get(actor=ben.uuid)

    choosing.change(ben, listed=False)

    after = Player.objects.get(actor=ben.uuid)
    assert (before.is_listed, after.is_listed) == (1, 0)
    assert (after.xp, after.run, after.last_day) == (before.xp, before.run, before.last_day)
    assert verify.differences() == []


@pytest.mark.parametrize(
    ("made", "holds"),
    [
        (date(2026, 3, 1), date(2026, 3, 9)),  # a Sunday: eight days on is a Monday
        (date(2026, 3, 2), date(2026, 3, 16)),
        (date(2026, 3, 7), date(2026, 3, 16)),
    ],
)
def test_rest_days_hold_from_a_monday_at_least_a_week_later(made, holds):
    assert choices.rest_from(made) == holds


def test_rest_days_chosen_anew_every_day_keep_no_streak(ben):
    told = {
        choices.REST_DAYS: [
            (to_micros(START + timedelta(days=number)), "", str((START + timedelta(days=number + 8)).weekday()))
            for number in range(120)
        ]
    }
    rest = choices.read(told).rest
    first = to_micros(START + timedelta(days=30)) // QUARTER_US

    run = folded([first, first + 96, first + 96 * 60], Zones("UTC"), rest).run

    assert run == 1
    assert folded([first, first + 96], Zones("UTC"), Rest()).run == 2

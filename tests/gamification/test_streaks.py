"""Streaks: the rules, told by examples; then all zones of the world, flights and clocks, against a count without any code shared."""

import random
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gamification.streaks import (
    HELD_AT_MOST,
    Rest,
    Standing,
    Streak,
    Trace,
    Zones,
    folded,
    local_day,
    standing,
    zones_of,
)
from tests.gamification.recount import streak_of

NAMES = sorted(available_timezones() - {"localtime"})
QUARTER = timedelta(minutes=15)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EXAMPLES = 60


def quarter(moment: datetime) -> int:
    return (moment - EPOCH) // QUARTER


def at(zone: str, *moments: str) -> list[int]:
    """Return the quarters of local times such as 2026-03-01T09:00."""
    return [quarter(datetime.fromisoformat(moment).replace(tzinfo=ZoneInfo(zone))) for moment in moments]


def daily(number: int, first: str = "2026-01-05T12:00", without: tuple[int, ...] = ()) -> list[int]:
    """Return one quarter of each of so many days (the first a Monday), but of those in `without`."""
    start = quarter(datetime.fromisoformat(first).replace(tzinfo=UTC))
    return [start + 96 * day for day in range(number) if day not in without]


def told(quarters: list[int], zones: Zones, rest: Rest) -> dict[date, str]:
    trace = Trace()
    folded(quarters, zones, rest, trace)
    return {one.date: one.kind for one in trace.told}


UTC_ONLY = Zones("UTC")


# The rules


@pytest.mark.parametrize(
    ("number", "without", "run", "longest", "freezes"),
    [
        (1, (), 1, 1, 0),
        (6, (), 6, 6, 0),
        (7, (), 7, 7, 1),
        (14, (), 14, 14, 2),
        (28, (), 28, 28, HELD_AT_MOST),
        (9, (7,), 8, 8, 0),  # the freeze is spent on the eighth day
        (17, (14, 15), 15, 15, 0),  # both freezes save two days
        (10, (7, 8), 1, 7, 1),  # one freeze does not save two days, and is kept
        (18, (14, 15, 16), 1, 14, 2),  # two do not save three
        (3, (1,), 1, 1, 0),
        (8, (5,), 7, 7, 1),  # a day missed, two days after it done: repaired, and the seventh active day
        (7, (5,), 1, 5, 0),
        (9, (5, 6), 2, 5, 1),  # two days missed are not repaired
        (10, (2, 6), 3, 5, 1),  # a second repair within 30 days is none
    ],
)
def test_freezes_and_repairs(number, without, run, longest, freezes):
    streak = folded(daily(number, without=without), UTC_ONLY)

    assert (streak.run, streak.longest, streak.freezes) == (run, longest, freezes)


def test_a_late_event_gives_back_the_freeze_that_the_gap_had_cost():
    before = folded(daily(12, without=(7,)), UTC_ONLY)

    after = folded(daily(12), UTC_ONLY)

    assert (before.run, before.freezes) == (11, 0)
    assert (after.run, after.freezes) == (12, 1)


def test_a_late_event_heals_a_streak_that_was_lost():
    assert folded(daily(6, without=(2, 3)), UTC_ONLY).run == 2
    assert folded(daily(6, without=(2,)), UTC_ONLY).run == 5
    assert folded(daily(6), UTC_ONLY).run == 6


def test_the_calendar_says_what_became_of_each_day():
    rest = Rest(((date(2026, 1, 1), frozenset({6})),))  # Sundays

    kinds = told(daily(16, without=(6, 8, 12)), UTC_ONLY, rest)

    assert kinds[date(2026, 1, 11)] == "rest"
    assert kinds[date(2026, 1, 13)] == "frozen"
    assert kinds[date(2026, 1, 17)] == "repaired"
    assert set(kinds.values()) == {"active", "rest", "frozen", "repaired"}


def test_rest_days_hold_from_when_they_were_chosen_for():
    chosen = Rest(((date(2026, 1, 14), frozenset({5, 6})),))
    weekends = tuple(day for day in range(21) if day % 7 in {5, 6})

    assert folded(daily(12, without=weekends), UTC_ONLY, chosen).run == 5
    assert folded(daily(21, without=weekends[2:]), UTC_ONLY, chosen).run == 17


def test_a_streak_stands_until_the_end_of_the_next_day():
    streak = folded(daily(3), UTC_ONLY)
    ends = quarter(datetime(2026, 1, 9, tzinfo=UTC))

    assert standing(streak, ends - 1, UTC_ONLY) == Standing(3, 3, 0, 0, False, date(2026, 1, 8), ends, False)
    lost = standing(streak, ends, UTC_ONLY)
    assert (lost.current, lost.longest, lost.repairable) == (0, 3, True)
    assert not standing(streak, ends + 96, UTC_ONLY).repairable
    assert standing(streak, streak.day.last, UTC_ONLY).is_active_today


def test_freezes_keep_a_streak_for_as_many_days():
    streak = folded(daily(14), UTC_ONLY)
    now = streak.day.last

    assert [standing(streak, now + 96 * days, UTC_ONLY).current for days in range(5)] == [14, 14, 14, 14, 0]
    assert [standing(streak, now + 96 * days, UTC_ONLY).spent for days in range(4)] == [0, 0, 1, 2]
    assert [standing(streak, now + 96 * days, UTC_ONLY).freezes for days in range(4)] == [2, 2, 1, 0]


def test_nobody_without_a_day_has_a_streak():
    assert standing(Streak(), 1_970_000, UTC_ONLY) == Standing(0, 0, 0, 0, False, date(2026, 3, 8), None, False)


# Clocks and calendars that jump


def test_the_samoan_date_that_never_was_is_not_missed():
    days = at("Pacific/Apia", "2011-12-28T12:00", "2011-12-29T12:00", "2011-12-31T12:00", "2012-01-01T12:00")

    assert folded(days, Zones("Pacific/Apia")).run == 4


def test_the_date_that_came_twice_counts_once():
    days = at("America/Los_Angeles", "2026-05-01T23:30") + at("Asia/Tokyo", "2026-05-03T09:00")
    back = at("America/Los_Angeles", "2026-05-02T20:00")
    zones = Zones("America/Los_Angeles", ((days[1] - 4, "Asia/Tokyo"), (back[0] - 8, "America/Los_Angeles")))

    streak = folded([*days, *back], zones)

    assert (streak.run, streak.days) == (2, 2)


@pytest.mark.parametrize(
    ("zone", "days"),
    [
        ("Europe/Berlin", ("2026-03-28T00:00", "2026-03-30T23:45")),  # 23 hours
        ("Australia/Lord_Howe", ("2026-10-03T00:00", "2026-10-05T23:45")),  # 23.5 hours
    ],
)
def test_a_short_date_is_not_missed(zone, days):
    assert folded(at(zone, *days), Zones(zone)).run == 2


@pytest.mark.parametrize(
    ("zone", "days"),
    [
        ("Europe/Berlin", ("2026-10-24T12:00", "2026-10-26T12:00")),  # 25 hours
        ("Australia/Lord_Howe", ("2026-04-04T12:00", "2026-04-06T12:00")),  # 24.5 hours
        ("Europe/Berlin", ("2026-05-01T12:00", "2026-05-03T12:00")),
    ],
)
def test_a_date_of_24_hours_or_more_is_missed(zone, days):
    assert folded(at(zone, *days), Zones(zone)).run == 1


def test_a_flight_across_the_date_line_breaks_nothing_and_gives_no_day():
    west = at("America/Los_Angeles", "2026-05-01T20:00")  # leaves, loses the 2nd but for some hours
    east = at("Pacific/Auckland", "2026-05-03T18:00")
    zones = Zones("America/Los_Angeles", ((east[0] - 40, "Pacific/Auckland"),))
    hop = Zones("America/Los_Angeles", ((west[0] + 1, "Pacific/Auckland"),))

    assert folded([*west, *east], zones).run == 2
    assert folded([west[0], west[0] + 2], hop).run == 1


def test_who_lands_on_the_next_date_and_does_something_in_its_evening_has_that_day():
    start = at("America/Los_Angeles", "2026-05-01T09:00")[0]
    zones = Zones("America/Los_Angeles", ((start + 4, "Asia/Tokyo"),))  # it is 2 in the morning of the 2nd there

    assert folded([start, start + 6], zones).run == 1
    assert folded([start, start + 6, start + 70], zones).run == 2


def test_hopping_from_zone_to_zone_gives_hardly_a_day_more_than_staying():
    start = quarter(datetime(2026, 5, 1, tzinfo=UTC))
    quarters = range(start, start + 96 * 30)
    chance = random.Random(7)
    for _ in range(5):
        hops = tuple((one, chance.choice(NAMES)) for one in range(start, start + 96 * 30, 9))

        assert folded(quarters, Zones("UTC", hops)).days <= 32


def test_choices_of_a_zone_in_the_same_quarter_count_as_the_last():
    quarter_us = 900_000_000

    zones = zones_of(
        "UTC", [(5 * quarter_us, "Asia/Tokyo"), (5 * quarter_us + 1, "Asia/Kolkata"), (9 * quarter_us, "UTC")]
    )

    assert zones == Zones("UTC", ((5, "Asia/Kolkata"), (9, "UTC")))


@pytest.mark.parametrize("year", [2011, 2026])
def test_the_dates_of_every_zone_follow_each_other_without_a_gap(year):
    for name in NAMES:
        begins = quarter(datetime(year, 12, 25, tzinfo=UTC))
        days = [local_day(begins + 24 * step, name) for step in range(40)]
        for (day, since, until), (other, after, _) in pairwise(dict.fromkeys(days)):
            assert since < until == after, name
            assert day < other, name


# Everybody, everywhere


lives = st.integers(0, 2**32)


def zones_at_random(chance: random.Random, start: int) -> Zones:
    """Return where somebody lives, and where they fly: from nowhere to many places."""
    changes, when = {}, start - 50
    for _ in range(chance.choice([0, 0, 1, 3, 9])):
        when += chance.choice([chance.randrange(100), chance.randrange(1, 400)])
        changes[when] = chance.choice(NAMES)
    return Zones(chance.choice(NAMES), tuple(changes.items()))


def start_at_random(chance: random.Random) -> int:
    """Return a quarter of 2007 to 2026, often one near to where clocks or calendars jump."""
    near = chance.choice(["2011-12-30", "2026-03-29", "2026-10-25", "2026-04-05", "2026-10-04", ""])
    return (
        quarter(datetime.fromisoformat(near).replace(tzinfo=UTC)) + chance.randrange(-600, 100)
        if near
        else chance.randrange(1_300_000, 1_970_000)
    )


@settings(max_examples=EXAMPLES, deadline=None, database=None)
@given(seed=lives)
def test_any_life_is_what_the_slow_count_says(seed):
    chance = random.Random(seed)
    start = start_at_random(chance)
    zones = zones_at_random(chance, start)
    quarters = [start]
    for _ in range(chance.randrange(60)):
        quarters.append(
            quarters[-1]
            + chance.choice([chance.randrange(1, 96), chance.randrange(60, 130), chance.randrange(90, 300)])
        )
    first = (EPOCH + quarters[0] * QUARTER).date()
    rests = sorted(
        (first + timedelta(days=chance.randrange(-3, 20)), frozenset(chance.sample(range(7), 2)))
        for _ in range(chance.choice([0, 2]))
    )
    rests = list(dict(rests).items())
    trace = Trace()

    streak = folded(quarters, zones, Rest(tuple(rests)), trace)

    wanted = streak_of(quarters, zones.changes, [(since, set(days)) for since, days in rests], zones.first)
    assert (streak.run, streak.longest, streak.freezes, streak.repaired_on) == (
        wanted.run,
        wanted.longest,
        wanted.freezes,
        wanted.repaired,
    )
    assert (trace.counted, streak.days) == (wanted.counted, len(wanted.counted))


@settings(max_examples=EXAMPLES, deadline=None, database=None)
@given(seed=lives)
def test_whose_breaks_are_shorter_than_a_day_never_loses_a_streak(seed):
    chance = random.Random(seed)
    start = start_at_random(chance)
    zones = zones_at_random(chance, start)
    quarters = [start]
    for _ in range(60):
        quarters.append(quarters[-1] + chance.randrange(1, 96))
        streak = folded(quarters, zones)

        assert streak.run == streak.days == streak.longest
        assert standing(streak, quarters[-1] + chance.randrange(96), zones).current == streak.run


@settings(max_examples=EXAMPLES, deadline=None, database=None)
@given(seed=lives)
def test_who_does_nothing_for_three_days_without_a_freeze_always_loses_it(seed):
    chance = random.Random(seed)
    start = start_at_random(chance)
    zones = zones_at_random(chance, start)
    quarters = [start]
    for _ in range(chance.randrange(1, 6)):
        quarters.append(quarters[-1] + chance.randrange(1, 96))
    streak = folded(quarters, zones)
    idle = quarters[-1] + 72 * 4 + chance.choice([0, 1, chance.randrange(400)])

    assert streak.freezes == 0
    assert standing(streak, idle, zones).current == 0
    assert folded([*quarters, idle], zones).run == 1


@settings(max_examples=EXAMPLES, deadline=None, database=None)
@given(seed=lives)
def test_a_streak_is_shown_for_exactly_as_long_as_doing_something_goes_on_with_it(seed):
    chance = random.Random(seed)
    start = start_at_random(chance)
    zones = zones_at_random(chance, start)
    quarters = [start]
    for _ in range(chance.randrange(2, 40)):
        quarters.append(quarters[-1] + chance.randrange(1, 130))
    streak = folded(quarters, zones)
    now = quarters[-1] + chance.randrange(500)

    stands = standing(streak, now, zones)

    if streak.run > 1:
        assert (stands.current == streak.run) == (folded([*quarters, now], zones).run >= streak.run)
    if stands.current:
        assert standing(streak, stands.ends_at - 1, zones).current == streak.run
        assert standing(streak, stands.ends_at, zones).current == 0


@settings(max_examples=EXAMPLES, deadline=None, database=None)
@given(seed=lives)
def test_a_life_told_in_two_parts_is_the_same_life(seed):
    chance = random.Random(seed)
    start = start_at_random(chance)
    zones = zones_at_random(chance, start)
    quarters = [start]
    for _ in range(30):
        quarters.append(quarters[-1] + chance.randrange(1, 200))
    ends = folded(quarters[: chance.randrange(1, 30)], zones).day.ends
    cut = next((place for place, one in enumerate(quarters) if one >= ends), 30)

    assert folded(quarters[cut:], zones, state=folded(quarters[:cut], zones)) == folded(quarters, zones)

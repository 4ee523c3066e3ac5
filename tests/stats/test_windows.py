"""Windows: half-open, of days as long as the zone's clocks make them, compared up to the same time of day."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stats import windows
from stats.windows import Window, between, covered, day_of, midnight, named, next_period, period_of

ZONES = ("UTC", "Asia/Kathmandu", "Australia/Lord_Howe", "Europe/Amsterdam", "America/St_Johns", "Africa/Cairo")
zones = st.sampled_from(ZONES)
days = st.dates(date(2015, 1, 1), date(2030, 1, 1))
instants = st.datetimes(datetime(2015, 1, 1), datetime(2030, 1, 1)).map(lambda at: at.replace(tzinfo=UTC))


@given(at=instants, zone=zones)
def test_a_day_contains_its_instants_and_ends_where_the_next_begins(at, zone):
    day = day_of(at, zone)

    assert midnight(day, zone) <= at < midnight(day + windows.DAY, zone)


def test_a_day_has_23_24_and_a_half_or_25_hours_where_the_clocks_change():
    def hours(day: date, zone: str) -> float:
        return (midnight(day + windows.DAY, zone) - midnight(day, zone)) / timedelta(hours=1)

    assert hours(date(2026, 3, 29), "Europe/Amsterdam") == 23
    assert hours(date(2026, 10, 25), "Europe/Amsterdam") == 25
    assert hours(date(2026, 4, 5), "Australia/Lord_Howe") == 24.5


@given(first=days, count=st.integers(0, 400), zone=zones, now=instants)
def test_the_days_of_a_window_follow_each_other_and_fill_it(first, count, zone, now):
    window = between(first, first + timedelta(days=count), now, zone)

    found = list(window)

    assert len(found) == window.days == count + 1
    assert (found[0], found[-1]) == (first, first + timedelta(days=count))
    assert window.is_whole_days
    assert window.whole_days(zone) == (first, window.end_day)


@given(start=instants, hours=st.integers(1, 3000), zone=zones)
def test_whole_days_lie_inside_and_nothing_longer_does(start, hours, zone):
    window = Window(start, start + timedelta(hours=hours), "UTC")

    whole = window.whole_days(zone)

    if whole:
        first, end = whole
        assert window.start_at <= midnight(first, zone) < midnight(end, zone) <= window.end_at
        assert midnight(first - windows.DAY, zone) < window.start_at
        assert window.end_at < midnight(end + windows.DAY, zone)
    else:
        assert hours < 50


@pytest.mark.parametrize(("name", "count"), [("7d", 7), ("30d", 30), ("90d", 90), ("1y", 365)])
def test_named_windows_end_with_today(name, count):
    now = datetime(2026, 3, 29, 23, 30, tzinfo=UTC)

    window = named(name, now, "Asia/Kathmandu")

    assert window.days == count
    assert list(window)[-1] == date(2026, 3, 30)
    assert window.start_at <= now < window.end_at


@given(name=st.sampled_from(["7d", "30d", "90d", "1y"]), now=instants, zone=zones)
def test_the_window_before_is_as_long_and_ends_at_the_same_time_of_day(name, now, zone):
    window = named(name, now, zone)

    earlier = windows.before(window)

    assert earlier is not None
    assert earlier.first_day == window.first_day - timedelta(days=window.days)
    local, then = now.astimezone(ZoneInfo(zone)), earlier.end_at.astimezone(ZoneInfo(zone))
    assert earlier.end_at <= window.start_at
    assert abs(then.replace(tzinfo=None) - (local.replace(tzinfo=None) - timedelta(days=window.days))) <= timedelta(
        hours=1
    )


def test_the_window_before_is_the_same_for_a_minute():
    now = datetime(2026, 3, 29, 12, 30, tzinfo=UTC)

    found = {windows.before(named("7d", now + timedelta(seconds=seconds), "UTC")) for seconds in range(0, 60, 7)}

    assert found == {Window(datetime(2026, 3, 16, tzinfo=UTC), datetime(2026, 3, 22, 12, 30, tzinfo=UTC), "UTC")}


def test_the_window_before_one_that_is_over_is_whole_and_nothing_is_before_all():
    now = datetime(2026, 3, 29, 12, 0, tzinfo=UTC)
    over = between(date(2026, 2, 1), date(2026, 2, 28), now, "UTC")

    earlier = windows.before(over)

    assert earlier is not None
    assert (earlier.start_at, earlier.end_at) == (datetime(2026, 1, 4, tzinfo=UTC), over.start_at)
    assert windows.before(named("all", now, "UTC")) is None
    day = named("24h", now, "UTC")
    assert windows.before(day) == Window(now - timedelta(days=2), now - timedelta(days=1), "UTC")


def test_all_begins_before_the_first_instant_that_an_event_may_have():
    for zone in ("Pacific/Kiritimati", "Pacific/Niue", "UTC"):
        assert named("all", datetime(2026, 1, 1, tzinfo=UTC), zone).start_at <= datetime(1970, 1, 1, tzinfo=UTC)


@given(first=days, count=st.integers(0, 1200))
def test_periods_cover_each_day_once_with_the_longest_that_fit(first, count):
    end = first + timedelta(days=count)

    pieces = list(covered(first, end))

    day = first
    for grain, start in pieces:
        assert start == day
        day = start + windows.DAY if grain == "d" else next_period(grain, start)
        assert grain == "d" or period_of(grain, start) == start
        if grain == "d":
            assert start.day != 1 or next_period("m", start) > end
        if grain == "m":
            assert start.month != 1 or next_period("y", start) > end
    assert day == end

"""What a query may ask for: each wrong way has its code, as rows 52 to 57 of the list of bad inputs say."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from stats import asking, windows
from stats.asking import Bad
from stats.windows import Window, midnight

NOW = datetime(2026, 3, 29, 12, 0, tzinfo=UTC)
ZONE = "Europe/Amsterdam"
BAD = [
    ("days=-1", "days", "value_out_of_range"),
    ("days=0", "days", "value_out_of_range"),
    ("days=abc", "days", "invalid_parameter"),
    ("days=1.5", "days", "invalid_parameter"),
    ("days=²", "days", "invalid_parameter"),
    ("days=", "days", "invalid_parameter"),
    ("days=99999", "days", "value_out_of_range"),
    ("days=" + "9" * 5000, "days", "value_out_of_range"),
    ("days=1&days=2", "days", "repeated_parameter"),
    ("range=7d&range=7d", "range", "repeated_parameter"),
    ("range=7d&days=7", "days", "invalid_parameter"),
    ("range=hourly", "range", "invalid_choice"),
    ("timeRange=__class__", "timeRange", "invalid_choice"),
    ("timeRange=", "timeRange", "invalid_choice"),
    ("from=2026-03-02&to=2026-03-01", "from", "invalid_range"),
    ("from=2026-03-30", "from", "invalid_range"),
    ("from=2026-03-01T00:00:00Z&to=2026-03-01T00:00:00Z", "from", "invalid_range"),
    ("from=2024-01-01&to=2026-01-01", "from", "range_too_large"),
    ("from=2025-01-01&to=2026-02-05", "from", "range_too_large"),
    ("to=2026-03-01", "from", "invalid_parameter"),
    ("from=2026-02-30", "from", "invalid_date"),
    ("from=yesterday", "from", "invalid_date"),
    ("from=2026-03-0１", "from", "invalid_date"),
    ("from=2026-03-01T00:00:00", "from", "timestamp_without_timezone"),
    ("from=0001-01-01&to=0001-01-02", "from", "value_out_of_range"),
    ("from=2026-03-01&to=9999-12-31", "to", "value_out_of_range"),
    ("from=2026-03-01&to=9999-12-31T23:59:59-14:00", "to", "value_out_of_range"),
    ("tz=Mars/X", "tz", "unknown_timezone"),
    ("tz=../../etc/passwd", "tz", "unknown_timezone"),
    ("tz=", "tz", "unknown_timezone"),
    ("tz=UTC&tz=UTC", "tz", "repeated_parameter"),
]


def asked(query: str, default: str = "30d") -> Window:
    return asking.window_of(QueryDict(query), NOW, ZONE, default)


@pytest.mark.parametrize(("query", "name", "code"), BAD)
def test_a_window_that_cannot_be_taken_is_named_with_its_code(query, name, code):
    with pytest.raises(Bad) as refused:
        asked(query)

    assert (refused.value.name, refused.value.code) == (name, code)
    assert refused.value.get_codes() == {name: [code]}


def test_a_window_may_be_asked_for_by_name_by_days_or_by_dates():
    week = (midnight(date(2026, 3, 23), ZONE), midnight(date(2026, 3, 30), ZONE))

    assert (asked("range=7d").start_at, asked("range=7d").end_at) == week
    assert asked("timeRange=7d") == asked("range=7d")
    assert (asked("days=7").start_at, asked("days=7").end_at) == week
    assert (asked("from=2026-03-23&to=2026-03-29").start_at, asked("from=2026-03-23").end_at) == week
    assert asked("").name == "30d"
    assert asked("", "all").name == "all"
    assert asked("range=24h") == Window(NOW - timedelta(days=1), NOW, ZONE, "24h", NOW)


def test_days_are_those_of_the_zone_that_is_asked_for():
    there = asked("days=1&tz=Asia/Kathmandu")

    assert there.start_at == datetime(2026, 3, 28, 18, 15, tzinfo=UTC)
    assert there.zone == "Asia/Kathmandu"


def test_instants_are_taken_as_they_are_with_a_plus_that_became_a_blank():
    window = asked("from=2026-03-01T01:30:00+01:00&to=2026-03-01T00:30:00.000001Z")

    assert window.start_at == datetime(2026, 3, 1, 0, 30, tzinfo=UTC)
    assert window.end_at - window.start_at == timedelta(microseconds=1)


def test_the_longest_window_has_400_days_and_all_has_more():
    longest = asked("days=400")

    assert longest.days == 400
    assert asked("from=2025-01-01&to=2026-02-04").days == 400
    assert asked("range=all").days > 400


@given(
    start=st.datetimes(datetime(1971, 1, 1), datetime(2100, 1, 1)),
    span=st.integers(1, 300 * 86_400_000_000),
    zone=st.sampled_from([ZONE, "Asia/Kathmandu", "Australia/Lord_Howe", "America/Sao_Paulo"]),
)
def test_the_query_of_a_window_asks_for_it_again(start, span, zone):
    begins = start.replace(tzinfo=UTC)
    window = Window(begins, begins + timedelta(microseconds=span), zone)
    query = QueryDict(mutable=True)
    query.update(asking.query_of(window))

    again = asking.window_of(query, NOW, "UTC")

    assert (again.start_at, again.end_at, again.zone) == (window.start_at, window.end_at, zone)


@pytest.mark.parametrize("name", windows.NAMES)
def test_the_query_of_a_named_window_asks_for_the_same_days_later_too(name):
    window = windows.named(name, NOW, ZONE)
    query = QueryDict(mutable=True)
    query.update(asking.query_of(window))

    again = asking.window_of(query, NOW + timedelta(minutes=5), "UTC")

    assert (again.start_at, again.end_at) == (window.start_at, window.end_at)


def test_unknown_and_repeated_parameters_are_refused():
    asking.only(QueryDict("item=1&format=json"), ("item",))

    for query, code in (("item=1&evil=2", "unknown_parameter"), ("item=1&item=2", "repeated_parameter")):
        with pytest.raises(Bad) as refused:
            asking.only(QueryDict(query), ("item",))
        assert refused.value.code == code


@pytest.mark.parametrize(
    ("query", "code"),
    [("limit=0", "value_out_of_range"), ("limit=100000", "value_out_of_range"), ("limit=x", "invalid_parameter")],
)
def test_whole_numbers_have_bounds(query, code):
    with pytest.raises(Bad) as refused:
        asking.whole(QueryDict(query), "limit", 1, 200, 50)

    assert refused.value.code == code

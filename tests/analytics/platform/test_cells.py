"""People of any span of days, against counting them one by one."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from analytics.platform.cells import Cells

FIRST = date(2026, 3, 1)
numbers = st.integers(0, 80)
people = st.lists(st.sets(numbers, max_size=12), max_size=8)


def day(number: int) -> date:
    return FIRST + timedelta(days=number)


def cells_of(active: list[set[int]]) -> Cells:
    found: dict[tuple[date, date | None], int] = {}
    for days in active:
        previous = None
        for number in sorted(days):
            key = day(number), previous
            found[key] = found.get(key, 0) + 1
            previous = day(number)
    return Cells((one, before, count) for (one, before), count in found.items())


@given(active=people, first=numbers, length=st.integers(0, 40))
def test_the_people_of_a_span_are_those_with_a_day_in_it(active, first, length):
    counted = cells_of(active).people(day(first), day(first + length))

    assert counted == sum(any(first <= number <= first + length for number in days) for days in active)


@given(active=people, last=numbers)
def test_a_days_members_its_weeks_and_its_months(active, last):
    def counted(days: int) -> int:
        return sum(any(last - days < number <= last for number in one) for one in active)

    found = cells_of(active).active(day(last))

    assert (found.dau, found.wau, found.mau) == (counted(1), counted(7), counted(30))
    assert found.dau_30_days == sum(last - 30 < number <= last for days in active for number in days)
    if found.mau:
        assert found.stickiness is not None
        assert 0 < found.stickiness <= 100
    else:
        assert found.stickiness is None

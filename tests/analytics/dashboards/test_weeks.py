"""Long windows go by weeks: where a week leads, what is marked on it, what the file still has."""

import csv
import io
import re
from datetime import date, timedelta

import pytest
from django.urls import reverse

from accounts.models import User
from analytics.dashboards import notes
from analytics.models import Expectation
from tests.analytics.dashboards.moments import NOW
from tests.factories import make_user

pytestmark = pytest.mark.django_db

YEAR = "?range=1y"
LINE = re.compile(r"<tr([^>]*)><th scope=\"row\" data-label=\"([^\"]*)\">(.*?)</th>(.*?)</tr>", re.DOTALL)


@pytest.fixture
def members(db):
    """Accounts of every second day of a year."""
    return [make_user(created_at=NOW - timedelta(days=2 * number)) for number in range(180)]


def lines(staff, page: str, panel: str, words: str = YEAR) -> list[tuple[str, ...]]:
    """Return the lines of a panel's table on its page: attributes, label, name, cells."""
    text = staff.get(reverse(f"dashboards:{page}") + words).content.decode()
    return LINE.findall(text.partition(f'data-live="{panel}"')[2].partition("</table>")[0])


def test_a_year_goes_by_weeks_from_monday_and_its_file_by_days(staff, members):
    found = lines(staff, "users", "new-members-by-day")

    first = NOW.date() - timedelta(days=364)
    mondays = [first + timedelta(days=n) for n in range(365) if n == 0 or (first + timedelta(days=n)).weekday() == 0]
    assert [label for _, label, _, _ in found] == [f"{day.day} {day:%b}" for day in mondays]
    assert sum(int(n) for *_, cells in found for n in re.findall(r">(\d+)<", cells)) == User.objects.count()
    answer = staff.get(reverse("dashboards:csv", args=["new-members-by-day"]) + YEAR)
    assert len(list(csv.reader(io.StringIO(answer.getvalue().decode())))[2:]) == 365


def test_a_week_leads_to_its_days_and_a_part_of_it_to_as_many_people_as_it_says(staff, members):
    _, _, name, cells = lines(staff, "users", "new-members-by-day")[-2]
    week, (free,) = re.search(r'href="([^"#]*)#panel-', name)[1], re.findall(r'href="([^"]*part=free[^"]*)">', cells)
    number = int(re.search(r'part=free[^"]*">(\d+)<', cells)[1])

    days = lines(staff, "users", "new-members-by-day", week.replace("&amp;", "&"))
    listed = staff.get(free.replace("&amp;", "&"))

    assert (len(days), number) == (7, sum(int(n) for *_, cells in days for n in re.findall(r">(\d+)<", cells)))
    assert listed.context["listing"].total == number > 0


def test_a_note_and_an_unusual_day_stand_on_their_week_and_nothing_is_expected_of_one(staff, members):
    sunday = NOW.date() - timedelta(days=NOW.weekday() + 1)
    notes.write(User.objects.get(username="rosa"), sunday, "We were on television")
    for day, is_unusual in ((sunday, True), (sunday - timedelta(days=1), False)):
        expected(day, is_unusual=is_unusual)

    told = [
        about for about, *_ in lines(staff, "users", "new-members-by-day") if "data-mark" in about or "low" in about
    ]

    assert len(told) == 1
    assert f"{sunday.day} {sunday:%b}: We were on television" in told[0]
    assert 'data-unusual="yes"' in told[0]
    assert "data-low" not in told[0]


def test_ninety_days_stay_days(staff, members):
    assert len(lines(staff, "users", "new-members-by-day", "?range=90d")) == 90
    assert (
        len(lines(staff, "users", "new-members-by-day", f"?from={NOW.date() - timedelta(days=92)}&to={NOW.date()}"))
        < 20
    )


def expected(day: date, *, is_unusual: bool) -> None:
    """Keep that two to four new members were expected of a day."""
    Expectation.objects.create(
        metric="new_users", day=day, low=2, high=4, typical=3, least=2, most=4, seen=8, actual=9 if is_unusual else 3,
        is_unusual=is_unusual,
    )  # fmt: skip

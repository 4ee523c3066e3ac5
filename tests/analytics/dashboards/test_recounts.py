"""Every number on every dashboard is what a separate recount of the log and the ledgers gives, at awkward moments too."""

import csv
import io
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from accounts.models import User
from analytics.dashboards import asking, weeks
from analytics.dashboards.registry import Asked, Figure, Page, Panel, Query, Rows, Shape, panels, panels_of
from analytics.dashboards.showing import Card, Shown
from analytics.models import PlatformAnalytics
from stats.metrics import Unit
from tests.analytics.dashboards import seen, world
from tests.analytics.dashboards.recounts import (
    BEHIND,
    RECOUNTS,
    endpoints,
    game,
    learning,
    money,
    people,
    playing,
    system,
)
from tests.analytics.dashboards.seen import Case, Number, Table
from tests.factories import api_client

pytestmark = pytest.mark.django_db

SUBJECTS = (game, learning, money, people, playing, system)
MOMENTS = {
    "in the hour that comes twice": datetime(2026, 10, 25, 1, 30, 20, tzinfo=UTC),
    "as midnight strikes": datetime(2026, 3, 28, 23, 0, tzinfo=UTC),
    "in the last moment of a month": datetime(2026, 10, 31, 22, 59, 59, 999_999, tzinfo=UTC),
}
CHECKED_WORDS = {"health", "overview-system"}
NUMBERS = re.compile(r"\d[\d,]*(?:\.\d+)?")
EXACT = 1e-4
MOST_TOLD = 60


@dataclass(frozen=True)
class Looked:
    """A site, what a naive reader sees of it, and somebody of the staff who looks."""

    site: world.Site
    seen: seen.Seen
    staff: Client
    api: APIClient


@pytest.fixture(autouse=True)
def still() -> None:
    """Leave the clock where the site's stands."""


@pytest.fixture(scope="module", params=list(MOMENTS), ids=list(MOMENTS))
def looked(request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: Any) -> Iterator[Looked]:
    """Make the site of one moment for all tests of this module."""
    with django_db_blocker.unblock(), world.standing(MOMENTS[request.param]) as site:
        staff = Client()
        user = User.objects.get(username="rosa")
        staff.force_login(user)
        yield Looked(site, seen.look(site.now, world.ZONE), staff, api_client(user))


def cases(looked: Looked, page: Page) -> list[Case]:
    """Return the windows, and on some pages the filters, that are looked at."""
    today = looked.seen.now.astimezone(seen.ZoneInfo(world.ZONE)).date()
    addresses: list[dict[str, str]] = [
        {}, {"range": "24h"}, {"range": "7d"}, {"range": "90d"}, {"range": "1y"},
        {"range": "7d", "compare": "no"},
        {"from": str(today - timedelta(days=9)), "to": str(today)},
        {"from": "2025-10-26", "to": "2025-10-26"},
        {"from": "2025-03-29", "to": "2025-03-30"},
        {"from": "2025-02-01", "to": "2025-02-28", "compare": "no"},
    ]  # fmt: skip
    if page in {Page.CONTENT, Page.ENGAGEMENT}:
        addresses += [{"range": name, "source": str(looked.site.shop.pk)} for name in ("24h", "90d")]
    if page in {Page.REVENUE, Page.OVERVIEW}:
        addresses += [{"range": name, "currency": "USD"} for name in ("30d", "1y")]
    if page is Page.OVERVIEW:
        addresses += [{"range": "1y", "order": order} for order in ("revenue", "rating")]
    return [Case(looked.seen, words) for words in addresses]


def query_of(case: Case) -> Query:
    return asking.query_of(case.words, case.seen.now)


def test_every_panel_has_a_recount_and_so_has_every_list_behind_a_number():
    known = panels()

    assert RECOUNTS.keys() == known.keys()
    assert BEHIND.keys() == {key for key, panel in known.items() if panel.drill}


@pytest.mark.parametrize("page", list(Page))
def test_every_number_is_what_a_separate_recount_gives(looked, page):
    wrong = []
    for case in cases(looked, page):
        cache.clear()
        query = query_of(case)
        for panel in panels_of(page):
            told = panel.build(query)
            wrong += [f"{panel.key} at {case}: {what}" for what in compared(panel, told, RECOUNTS[panel.key](case))]

    assert not wrong, "\n".join(wrong[:MOST_TOLD])


def compared(panel: Panel, told: Figure | Rows, wanted: Number | Table) -> list[str]:
    """Return how a panel's answer differs from the recount."""
    if isinstance(told, Figure):
        assert isinstance(wanted, Number)
        sides = {
            "value": (told.value, wanted.value), "before": (told.before, wanted.before), "points": (told.points, wanted.points),
            "note": (numbers_in(told.note), list(wanted.note or ())),
        }  # fmt: skip
        return [f"{name} {short(a)} is to be {short(b)}" for name, (a, b) in sides.items() if not same(a, b)]
    assert isinstance(wanted, Table)
    if panel.key in CHECKED_WORDS:
        said = {row.label: str(row.values[0]) for row in told.rows}
        return [f"{label}: {said[label]}" for label, (words,) in wanted.rows if not said[label].startswith(words)]
    rows = [(row.label if row.at is None else moment(row.at), tuple(row.values)) for row in told.rows]
    expected = [(moment(key), values) for key, values in wanted.rows]
    found = []
    if wanted.columns and rows:
        labels = [str(column.label) for column in told.columns]
        if sorted(labels) != sorted(wanted.columns):
            return [f"columns {labels} are to be {wanted.columns}"]
        rows = [(key, tuple(values[labels.index(name)] for name in wanted.columns)) for key, values in rows]
    if wanted.sums and [sum(values) for _, values in rows] != list(wanted.sums):
        found.append(f"rows add up to {short([sum(values) for _, values in rows])}, not to {short(wanted.sums)}")
    if wanted.is_ranked:
        if rows != sorted(rows, key=lambda row: -row[1][0]):
            found.append("the largest does not come first")
        rows, expected = sorted(rows), sorted(expected)
    if wanted.note is not None and not same(numbers_in(told.note), list(wanted.note)):
        found.append(f"note {told.note!r} is to have {wanted.note}")
    if [key for key, _ in rows] != [key for key, _ in expected]:
        return [*found, f"rows {short([key for key, _ in rows])} are to be {short([key for key, _ in expected])}"]
    return found + [
        f"{key}: {short(values)} is to be {short(then)}"
        for (key, values), (_, then) in zip(rows, expected, strict=True)
        if not same(values, then)
    ]


def same(one: Any, other: Any) -> bool:
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in other)
    if isinstance(one, tuple | list) and isinstance(other, tuple | list):
        return len(one) == len(other) and all(same(a, b) for a, b in zip(one, other, strict=True))
    if isinstance(other, Fraction):
        return one is not None and abs(one - other) < 1
    if isinstance(one, float) or isinstance(other, float):
        return one is not None and other is not None and abs(one - other) <= EXACT
    return bool(one == other)


def moment(at: Any) -> Any:
    """Return an instant in UTC: two zones' ambiguous hours are never equal (PEP 495)."""
    return at.astimezone(UTC) if isinstance(at, datetime) else at


def short(value: Any) -> str:
    text = str(value)
    return text if len(text) < 300 else text[:300] + "…"


def numbers_in(text: str) -> list[str]:
    return NUMBERS.findall(str(text))


@pytest.mark.parametrize("page", list(Page))
def test_behind_every_number_are_the_people_and_items_that_make_it(looked, page):
    wrong = []
    for case in cases(looked, page):
        cache.clear()
        query = query_of(case)
        for panel in panels_of(page):
            if panel.drill is None:
                continue
            told = panel.build(query)
            for day, part, number in spans_of(panel, told):
                listed = everything(panel, Asked(query, day, part))
                wanted = BEHIND[panel.key](case, day, part)
                if sorted(listed) != sorted(wanted):
                    wrong.append(f"{panel.key} at {case}, {day} {part!r}: {short(listed)} is to be {short(wanted)}")
                if number is not None and len(listed) != number:
                    wrong.append(f"{panel.key} at {case}, {day} {part!r}: {len(listed)} of {number}")

    assert not wrong, "\n".join(wrong[:MOST_TOLD])


def spans_of(panel: Panel, told: Figure | Rows) -> Iterator[tuple[date | None, str, Any]]:
    """Yield what may be asked behind a panel: all of it, days, parts; with the number where it counts the rows."""
    is_count = panel.unit is Unit.COUNT and panel.page is not Page.REVENUE
    if isinstance(told, Figure):
        yield None, "", told.value if is_count else None
        return
    columns = [number for number, column in enumerate(told.columns) if not column.is_before]
    rows = [row for row in told.rows if isinstance(row.at, date) and not isinstance(row.at, datetime)]
    yield None, "", sum(sum(row.values[n] for n in columns) for row in told.rows) if is_count and rows else None
    for row in [row for row in rows if any(row.values)][-3:]:
        yield row.at, "", sum(row.values[n] for n in columns) if is_count else None
        for n in columns if len(columns) > 1 else []:
            yield row.at, told.columns[n].key, row.values[n] if is_count else None


def everything(panel: Panel, asked: Asked) -> list[str]:
    """Return the labels of all pages of a list, which are as many as it says."""
    assert panel.drill is not None
    found: list[str] = []
    while True:
        listing = panel.drill(Asked(asked.query, asked.day, asked.part, len(found), 7))
        found += [row.label for row in listing.table.rows]
        if not listing.table.rows:
            assert listing.total == len(found), (panel.key, asked.day, asked.part)
            return found


SUMS = (
    "enrolled-by-day", "lessons-by-day", "completed-by-day", "points-by-day", "unlocks-by-day", "plays-by-day", "hours-by-day",
    "uploads-by-day", "reactions-by-day", "searches-by-day", "follows-by-day", "overview-new-by-day", "new-members-by-day",
)  # fmt: skip
STANDS = ("members-by-day", "mrr-by-day")
ACTIVE = ("overview-members", "active-by-day")
IN_A_WEEK = dict.fromkeys(SUMS, sum) | dict.fromkeys(STANDS, seen.last)


@pytest.mark.parametrize("words", [{"range": "1y"}, {"from": "2025-07-02", "to": "2025-10-05"}], ids=str)
def test_every_week_of_a_long_window_is_what_a_recount_of_its_days_gives(looked, words):
    case = Case(looked.seen, words)
    query, today = query_of(case), looked.seen.now.astimezone(seen.ZoneInfo(world.ZONE)).date()
    wrong, by_week = [], set()
    for key, panel in panels().items():
        told = panel.build(query)
        if isinstance(told, Figure) or (found := weeks.by_week(told, query)) is told:
            continue
        by_week.add(key)
        days, recounted = [row.at for row in told.rows], RECOUNTS[key](case)
        labels = [str(column.label) for column in told.columns]
        order = [labels.index(name) for name in recounted.columns] if recounted.columns else range(len(labels))
        ways = [{"Daily": seen.mean}.get(labels[n], seen.last) if key in ACTIVE else IN_A_WEEK[key] for n in order]
        wanted = seen.weeks(zip(days, [values for _, values in recounted.rows], strict=True), ways, today)
        got = [(row.at, row.until, tuple(row.values[n] for n in order)) for row in found.rows]
        wrong += [f"{key}: {short(a)} is to be {short(b)}" for a, b in zip(got, wanted, strict=True) if not same(a, b)]

    assert not wrong, "\n".join(wrong[:MOST_TOLD])
    assert by_week == {*SUMS, *STANDS, *ACTIVE}


@pytest.mark.parametrize("page", list(Page))
def test_what_is_written_on_the_page_in_its_csv_and_in_its_news_is_the_same(looked, page, monkeypatch):
    disk = shutil.disk_usage(".")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: disk)  # others write to it between two looks
    query = query_of(Case(looked.seen, {}))
    address = reverse(f"dashboards:{page.value}")
    text = looked.staff.get(address).content.decode()
    news = looked.staff.get(address, HTTP_HX_REQUEST="true", HTTP_HX_TRIGGER="live").content.decode()

    assert parts_of(text) == parts_of(news)
    for panel in panels_of(page):
        told = panel.build(query)
        if isinstance(told, Figure):
            shown = Card(panel, told)
            written = parts_of(text)[f"card-{panel.key}"]
            assert shown.amount.figure in written, panel.key
            continue
        shown_rows = Shown(panel, told, query)
        answer = looked.staff.get(reverse("dashboards:csv", args=[panel.key]))
        lines = list(csv.reader(io.StringIO(answer.getvalue().decode())))[2:]
        assert len(lines) == len(told.rows), panel.key
        for line, row, plain in zip(lines, told.rows, shown_rows.table().rows, strict=True):
            assert [cell(one) for one in line[1:]] == [cell(plainly(one)) for one in plain[1:]], panel.key
            if panel.shape is not Shape.CHECKS and panel.shape is not Shape.BARS:
                assert str(row.label) in text, (panel.key, row.label)


WINDOWS = (
    {},
    {"range": "7d"},
    {"range": "1y"},
    {"from": "2025-10-20", "to": "2025-10-26"},
    {"range": "90d", "currency": "USD"},
)
READ = ("overview", "user_growth", "engagement", "revenue")
RANKED = {"top-courses": endpoints.top_courses, "top-instructors": endpoints.top_instructors}


def asked(looked: Looked, path: str, words: dict[str, str]) -> Any:
    answer = looked.api.get(f"/api/admin/analytics/{path}", words)
    assert answer.status_code == 200, answer.content
    return answer.json()


@pytest.mark.parametrize("words", WINDOWS, ids=str)
def test_every_field_of_the_api_is_what_the_same_recount_gives(looked, words):
    case, wrong = Case(looked.seen, words), []
    everything = asked(looked, "dashboard", words)
    for name in READ:
        some = {} if name in {"user_growth", "engagement"} else {"currency": words.get("currency", "")}
        of_window = {key: word for key, word in words.items() if key != "currency"}
        body = asked(looked, name.replace("_", "-"), of_window | {key: word for key, word in some.items() if word})
        wanted = getattr(endpoints, name)(case)
        wrong += [
            f"{name}.{key}: {short(body[key])} is to be {short(of)}"
            for key, of in wanted.items()
            if not same(body[key], of)
        ]
        assert body == everything[name]
    moved = everything["revenue"]["mrr_movements"]
    first, last = (money.monthly(money.total(case, at - 1)) for at in (case.start, money.end_of(case)))
    assert sum(moved.values()) == last - first
    for path, recount in RANKED.items():
        name = path.replace("-", "_")
        for order in ("enrollments", "revenue", "rating"):
            body = asked(looked, path, words | {"metric": order})
            rows, wanted = body[name.removeprefix("top_")], recount(case, order, 10)
            wrong += [] if same(rows, wanted) else [f"{path} by {order}: {short(rows)} is to be {short(wanted)}"]
        if not same(everything[name], recount(case, "enrollments", 5)):
            wrong.append(f"{name} of everything")
    for body in (asked(looked, "system-health", {}), everything["system_health"]):
        wanted = endpoints.system_health(case)
        wrong += [f"{key}: {body[key]} is to be {of}" for key, of in wanted.items() if not same(body[key], of)]

    assert not wrong, "\n".join(wrong)


def test_a_day_that_the_api_counts_anew_is_what_a_recount_gives(looked):
    day = looked.seen.now.astimezone(seen.ZoneInfo(world.ZONE)).date() - timedelta(days=5)
    words = {"from": str(day), "to": str(day)}
    case = Case(looked.seen, words)

    answer = looked.api.post(f"/api/admin/analytics/aggregate/{day}")

    assert (answer.status_code, answer.json()["is_closed"]) == (200, True)
    kept = {
        row.metric_type: row.metric_data
        for row in PlatformAnalytics.objects.filter(timeframe="daily", date=day, is_closed=True)
    }
    signups, active = endpoints.user_growth(case)["daily_signups"][0], endpoints.engagement(case)
    happened = [endpoints.happened_in(case, course) for course in looked.seen.courses]
    assert kept["users"] == {name: signups[name] for name in ("total_users", "new_users")}
    assert [kept["engagement"][name] for name in ("dau", "wau", "mau")] == [
        active[name] for name in ("dau", "wau", "mau")
    ]
    assert kept["learning"]["enrollments"] == sum(one.enrolled for one in happened)
    assert kept["learning"]["course_completions"] == sum(one.done for one in happened)


def plainly(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    return "" if value is None else str(value)


def cell(text: str) -> Any:
    try:
        return float(text)
    except ValueError:
        return text.lstrip("'")


def parts_of(text: str) -> dict[str, str]:
    """Return the live parts of a page as plain words, by name."""
    found = {}
    for one in re.split(r'data-live="', text)[1:]:
        name, _, rest = one.partition('"')
        found[name] = " ".join(
            re.sub(r"<[^>]*>", " ", rest.partition("data-live")[0].partition("</section>")[0]).split()
        )
    return found

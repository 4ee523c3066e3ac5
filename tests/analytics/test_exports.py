"""Tables to take along: the same numbers as on the page, plain, and never a formula."""

import csv
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import StringIO

import pytest
import time_machine
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import FeatureGrant
from analytics import exports, tables
from analytics.studio import pages
from stats import windows
from stats.kinds import Kind
from tests.analytics.events import act, guest, watch
from tests.factories import make_item, make_user

NOW = datetime(2026, 11, 21, 14, 2, 11, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def ilse(db):
    with time_machine.travel(NOW, tick=False):
        user = make_user("ilse")
        FeatureGrant.objects.create(user=user, feature="advanced_analytics")
        yield user


@pytest.fixture
def film(ilse):
    return make_item(ilse, title="=HYPERLINK(1)")


@pytest.fixture
def client(ilse):
    client = Client()
    client.force_login(ilse)
    return client


def lines_of(response) -> list[list[str]]:
    return list(csv.reader(StringIO(b"".join(response.streaming_content).decode("utf-8"))))


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("=1+1", "'=1+1"), ("+1", "'+1"), ("-1", "'-1"), ("@SUM(A1)", "'@SUM(A1)"), ("\t=1", "'\t=1"), ("\r=1", "'\r=1"),
        ("\n1", "'\n1"), (" =1", "' =1"), ("\xa0@a", "'\xa0@a"), ("＝1", "'＝1"), ("|cmd", "'|cmd"), ("%0A", "'%0A"), (";=1", "';=1"),
        ("Tide", "Tide"), ("", ""), (None, ""), (-3, -3), (2.5, 2.5), (Decimal("-1.50"), Decimal("-1.50")), (date(2026, 11, 21), "2026-11-21"),
        (NOW, "2026-11-21T14:02:11+00:00"),
    ],
)  # fmt: skip
def test_a_cell_is_plain_and_no_formula(value, written):
    assert exports.cell(value) == written


def test_texts_are_quoted_and_numbers_are_not():
    assert "".join(exports.written([["a;=1+1", 3, 2.5, None]])) == '"a;=1+1",3,2.5,""\r\n'


@given(st.lists(st.lists(st.text() | st.integers(), min_size=1, max_size=4), max_size=6))
def test_what_is_written_is_read_back(rows):
    text = "".join(exports.written(rows))

    read = list(csv.reader(StringIO(text, newline="")))
    assert [[cell.removeprefix("'") for cell in row] for row in read] == [
        [str(cell).removeprefix("'") for cell in row] for row in rows
    ]
    texts = (
        cell
        for row, told in zip(read, rows, strict=True)
        for cell, was in zip(row, told, strict=True)
        if isinstance(was, str)
    )
    assert not any(cell.lstrip().startswith(exports.FORMULAS) for cell in texts)


def test_a_file_says_of_what_and_of_which_days_it_is(client, film):
    answer = client.get("/studio/days.csv?range=7d")

    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"] == 'attachment; filename="days-2026-11-15-to-2026-11-21.csv"'
    assert answer["Cache-Control"] == "private, no-store"
    assert answer.streaming
    first, head, *rows = lines_of(answer)
    assert first == ["By day", "All items of ilse", "2026-11-15 to 2026-11-21", "UTC"]
    assert head[:3] == ["Day", "Plays", "Plays before"]
    assert [row[0] for row in rows] == [f"2026-11-{day}" for day in range(15, 22)]


def test_every_table_has_the_numbers_of_its_page(client, ilse, film):
    watch(guest("a"), film, NOW - HOUR, source="search")
    watch(guest("b"), film, NOW - 30 * HOUR)
    act(Kind.SHARE, guest("a"), film, NOW - HOUR, platform="email")
    act(Kind.LIKE, guest("a"), film, NOW - HOUR)
    page = pages.overview(ilse, windows.named("30d", NOW, "UTC"), NOW)

    found = {key: lines_of(client.get(f"/studio/{key}.csv"))[2:] for key in (*tables.OVERVIEW, "items")}

    assert sum(int(row[1]) for row in found["days"]) == page.cards[0].now.value == 2
    assert {row[0]: row[2] for row in found["growth"]} == {line.label: str(line.now.value) for line in page.growth}
    assert [row[0] for row in found["rates"]] == [line.label for line in page.rates]
    assert found["sources"] == [["Search", "1", "50"], ["Direct and bookmarks", "1", "50"]]
    assert found["platforms"] == [["E-mail", "1", "100"]]
    assert [row[0] for row in found["activity"]] == ["play", "play", "like"]
    assert found["playlists"] == []
    assert [row[:2] for row in found["items"]] == [["'=HYPERLINK(1)", "video"]]


def test_the_tables_of_an_item(client, film):
    watch(guest("a"), film, NOW - HOUR, ranges=[(0, 15)], quality="720p")

    found = {key: lines_of(client.get(f"/studio/items/{film.uuid}/{key}.csv")) for key in tables.ITEM}

    assert found["days"][0][1] == "'=HYPERLINK(1)"
    assert found["retention"][2] == ["0.0", "100.0", "1", "0"]
    assert found["retention"][17] == ["15.0", "0.0", "0", "0"]
    assert found["qualities"][2:] == [["720p", "1", "100"]]


@pytest.mark.parametrize(
    ("path", "status"),
    [("/studio/nothing.csv", 404), ("/studio/retention.csv", 404), ("/studio/days.csv?range=2d", 400)],
)
def test_what_is_no_table_or_no_window_is_refused(client, film, path, status):
    assert client.get(path).status_code == status


def test_nobody_gets_a_table(film):
    assert Client().get("/studio/days.csv").status_code == 302


def test_another_member_gets_the_own_table(film):
    client = Client()
    client.force_login(make_user())
    watch(guest("a"), film, NOW - HOUR)

    assert sum(int(row[1]) for row in lines_of(client.get("/studio/days.csv"))[2:]) == 0
    assert client.get(f"/studio/items/{film.uuid}/days.csv").status_code == 404

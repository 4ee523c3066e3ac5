"""Notes on the time axis: written, changed and removed by staff, shown on charts, kept by the audit log."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts.models import StaffAction
from analytics.dashboards.models import Annotation
from analytics.models import Expectation
from tests.factories import make_staff

pytestmark = pytest.mark.django_db

URL = "/admin/analytics/notes/"


def write(staff, day="2026-11-10", text="The new player is out."):
    return staff.post(URL, {"day": day, "text": text})


def test_a_note_stands_on_the_charts_of_its_day(staff):
    write(staff)

    inside = staff.get(reverse("dashboards:content")).content.decode()
    outside = staff.get(reverse("dashboards:content") + "?range=7d").content.decode()

    assert 'data-mark="The new player is out."' in inside
    assert "The new player is out." not in outside


def test_a_note_is_changed_and_removed_and_the_audit_log_keeps_what_it_said(staff):
    write(staff)
    note = Annotation.objects.get()

    staff.post(f"{URL}{note.pk}/", {"day": "2026-11-11", "text": "The player went back."})
    note.refresh_from_db()
    assert (note.day, note.text) == (date(2026, 11, 11), "The player went back.")

    staff.post(f"{URL}{note.pk}/remove/")
    assert not Annotation.objects.exists()
    lines = StaffAction.objects.order_by("pk").values_list("what", "detail")
    assert [what for what, _detail in lines] == ["annotation.added", "annotation.changed", "annotation.removed"]
    assert lines[1][1]["before"] == {"day": "2026-11-10", "text": "The new player is out."}
    assert lines[2][1]["text"] == "The player went back."


@pytest.mark.parametrize(
    ("day", "text"),
    [
        ("", "x"),
        ("2026-02-30", "x"),
        ("1999-12-31", "x"),
        ("2030-01-01", "x"),
        ("2026-11-10", ""),
        ("2026-11-10", 201 * "x"),
    ],
)
def test_a_note_without_a_day_or_words_is_refused(staff, day, text):
    answer = write(staff, day, text)

    assert answer.status_code == 400
    assert not Annotation.objects.exists()


@pytest.mark.parametrize("words", [
    "?bogus=1", "?page=0", "?page=2", "?page=x", "?page=1&page=1", "?day=soon", "?day=2026-02-30", "?panel=top-items",
])  # fmt: skip
def test_an_address_that_cannot_be_is_refused_with_a_sentence(staff, words):
    write(staff)

    answer = staff.get(URL + words)

    assert answer.status_code == 400
    assert "The new player is out." not in answer.content.decode()


def test_the_page_of_one_note_knows_no_words_at_all(staff):
    write(staff)
    address = f"{URL}{Annotation.objects.get().pk}/"

    assert staff.get(address).status_code == 200
    assert staff.get(f"{address}?bogus=1").status_code == 400


def test_a_day_can_be_brought_along_and_pages_turned(staff):
    Annotation.objects.bulk_create(Annotation(day=date(2026, 11, 10), text=f"Note {number}.") for number in range(51))

    first, second = (staff.get(f"{URL}?page={page}&day=2026-11-09") for page in (1, 2))

    assert 'value="2026-11-09"' in first.content.decode()
    assert [len(answer.context["pager"].object_list) for answer in (first, second)] == [50, 1]
    assert staff.get(f"{URL}?page=3").status_code == 400


def test_what_a_note_says_is_never_markup(staff):
    write(staff, text='"><script>alert(1)</script>')

    text = staff.get(reverse("dashboards:content")).content.decode()

    assert "<script>alert" not in text
    assert "&lt;script&gt;alert(1)" in text


def test_an_unusual_day_is_marked_with_its_range_and_its_sentence(staff):
    Expectation.objects.create(
        day=date(2026, 11, 10), metric="plays", low=10, high=20, typical=15, actual=90, is_unusual=True, seen=8, least=9,
        most=22,
    )  # fmt: skip

    text = staff.get(reverse("dashboards:content")).content.decode()

    assert 'data-low="10" data-high="20"' in text
    assert 'data-unusual="yes"' in text
    assert "90 on Tuesday 10 November; 10 to 20 were to be expected." in text


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_a_note_that_is_removed_and_changed_by_many_at_once_goes_once():
    rosa, gate = make_staff("rosa"), Barrier(5)

    def press(client: Client, what: str) -> int:
        try:
            gate.wait()
            return client.post(f"{URL}{note.pk}/{what}", {"day": "2026-11-11", "text": "It went back."}).status_code
        finally:
            connection.close()

    for _ in range(6):
        clients = [Client() for _ in range(5)]
        for client in clients:
            client.force_login(rosa)
        note = Annotation.objects.create(day=date(2026, 11, 10), text="It is out.", by=rosa)
        with ThreadPoolExecutor(5) as pool:
            answers = list(pool.map(press, clients, ["remove/", "remove/", "remove/", "remove/", ""]))

        assert sorted(answers[:4]) == [302, 404, 404, 404]
        assert answers[4] in {302, 404}
        assert StaffAction.objects.filter(what="annotation.removed", about_key=str(note.pk)).count() == 1

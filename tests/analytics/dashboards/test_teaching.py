"""What teachers see of their own courses, and of nobody else's."""

import csv
import io

import pytest
from django.test import Client
from django.urls import reverse

from analytics.platform import aggregating
from tests.analytics.dashboards.moments import NOW
from tests.factories import make_course, make_enrolment, make_user

pytestmark = pytest.mark.django_db

URL = "/teach/numbers/"


@pytest.fixture
def teacher(client):
    ilse = make_user("ilse")
    mine, other = make_course(ilse, title="Reading the sea"), make_course(make_user(), title="Bread")
    for course, number in ((mine, 3), (other, 2)):
        for _learner in range(number):
            make_enrolment(course)
    aggregating.catch_up(NOW)
    aggregating.refresh_today(NOW)
    client.force_login(ilse)
    return client


def test_a_teacher_sees_who_joined_the_own_courses_and_no_others(teacher):
    text = teacher.get(URL).content.decode()
    rows = list(csv.reader(io.StringIO(teacher.get(f"{URL}csv/taught-courses/").getvalue().decode())))[2:]

    assert "Reading the sea" in text
    assert "Bread" not in text
    assert [row[:4] for row in rows] == [["Reading the sea", "3", "0", "3"]]


def test_it_asks_the_database_few_times(teacher, django_assert_max_num_queries):
    teacher.get(URL)

    with django_assert_max_num_queries(12):
        teacher.get(f"{URL}?range=1y")


def test_who_teaches_nothing_is_told_how_to_begin(client):
    client.force_login(make_user())

    text = client.get(URL).content.decode()

    assert "Numbers come with learners" in text
    assert client.get(f"{URL}csv/taught-paid/").status_code == 404


def test_a_guest_is_sent_to_the_log_in_and_an_odd_address_is_refused(teacher):
    assert Client().get(URL)["Location"].startswith(reverse("account_login"))
    assert teacher.get(f"{URL}?range=never").status_code == 400
    assert teacher.get(f"{URL}csv/taught-days/?range=never").status_code == 400

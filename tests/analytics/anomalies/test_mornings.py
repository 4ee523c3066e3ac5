"""Days are judged, shown and mailed: once to each, to whom they are for, until they say stop."""

import smtplib
import threading
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts.staffing import StaffRole
from analytics.anomalies import judging, mailing, queries
from analytics.models import Expectation, MorningMail, PlatformAnalytics
from tests.factories import make_staff, make_user

NOW = datetime(2026, 3, 31, 6, 30, tzinfo=UTC)
YESTERDAY = date(2026, 3, 30)
DAYS = 70


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=True):
        yield


def keep(day: date, **numbers: int) -> None:
    """Keep a day as it would have been counted."""
    parts: dict[str, dict[str, Any]] = {
        "users": {"new_users": numbers.get("new_users", 20), "total_users": 1000},
        "engagement": {"dau": numbers.get("dau", 300), "plays": numbers.get("plays", 1000), "played_ms": 36_000_000},
        "learning": {"enrollments": 10, "course_completions": 1, "lessons_completed": 5},
        "revenue": {"EUR": {"paid_minor": numbers.get("paid_minor", 50_000), "refunded_minor": 0}},
    }
    for kind, data in parts.items():
        PlatformAnalytics.objects.update_or_create(
            timeframe="daily",
            metric_type=kind,
            date=day,
            defaults={"metric_data": data, "is_closed": True, "counted_at": NOW},
        )


@pytest.fixture
def calm_weeks(db):
    for number in range(DAYS):
        keep(YESTERDAY - timedelta(days=number))


def staff_of(role: StaffRole, name: str = ""):
    user = make_user(name, is_staff=True)
    user.groups.add(Group.objects.get_or_create(name=role)[0])
    return user


def test_a_day_like_its_weekdays_is_as_expected_and_another_is_explained(calm_weeks, django_assert_max_num_queries):
    keep(YESTERDAY, plays=2000)

    judging.judge_recent(NOW)

    with django_assert_max_num_queries(1):
        found = queries.expected(["plays", "dau", "revenue:EUR"], YESTERDAY - timedelta(days=6), YESTERDAY)
    assert {metric: len(days) for metric, days in found.items()} == {"plays": 7, "dau": 7, "revenue:EUR": 7}
    plays = found["plays"][YESTERDAY]
    assert (plays.is_unusual, plays.is_high, plays.low, plays.high) == (True, True, 900, 1100)
    assert plays.note == (
        "2,000 on Monday 30 March; 900 to 1,100 were to be expected."
        " The last 8 days of that weekday had 1,000 to 1,000, about 1,000 in the middle."
    )
    assert not found["dau"][YESTERDAY].is_unusual
    assert found["revenue:EUR"][YESTERDAY].written == "€500.00"


def test_a_day_that_is_corrected_is_judged_anew(calm_weeks):
    keep(YESTERDAY, plays=2000)
    judging.judge_all()
    assert Expectation.objects.filter(is_unusual=True).count() == 1

    keep(YESTERDAY, plays=1010)
    judging.judge_recent(NOW)

    assert not Expectation.objects.filter(is_unusual=True).exists()
    assert Expectation.objects.filter(day=YESTERDAY).count() == 6


def test_the_first_weeks_expect_nothing(db, mailoutbox):
    make_staff("ada")
    for number in range(20):
        keep(YESTERDAY - timedelta(days=number))

    assert judging.judge_all() == 0
    assert mailing.send_due(NOW) == 0
    assert not mailoutbox


def test_the_noughts_before_a_numbers_first_day_are_not_expected_to_go_on(calm_weeks):
    for number in range(20, DAYS):
        keep(YESTERDAY - timedelta(days=number), plays=0)

    judging.judge_all()

    assert not Expectation.objects.filter(metric="plays").exists()
    assert not Expectation.objects.filter(is_unusual=True).exists()


def test_staff_are_mailed_once_after_an_unusual_day(calm_weeks, mailoutbox, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    make_staff("ada", first_name="Ada")
    make_user("member")
    keep(YESTERDAY, plays=2000, new_users=0)

    assert mailing.send_due(NOW) == 1
    assert mailing.send_due(NOW + timedelta(hours=1)) == 0

    [mail] = mailoutbox
    assert mail.to == ["ada@example.org"]
    assert mail.subject == "2 unusual numbers on Monday 30 March: New members and Plays"
    assert "Good morning Ada," in mail.body
    assert "2,000 on Monday 30 March; 900 to 1,100 were to be expected." in mail.body
    html = mail.alternatives[0][0]
    assert "/admin/analytics/unusual/" in html
    assert mail.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_after_a_usual_day_only_who_wants_every_morning_is_mailed(calm_weeks, mailoutbox):
    ada, bea, cleo = make_staff("ada"), make_staff("bea"), make_staff("cleo")
    mailing.set_wish(bea, "daily")
    mailing.set_wish(cleo, "never")

    assert mailing.send_due(NOW) == 1
    assert mailoutbox[0].to == [bea.email]
    assert mailoutbox[0].subject == "Monday 30 March was as expected"

    keep(YESTERDAY, plays=2000)
    assert mailing.send_due(NOW) == 1
    assert mailoutbox[1].to == [ada.email]


def test_each_kind_of_staff_is_told_what_they_may_see(calm_weeks, mailoutbox):
    staff_of(StaffRole.SUPPORT, "sue")
    staff_of(StaffRole.MODERATOR, "mod")
    staff_of(StaffRole.FINANCE, "fay")
    keep(YESTERDAY, paid_minor=500_000)

    mailing.send_due(NOW)

    assert [mail.to for mail in mailoutbox] == [["fay@example.org"]]
    assert "€5,000.00" in mailoutbox[0].body


def test_nothing_is_sent_before_yesterday_is_counted(calm_weeks, mailoutbox):
    make_staff("ada")
    keep(YESTERDAY, plays=2000)
    PlatformAnalytics.objects.filter(date=YESTERDAY, metric_type="learning").update(is_closed=False)

    assert mailing.send_due(NOW) == 0
    assert not MorningMail.objects.exists()


class Refusing(BaseEmailBackend):
    """A mail server that is out."""

    def send_messages(self, email_messages: Any) -> int:
        """Refuse."""
        raise smtplib.SMTPServerDisconnected


def test_a_mail_that_could_not_be_sent_is_tried_again_and_so_is_one_whose_sender_died(calm_weeks, mailoutbox, settings):
    ada = make_staff("ada")
    keep(YESTERDAY, plays=2000)
    usual = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = f"{__name__}.Refusing"
    assert mailing.send_due(NOW) == 0
    assert not MorningMail.objects.exists()

    settings.EMAIL_BACKEND = usual
    MorningMail.objects.create(user=ada, day=YESTERDAY, claimed_at=NOW)
    assert mailing.send_due(NOW + timedelta(minutes=15)) == 0
    assert mailing.send_due(NOW + timedelta(minutes=31)) == 1
    assert mailing.send_due(NOW + timedelta(minutes=90)) == 0


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_send_one_mail(mailoutbox):
    make_staff("ada")
    for number in range(DAYS):
        keep(YESTERDAY - timedelta(days=number), plays=2000 if not number else 1000)
    judging.judge_recent(NOW)
    together, sent = threading.Barrier(3), []

    def work() -> None:
        try:
            together.wait()
            sent.append(mailing.send_due(NOW))
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert sorted(sent) == [0, 0, 1]
    assert len(mailoutbox) == 1
    assert Expectation.objects.filter(day=YESTERDAY).count() == 6


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user, "allauth.account.auth_backends.AuthenticationBackend")
    return client


def test_the_page_shows_what_was_unusual_and_keeps_the_wish(calm_weeks, django_assert_max_num_queries):
    keep(YESTERDAY, plays=2000)
    judging.judge_all()
    ada = make_staff("ada")
    client = signed_in(ada)
    client.get(reverse("anomalies:list"))

    with django_assert_max_num_queries(12):
        page = client.get(reverse("anomalies:list")).content.decode()
    assert "2,000 on Monday 30 March" in page
    assert "Above" in page

    assert client.post(reverse("anomalies:list"), {"wish": "daily"}).status_code == 302
    assert mailing.wish_of(ada) == "daily"
    assert client.post(reverse("anomalies:list"), {"wish": "hourly"}).status_code == 400
    assert client.get(reverse("anomalies:list"), {"day": "2026-01-17"}).status_code == 400
    assert mailing.wish_of(ada) == "daily"


def test_the_page_says_why_there_is_nothing(db, calm_weeks):
    client = signed_in(make_staff("ada"))
    assert "Nothing to compare with yet" in client.get(reverse("anomalies:list")).content.decode()

    judging.judge_all()

    assert "Nothing unusual" in client.get(reverse("anomalies:list")).content.decode()


def test_one_click_stops_the_mails_and_looking_at_the_address_does_not(db):
    ada = make_staff("ada")
    address = reverse("anomalies:stop", args=[mailing.token_of(ada)])
    mail_program = Client(enforce_csrf_checks=True)

    assert "Stop the morning mails?" in mail_program.get(address).content.decode()
    assert mailing.wish_of(ada) == "unusual"
    assert mail_program.post(address, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert mailing.wish_of(ada) == "never"
    assert mail_program.post(address).status_code == 200
    assert mail_program.get(reverse("anomalies:stop", args=["forged:token"])).status_code == 404


def test_the_mail_can_be_read_as_text_and_as_html(calm_weeks):
    keep(YESTERDAY, plays=2000)
    judging.judge_all()
    ada = make_staff("ada", first_name="<Ada>")

    mail = mailing.message(ada, mailing.Letter(YESTERDAY, queries.of_day(YESTERDAY)))

    assert isinstance(mail, EmailMultiAlternatives)
    assert "&lt;Ada&gt;" in mail.alternatives[0][0]
    assert "Good morning <Ada>," in mail.body
    assert "\n\n\n\n" not in mail.body

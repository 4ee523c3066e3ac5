"""The kept numbers are what a separate count gives, stay as they are, and follow what comes late."""

import io
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.core.management import CommandError, call_command

from analytics.models import CourseAnalytics, InstructorAnalytics, PlatformAnalytics, TouchedDay
from analytics.platform import aggregating
from stats import ledger
from stats.actors import user_actor
from stats.kinds import Kind
from tests.analytics.events import guest, watch
from tests.analytics.platform.happenings import DAY, NOW, did, joined, paid, refunded
from tests.factories import make_course, make_enrolment, make_item, make_lesson, make_section

pytestmark = pytest.mark.django_db
TODAY = NOW.date()


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=True):
        yield


def row(kind: str, day: date, timeframe: str = "daily") -> dict:
    return PlatformAnalytics.objects.get(metric_type=kind, date=day, timeframe=timeframe).metric_data


def test_every_day_week_and_month_that_is_over_is_kept_once():
    ana = joined("ana", NOW - 40 * DAY)
    watch(ana, make_item(ana), NOW - 3 * DAY)

    assert aggregating.catch_up(NOW) == 40
    assert aggregating.catch_up(NOW) == 0

    days = PlatformAnalytics.objects.filter(timeframe="daily", metric_type="users")
    assert days.count() == 40
    assert not days.filter(is_closed=False).exists()
    months = PlatformAnalytics.objects.filter(timeframe="monthly", metric_type="users")
    assert list(months.order_by("date").values_list("date", "is_closed")) == [
        (date(2026, 2, 1), True),
        (date(2026, 3, 1), False),
    ]


def test_members_are_counted_by_the_day_they_came():
    joined("ana", NOW - 40 * DAY)
    joined("ben", NOW - 2 * DAY)
    joined("cem", NOW - 2 * DAY)

    aggregating.catch_up(NOW)

    assert row("users", TODAY - 2 * DAY) == {"total_users": 3, "new_users": 2}
    assert row("users", TODAY - 3 * DAY) == {"total_users": 1, "new_users": 0}
    assert row("users", date(2026, 3, 1), "monthly") == {"total_users": 3, "new_users": 2}


def test_active_members_are_counted_once_a_day_a_week_and_a_month_and_guests_are_none():
    ana, ben = joined("ana", NOW - 60 * DAY), joined("ben", NOW - 60 * DAY)
    film = make_item(ana)
    for days in (1, 3, 9, 33):
        watch(ana, film, NOW - days * DAY)
        watch(ana, film, NOW - days * DAY + timedelta(minutes=5))
    watch(ben, film, NOW - 6 * DAY)
    watch(guest("g"), film, NOW - DAY)

    aggregating.catch_up(NOW)

    yesterday = row("engagement", TODAY - DAY)
    assert {name: yesterday[name] for name in ("dau", "wau", "mau", "dau_30_days", "plays")} == {
        "dau": 1, "wau": 2, "mau": 2, "dau_30_days": 4, "plays": 3,
    }  # fmt: skip
    assert row("engagement", date(2026, 3, 23), "weekly")["active"] == 2
    assert row("engagement", date(2026, 2, 1), "monthly")["active"] == 1


def test_a_closed_day_stays_as_it_was_until_something_comes_late_for_it():
    ana, ben = joined("ana", NOW - 60 * DAY), joined("ben", NOW - 60 * DAY)
    film = make_item(ana)
    watch(ana, film, NOW - 5 * DAY)
    aggregating.sweep(NOW)
    assert not TouchedDay.objects.filter(day__lt=TODAY).exists()
    assert row("engagement", TODAY - DAY)["mau"] == 1

    watch(ben, film, NOW - 5 * DAY)

    assert row("engagement", TODAY - 5 * DAY)["dau"] == 1
    assert aggregating.work_off_touched(NOW) == 1
    assert row("engagement", TODAY - 5 * DAY)["dau"] == 2
    assert row("engagement", TODAY - DAY)["mau"] == 2
    assert row("engagement", date(2026, 3, 23), "weekly")["active"] == 2
    assert aggregating.work_off_touched(NOW) == 0


def test_a_guest_who_turns_out_to_be_a_member_was_a_member_on_those_days_too():
    ana = joined("ana", NOW - 60 * DAY)
    visitor = guest("g")
    watch(visitor, make_item(ana), NOW - 4 * DAY)
    aggregating.sweep(NOW)
    assert row("engagement", TODAY - 4 * DAY)["dau"] == 0

    with ledger.recording():
        ledger.record(Kind.GUEST_CLAIMED, user_actor(ana.uuid), guest=str(visitor.id))
    aggregating.work_off_touched(NOW)

    assert row("engagement", TODAY - 4 * DAY)["dau"] == 1


def test_what_is_told_just_before_midnight_marks_the_day_that_will_be_over_before_it_is_committed():
    ana = joined("ana", NOW - 60 * DAY)
    film = make_item(ana)
    late = datetime(2026, 3, 30, 23, 59, 58, tzinfo=UTC)
    TouchedDay.objects.all().delete()

    with time_machine.travel(late, tick=False):
        watch(ana, film, late - timedelta(seconds=30), ranges=[(0, 5)])

    assert list(TouchedDay.objects.values_list("day", flat=True)) == [late.date()]


def test_courses_and_instructors_have_what_happened_in_them():
    dana = joined("dana", NOW - 60 * DAY)
    course, other = make_course(dana, "Reading the sea"), make_course(dana, "Reading the sky")
    lesson = make_lesson(make_section(course))
    mia, noa = joined("mia", NOW - 60 * DAY), joined("noa", NOW - 60 * DAY)
    at = NOW - 2 * DAY
    for who in (mia, noa):
        did(Kind.ENROLLED, who, at, course=str(course.uuid))
    did(Kind.ENROLLED, mia, at, course=str(other.uuid))
    did(Kind.COURSE_COMPLETED, mia, at + timedelta(hours=1), course=str(course.uuid))
    did(Kind.REVIEW, mia, at, course=str(course.uuid), stars=2)
    did(Kind.REVIEW, mia, at + timedelta(hours=2), course=str(course.uuid), stars=5)
    did(Kind.REVIEW, noa, at, course=str(course.uuid), stars=4)
    did(Kind.REVIEW_DELETED, noa, at + timedelta(hours=2), course=str(course.uuid))
    watch(noa, lesson.item, at)
    bought = paid(mia, 4900, at, course=course)
    refunded(bought, 900, at + timedelta(hours=1))
    paid(noa, 5000, at, course=course, currency="USD")
    paid(noa, 600, at)

    aggregating.catch_up(NOW)

    kept = CourseAnalytics.objects.get(timeframe="daily", course=course)
    assert kept.date == at.date()
    assert (kept.enrollments, kept.completions, kept.completion_seconds) == (2, 1, 3600)
    assert (kept.reviews, kept.avg_rating, kept.active_learners) == (1, 5.0, 1)
    assert kept.revenue == {"EUR": 4000, "USD": 5000}
    taught = InstructorAnalytics.objects.get(timeframe="weekly", instructor=dana, date=date(2026, 3, 23))
    assert (taught.enrollments, taught.students, taught.courses) == (3, 1, 0)
    assert taught.revenue == {"EUR": 4000, "USD": 5000}
    assert row("learning", at.date())["enrollments"] == 3
    still = dict.fromkeys(("annual_minor", "customers", "new", "reactivation", "expansion", "contraction", "churn"), 0)
    assert row("revenue", at.date()) == {
        "EUR": {"paid_minor": 5500, "payments": 2, "refunded_minor": 900, "refunds": 1, **still},
        "USD": {"paid_minor": 5000, "payments": 1, "refunded_minor": 0, "refunds": 0, **still},
    }


def test_a_first_enrolment_that_comes_late_moves_to_its_day():
    dana, mia = joined("dana", NOW - 60 * DAY), joined("mia", NOW - 60 * DAY)
    course = make_course(dana)
    make_enrolment(course, mia)
    with time_machine.travel(NOW + DAY, tick=True):
        aggregating.catch_up(NOW + DAY)
        assert CourseAnalytics.objects.get(timeframe="daily").date == TODAY
        did(Kind.ENROLLED, mia, NOW - 3 * DAY, course=str(course.uuid))
        aggregating.work_off_touched(NOW + DAY)

    assert CourseAnalytics.objects.get(timeframe="monthly").enrollments == 1
    assert [(one.date, one.enrollments) for one in CourseAnalytics.objects.filter(timeframe="daily")] == [
        (TODAY - 3 * DAY, 1)
    ]
    assert row("learning", TODAY - 3 * DAY)["enrollments"] == 1


def test_today_is_counted_as_far_as_it_has_come_and_stays_open():
    ana = joined("ana", NOW - DAY)
    watch(ana, make_item(ana), NOW - timedelta(minutes=5))

    aggregating.sweep(NOW)

    today = PlatformAnalytics.objects.get(metric_type="engagement", date=TODAY, timeframe="daily")
    assert (today.metric_data["dau"], today.is_closed) == (1, False)


def test_who_began_to_count_later_is_right_whoever_is_quicker():
    joined("ana", NOW - 3 * DAY)
    aggregating.catch_up(NOW)
    PlatformAnalytics.objects.update(counted_at=NOW + timedelta(hours=1), metric_data={"total_users": 7})

    aggregating.aggregate([TODAY - DAY], NOW)

    assert row("users", TODAY - DAY) == {"total_users": 7}


def test_an_empty_site_has_nothing_to_count():
    assert aggregating.beginning() is None
    assert aggregating.catch_up(NOW) == 0


def test_the_command_counts_a_day_or_all_and_says_what_is_wrong():
    joined("ana", NOW - 3 * DAY)

    def said(*arguments: str) -> str:
        call_command("aggregate_platform", *arguments, stdout=(out := io.StringIO()))
        return out.getvalue()

    assert said("--all") == "3 days counted, and today.\n"
    assert said("2026-03-30").startswith("2026-03-30: ")
    assert said().startswith("2026-03-30: ")
    for wrong in (["2026-13-01"], ["2026-04-01"], ["2026-03-30", "--all"]):
        with pytest.raises(CommandError):
            said(*wrong)

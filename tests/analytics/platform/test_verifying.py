"""`verify_stats` holds the kept days of the platform, its courses and instructors against a count anew."""

import io
from contextlib import suppress
from datetime import timedelta

import pytest
import time_machine
from django.core.management import call_command

from analytics.models import CourseAnalytics, InstructorAnalytics, PlatformAnalytics, RevenueDay, TakingsDay
from analytics.platform import aggregating, verifying
from stats.kinds import Kind
from tests.analytics.events import watch
from tests.analytics.platform.happenings import DAY, NOW, did, joined, paid
from tests.factories import make_course, make_item

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def counted():
    with time_machine.travel(NOW, tick=True):
        dana, mia = joined("dana", NOW - 9 * DAY), joined("mia", NOW - 5 * DAY)
        course = make_course(dana)
        watch(mia, make_item(dana), NOW - 2 * DAY)
        did(Kind.ENROLLED, mia, NOW - 2 * DAY, course=str(course.uuid))
        paid(mia, 4900, NOW - 2 * DAY, course=course)
        aggregating.catch_up(NOW)
        aggregating.work_off_touched(NOW)
        yield


def told() -> str:
    out = io.StringIO()
    with suppress(SystemExit):
        call_command("verify_stats", stdout=out, stderr=io.StringIO())
    return out.getvalue()


def test_what_is_kept_is_sound():
    assert told() == "No differences.\n"


@pytest.mark.parametrize("kind", ["users", "engagement", "learning", "revenue"])
@pytest.mark.parametrize("timeframe", ["daily", "weekly"])
def test_a_number_of_a_closed_period_that_is_off_by_one_is_told(kind, timeframe):
    row = PlatformAnalytics.objects.filter(metric_type=kind, timeframe=timeframe, is_closed=True).latest("date")
    name = {"users": "new_users", "engagement": "mau", "learning": "enrollments"}.get(kind)
    if name:
        row.metric_data[name] += 1
    else:
        row.metric_data["EUR"] = {"paid_minor": 1}
    row.save()

    differences = verifying.differences()

    assert [(one.table, one.key) for one in differences] == [
        ("platform_analytics", (timeframe, kind, row.date.isoformat()))
    ]
    assert f"platform_analytics ('{timeframe}', '{kind}', '{row.date}')" in told()


@pytest.mark.parametrize("table", [CourseAnalytics, InstructorAnalytics])
def test_a_course_or_an_instructor_that_is_off_by_one_is_told(table):
    row = table.objects.get(timeframe="daily")
    row.enrollments += 1
    row.save()

    assert [one.table for one in verifying.differences()] == [table._meta.db_table]
    assert "enrollments is 2, should be 1" in told()


def test_a_row_too_much_or_too_few_is_told():
    CourseAnalytics.objects.get(timeframe="daily").delete()

    assert "missing, should be" in told()


def test_the_days_of_revenue_are_held_against_the_ledgers():
    TakingsDay.objects.update(paid_minor=4901)
    assert "paid_minor is 4901, should be 4900" in told()
    assert not RevenueDay.objects.exists()


def test_what_came_late_is_counted_before_it_is_compared():
    watch(joined("noa", NOW - timedelta(hours=1)), make_item(), NOW - 2 * DAY)

    assert told() == "No differences.\n"


def test_a_day_that_counting_has_not_come_to_yet_is_no_difference():
    PlatformAnalytics.objects.filter(metric_type="learning").earliest("date").delete()

    assert told() == "No differences.\n"

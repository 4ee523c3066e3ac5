"""Several who count at once, while something still comes, keep one right row of each."""

import threading
from datetime import timedelta

import pytest
import time_machine
from django.db import connection

from analytics.models import CourseAnalytics, PlatformAnalytics, TouchedDay
from analytics.platform import aggregating
from stats.kinds import Kind
from tests.analytics.events import watch
from tests.analytics.platform.happenings import DAY, NOW, did, joined
from tests.factories import make_course, make_item


@pytest.mark.django_db(transaction=True)
def test_counting_at_once_while_late_events_come_ends_in_the_right_rows():
    with time_machine.travel(NOW, tick=True):
        ana = joined("ana", NOW - 5 * DAY)
        film, course = make_item(ana), make_course(ana)
        members = [joined(f"late{number}", NOW - 5 * DAY) for number in range(6)]
        together, wrong = threading.Barrier(4), []

        def work(tell: bool) -> None:
            try:
                together.wait()
                if tell:
                    for member in members:
                        watch(member, film, NOW - 2 * DAY)
                        did(Kind.ENROLLED, member, NOW - 2 * DAY, course=str(course.uuid))
                else:
                    aggregating.aggregate([NOW.date() - number * DAY for number in range(1, 5)], NOW)
                    aggregating.work_off_touched(NOW)
            except Exception as error:  # noqa: BLE001 (the test tells it)
                wrong.append(error)
            finally:
                connection.close()

        threads = [threading.Thread(target=work, args=(number == 0,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not wrong

        aggregating.work_off_touched(NOW)

        day = (NOW - 2 * DAY).date()
        engagement = PlatformAnalytics.objects.get(timeframe="daily", metric_type="engagement", date=day)
        assert engagement.metric_data["dau"] == 6
        assert CourseAnalytics.objects.get(timeframe="daily", date=day).enrollments == 6
        assert not TouchedDay.objects.filter(day__lt=NOW.date()).exists()
        assert engagement.counted_at <= NOW + timedelta(hours=1)

"""How the system stands is told as it is."""

from datetime import UTC, datetime, timedelta

import pytest
from allauth.usersessions.models import UserSession
from django.db import connection
from django.utils import timezone

from analytics import heartbeats
from analytics.models import Heartbeat, JobFailure, SystemSample, TrafficMinute
from analytics.platform import failures, health, traffic
from stats import inbox, ledger
from stats.actors import user_actor
from stats.kinds import Kind
from stats.models import DeadLetter, DirtyDay
from stats.windows import Window
from tests.factories import make_user

NOW = datetime(2026, 3, 31, 9, 30, 20, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.mark.django_db
def test_a_quiet_site_whose_processes_work_is_ok(django_assert_max_num_queries):
    for name in heartbeats.NAMES:
        Heartbeat.objects.create(name=name, at=NOW - timedelta(seconds=5))

    with django_assert_max_num_queries(2):
        told = health.health(NOW, with_broker=False)

    assert (told.status, told.problems) == ("ok", ())
    assert (told.inbox_events, told.ingest_lag_ms, told.error_rate, told.dead_letters) == (0, 0, None, 0)
    assert told.database == connection.vendor
    assert told.database_bytes > 100_000
    assert 0 < told.disk_free_bytes <= told.disk_total_bytes
    assert told.version == "0.1.0"
    assert [beat.is_silent for beat in told.heartbeats] == [False, False]


@pytest.mark.django_db
def test_what_waits_and_what_failed_is_counted_and_said():
    ana = make_user("ana")
    ledger.report(Kind.API_CALL, user_actor(ana.uuid), name="x")
    received = timezone.now()
    now = received + 2 * MINUTE
    DeadLetter.objects.create(event_id=ana.uuid, source_id=0, code="x", reason="y", row=b"", format=1)
    DirtyDay.objects.create(item_id=1, source_id=0, day=now.date())
    UserSession.objects.create(user=ana, session_key="a", ip="127.0.0.1", user_agent="", last_seen_at=now - MINUTE)
    UserSession.objects.create(user=ana, session_key="b", ip="127.0.0.1", user_agent="", last_seen_at=now - 60 * MINUTE)
    TrafficMinute.objects.create(minute=now - 2 * MINUTE, requests=180, errors=3)
    TrafficMinute.objects.create(minute=now - 3 * MINUTE, requests=20, errors=1)
    TrafficMinute.objects.create(minute=now - 90 * MINUTE, requests=1000, errors=1000)
    JobFailure.objects.create(task="stats.settle", error="KeyError: 'x'", at=now - MINUTE)
    JobFailure.objects.create(task="stats.old", error="KeyError: 'x'", at=now - timedelta(days=2))

    told = health.health(now, with_broker=False)

    assert told.status == "degraded"
    assert told.inbox_events == inbox.backlog(fresh=True) == 1
    assert 119_000 <= told.ingest_lag_ms <= 121_000
    assert (told.dead_letters, told.unsettled, told.active_sessions) == (1, 1, 1)
    assert (told.requests, told.errors, told.error_rate) == (200, 4, 2.0)
    assert told.job_failures == 1
    assert told.latest_failures[0].task == "stats.settle"
    assert len(told.problems) == 6


@pytest.mark.django_db
def test_samples_are_kept_a_month_and_thinned_for_long_windows():
    start = datetime(2026, 3, 31, 6, 0, tzinfo=UTC)
    for number in range(120):
        health.sample(start + number * MINUTE)
        TrafficMinute.objects.create(minute=start + number * MINUTE, requests=2, errors=number % 2)
    SystemSample.objects.filter(minute=start).update(minute=start - timedelta(days=40))

    health.sample(start + 120 * MINUTE)

    assert not SystemSample.objects.filter(minute__lt=start).exists()
    short = health.samples(Window(start, start + timedelta(hours=3), "UTC"))
    assert len(short) == 120
    assert sum(one.requests for one in short) == 238
    day = health.samples(Window(start + MINUTE, start + timedelta(hours=30), "UTC"))
    assert [one.at.minute % 5 for one in day] == [0] * len(day)
    month = health.samples(Window(start - timedelta(days=20), start + timedelta(hours=3), "UTC"))
    assert [(one.at.hour, one.requests, one.errors) for one in month] == [(7, 120, 30), (8, 0, 0)]


@pytest.mark.django_db(transaction=True)
def test_answers_are_counted_by_the_minute_and_errors_apart():
    counter = traffic.Counter()
    for status in (200, 404, 500, 503):
        counter.count(status, 1_774_949_430.0)
    counter.count(200, 1_774_949_470.0)

    assert counter.flush() == 5
    assert counter.flush() == 0
    counter.count(200, 1_774_949_439.0)
    counter.flush()

    assert list(TrafficMinute.objects.order_by("minute").values_list("requests", "errors")) == [(5, 2), (1, 0)]


def test_every_answer_of_the_application_is_counted(monkeypatch):
    counter = traffic.Counter()
    counted: list[int] = []
    monkeypatch.setattr(counter, "count", lambda status, at: counted.append(status))
    monkeypatch.setattr(counter, "keep_flushing", lambda: None)
    monkeypatch.setattr(traffic, "_counter", counter)

    def site(environ, start_response):
        if environ["PATH_INFO"] == "/breaks":
            raise ValueError("breaks")
        start_response("204 No Content", [])
        return [b""]

    application = traffic.counted(site)

    assert list(application({"PATH_INFO": "/"}, lambda *_: None)) == [b""]
    with pytest.raises(ValueError, match="breaks"):
        application({"PATH_INFO": "/breaks"}, lambda *_: None)
    assert counted == [204, 500]


@pytest.mark.django_db
def test_a_task_that_fails_is_kept_with_its_error_and_forgotten_after_a_month():
    class Task:
        name = "stats.settle"

    failures.note(sender=Task(), exception=ValueError("first line\nsecond"))

    [kept] = JobFailure.objects.all()
    assert (kept.task, kept.error) == ("stats.settle", "ValueError: first line")
    assert failures.drop_old(kept.at + timedelta(days=29)) == 0
    assert failures.drop_old(kept.at + timedelta(days=31)) == 1

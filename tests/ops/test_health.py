"""Health, for machines."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from analytics import health, heartbeats
from analytics.models import Heartbeat
from stats.models import InboxBatch

PATHS = ("/healthz", "/healthz/", "/readyz", "/readyz/")


def beat_all() -> None:
    for name in heartbeats.NAMES:
        heartbeats.beat(name)


def test_healthz_needs_no_database(client):
    answer = client.get("/healthz")

    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


@pytest.mark.django_db
@pytest.mark.parametrize("path", PATHS)
def test_health_is_never_cached_makes_no_session_and_is_read_only(client, path):
    answer = client.get(path)

    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    assert not answer.cookies
    assert client.post(path).status_code == 405


@pytest.mark.django_db
def test_a_site_whose_parts_all_work_is_ready(client):
    beat_all()

    answer = client.get("/readyz")

    assert (answer.status_code, answer.json()) == (200, {"status": "ok", "backlog": 0, "degraded": []})


@pytest.mark.django_db
def test_a_silent_worker_or_scheduler_degrades_the_site_that_stays_ready(client):
    beat_all()
    Heartbeat.objects.filter(name="worker").update(at=timezone.now() - timedelta(minutes=1))
    Heartbeat.objects.filter(name="scheduler").delete()

    answer = client.get("/readyz")

    assert answer.status_code == 200
    assert answer.json()["degraded"] == ["worker", "scheduler"]


@pytest.mark.django_db
def test_events_that_wait_are_the_backlog_and_too_many_are_not_ready(client, settings):
    settings.INGEST_BACKLOG_LIMIT = 30
    InboxBatch.objects.create(events=29, format=1, rows=b"")
    ready = client.get("/readyz")
    InboxBatch.objects.create(events=1, format=1, rows=b"")

    full = client.get("/readyz")

    assert (ready.status_code, ready.json()["backlog"]) == (200, 29)
    assert (full.status_code, full.json()["backlog"], full.json()["status"]) == (503, 30, "backlog_full")


@pytest.mark.django_db
def test_a_broker_and_a_cache_that_are_down_degrade_the_site_that_stays_ready(client, settings):
    beat_all()
    settings.CACHES = {"default": {"BACKEND": "config.cache.ForgivingRedisCache", "LOCATION": "redis://127.0.0.1:1/0"}}

    answer = client.get("/readyz")

    assert (answer.status_code, answer.json()["degraded"]) == (200, ["cache"])


@pytest.mark.redis
@pytest.mark.parametrize(("port", "answers"), [(6379, True), (1, False)])
def test_a_broker_answers_though_nothing_waits_in_it(port, answers):
    assert health.broker_answers(f"redis://127.0.0.1:{port}/14") is answers


@pytest.mark.django_db(transaction=True)
def test_a_database_that_does_not_answer_is_not_ready(client):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE analytics_heartbeat RENAME TO analytics_heartbeat_away")
    try:
        answer = client.get("/readyz")
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE analytics_heartbeat_away RENAME TO analytics_heartbeat")

    assert (answer.status_code, answer.json()["backlog"]) == (503, None)

"""What strangers send as a key, whose day it is, and how much waits."""

from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from stats import inbox, sources
from stats.models import DailySalt, InboxBatch
from tests.factories import make_item
from tests.stats import world
from tests.stats.world import event

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("key", ["pk_\0", "sk_\0", "pk_" + "a" * 100_000, "sk_" + "a" * 100_000, "pk_\u202e", "x"])
def test_what_cannot_be_a_key_is_refused_and_not_remembered(client, key):
    body = {"key": key, "events": [event("page_view", url="https://example.org/")]}

    response = client.post(world.EVENTS, body, content_type="application/json")

    assert (response.status_code, response.json()["code"]) == (401, "invalid_key")
    assert not sources._remembered


def test_the_visitors_day_is_the_sites_whomever_the_thread_served_before(client, source, settings):
    body = [event("page_view", url="https://example.org/")]

    for zone in ("UTC", "Pacific/Kiritimati", "Etc/GMT+12"):  # a day and two hours apart
        with timezone.override(ZoneInfo(zone)):
            assert world.post(body, source.public).status_code == 202

    assert DailySalt.objects.count() == 1


def test_many_small_batches_fill_the_inbox_too(settings):
    settings.INGEST_BACKLOG_LIMIT = 60_000
    InboxBatch.objects.bulk_create([InboxBatch(events=1, format=1, rows=b"")] * 60_000, batch_size=300)

    assert inbox.backlog(fresh=True) == 60_000
    with pytest.raises(inbox.Full):
        inbox.admit(1)


def test_a_like_on_the_sites_own_pages_needs_somebody(client):
    item = make_item()
    body = [{"type": "like", "item": str(item.uuid)}, {"type": "page_view", "url": "/"}]

    answer = client.post("/api/stats/events", body, "application/json", HTTP_ORIGIN="http://testserver").json()

    assert answer["accepted"] == 1
    assert [one["code"] for one in answer["rejected"]] == ["guest_id_required"]

"""Receipts as pages: every number has one, its lines add up to it, and nobody reads another's."""

import json
import re
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from django.test import Client
from rest_framework.renderers import JSONRenderer

from accounts import activity
from stats import compute
from stats.metrics import Privacy, Subject
from stats.models import Source
from tests.config.markup import inline_parts
from tests.factories import api_client, make_item, make_source, make_staff, make_user

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 21, 14, 0, tzinfo=UTC)
OF_MEMBERS = [key for key, metric in compute.registry().items() if Subject.USER in metric.subjects]
OF_OWNERS = [key for key, metric in compute.registry().items() if Subject.OWNER in metric.subjects]
OF_THE_SITE = [key for key, metric in compute.registry().items() if Subject.PLATFORM in metric.subjects]


@pytest.fixture(autouse=True)
def now():
    with time_machine.travel(NOW, tick=False):
        yield NOW


@pytest.fixture
def ana():
    return make_user("ana", time_zone="Asia/Tokyo")


@pytest.fixture
def client(ana):
    return client_of(ana)


def client_of(user):
    client = Client()
    client.force_login(user)
    return client


def watch(user, item="film", seconds=60.0, **ago):
    site = Source.objects.get(pk=Source.SITE)
    activity.record_watch(user, str(item), seconds, source=site, watched_at=NOW - timedelta(minutes=10, **ago))


def text_of(response):
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def lines_of(response):
    return [(line.label, line.amount, line.role) for line in response.context["lines"]]


# Every number


@pytest.mark.parametrize("key", OF_MEMBERS)
def test_every_number_of_a_member_has_a_page(client, ana, key, django_assert_max_num_queries):
    watch(ana)
    client.get("/privacy/")

    with django_assert_max_num_queries(12):
        response = client.get(f"/receipts/{key}/?user=me")

    assert response.status_code == 200
    assert inline_parts(response.content.decode()) == []
    metric = compute.registry()[key]
    assert metric.label in text_of(response)
    assert f"/api/stats/metrics/{key}?user={ana.uuid}" in text_of(response)


@pytest.mark.parametrize("key", OF_OWNERS)
def test_every_number_of_an_owner_has_a_page(client, ana, key, django_assert_max_num_queries):
    watch(make_user("bob"), make_item(ana).uuid)
    client.get("/privacy/")

    with django_assert_max_num_queries(13):
        assert client.get(f"/receipts/{key}/?owner=me&range=7d").status_code == 200


@pytest.mark.parametrize("key", OF_THE_SITE)
def test_every_number_of_the_site_has_a_page_for_staff(key, ana, django_assert_max_num_queries):
    watch(ana)
    staff = client_of(make_staff())
    staff.get("/privacy/")

    with django_assert_max_num_queries(12):
        assert staff.get(f"/receipts/{key}/").status_code == 200


@pytest.mark.parametrize("key", OF_MEMBERS)
def test_the_command_of_a_receipt_gives_the_same_number(client, ana, key):
    for hours in range(3):
        watch(ana, seconds=30 * hours + 5, hours=hours)

    receipt = client.get(f"/receipts/{key}/?user=me").context["receipt"]
    address = re.search(r'"(http://testserver/[^"]+)"', receipt.curl)[1]
    answer = api_client(ana).get(address.removeprefix("http://testserver"))

    assert answer.status_code == 200
    told = JSONRenderer().render({"value": receipt.value.value})
    assert answer.json()["value"] == json.loads(told)["value"]


# What it says


def test_what_was_left_out_stands_between_what_came_in_and_the_number(client, ana):
    watch(ana, seconds=60)
    watch(ana, seconds=5, hours=1)
    watch(ana, seconds=6, hours=2)

    response = client.get("/receipts/views/?user=me&range=7d")

    assert lines_of(response) == [("Plays", "3", "in"), ("Plays too short for a view", "−2", "in")]
    assert "Counted 1" in text_of(response)
    assert "15 to 21 November 2026" in text_of(response)
    assert "Asia/Tokyo" in text_of(response)


def test_a_rate_says_what_of_what(client, ana):
    for hours in range(4):
        watch(ana, seconds=60 if hours else 5, hours=hours)

    response = client.get("/receipts/skip_rate/?user=me&range=7d")

    assert lines_of(response)[:2] == [("Skipped plays", "1", "in"), ("Plays", "4", "of")]
    assert "That is 25.0 %" in text_of(response)
    assert "Not skipped" in text_of(response)


def test_times_are_written_as_times(client, ana):
    watch(ana, seconds=4000, hours=5)
    watch(ana, seconds=100, hours=8)

    response = client.get("/receipts/watched_hours/?user=me&range=7d")

    assert lines_of(response) == [("Time played", "1 h 8 min", "in")]
    assert [entry.adds for entry in response.context["entries"]] == ["1 h 6 min", "1 min 40 s"]


def test_the_entries_come_in_pages(client, ana):
    for number in range(30):
        watch(ana, f"v{number}", hours=number)

    first = client.get("/receipts/plays/?user=me&range=7d")
    query = re.search(r'rel="next" href="([^"]+)"', first.content.decode())[1].replace("&amp;", "&")
    second = client.get(f"/receipts/plays/{query}")

    assert parse_qs(urlsplit(query).query)["range"] == ["7d"]
    told = [entry.entry.title for page in (first, second) for entry in page.context["entries"]]
    assert told == [f"v{number}" for number in range(30)]
    assert 'rel="next"' not in second.content.decode()
    assert 'rel="first"' in second.content.decode()


def test_nothing_counted_is_said_so(client):
    page = text_of(client.get("/receipts/plays/?user=me&range=7d"))

    assert "Nothing in this window" in page


# Who may read it


def test_a_receipt_asks_who_it_is():
    response = Client().get("/receipts/plays/?user=me")

    assert response.status_code == 302
    assert response["Location"].startswith("/accounts/login/")


def test_strangers_find_nothing(client, ana):
    bob = make_user("bob")
    item = make_item(bob)
    watch(bob, item.uuid)

    staff = client_of(make_staff())
    for query in (f"user={bob.uuid}", f"owner={bob.uuid}", f"item={item.uuid}", "source=0", ""):
        assert client.get(f"/receipts/plays/?{query}").status_code == 404, query
        assert staff.get(f"/receipts/plays/?{query}").status_code == 200, query


def test_numbers_for_staff_are_unknown_to_members(client):
    for key, metric in compute.registry().items():
        if metric.privacy is Privacy.STAFF:
            assert client.get(f"/receipts/{key}/?user=me").status_code == 404, key


def test_an_owner_sees_no_people(client, ana):
    bob = make_user("bob.the.builder", first_name="Robert")
    item = make_item(ana)
    watch(bob, item.uuid)

    page = client.get(f"/receipts/plays/?item={item.uuid}&range=7d")

    assert page.status_code == 200
    assert re.search(r"Member [0-9a-f]{6}", text_of(page))
    for secret in ("bob.the.builder", "Robert", str(bob.uuid), bob.uuid.hex, bob.email):
        assert secret not in page.content.decode()


# What cannot be asked


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/receipts/nonsense/?user=me", 404),
        ("/receipts/plays/?user=me&range=week", 400),
        ("/receipts/plays/?user=me&range=7d&range=30d", 400),
        ("/receipts/plays/?user=me&days=-1", 400),
        ("/receipts/plays/?user=me&from=2026-02-01&to=2026-01-01", 400),
        ("/receipts/plays/?user=me&tz=Mars/X", 400),
        ("/receipts/plays/?user=me&cursor=abc", 400),
        ("/receipts/plays/?user=me&color=red", 400),
        ("/receipts/plays/?user=me&owner=me", 400),
        ("/receipts/plays/?user=nobody", 400),
        ("/receipts/unique_plays/?user=me", 400),
        ("/receipts/plays/?item=%00", 404),
    ],
)
def test_what_cannot_be_asked_is_refused(client, path, status):
    assert client.get(path).status_code == status


def test_a_key_that_two_sources_use_is_refused_until_one_is_named(db):
    sources = [make_source(name)[0] for name in ("Shop", "Till")]
    for source in sources:
        make_item(make_user(), source=source, external_key="k1")
    client = client_of(make_staff())

    assert client.get("/receipts/plays/?item=k1").status_code == 400
    assert client.get(f"/receipts/plays/?item=k1&source={sources[0].pk}").status_code == 200


def test_a_cursor_of_one_number_opens_no_other(client, ana):
    for number in range(30):
        watch(ana, f"v{number}", hours=number)
    cursor = client.get("/receipts/plays/?user=me").context["receipt"].cursor

    assert client.get("/receipts/plays/", {"user": "me", "cursor": cursor}).status_code == 200
    assert client.get("/receipts/views/", {"user": "me", "cursor": cursor}).status_code == 400
    assert client.get("/receipts/plays/", {"user": "me", "cursor": cursor[:-1]}).status_code == 400


# All in words


def test_every_metric_stands_under_how_we_count(client):
    page = client.get("/how-we-count/").content.decode()

    for key, metric in compute.registry().items():
        assert page.count(f'id="metric-{key}"') == 1, key
        assert metric.label.replace("&", "&amp;") in page

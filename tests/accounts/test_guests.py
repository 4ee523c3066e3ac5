"""Guests: who gets an id, which ids hold, and what becomes of them when their person logs in."""

from datetime import timedelta
from uuid import UUID

import pytest
import time_machine
from django.test import Client

from accounts import guests
from stats import drain, ledger, queries
from stats.actors import guest_actor, user_actor
from stats.ids import derived
from stats.kinds import Kind
from stats.models import GuestClaim, Item
from tests.factories import PASSWORD, make_user

pytestmark = pytest.mark.django_db

LOGIN = "/accounts/login/"


def log_in(client, user):
    return client.post(LOGIN, {"login": user.username, "password": PASSWORD})


def guest_of(client):
    return guests.signed_id(client.cookies[guests.COOKIE].value)


def like_as(guest_id, item):
    with ledger.recording():
        ledger.record(Kind.LIKE, guest_actor(guest_id), item=item)


def test_the_first_page_issues_a_guest_and_the_next_keeps_it():
    client = Client()

    cookie = client.get("/").cookies[guests.COOKIE]

    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/")
    assert guests.COOKIE not in client.get("/").cookies


@pytest.mark.parametrize("header", [{"HTTP_DNT": "1"}, {"HTTP_SEC_GPC": "1"}])
def test_who_asks_not_to_be_tracked_gets_no_cookie(header):
    assert guests.COOKIE not in Client().get("/", **header).cookies


def test_who_opted_out_gets_no_cookie():
    client = Client()
    client.cookies["optout"] = "1"

    assert guests.COOKIE not in client.get("/").cookies


@pytest.mark.parametrize("path", ["/api/users/me", "/healthz"])
def test_what_is_no_page_issues_no_guest(path):
    assert guests.COOKIE not in Client().get(path).cookies


@pytest.mark.parametrize("token", ["", "1", "0198e1e07c3a7d0f9c5b2a6f1d3e4c5b:x:y", "x" * 4000])
def test_a_bad_cookie_is_replaced_on_pages_and_refused_by_the_api(token):
    client = Client()
    client.cookies[guests.COOKIE] = token

    refused = client.get("/api/users/me")
    replaced = client.get("/").cookies[guests.COOKIE].value

    if token:
        assert (refused.status_code, refused.json()["code"]) == (401, "invalid_guest_token")
    assert isinstance(guests.read(replaced), UUID)


def test_an_id_ends_after_a_year(settings):
    token = guests.issue()

    with time_machine.travel(timedelta(days=settings.GUEST_DAYS, seconds=5)), pytest.raises(guests.InvalidGuestToken):
        guests.read(token)


def test_an_id_altered_in_one_letter_is_refused():
    token = guests.issue()

    with pytest.raises(guests.InvalidGuestToken):
        guests.read(("0" if token[0] != "0" else "1") + token[1:])


def test_logging_in_claims_what_the_guest_did_once():
    ana, item, client = make_user("ana"), Item.objects.create(type="video", title="Tide"), Client()
    client.get("/")
    guest = guest_of(client)
    like_as(guest, item)

    response = log_in(client, ana)

    assert response.cookies[guests.COOKIE].value == ""
    assert queries.eight_stats(ana.uuid).total_interactions == 1
    assert queries.eight_stats(guest).total_interactions == 0
    assert list(GuestClaim.objects.values_list("guest", "actor")) == [(guest, ana.uuid)]


def test_the_same_like_as_guest_and_as_member_is_one_like():
    ana, item, client = make_user("ana"), Item.objects.create(type="video", title="Tide"), Client()
    with ledger.recording():
        ledger.record(Kind.LIKE, user_actor(ana.uuid), item=item)
    client.get("/")
    like_as(guest_of(client), item)

    log_in(client, ana)

    assert queries.item_counters([item.pk])[item.pk].likes == 1
    assert queries.eight_stats(ana.uuid).total_interactions == 1


def test_a_claimed_id_is_dead():
    ana, client = make_user("ana"), Client()
    client.get("/")
    token = client.cookies[guests.COOKIE].value
    log_in(client, ana)

    with pytest.raises(guests.InvalidGuestToken):
        guests.read(token)
    assert Client().get("/api/users/me", HTTP_X_GUEST_ID=token).json()["code"] == "invalid_guest_token"


def test_a_second_member_does_not_get_what_the_first_claimed():
    ana, bea, item = make_user("ana"), make_user("bea"), Item.objects.create(type="video")
    token = guests.issue()
    like_as(guests.signed_id(token), item)

    for person in (ana, bea):
        client = Client()
        client.cookies[guests.COOKIE] = token
        log_in(client, person)

    assert [queries.eight_stats(person.uuid).total_interactions for person in (ana, bea)] == [1, 0]
    assert GuestClaim.objects.get().actor == ana.uuid


def test_a_forged_cookie_claims_nothing():
    ana, client = make_user("ana"), Client()
    client.cookies[guests.COOKIE] = "0198e1e07c3a7d0f9c5b2a6f1d3e4c5b:x:y"

    assert log_in(client, ana).status_code == 302
    assert not GuestClaim.objects.exists()


def test_a_guest_cannot_take_the_id_of_the_claim():
    client, ana, item = Client(), make_user("ana"), Item.objects.create(type="video")
    client.get("/")
    taken = {"id": str(derived(Kind.GUEST_CLAIMED, guest_of(client))), "type": "like", "item": str(item.uuid)}
    origin = {"Origin": "http://testserver"}

    answer = client.post("/api/stats/events", [taken], content_type="application/json", headers=origin)
    drain.drain_once(drain.Pace())
    log_in(client, ana)

    assert (answer.status_code, answer.json()["rejected"][0]["code"]) == (422, "invalid_event_id")
    assert GuestClaim.objects.get().actor == ana.uuid

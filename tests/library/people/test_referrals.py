"""Members bring others along: first link, confirmed address, never oneself."""

import re
from datetime import timedelta

import pytest
from django.core import mail, signing
from django.test import Client

from accounts import referrals
from accounts.models import Referral, User
from stats import verify
from stats.kinds import Kind
from stats.models import Action
from tests.factories import PASSWORD, api_client, make_staff, make_user

pytestmark = pytest.mark.django_db


def link_of(user):
    return f"/r/{referrals.code_of(user)}/"


def sign_up(client, username="newcomer"):
    client.post("/accounts/signup/", {"email": f"{username}@example.org", "username": username, "password1": PASSWORD})


def confirm(client):
    code = re.search(r"\b[A-Z0-9]{4}-[A-Z0-9]{4}\b", mail.outbox[-1].body)[0]
    client.post("/accounts/confirm-email/", {"code": code})


def counted():
    return [(row.actor, row.label) for row in Action.objects.filter(kind=Kind.REFERRAL.value)]


def test_who_signs_up_by_a_link_counts_once_the_address_is_confirmed():
    ana, client = make_user(), Client()
    client.get(link_of(ana))

    sign_up(client)
    before = counted()
    confirm(client)
    client.post("/accounts/logout/")
    client.post("/accounts/login/", {"login": "newcomer", "password": PASSWORD})

    newcomer = User.objects.get(username="newcomer")
    assert before == []
    assert counted() == [(ana.uuid, str(newcomer.uuid))]
    assert referrals.brought_by(ana) == referrals.Brought(1, 1)
    assert not list(verify.differences())


def test_the_first_link_holds():
    ana, noa, client = make_user(), make_user(), Client()
    client.get(link_of(ana))
    client.get(link_of(noa))

    sign_up(client)

    assert Referral.objects.get().referrer == ana


def test_a_link_holds_for_thirty_days(monkeypatch):
    ana, client = make_user(), Client()
    client.get(link_of(ana))
    monkeypatch.setattr(referrals, "WINDOW", timedelta(seconds=-1))

    sign_up(client)

    assert not Referral.objects.exists()


def test_nobody_brings_themselves_along():
    ana, client = make_user(), Client()
    client.force_login(ana)
    client.get("/invite/")
    client.post("/accounts/logout/")
    client.get(link_of(ana))

    sign_up(client)

    assert not Referral.objects.exists()


def test_a_member_who_opens_a_link_is_not_brought_along(client):
    ana = make_user()
    client.force_login(make_user())

    client.get(link_of(ana))

    assert referrals.COOKIE not in client.cookies


@pytest.mark.parametrize("text", ["abcdefgh", "own:", ""])
def test_a_cookie_of_ones_own_making_counts_for_nothing(text):
    ana, client = make_user(), Client()
    client.cookies[referrals.COOKIE] = f"{referrals.code_of(ana)}:0:{text}"

    sign_up(client)

    assert User.objects.filter(username="newcomer").exists()
    assert not Referral.objects.exists()


def test_a_link_of_who_is_gone_counts_for_nothing():
    ana, client = make_user(), Client()
    client.cookies[referrals.COOKIE] = signing.TimestampSigner(salt=referrals.SALT).sign(referrals.code_of(ana))
    User.objects.filter(pk=ana.pk).update(is_active=False)

    sign_up(client)

    assert client.get(link_of(ana)).status_code == 404
    assert not Referral.objects.exists()


@pytest.mark.parametrize("code", ["abcdefgh", "ABCDEFGH", "short", "abcdefghi"])
def test_an_unknown_link_leads_nowhere(client, code):
    assert client.get(f"/r/{code}/").status_code == 404


def test_the_page_shows_the_link_and_what_came_of_it(client):
    ana, other = make_user(), Client()
    other.get(link_of(ana))
    sign_up(other)
    client.force_login(ana)

    page = client.get("/invite/").content.decode()

    assert link_of(ana) in page
    assert "Signed up by your link" in page
    assert api_client(ana).get("/api/library/invite").json() == {
        "link": f"http://testserver{link_of(ana)}", "signed_up": 1, "confirmed": 0, "stayed": 0,
    }  # fmt: skip
    assert client.get("/invite/").content.decode().count(link_of(ana)) == page.count(link_of(ana))


def test_staff_look_at_referrals_in_the_admin(client):
    ana, other = make_user("ana"), Client()
    other.get(link_of(ana))
    sign_up(other)
    client.force_login(make_staff())

    page = client.get("/admin/accounts/referral/").content.decode()

    assert "newcomer" in page
    assert client.get("/admin/accounts/referral/add/").status_code == 403

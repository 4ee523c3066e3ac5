"""The page of one's own badge, the page that others see, and the page where anybody checks a credential."""

import json
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from gamification.credentials import baking, drawing, pacing
from gamification.credentials.models import Credential
from gamification.models import Unlock
from tests.factories import make_user
from tests.gamification.credentials import badges

pytestmark = pytest.mark.django_db
SITE = settings.SITE_URL
OWN = "/dashboard/achievements/committed/badge/"


@pytest.fixture
def ana():
    return make_user("ana", first_name="Ana", last_name="Silva")


@pytest.fixture
def her(ana):
    client = Client()
    client.force_login(ana)
    return client


def test_a_member_makes_the_badge_and_takes_it_along(ana, her, django_assert_max_num_queries):
    badges.unlock(ana)

    before = her.get(OWN)
    made = her.post(OWN, follow=True)
    row = Credential.objects.get()
    with django_assert_max_num_queries(12):
        after = her.get(OWN)

    assert b"Make the badge" in before.content
    assert made.redirect_chain == [(OWN, 302)]
    assert f"/ob/credentials/{row.uuid}.png".encode() in after.content
    assert f"{SITE}/verify/{row.uuid}/".encode() in after.content
    assert b"Make the badge" not in after.content


def test_looking_makes_nothing(ana, her):
    badges.unlock(ana)

    her.get(OWN)

    assert not Credential.objects.exists()


def test_with_a_new_address_it_is_made_anew(ana, her):
    row = badges.issued(ana)
    ana.email = "other@example.org"
    ana.save()

    page = her.get(OWN)
    her.post(OWN)

    assert b"Make it anew" in page.content
    assert Credential.objects.get().text != row.text


def test_what_is_locked_taken_back_or_nobodys_is_not_there(ana, her):
    badges.unlock(make_user("ben"))

    assert her.get(OWN).status_code == her.post(OWN).status_code == 404
    badges.issued(ana)
    badges.take_back(ana)
    assert her.get(OWN).status_code == her.post(OWN).status_code == 404
    for address in ("dedicated/badge/", "committed/2/badge/", "no/badge/"):
        assert her.get(f"/dashboard/achievements/{address}").status_code == 404


def test_others_see_that_it_is_good_and_not_whose_it_is(ana, client, django_assert_max_num_queries):
    row = badges.issued(ana)

    with django_assert_max_num_queries(12):
        page = client.get(f"/verify/{row.uuid}/").content.decode()
    badges.take_back(ana)
    after = client.get(f"/verify/{row.uuid}/").content.decode()

    assert "This credential is good" in page
    assert "Committed" in page
    assert not any(secret in page for secret in ("Silva", "ana@", str(ana.uuid)))
    assert "This credential is not good" in after
    assert "It was taken back." in after
    assert client.get("/verify/0198e1e0-7c3a-7d0f-9c5b-2a6f1d3e4c5b/").status_code == 404


def upload(content: bytes, name: str = "badge") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def test_a_credential_is_checked_as_text_address_picture_and_file(ana, client, django_assert_max_num_queries):
    row = badges.issued(ana)
    png = baking.bake(drawing.badge("common", "flame", ""), row.text)

    for data in (
        {"text": row.text, "email": "ana@example.org"},
        {"text": f" {SITE}/ob/credentials/{row.uuid} "},
        {"text": f"{SITE}/verify/{row.uuid}/"},
        {"file": upload(png, "badge.jpg")},
        {"file": upload(row.text.encode(), "badge.jwt")},
        {"file": upload(b"\xef\xbb\xbf" + row.text.encode() + b"\n", "badge.txt")},
    ):
        with django_assert_max_num_queries(12):
            response = client.post("/verify/", data)
        assert response.status_code == 200
        assert "This credential is good" in response.content.decode()


def test_what_is_changed_is_said_to_be_not_good(ana, client):
    row = badges.issued(ana)

    page = client.post("/verify/", {"text": row.text[:-8] + "AAAAAAAA"}).content.decode()
    other = client.post("/verify/", {"text": row.text, "email": "ben@example.org"}).content.decode()

    assert "The signature does not fit" in page
    assert "It is not of this e-mail address." in other


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"text": "  "},
        {"text": "x" * 200_001},
        {"text": "https://evil.example/ob/credentials/0198e1e0-7c3a-7d0f-9c5b-2a6f1d3e4c5b"},
        {"text": f"{SITE}/ob/credentials/0198e1e0-7c3a-7d0f-9c5b-2a6f1d3e4c5b"},
        {"text": f"{SITE}.evil.example/ob/issuer"},
        {"text": "x", "email": "nobody"},
        {"text": "x\0"},
        {"text": "x", "file": upload(b"x")},
        {"file": upload(b"")},
        {"file": upload(b"\xff\xfe\x00")},
        {"file": upload(drawing.badge("common", "flame", ""))},
        {"file": upload(b"x" * 2_000_001)},
    ],
    ids=range(13),
)
def test_what_cannot_be_read_is_refused(client, data):
    response = client.post("/verify/", data)

    assert response.status_code == 400
    assert b"verdict" not in response.content


def test_markup_in_a_credential_is_shown_as_text(client):
    content, key = badges.foreign()
    content["credentialSubject"]["achievement"]["name"] = "<script>alert(1)</script>"

    page = client.post("/verify/", {"text": badges.signed(content, key, jwk=key.as_dict(private=False))}).content

    assert b"<script>alert" not in page
    assert b"&lt;script&gt;alert" in page


def test_half_a_surrogate_pair_breaks_neither_page_nor_api(client):
    name = json.dumps(badges.foreign()[0]).replace("Patience", "\\ud800")

    page = client.post("/verify/", {"text": name})
    program = client.post("/api/gamification/credentials/verify", {"credential": name}, "application/json")

    assert (page.status_code, program.status_code) == (200, 200)
    assert program.json()["verdict"] == "invalid"


def test_thirty_checks_a_minute_from_one_address(client, monkeypatch):
    monkeypatch.setattr(pacing.time, "time", lambda: 1_800_000_020)
    api = "/api/gamification/credentials/verify"
    body = {"credential": "x"}

    def page(**more: str) -> Any:
        return client.post("/verify/", {"text": "x y z"}, **more)

    told = [page().status_code for _ in range(15)]
    told += [client.post(api, body, "application/json").status_code for _ in range(15)]
    refused, program = page(), client.post(api, body, "application/json")

    assert told == [200] * 30
    assert (refused.status_code, program.status_code) == (429, 429)
    assert refused["Retry-After"] == program["Retry-After"] == "40"
    assert program.json()["code"] == "rate_limited"
    assert b"Try again in 40 seconds" in refused.content
    assert b"x y z" in refused.content
    assert client.get("/verify/").status_code == 200
    assert page(REMOTE_ADDR="203.0.113.7").status_code == 200
    monkeypatch.setattr(pacing.time, "time", lambda: 1_800_000_060)
    assert page().status_code == 200


def test_of_newer_addresses_a_whole_network_counts_as_one(client, monkeypatch):
    monkeypatch.setattr(pacing, "MOST", 1)
    monkeypatch.setattr(pacing.time, "time", lambda: 1_800_000_020)

    def told(address: str) -> int:
        return client.post("/verify/", {"text": "x"}, REMOTE_ADDR=address).status_code

    assert [told(one) for one in ("2001:db8::1", "2001:db8::2", "2001:db8:0:1::1")] == [200, 429, 200]
    assert [told(one) for one in ("::ffff:192.0.2.1", "::ffff:192.0.2.2", "192.0.2.1")] == [200, 200, 429]


def test_of_an_address_only_a_hash_is_kept(client, monkeypatch):
    kept = []
    monkeypatch.setattr(pacing.cache, "add", lambda key, *values: kept.append((key, *values)))

    client.post("/verify/", {"text": "x"}, REMOTE_ADDR="203.0.113.7")

    assert kept
    assert "203.0.113.7" not in str(kept)


# API


def test_the_api_makes_and_lists_ones_own(ana, her):
    badges.unlock(ana)

    made = her.post("/api/gamification/credentials/", {"achievement": "committed"}, "application/json")
    listed = her.get("/api/gamification/credentials").json()

    row = Credential.objects.get()
    assert made.status_code == 200
    assert listed["results"] == [made.json()]
    assert made.json()["jwt"] == row.text
    assert made.json()["id"] == f"{SITE}/ob/credentials/{row.uuid}"
    assert her.get(made.json()["png"].removeprefix(SITE)).status_code == 200


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"achievement": "committed"}, 404, "not_unlocked"),
        ({"achievement": "nothing"}, 404, "not_unlocked"),
        ({}, 400, "required"),
        ({"achievement": "../x"}, 400, "invalid"),
        ({"achievement": "committed", "tier": 0}, 400, "value_out_of_range"),
        ({"achievement": "committed", "tier": "x"}, 400, "invalid"),
        ([], 400, "invalid"),
    ],
)
def test_the_api_refuses_with_a_code(her, body, status, code):
    response = her.post("/api/gamification/credentials", body, "application/json")

    assert (response.status_code, response.json()["code"]) == (status, code)


def test_the_api_checks_for_everybody(ana, client):
    row = badges.issued(ana)

    def told(credential: object, **more: str) -> tuple[int, dict]:
        body = {"credential": credential, **more}
        response = client.post("/api/gamification/credentials/verify", body, "application/json")
        return response.status_code, response.json()

    status, good = told(row.text, email="ana@example.org")
    assert (status, good["verdict"], good["says"]["name"]) == (200, "valid", "Committed")
    assert {check["outcome"] for check in good["checks"]} == {"good"}
    Unlock.objects.all().delete()
    assert told(row.text)[1]["verdict"] == "invalid"
    assert told("x")[1] | {"checks": []} == {"verdict": "invalid", "checks": [], "says": None}
    assert told("https://evil.example/")[1]["code"] == "unreadable"
    assert told("")[0] == told(5 * [1])[0] == told(row.text, email="x")[0] == 400

"""Coming and going: sign-up with a code, log-in, log-out, reset."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.cache import cache
from django.core.management import call_command
from django.test import Client

from accounts import guests
from accounts.forms import SignupForm
from accounts.models import User
from stats import queries
from stats.models import GuestClaim
from tests.factories import PASSWORD, make_user

pytestmark = pytest.mark.django_db

SIGNUP = "/accounts/signup/"
NEW = {"email": "Noa@Example.org", "username": "noa", "password1": PASSWORD}


@pytest.fixture(autouse=True)
def no_limits():
    cache.clear()


def code_in_mail():
    return re.search(r"\b[A-Z0-9]{4}-[A-Z0-9]{4}\b", mail.outbox[-1].body)[0]


def kinds():
    from django.db import connection

    from stats import log

    with connection.cursor() as cursor:
        cursor.execute(f"SELECT kind FROM {log.TABLE} ORDER BY received_at, id")
        return [kind for (kind,) in cursor.fetchall()]


def errors_of(**change):
    form = SignupForm(NEW | change)
    assert not form.is_valid()
    return {name: [error.code for error in errors.as_data()] for name, errors in form.errors.items()}


def test_a_stranger_signs_up_by_code_and_is_at_home():
    client = Client()
    client.get("/")

    assert client.post(SIGNUP, NEW).status_code == 302
    assert not client.get("/profile/", follow=False).wsgi_request.user.is_authenticated
    assert guests.COOKIE in client.cookies
    client.post("/accounts/confirm-email/", {"code": code_in_mail()})

    user = User.objects.get()
    assert (user.username, user.email) == ("noa", "noa@example.org")
    assert EmailAddress.objects.get().verified
    assert b"noa" in client.get("/").content
    assert GuestClaim.objects.get().actor == user.uuid
    assert sorted(kinds()) == ["guest_claimed", "login", "signup"]


def test_a_wrong_code_does_not_open():
    client = Client()
    client.post(SIGNUP, NEW)

    response = client.post("/accounts/confirm-email/", {"code": "AAAA-AAAA"})

    assert not EmailAddress.objects.get().verified
    assert response.context["form"].errors.as_data()["code"][0].code == "invalid_or_expired_token"


@pytest.mark.parametrize("path", ["/accounts/login/", "/accounts/signup/"])
def test_both_forms_of_the_front_door_lead_to_their_pages(path):
    assert f'action="{path}"' in Client().get("/").content.decode()


@pytest.mark.parametrize("login", ["ana", "ANA", "ａｎａ", "ana@example.org", "ANA@Example.Org"])
def test_one_logs_in_by_name_or_address_however_written(login):
    make_user("ana")
    client = Client()

    client.post("/accounts/login/", {"login": login, "password": PASSWORD})

    assert client.get("/profile/").status_code == 200
    assert kinds() == ["login"]


def test_logging_out_is_an_event_and_takes_a_post():
    ana, client = make_user("ana"), Client()
    client.force_login(ana)

    client.get("/accounts/logout/")
    assert client.get("/profile/").status_code == 200
    client.post("/accounts/logout/")

    assert client.get("/profile/").status_code == 302
    assert kinds() == ["logout"]
    assert queries.eight_stats(ana.uuid).last_activity_timestamp is None


def test_a_known_address_gets_the_same_page_and_its_owner_a_mail():
    make_user("ana")
    answers = [
        Client().post(SIGNUP, {"email": email, "username": name, "password1": PASSWORD})
        for email, name in (("ana@example.org", "eve"), ("new@example.org", "bob"))
    ]

    assert answers[0].status_code == answers[1].status_code
    assert answers[0]["Location"] == answers[1]["Location"]
    assert User.objects.filter(username="eve").count() == 0
    assert sorted(message.to[0] for message in mail.outbox) == ["ana@example.org", "new@example.org"]


@pytest.mark.parametrize("email", ["a@b", "a" * 250 + "@example.org", "no\na@example.org", "noa@еxample.org", '"@evil'])
def test_a_bad_address_is_refused_at_the_door(email):
    assert errors_of(email=email) == {"email": ["invalid_email"]}


@pytest.mark.parametrize(
    ("username", "code"),
    [
        ("admin", "reserved_username"),
        ("root", "reserved_username"),
        ("pаypal", "invalid_characters"),
        ("no\u200ba", "invalid_characters"),
        ("ＡＮＡ", "username_unavailable"),
        ("a", "too_short"),
        ("a" * 151, "too_long"),
    ],
)
def test_a_bad_username_is_refused_at_the_door(username, code):
    make_user("ana")

    assert errors_of(username=username) == {"username": [code]}


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("7 chars", "password_too_short"),
        ("11 letters.", "password_too_short"),
        ("password123456", "password_too_common"),
        ("noa@example.org", "password_too_similar"),
        ("x" * 4097, "too_long"),
        ("a sentence " * 12, "too_long"),
    ],
)
def test_a_bad_password_is_refused_at_the_door(password, code):
    assert code in errors_of(password1=password)["password1"]


def test_a_password_of_128_characters_counts_to_its_last():
    long = "a sentence, " * 10 + "and more"
    assert len(long) == 128
    make_user("ana", password=long)
    client = Client()

    client.post("/accounts/login/", {"login": "ana", "password": long[:-1]})
    assert client.get("/profile/").status_code == 302
    client.post("/accounts/login/", {"login": "ana", "password": long})
    assert client.get("/profile/").status_code == 200


def test_a_form_sent_twice_makes_one_member():
    for _ in range(2):
        assert Client().post(SIGNUP, NEW).status_code in (200, 302)

    assert User.objects.count() == 1


def test_a_superusers_address_needs_no_code(monkeypatch):
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)
    call_command("createsuperuser", username="admin", email="Admin@Example.org", interactive=False)
    client = Client()

    client.post("/accounts/login/", {"login": "admin", "password": PASSWORD})

    assert client.get("/profile/").status_code == 200
    assert EmailAddress.objects.get().verified


def test_who_does_not_exist_is_told_nothing_else():
    make_user("ana")
    pages = [
        Client()
        .post("/accounts/login/", {"login": login, "password": "a wrong sentence"})
        .context["form"]
        .errors.as_data()
        for login in ("ana", "nobody-here")
    ]

    assert len({errors["__all__"][0].message for errors in pages}) == 1


def test_the_token_of_a_member_is_printed_alone(capsys):
    make_user("ana")

    call_command("create_api_token", "ANA")
    token = capsys.readouterr().out

    assert re.fullmatch(r"ept_\w+\n", token)
    assert Client().get("/api/users/me", HTTP_AUTHORIZATION=f"Bearer {token.strip()}").status_code == 200


def test_a_reset_by_code_sets_a_password_once():
    make_user("ana")
    client = Client()
    client.post("/accounts/password/reset/", {"email": "ana@example.org"})
    code = code_in_mail()

    wrong = client.post("/accounts/password/reset/confirm/", {"code": "AAAA-AAAA"}, follow=True)
    assert wrong.context["form"].errors.as_data()["code"][0].code == "invalid_or_expired_token"
    page = client.post("/accounts/password/reset/confirm/", {"code": code}, follow=True)
    client.post(page.request["PATH_INFO"], {"password1": "another long sentence", "password2": "another long sentence"})

    assert User.objects.get().check_password("another long sentence")
    again = Client().post("/accounts/password/reset/confirm/", {"code": code})
    assert again.status_code == 302
    assert User.objects.get().check_password("another long sentence")


@pytest.mark.parametrize("path", ["/", "/accounts/login/"])
def test_the_front_door_answers_to_a_head(path):
    assert Client().head(path).status_code == 200

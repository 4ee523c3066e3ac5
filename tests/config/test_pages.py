"""Every page: strict policy, nothing inline, one heading, and the frame around it."""

import pytest
from django.contrib.auth import get_user_model
from django.urls import reverse

from tests.config.markup import inline_parts
from tests.factories import make_user

FOR_ALL = [
    "accounts:front", "library:browse", "site:how-we-count", "site:privacy", "site:docs", "site:api-root",
    "account_login", "account_signup", "account_reset_password",
]  # fmt: skip
FOR_MEMBERS = [
    "accounts:front", "accounts:profile", "accounts:settings", "accounts:features", "accounts:history",
    "library:browse", "library:upload", "site:how-we-count", "site:privacy", "site:api-root",
    "account_email", "account_change_password", "account_logout", "account_reauthenticate", "mfa_index", "usersessions_list",
]  # fmt: skip


@pytest.fixture
def member(db):
    return get_user_model().objects.create_user("noa.lind", "noa@example.org", "a short sentence")


def is_strict(policy: str) -> bool:
    directives = dict(part.strip().partition(" ")[::2] for part in policy.split(";"))
    safe = "unsafe" not in policy and "http" not in policy and "*" not in policy
    return safe and directives["script-src"] == "'self'" and directives["default-src"] == "'none'"


@pytest.mark.django_db
@pytest.mark.parametrize("name", FOR_ALL)
def test_a_visitor_gets_pages_without_anything_inline(client, name):
    answer = client.get(reverse(name), headers={"Accept": "text/html"})

    assert answer.status_code == 200
    assert is_strict(answer["Content-Security-Policy"])
    assert inline_parts(answer.content.decode()) == []
    assert answer.content.decode().count("<h1") == 1


@pytest.mark.parametrize("name", FOR_MEMBERS)
def test_a_member_gets_pages_without_anything_inline(client, member, name):
    client.force_login(member)

    answer = client.get(reverse(name), headers={"Accept": "text/html"})

    assert answer.status_code == 200
    assert is_strict(answer["Content-Security-Policy"])
    assert inline_parts(answer.content.decode()) == []
    assert answer.content.decode().count("<h1") == 1


@pytest.mark.django_db
def test_redoc_may_style_itself_and_run_a_worker_but_never_eval(client):
    policy = client.get("/redoc")["Content-Security-Policy"]

    assert "style-src 'self' 'unsafe-inline'" in policy
    assert "script-src 'self'" in policy.split("; ")
    assert "unsafe-eval" not in policy


def test_the_admin_has_a_policy_of_its_own(client, member):
    member.is_staff = member.is_superuser = True
    member.save()
    client.force_login(member)

    answer = client.get("/admin/")

    assert answer.status_code == 200
    assert "script-src 'self' 'unsafe-eval'" in answer["Content-Security-Policy"]
    assert "script-src 'self' 'unsafe-inline'" not in answer["Content-Security-Policy"]


@pytest.mark.django_db
def test_a_visitor_is_led_to_browse_and_log_in_and_nowhere_else(client):
    page = client.get(reverse("site:privacy")).content.decode()

    assert reverse("account_login") in page
    assert reverse("library:browse") in page
    assert reverse("accounts:history") not in page
    assert reverse("library:upload") not in page


def test_a_member_logs_out_by_post_and_only_staff_see_the_admin(client, member):
    client.force_login(member)

    page = client.get(reverse("site:privacy")).content.decode()

    assert f'<form method="post" action="{reverse("account_logout")}">' in page
    assert 'href="/admin/"' not in page


@pytest.mark.parametrize("theme", ["light", "dark", "system"])
def test_the_theme_of_a_member_stands_on_the_page_before_any_script(client, member, theme):
    member.theme = theme
    member.save()
    client.force_login(member)

    page = client.get(reverse("site:privacy")).content.decode()

    assert f'data-theme="{theme}"' in page
    assert (f'data-bs-theme="{theme}"' in page) == (theme != "system")


@pytest.mark.django_db
def test_how_we_count_names_all_eight_statistics(client):
    from stats.eight import EIGHT

    page = client.get(reverse("site:how-we-count")).content.decode()

    assert all(stat.label in page for stat in EIGHT)


@pytest.mark.django_db
def test_code_pages_say_where_the_mail_is_while_there_is_no_mail_server(client, settings):
    client.post(reverse("account_reset_password"), {"email": "noa@example.org"})

    settings.EMAIL_BACKEND = "config.mail.TerminalBackend"
    here = client.get(reverse("account_confirm_password_reset_code")).content.decode()
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    away = client.get(reverse("account_confirm_password_reset_code")).content.decode()

    assert str(settings.MAIL_DIR) in here
    assert str(settings.MAIL_DIR) not in away


@pytest.mark.django_db
def test_a_page_is_kept_by_nobody_but_the_own_browser_and_a_members_by_nobody(client):
    guest = client.get("/browse/")
    client.force_login(make_user())
    member = client.get("/browse/")

    assert guest["Cache-Control"] == "private"
    assert set(member["Cache-Control"].split(", ")) == {"private", "no-store"}

"""Looking at the site as a member: read-only, seen, noted, and over in time."""

from datetime import timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from accounts import viewing
from accounts.models import StaffAction, User
from library import trending
from stats.models import PlatformFact
from tests.analytics.person.desk import browser, make_role
from tests.factories import make_item, make_staff, make_user
from tests.permissions.test_table import counts

pytestmark = pytest.mark.django_db


@pytest.fixture
def ben():
    return make_user("ben", first_name="Ben", last_name="Ottens")


@pytest.fixture
def client():
    return browser(make_role("support"))


def look(client, person):
    return client.post(reverse("desk:view-as", args=[person.uuid]), {"reason": "asked by mail"})


def test_pages_are_as_the_member_sees_them_under_a_bar_that_ends_it(client, ben):
    assert look(client, ben)["Location"] == "/"

    page = client.get(reverse("accounts:profile")).content.decode()

    assert "Ben Ottens" in page
    assert reverse("desk:view-as-end") in page
    assert "collector.js" not in page


def test_it_is_noted_with_its_reason_and_its_end(client, ben):
    look(client, ben)
    answer = client.post(reverse("desk:view-as-end"))

    begun, ended = StaffAction.objects.filter(person=ben).order_by("id")
    assert (begun.what, begun.detail["reason"]) == ("member.viewed_as", "asked by mail")
    assert (ended.what, ended.detail) == ("member.view_as_ended", {"why": "asked"})
    assert answer["Location"] == reverse("desk:person", args=[ben.uuid])
    assert "Ben Ottens" not in client.get(reverse("accounts:profile")).content.decode()


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
@pytest.mark.parametrize(
    "path",
    ["/settings/", "/history/clear/", "/api/users/me/history", "/api/stats/events", "/admin/accounts/plan/add/", "/"],
)
def test_no_method_that_could_change_something_is_answered(client, ben, method, path):
    look(client, ben)
    before = counts()

    answer = getattr(client, method)(path, {"section": "details", "first_name": "Eve"}, content_type="application/json")

    assert answer.status_code == 403
    assert counts() == before
    assert User.objects.get(pk=ben.pk).first_name == "Ben"


def test_what_reading_would_write_is_taken_back_and_nothing_is_recorded(client, ben):
    item = make_item()
    look(client, ben)
    client.get(reverse("library:item", args=[item.uuid]))
    before = counts()

    for path in (
        "/",
        reverse("accounts:history"),
        f"{reverse('library:browse')}?q=tide",
        reverse("library:item", args=[item.uuid]),
    ):
        assert client.get(path).status_code == 200

    assert counts() == before


@pytest.mark.parametrize(
    "path", ["/accounts/email/", "/accounts/2fa/", "/accounts/2fa/recovery-codes/", "/accounts/sessions/"]
)
def test_what_is_the_members_alone_is_not_shown(client, ben, path):
    look(client, ben)

    assert client.get(path).status_code == 403


@pytest.mark.parametrize(
    "path", ["/billing/", "/billing/plans/premium/", "/api/billing", "/api/billing/payments", "/teach/numbers/"]
)
def test_who_sees_no_money_sees_none_as_a_member_either(client, ben, path):
    admin = browser(make_role("admin"))
    look(client, ben)
    look(admin, ben)

    assert client.get(path).status_code == 403
    assert admin.get(path).status_code in {200, 302, 404}


def test_the_back_office_stays_the_staffs_own(client, ben):
    look(client, ben)

    assert client.get(reverse("desk:person", args=[ben.uuid])).status_code == 200


@pytest.mark.parametrize("who", ["colleague", "superuser", "kept_out"])
def test_nobody_looks_as_staff_or_as_who_is_kept_out(client, who):
    whom = {
        "colleague": lambda: make_role("analyst"),
        "superuser": make_staff,
        "kept_out": lambda: make_user(is_active=False),
    }[who]()

    look(client, whom)

    assert viewing.KEY not in client.session
    assert not StaffAction.objects.filter(what="member.viewed_as").exists()


@pytest.mark.parametrize("role", ["analyst", "moderator", "finance"])
def test_who_may_not_change_members_may_not_look_as_them(role, ben):
    assert look(browser(make_role(role)), ben).status_code == 403


def test_a_member_cannot_look_as_anybody(ben):
    assert look(browser(make_user()), ben).status_code == 403


def test_it_is_over_after_half_an_hour(client, ben):
    look(client, ben)

    with time_machine.travel(timezone.now() + timedelta(minutes=31), tick=False):
        assert "Ben Ottens" not in client.get(reverse("accounts:profile")).content.decode()

    assert StaffAction.objects.get(what="member.view_as_ended").detail == {"why": "time"}


@pytest.mark.parametrize("change", [{"is_staff": True}, {"is_active": False}])
def test_it_is_over_when_the_member_becomes_staff_or_is_kept_out(client, ben, change):
    look(client, ben)
    User.objects.filter(pk=ben.pk).update(**change)

    client.get("/")

    assert StaffAction.objects.get(what="member.view_as_ended").detail == {"why": "not_allowed"}


def test_who_loses_the_role_sees_nothing_more(ben):
    support = make_role("support")
    client = browser(support)
    look(client, ben)
    support.groups.clear()

    assert "Ben Ottens" not in client.get(reverse("accounts:profile")).content.decode()


def test_another_log_in_in_the_same_browser_does_not_inherit_it(client, ben):
    look(client, ben)
    looking = client.session[viewing.KEY]
    other = make_user("eve")
    client.force_login(other, "allauth.account.auth_backends.AuthenticationBackend")
    kept = client.session
    kept[viewing.KEY] = looking
    kept.save()

    assert "Ben Ottens" not in client.get(reverse("accounts:profile")).content.decode()


def test_looking_costs_few_queries_more(client, ben, django_assert_max_num_queries):
    look(client, ben)
    client.get("/privacy/")
    assert connection.vendor

    with django_assert_max_num_queries(12):
        client.get("/privacy/")


@pytest.mark.parametrize("is_looking", [True, False])
def test_what_looking_takes_back_is_not_remembered_either(client, ben, is_looking, django_capture_on_commit_callbacks):
    make_item()
    if is_looking:
        look(client, ben)

    with django_capture_on_commit_callbacks(execute=True):
        assert client.get(f"{reverse('library:browse')}?order=popular").status_code == 200

    assert PlatformFact.objects.filter(key=trending.KEY).exists() is not is_looking
    assert (cache.get(trending.TAKEN_AT) is None) is is_looking
    assert (cache.get(trending.MOST_TAGS) is None) is is_looking

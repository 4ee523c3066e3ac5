"""The admin: what staff may do, and what nobody may."""

import pytest
from django.test import Client
from django.urls import reverse
from knox.models import AuthToken

from accounts import appointing, entitlements, members, upgrades
from accounts.models import Plan, StaffAction, Subscription, SubscriptionChange, UpgradeRequest, User
from accounts.roles import Role
from accounts.staffing import StaffRole
from stats.models import Action
from tests.factories import make_plans, make_staff, make_user

pytestmark = pytest.mark.django_db

MODELS = ["user", "plan", "subscription", "subscriptionchange", "featuregrant", "upgraderequest"]


@pytest.fixture(autouse=True)
def plans():
    make_plans()


@pytest.fixture
def boss():
    return make_staff("boss")


@pytest.fixture
def client(boss):
    client = Client()
    client.force_login(boss)
    return client


def page(model, what="changelist", *args):
    return reverse(f"admin:accounts_{model}_{what}", args=args)


def act(client, model, action, *rows):
    return client.post(page(model), {"action": action, "_selected_action": [row.pk for row in rows]}, follow=True)


def role(user):
    return entitlements.role_of(User.objects.get(pk=user.pk))


@pytest.mark.parametrize("model", MODELS)
def test_staff_see_the_lists(client, model):
    make_user("ana", is_active=False)

    assert client.get(page(model)).status_code == 200
    assert client.get(page(model) + "?q=ana").status_code == 200


@pytest.mark.parametrize("model", MODELS)
def test_members_see_no_admin(model):
    client = Client()
    client.force_login(make_user())

    assert client.get(page(model)).status_code in (302, 403)


def test_one_member_is_shown_with_subscriptions(client):
    ana = make_user("ana")
    act(client, "user", "give_premium", ana)

    assert client.get(page("user", "change", ana.pk)).status_code == 200
    assert client.get(page("subscription", "change", Subscription.objects.get().pk)).status_code == 200


def test_the_list_costs_the_same_for_many_members(client, django_assert_max_num_queries):
    for _ in range(30):
        make_user()

    with django_assert_max_num_queries(15):
        client.get(page("user"))


@pytest.mark.parametrize("query", ["role=premium", "role=free", "role=admin", "is_active__exact=1"])
def test_members_are_filtered(client, query):
    ana = make_user("ana")
    act(client, "user", "give_premium", ana)

    found = list(client.get(f"{page('user')}?{query}").context["cl"].result_list)

    assert (ana in found) == (query in ("role=premium", "is_active__exact=1"))


def test_actions_change_subscriptions_through_the_ledger(client, boss):
    ana, bea = make_user("ana"), make_user("bea")

    act(client, "user", "give_subscriber", ana, bea)
    act(client, "user", "give_premium", ana)
    act(client, "subscription", "extend_month", Subscription.objects.get(user=ana))
    act(client, "subscription", "expire_now", Subscription.objects.get(user=bea))

    assert (role(ana), role(bea)) == (Role.PREMIUM, Role.FREE)
    assert list(SubscriptionChange.objects.order_by("user__username", "pk").values_list("user__username", "change")) == [
        ("ana", "started"), ("ana", "upgraded"), ("ana", "extended"), ("bea", "started"), ("bea", "expired"),
    ]  # fmt: skip
    assert set(SubscriptionChange.objects.values_list("by_user__username", flat=True)) == {"boss"}


def test_what_does_not_run_cannot_be_extended(client):
    response = act(client, "user", "extend_month", make_user("ana"))

    assert "1 member has no running subscription." in response.content.decode()
    assert not Subscription.objects.exists()


def test_a_request_is_answered(client, boss):
    ana, bea = make_user("ana"), make_user("bea")
    for person in (ana, bea):
        upgrades.ask(person, Plan.objects.get(key="premium"))

    act(client, "upgraderequest", "grant_month", UpgradeRequest.objects.get(user=ana))
    act(client, "upgraderequest", "decline", UpgradeRequest.objects.get(user=bea))

    assert (role(ana), role(bea)) == (Role.PREMIUM, Role.FREE)
    assert set(UpgradeRequest.objects.values_list("state", "answered_by__username")) == {
        ("granted", "boss"),
        ("declined", "boss"),
    }


def test_members_are_deactivated_but_not_oneself(client, boss):
    ana = make_user("ana")

    act(client, "user", "deactivate", ana, boss)

    assert list(User.objects.filter(is_active=True).values_list("username", flat=True)) == ["boss"]
    act(client, "user", "activate", ana)
    assert User.objects.get(username="ana").is_active


@pytest.mark.parametrize("model", ["subscription", "subscriptionchange", "upgraderequest"])
def test_facts_are_not_written_by_hand(client, model):
    assert client.get(page(model, "add")).status_code == 403


def test_members_are_not_deleted(client):
    ana = make_user("ana")

    assert client.post(page("user", "delete", ana.pk), {"post": "yes"}).status_code == 403
    act(client, "user", "delete_selected", ana)
    assert User.objects.filter(pk=ana.pk).exists()


def test_a_member_is_made_with_a_name_and_an_address(client):
    response = client.post(page("user", "add"), {"username": "Noa", "email": "Noa@example.org"})

    assert response.status_code == 302
    assert not User.objects.get(email="noa@example.org").has_usable_password()
    assert client.post(page("user", "add"), {"username": "root", "email": "x@example.org"}).status_code == 200
    assert not User.objects.filter(username="root").exists()


def test_staff_who_are_no_superusers_make_nobody_staff():
    helper, ana = make_user("helper"), make_user("ana")
    appointing.appoint(helper, [StaffRole.SUPPORT], by=None)
    client = Client()
    client.force_login(helper)
    values = {"first_name": "Ana", "theme": "system", "is_active": "on", "is_staff": "on", "is_superuser": "on"}
    empty = {
        f"{inline}-{name}": 0
        for inline in ("subscriptions", "feature_grants")
        for name in ("TOTAL_FORMS", "INITIAL_FORMS")
    }

    client.post(page("user", "change", ana.pk), values | empty)

    ana.refresh_from_db()
    assert (ana.first_name, ana.is_staff, ana.is_superuser) == ("Ana", False, False)


def test_nobody_is_kept_out_by_the_form_which_would_leave_their_tokens(client):
    ana = make_user("ana")
    AuthToken.objects.create(user=ana)
    empty = {
        f"{inline}-{name}": 0
        for inline in ("subscriptions", "feature_grants")
        for name in ("TOTAL_FORMS", "INITIAL_FORMS")
    }

    client.post(page("user", "change", ana.pk), {"first_name": "Ana", "theme": "system"} | empty)

    ana.refresh_from_db()
    assert (ana.first_name, ana.is_active) == ("Ana", True)
    act(client, "user", "deactivate", ana)
    ana.refresh_from_db()
    assert (ana.is_active, AuthToken.objects.filter(user=ana).exists()) == (False, False)
    assert StaffAction.objects.filter(person=ana, what="member.deactivated").exists()


def test_an_export_has_no_formula_and_no_secret(client):
    make_user("ana", email="=1+1@example.org")

    assert client.get(page("user", "export")).status_code == 200
    response = client.post(
        page("user", "export"),
        {"format": "0", "resource": "0"}
        | {f"userresource_{name}": "on" for name in ("user_id", "username", "email", "role", "is_active")},
    )

    text = response.content.decode()
    assert response["Content-Type"].startswith("text/csv"), text[:300]
    assert "'=1+1@example.org" in text
    assert "argon2" not in text


def test_a_time_zone_that_staff_set_is_recorded_like_one_that_the_member_chose(client):
    member = members.create("zoe", "zoe@example.org")
    form = client.get(f"/admin/accounts/user/{member.pk}/change/").context["adminform"].form
    values = {name: "" if value is None else value for name, value in form.initial.items() if name in form.fields}
    inlines = {
        f"{one.formset.prefix}-{name}": 0
        for one in client.get(f"/admin/accounts/user/{member.pk}/change/").context["inline_admin_formsets"]
        for name in ("TOTAL_FORMS", "INITIAL_FORMS")
    }

    client.post(
        f"/admin/accounts/user/{member.pk}/change/", {**values, **inlines, "time_zone": "Asia/Tokyo", "avatar": ""}
    )

    member.refresh_from_db()
    assert member.time_zone == "Asia/Tokyo"
    assert Action.objects.filter(actor=member.uuid, kind="setting_changed", label="time_zone").count() == 1

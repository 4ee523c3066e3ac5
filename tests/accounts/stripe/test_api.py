"""Billing by API: what one sees of oneself, what staff may, and each refusal with its code."""

import pytest
from django.contrib.auth.models import Group

from accounts.billing import buying
from accounts.models import Payment, StaffAction, Subscription
from tests.accounts.stripe.edge import event_of, tell
from tests.factories import api_client, make_course, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def subscribed(edge, plans, ana):
    """Let Ana pay for the smaller plan."""
    tell(event_of("checkout.session.completed", edge.pay(buying.buy(ana, plans["subscriber"]).purchase)))
    return Subscription.objects.get()


def staff_in(role):
    """Return somebody of the staff with one role."""
    member = make_user(is_staff=True)
    member.groups.add(Group.objects.get_or_create(name=role)[0])
    return member


def test_ones_own_plan_and_next_payment(ana, subscribed):
    told = api_client(ana).get("/api/billing/").json()

    assert told["gateway"] == "stripe"
    assert (told["subscription"]["plan"], told["subscription"]["is_paid"]) == ("subscriber", True)
    assert (told["next_payment"]["amount_minor"], told["next_payment"]["currency"]) == (600, "EUR")
    assert told["owed"] is told["purchase"] is None


def test_what_was_quoted_is_asked_for(edge, plans, ana):
    client = api_client(ana)
    quote = client.get("/api/billing/quote?plan=premium").json()

    told = client.post("/api/billing/plan", {"plan": "premium", "due_minor": quote["due_minor"]}, format="json")

    assert (quote["kind"], quote["due_minor"], quote["lines"]) == (
        "start",
        1400,
        [{"text": "Premium", "amount_minor": 1400}],
    )
    assert told.json()["state"] == "open"
    assert told.json()["url"].startswith("https://checkout.stripe.com/")
    assert told.json()["purchase"]["amount_minor"] == 1400
    purchase = told.json()["purchase"]["uuid"]
    assert client.delete(f"/api/billing/purchases/{purchase}").status_code == 204
    assert client.get(f"/api/billing/purchases/{purchase}").json()["state"] == "dropped"


def test_an_upgrade_from_the_saved_card_is_settled_at_once(plans, ana, subscribed):
    told = api_client(ana).post("/api/billing/plan/", {"plan": "premium"}, format="json").json()

    assert (told["state"], told["url"]) == ("settled", "")
    assert Subscription.objects.get().plan == plans["premium"]


@pytest.mark.parametrize(
    ("method", "address", "data", "status", "code"),
    [
        ("get", "quote?plan=none", None, 404, "not_found"),
        ("get", "quote?plan=free", None, 404, "not_found"),
        ("get", "quote?plan=premium&days=3", None, 400, "unknown_parameter"),
        ("get", "?x=1", None, 400, "unknown_parameter"),
        ("get", "payments?page=0", None, 400, "value_out_of_range"),
        ("get", "payments?member=all", None, 404, "not_found"),
        ("post", "plan", {}, 400, "required"),
        ("post", "plan", {"plan": "premium", "due_minor": -1}, 400, "value_out_of_range"),
        ("post", "plan", {"plan": "premium", "due_minor": 10**30}, 400, "value_out_of_range"),
        ("post", "plan", {"plan": "premium", "due_minor": 1.5}, 400, "invalid"),
        ("post", "plan", {"plan": "premium", "due_minor": 1}, 409, "amount_changed"),
        ("post", "plan", {"plan": "subscriber"}, 409, "already_subscribed"),
        ("post", "plan", {"plan": "premium-usd"}, 409, "currency_mismatch"),
        ("post", "courses/0198e1e0-7c3a-7d0f-9c5b-2a6f1d3e4c5b", {}, 404, "not_found"),
        ("get", "purchases/0198e1e0-7c3a-7d0f-9c5b-2a6f1d3e4c5b", None, 404, "not_found"),
        ("get", "payments/0198e1e0-7c3a-7d0f-9c5b-2a6f1d3e4c5b", None, 404, "not_found"),
    ],
)
def test_each_refusal_has_its_code(plans, ana, subscribed, method, address, data, status, code):
    usd = {"key": "premium-usd", "name": "Premium", "role": "premium", "price_minor": 1500, "currency": "USD"}
    type(plans["premium"]).objects.create(**usd)

    answer = getattr(api_client(ana), method)(f"/api/billing/{address}", data, format="json")

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert Payment.objects.count() == 1


def test_cancelling_and_keeping(ana, subscribed):
    client = api_client(ana)

    assert client.delete("/api/billing/plan").json()["subscription"]["cancel_at_period_end"] is True
    assert client.post("/api/billing/plan/keep").json()["next_payment"]["amount_minor"] == 600


def test_a_free_course_and_the_own_one_are_not_sold(edge, ana):
    free, own = make_course(price_minor=0), make_course(ana, price_minor=2900)

    codes = [
        api_client(ana).post(f"/api/billing/courses/{course.uuid}", {}, format="json").json()["code"]
        for course in (free, own)
    ]

    assert codes == ["free_course", "own_course"]


@pytest.mark.parametrize(
    ("role", "reads", "gives_back"),
    [("support", 404, 403), ("analyst", 200, 403), ("moderator", 404, 403), ("finance", 200, 200), ("admin", 200, 200)],
)
def test_which_staff_see_money_and_give_it_back(ana, subscribed, role, reads, gives_back):
    client, payment = api_client(staff_in(role)), Payment.objects.get()

    assert client.get(f"/api/billing/payments/{payment.uuid}").status_code == reads
    assert client.get(f"/api/billing/payments?member={ana.uuid}").status_code == reads
    data = {"amount_minor": 100, "left_minor": 600, "reason": "Two days off."}
    answer = client.post(f"/api/billing/payments/{payment.uuid}/refund", data, format="json")

    assert answer.status_code == gives_back
    assert payment.refunds.count() == (gives_back == 200)
    assert StaffAction.objects.filter(what="payment.refunded").count() == (gives_back == 200)


@pytest.mark.parametrize(
    ("data", "status", "code"),
    [
        ({"reason": "x", "amount_minor": 601, "left_minor": 600}, 409, "refund_too_much"),
        ({"reason": "x", "amount_minor": 100}, 400, "required"),
        ({"reason": "x", "amount_minor": 100, "left_minor": 500}, 409, "refunded_meanwhile"),
        ({"reason": "x", "amount_minor": 0}, 400, "value_out_of_range"),
        ({"reason": "x", "amount_minor": 10**40}, 400, "value_out_of_range"),
        ({"amount_minor": 1}, 400, "required"),
        ({"reason": "x" * 201}, 400, "too_long"),
    ],
)
def test_refunds_that_cannot_be(edge, subscribed, data, status, code):
    address = f"/api/billing/payments/{Payment.objects.get().uuid}/refund"

    answer = api_client(staff_in("finance")).post(address, data, format="json")

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert edge.moved_minor == 600


def test_the_member_sees_nothing_of_what_staff_wrote_about_others(ana, subscribed):
    other = api_client(make_user())

    assert other.get("/api/billing/payments").json()["results"] == []
    assert other.get("/api/billing/payments").json()["count"] == 0

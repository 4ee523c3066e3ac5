"""Amounts in the admin: shown and taken as people write them."""

import re

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Dispute, Payment, Plan, SubscriptionChange
from tests.accounts.billing.acting import pay_for, running
from tests.analytics.person.desk import browser, make_role
from tests.factories import make_staff, make_user

pytestmark = pytest.mark.django_db
NEW = {
    "key": "yen", "name": "Yen", "description": "", "role": "premium", "interval": "month", "trial_days": 0,
    "is_offered": "on", "currency": "JPY",
}  # fmt: skip


@pytest.fixture
def desk(client, plans):
    client.force_login(make_staff("boss"))
    return client


def page(model, what="changelist", *args):
    return reverse(f"admin:accounts_{model}_{what}", args=args)


def errors_of(answer):
    form = answer.context["adminform"].form
    return {name: list(words) for name, words in form.errors.items()}


def words_of(answer):
    return " ".join(re.sub("<[^>]*>", " ", answer.content.decode()).replace("\xa0", " ").split())


def make_plan(currency, price_minor):
    values = {"name": currency, "role": "premium", "price_minor": price_minor, "currency": currency}
    return Plan.objects.create(key=currency.lower(), **values)


@pytest.mark.parametrize(
    ("currency", "typed", "minor"),
    [
        ("JPY", "600", 600),
        ("JPY", "1,200 JPY", 1200),
        ("EUR", "9.99", 999),
        ("KWD", "1.234", 1234),
        ("USD", "$0.05", 5),
    ],
)
def test_a_plan_is_made_at_the_price_that_was_typed(desk, currency, typed, minor):
    desk.post(page("plan", "add"), NEW | {"currency": currency, "price": typed})

    plan = Plan.objects.get(key="yen")
    assert (plan.price_minor, plan.currency) == (minor, currency)


@pytest.mark.parametrize(("currency", "typed", "words"), [
    ("JPY", "600.5", "JPY has no decimal places."), ("EUR", "9.999", "EUR has 2 decimal places."),
    ("KWD", "1.2345", "KWD has 3 decimal places."), ("EUR", "9.99 USD", "This is USD, and has to be EUR."),
    ("EUR", "20000000.01", "It has to be between 0.00 EUR and 20000000.00 EUR."),
    ("JPY", "9" * 50, "It has to be between 0 JPY and 2000000000 JPY."), ("EUR", "-1", "“-1” is no amount. Write it like 9.99 EUR."),
    ("EUR", "", "This field is required."),
])  # fmt: skip
def test_a_price_that_is_none_is_refused_in_words(desk, currency, typed, words):
    answer = desk.post(page("plan", "add"), NEW | {"currency": currency, "price": typed})

    assert errors_of(answer) == {"price": [words]}
    assert typed in answer.content.decode()
    assert not Plan.objects.filter(key="yen").exists()


@pytest.mark.parametrize(("currency", "minor", "shown"), [
    ("EUR", 999, "9.99 EUR"), ("JPY", 600, "600 JPY"), ("KWD", 1234, "1.234 KWD"),
])  # fmt: skip
def test_a_price_that_nobody_touches_stays(desk, currency, minor, shown):
    plan = make_plan(currency, minor)

    form = desk.get(page("plan", "change", plan.pk)).context["adminform"].form
    desk.post(page("plan", "change", plan.pk), {"name": "Other", "price": form["price"].value(), "trial_days": 3})

    assert form["price"].value() == shown
    plan.refresh_from_db()
    assert (plan.name, plan.price_minor, plan.currency) == ("Other", minor, currency)


def test_a_plan_keeps_its_currency_whatever_is_sent(desk):
    plan = make_plan("JPY", 600)

    answer = desk.post(
        page("plan", "change", plan.pk), {"name": "x", "price": "9.99", "currency": "EUR", "trial_days": 0}
    )

    assert errors_of(answer) == {"price": ["JPY has no decimal places."]}
    plan.refresh_from_db()
    assert (plan.price_minor, plan.currency) == (600, "JPY")


def test_what_is_free_has_no_price(desk):
    answer = desk.post(page("plan", "add"), NEW | {"role": "free", "price": "9"})

    assert errors_of(answer) == {"price": ["What is free costs nothing."]}


def test_a_currency_that_is_none_is_told_at_the_currency(desk):
    answer = desk.post(page("plan", "add"), NEW | {"currency": "", "price": "9.99"})

    assert errors_of(answer) == {"currency": ["This field is required."]}


def test_pages_of_single_rows_show_amounts_and_no_smallest_units(desk, provider):
    ana = make_user("ana")
    paid = pay_for(ana, make_plan("KWD", 987_654), timezone.now()).payment
    said = {"gateway": "stripe", "reference": "dp_1", "payment": paid, "user": ana, "amount_minor": 123_456}
    dispute = Dispute.objects.create(
        currency="KWD", fee_minor=1501, fee_currency="EUR", state="open", opened_at=paid.at, told_at=paid.at, **said
    )
    change = SubscriptionChange.objects.get()
    shown = {
        page("payment", "change", paid.pk): "987.654 KWD",
        page("purchase", "change", paid.purchase.pk): "987.654 KWD",
        page("dispute", "change", dispute.pk): "123.456 KWD",
        page("subscription", "change", running(ana).pk): "987.654 KWD",
        page("subscriptionchange", "change", change.pk): "11,851.848 KWD",
        page("plan"): "987.654 KWD",
        page("subscription"): "987.654 KWD",
    }

    for address, amount in shown.items():
        text = words_of(desk.get(address))
        assert amount in text, address
        assert not re.search(r"\b(987654|123456|11851848|1501)\b", re.sub(r"{.*?}", "", text)), address
    kept = words_of(desk.get(page("payment", "change", paid.pk)))
    assert kept.count("Amount") == 1
    assert "Made of KWD 987.654 KWD" in kept
    assert "€15.01" in words_of(desk.get(page("dispute", "change", dispute.pk)))
    assert "11,851.848 KWD" in words_of(desk.get(page("subscription", "change", running(ana).pk)))


def test_who_may_only_read_sees_the_price_of_a_plan(plans):
    answer = browser(make_role("support")).get(page("plan", "change", plans["subscriber"].pk))

    assert "€6.00" in words_of(answer)


@pytest.mark.parametrize(("ends", "found"), [
    ({"from": "5 EUR"}, {"subscriber"}), ({"from": "6.00 EUR", "to": "6"}, {"subscriber"}), ({"from": "6.01 EUR"}, set()),
    ({"from": "5", "to": "20 USD"}, {"premium-usd"}), ({"to": "$14.99"}, set()), ({"to": "15.00 USD"}, {"premium-usd"}),
    ({"from": " "}, {"subscriber", "premium-usd"}), ({"from": ""}, {"subscriber", "premium-usd"}),
])  # fmt: skip
def test_payments_are_found_by_amounts_as_they_are_written(desk, plans, provider, ends, found):
    for name, key in (("ana", "subscriber"), ("bea", "premium-usd")):
        pay_for(make_user(name), plans[key], timezone.now())

    answer = desk.get(page("payment"), {f"amount_minor_{end}": text for end, text in ends.items()})

    assert {row.plan.key for row in answer.context["cl"].result_list} == found


@pytest.mark.parametrize(("ends", "words"), [
    ({"from": "5"}, "Say the currency, too: 5 EUR."), ({"from": "5 EUR", "to": "20 USD"}, "This is USD, and has to be EUR."),
    ({"to": "x"}, "“x” is no amount."), ({"from": "1.234 EUR"}, "EUR has 2 decimal places."),
    ({"from": "5 EUR", "to": "9" * 30}, "It has to be between"),
])  # fmt: skip
def test_what_is_no_amount_finds_nothing_and_says_why(desk, plans, provider, ends, words):
    pay_for(make_user("ana"), plans["subscriber"], timezone.now())

    answer = desk.get(page("payment"), {f"amount_minor_{end}": text for end, text in ends.items()})

    assert answer.status_code == 200
    assert not answer.context["cl"].result_list
    assert f"Amount: {words}" in words_of(answer)


@pytest.mark.parametrize("model", ["payment", "purchase", "charge", "dispute"])
def test_every_list_of_money_can_be_asked_for_amounts(desk, model):
    answer = desk.get(page(model), {"amount_minor_from": "5 EUR"})

    assert answer.status_code == 200
    assert "5 EUR" in answer.content.decode()


@pytest.mark.parametrize("model", ["plan", "subscription"])
def test_and_every_list_of_prices(desk, plans, provider, model):
    pay_for(make_user("ana"), plans["subscriber"], timezone.now())

    rows = desk.get(page(model), {"price_minor_from": "6 EUR", "price_minor_to": "6 EUR"}).context["cl"].result_list

    assert [row.price_minor for row in rows] == [600]


@pytest.mark.parametrize(("typed", "words"), [
    ("1.505", "EUR has 2 decimal places."), ("1 USD", "This is USD, and has to be EUR."), ("0", "It has to be between 0.01 EUR"),
])  # fmt: skip
def test_what_cannot_go_back_is_said_in_words(desk, plans, provider, typed, words):
    paid = pay_for(make_user("ana"), plans["subscriber"], timezone.now()).payment
    told = {"action": "give_back", "_selected_action": [paid.pk], "reason": "So.", "amount": typed}

    answer = desk.post(page("payment"), told, follow=True)

    assert words in words_of(answer)
    assert Payment.objects.count() == 1

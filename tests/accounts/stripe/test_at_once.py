"""The same news by several connections at once, and news that contradict each other."""

import time

import pytest
from django.db import connection

from accounts.billing import buying, payments
from accounts.models import Notice, Payment, Purchase, Subscription
from tests.accounts.billing.test_at_once import at_once
from tests.accounts.stripe.edge import event_of, refund_of, tell

COMPLETED = "checkout.session.completed"


@pytest.fixture(autouse=True)
def waits_for_locks():
    """Let a writer wait for the other one on SQLite, too."""
    if connection.vendor == "sqlite":
        connection.settings_dict["OPTIONS"] = {**connection.settings_dict["OPTIONS"], "timeout": 20}


@pytest.mark.django_db(transaction=True)
def test_the_same_news_five_times_at_once_count_once(edge, plans, ana):
    session = edge.pay(buying.buy(ana, plans["subscriber"]).purchase)
    event = event_of(COMPLETED, session)

    answers = at_once(*[lambda: tell(event).json()["code"]] * 5)

    assert sorted(answers) == ["applied", "duplicate", "duplicate", "duplicate", "duplicate"]
    assert (Payment.objects.count(), Notice.objects.count(), Subscription.objects.count()) == (1, 1, 1)


@pytest.mark.django_db(transaction=True)
def test_two_pages_paid_at_once_are_one_plan_and_one_refund(edge, plans, ana):
    purchase = buying.buy(ana, plans["subscriber"]).purchase
    sessions = [edge.pay(purchase, f"pi_{name}") | {"id": f"cs_{name}"} for name in ("one", "two")]

    answers = at_once(*[lambda told=told: tell(event_of(COMPLETED, told)).json()["code"] for told in sessions])

    assert sorted(answers) == ["applied", "given_back"]
    assert sorted(row.signed_minor for row in Payment.objects.all()) == [-600, 600, 600]
    assert edge.moved_minor == 600
    assert Subscription.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_success_and_failure_at_once_end_with_the_newer_news(edge, plans, ana):
    session, now = edge.pay(buying.buy(ana, plans["subscriber"]).purchase), time.time()
    paid = event_of("checkout.session.async_payment_succeeded", session, at=now)
    lapsed = event_of("checkout.session.async_payment_failed", session | {"payment_status": "unpaid"}, at=now - 30)

    at_once(lambda: tell(paid), lambda: tell(lapsed))

    assert Purchase.objects.get().state == "settled"
    assert Payment.objects.get().is_applied


@pytest.mark.django_db(transaction=True)
def test_our_refund_and_its_news_at_once_are_one_refund(edge, plans, ana):
    tell(event_of(COMPLETED, edge.pay(buying.buy(ana, plans["subscriber"]).purchase)))
    payment = Payment.objects.get()
    edge.answer_refund = edge.refunded

    def told_first(reference, data):
        answer = edge.answer_refund(reference, data)
        marks = {"refund": data["metadata[refund]"]}
        tell(event_of("refund.created", refund_of(payment, 200, reference, metadata=marks)))
        return answer

    edge.refunded = told_first

    payments.refund(payment, 200, reason="Two days off.")

    back = Payment.objects.get(kind="refund")
    assert (back.amount_minor, back.reason) == (200, "Two days off.")
    assert payments.refundable_minor(payment) == 400

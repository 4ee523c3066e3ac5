"""Two at once, for real: threads with connections of their own."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, connections
from rest_framework.exceptions import APIException

from accounts.billing import buying, payments, renewing, trials
from accounts.billing.refusals import AlreadySubscribed, TooMuch, TrialUsed
from accounts.models import Payment, Plan, RefundClaim, Subscription, User
from tests.accounts.billing.acting import changes, pay_for, revenue, running
from tests.accounts.billing.conftest import NOW
from tests.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)

END = NOW.replace(month=4)


@pytest.fixture(autouse=True)
def waits_for_locks():
    """Let a writer wait for the other one on SQLite, too."""
    if connection.vendor == "sqlite":
        connection.settings_dict["OPTIONS"] = {**connection.settings_dict["OPTIONS"], "timeout": 20}


@pytest.fixture
def ana(plans):
    return make_user("ana")


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Run all of them together. Returns what each returned, or raised."""
    results: list[Any] = [None] * len(acts)
    barrier = threading.Barrier(len(acts))

    def run(number: int, act: Callable[[], Any]) -> None:
        try:
            barrier.wait(10)
            results[number] = act()
        except (APIException, DatabaseError, AssertionError) as error:
            results[number] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=each) for each in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results


def test_two_workers_with_two_clocks_charge_once(ana, plans, provider):
    people = [ana, make_user("bea"), make_user("cai")]
    for person in people:
        pay_for(person, plans["subscriber"], NOW)

    counts = at_once(
        lambda: renewing.run(END),
        lambda: renewing.run(END + timedelta(hours=2)),
        lambda: renewing.run(END + timedelta(seconds=3)),
    )

    assert sum(count.get("paid", 0) for count in counts) >= 3
    assert revenue() == provider.net_minor == 2 * 3 * 600
    assert [changes(person) for person in people] == [["started", "renewed"]] * 3


def test_a_purchase_settled_twice_at_once_is_one_payment(ana, plans, provider):
    purchase = buying.buy(ana, plans["subscriber"], now=NOW).purchase
    reference = provider.pay(purchase.order())

    results = at_once(*[lambda: buying.settle(purchase, reference=reference, at=NOW)] * 3)

    assert len(set(results)) == 1
    assert (Payment.objects.count(), changes(ana)) == (1, ["started"])


def test_two_upgrades_of_the_same_second_charge_once(ana, plans, provider):
    pay_for(ana, plans["subscriber"], NOW)
    at = NOW + timedelta(days=10)

    results = at_once(*[lambda: buying.upgrade_now(User.objects.get(), Plan.objects.get(key="premium"), now=at)] * 2)

    assert {type(result) for result in results} <= {buying.Bought, AlreadySubscribed}
    payments.finish(at)
    assert changes(ana) == ["started", "upgraded"]
    assert revenue() == provider.net_minor
    assert Payment.objects.filter(is_applied=True, kind="payment").count() == 2


def test_a_downgrade_and_a_renewal_at_once_leave_the_sums_whole(ana, plans, provider):
    pay_for(ana, plans["premium"], NOW)
    subscriber = plans["subscriber"]

    at_once(
        lambda: renewing.run(END),
        lambda: buying.plan_downgrade(User.objects.get(), subscriber, by=buying.By(), now=END - timedelta(seconds=1)),
        lambda: buying.cancel(User.objects.get(), by=buying.By(), now=END - timedelta(seconds=1)),
    )
    payments.finish(END)

    assert revenue() == provider.net_minor
    assert Subscription.objects.count() == 1


def test_two_refunds_at_once_give_back_what_there_is(ana, plans, provider):
    paid = pay_for(ana, plans["subscriber"], NOW).payment

    results = at_once(*[lambda: payments.refund(paid, 400, reason="", now=NOW)] * 3)

    assert sorted(type(result).__name__ for result in results) == ["Payment", "TooMuch", "TooMuch"]
    assert any(isinstance(result, TooMuch) for result in results)
    assert revenue() == provider.net_minor == 200
    assert RefundClaim.objects.count() == 1


def test_two_trials_at_once_are_one(ana, plans):
    Plan.objects.update(trial_days=14)
    premium = Plan.objects.get(key="premium")

    results = at_once(*[lambda: trials.start(User.objects.get(), premium, now=NOW)] * 2)

    assert sum(isinstance(result, Subscription) for result in results) == 1
    assert all(isinstance(result, (Subscription, AlreadySubscribed, TrialUsed)) for result in results)
    assert running(ana).status == "trialing"

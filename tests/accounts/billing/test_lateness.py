"""Money that is told of late: when it moved decides, and whether a task has run in between makes no difference."""

from datetime import timedelta

import pytest

from accounts import entitlements, subscriptions
from accounts.billing import buying, payments, renewing
from accounts.billing.gateways import State
from accounts.models import Charge, Payment, Status, Subscription, SubscriptionChange, User
from accounts.roles import Role
from accounts.standing import By
from stats import ledger, verify
from tests.accounts.billing.acting import changes, lines, pay_for, revenue, running
from tests.accounts.billing.conftest import NOW
from tests.factories import make_user

pytestmark = [pytest.mark.django_db, pytest.mark.parametrize("task_ran", [False, True])]

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
END = NOW.replace(month=4)
GRACE_ENDS = END + 7 * DAY


@pytest.fixture
def ana(plans):
    return make_user("ana")


@pytest.fixture
def slow(ana, plans, provider):
    """Let Ana's renewal be asked for, and not be answered. Returns the charge."""
    pay_for(ana, plans["subscriber"], NOW)
    provider.answers = [State.PENDING]
    renewing.run(END)
    return Charge.objects.get()


def role_at(moment):
    return entitlements.role_of(User.objects.get(), moment)


def paid(charge, provider, at, now):
    """Let the money of a renewal move at one moment and be told at another."""
    provider.moved[charge.key] = charge.amount_minor
    with ledger.recording():
        return renewing.paid_within(charge, reference=f"pi_{charge.key}", at=at, now=now)


def clock(now, *, task_ran):
    """Let the tasks run, or not."""
    if task_ran:
        subscriptions.expire_over(now)


def test_a_renewal_that_was_paid_within_the_grace_counts_though_it_is_told_after_it(ana, slow, provider, task_ran):
    told_at = GRACE_ENDS + 4 * MINUTE
    clock(told_at - MINUTE, task_ran=task_ran)
    assert role_at(told_at - MINUTE) is Role.FREE

    payment = paid(slow, provider, GRACE_ENDS - MINUTE, told_at)

    assert (payment.is_applied, payment.at) == (True, GRACE_ENDS - MINUTE)
    assert role_at(told_at) is Role.SUBSCRIBER
    subscription = running(ana)
    assert (subscription.paid_from, subscription.current_period_end) == (END, NOW.replace(month=5))
    assert lines(ana) == [("started", 0, 7200), ("expired", 7200, 0), ("recovered", 0, 7200)]
    assert list(SubscriptionChange.objects.order_by("pk").values_list("at", flat=True)) == [NOW, GRACE_ENDS, GRACE_ENDS]
    assert revenue() == provider.net_minor
    assert verify.differences() == []


def test_a_renewal_that_was_paid_after_the_grace_goes_back(ana, slow, provider, task_ran):
    told_at = GRACE_ENDS + 4 * MINUTE
    clock(told_at, task_ran=task_ran)

    payment = paid(slow, provider, GRACE_ENDS + MINUTE, told_at)
    payments.finish(told_at)

    assert not payment.is_applied
    assert role_at(told_at) is Role.FREE
    assert changes(ana) == ["started", "expired"]
    assert revenue() == provider.net_minor == 600


def test_what_the_member_ended_meanwhile_stays_ended(ana, slow, provider, task_ran):
    subscriptions.cancel(User.objects.get(), by=By(), now=END + DAY)
    clock(END + 2 * DAY, task_ran=task_ran)

    payment = paid(slow, provider, END + MINUTE, END + 2 * DAY)

    assert not payment.is_applied
    assert changes(ana) == ["started", "cancelled"]


def test_an_upgrade_that_was_paid_in_the_last_minute_counts_though_it_is_told_after_the_end(
    ana, plans, provider, task_ran
):
    pay_for(ana, plans["subscriber"], NOW)
    provider.answers = [State.FAILED]
    purchase = buying.buy(ana, plans["premium"], now=END - DAY).purchase
    buying.cancel(ana, by=By(), now=END - DAY)
    reference = provider.pay(purchase.order())
    told_at = END + 4 * MINUTE
    clock(told_at - MINUTE, task_ran=task_ran)

    with ledger.recording():
        settled = buying.settle_within(purchase, reference=reference, at=END - MINUTE, now=told_at)

    assert settled.applied
    assert (running(ana).plan, running(ana).current_period_end) == (plans["premium"], END)
    assert role_at(told_at) is Role.PREMIUM
    assert lines(ana)[-1] == ("upgraded", 0, 16800)
    assert lines(ana)[:-1] == [("started", 0, 7200), ("cancel_planned", 7200, 7200), ("cancelled", 7200, 0)]
    assert verify.differences() == []


def test_a_period_begins_when_it_was_paid(ana, plans, provider, task_ran):
    purchase = buying.buy(ana, plans["subscriber"], now=NOW).purchase
    reference = provider.pay(purchase.order())
    clock(NOW + 5 * MINUTE, task_ran=task_ran)

    with ledger.recording():
        buying.settle_within(purchase, reference=reference, at=NOW, now=NOW + 5 * MINUTE)

    assert (running(ana).paid_from, running(ana).current_period_end) == (NOW, END)
    assert Payment.objects.get().at == NOW


def test_a_lower_plan_that_began_by_itself_meanwhile_is_not_undone(ana, plans, provider, task_ran):
    pay_for(ana, plans["premium"], NOW)
    provider.answers = [State.FAILED]
    purchase = buying.buy(ana, plans["premium-year"], now=END - DAY).purchase
    buying.plan_downgrade(ana, plans["subscriber"], by=By(), now=END - DAY)
    reference = provider.pay(purchase.order())
    clock(END + MINUTE, task_ran=task_ran)

    with ledger.recording():
        settled = buying.settle_within(purchase, reference=reference, at=END - MINUTE, now=END + 4 * MINUTE)

    assert not settled.applied
    assert running(ana).plan == plans["subscriber"]


def test_a_refund_that_is_told_after_the_end_takes_nothing_more(ana, plans, task_ran):
    payment = pay_for(ana, plans["subscriber"], NOW).payment
    buying.cancel(ana, by=By(), now=NOW + DAY)
    clock(END + MINUTE, task_ran=task_ran)

    with ledger.recording():
        payments.refunded_within(payment, 600, reference="re_1", reason="", at=END - MINUTE, now=END + 4 * MINUTE)

    assert changes(ana) == ["started", "cancel_planned", "cancelled"]
    assert Subscription.objects.get().status == Status.CANCELLED
    assert revenue() == 0


def test_news_of_a_failure_after_the_grace_end_nothing_twice(ana, slow, task_ran):
    clock(GRACE_ENDS + MINUTE, task_ran=task_ran)

    with ledger.recording():
        renewing.failed_within(slow, reason="card_declined", at=GRACE_ENDS - MINUTE, now=GRACE_ENDS + 4 * MINUTE)

    assert changes(ana) == ["started", "expired"]
    assert Charge.objects.get().state == "failed"

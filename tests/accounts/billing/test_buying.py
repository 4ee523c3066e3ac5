"""Buying plans: what is shown is what is paid, once, and to the cent."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.db.models import ProtectedError

from accounts import entitlements, subscriptions
from accounts.billing import buying, gateways, payments
from accounts.billing.gateways import State
from accounts.billing.quoting import Kind
from accounts.billing.refusals import (
    AlreadySubscribed,
    CurrencyMismatch,
    IntervalMismatch,
    NoGateway,
    NotOffered,
    NotPaidFor,
    PaymentDue,
)
from accounts.models import Payment, Plan, Subscription, SubscriptionChange, User
from accounts.roles import Role
from accounts.standing import By, NotRunning
from tests.accounts.billing.acting import changes, lines, pay_for, revenue, running
from tests.accounts.billing.conftest import NOW
from tests.factories import make_user

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
MIDDLE = NOW + timedelta(days=15, hours=12)
"""Half of the March that begins at NOW."""
SELF = By()


def fresh(user):
    return User.objects.get(pk=user.pk)


@pytest.fixture
def ana(plans):
    return make_user("ana")


def test_nothing_is_sold_before_it_is_paid(ana, plans, provider):
    bought = buying.buy(ana, plans["subscriber"], now=NOW)

    assert bought.checkout.url.endswith(str(bought.purchase.uuid))
    assert entitlements.role_of(ana, NOW) is Role.FREE
    assert not Payment.objects.exists()


def test_paying_starts_the_plan_for_a_month(ana, plans):
    settled = pay_for(ana, plans["subscriber"], NOW)

    subscription = running(ana)
    assert settled.applied
    assert (settled.payment.amount_minor, settled.payment.currency, settled.payment.plan.key) == (
        600,
        "EUR",
        "subscriber",
    )
    assert (settled.payment.period_start, settled.payment.period_end) == (NOW, NOW.replace(month=4))
    assert subscription.current_period_end == NOW.replace(month=4)
    assert subscription.grace_until == NOW.replace(month=4) + 7 * DAY
    assert entitlements.role_of(fresh(ana), NOW) is Role.SUBSCRIBER
    assert lines(ana) == [("started", 0, 7200)]


def test_the_role_ends_with_the_grace_to_the_second_though_no_task_ran(ana, plans):
    pay_for(ana, plans["subscriber"], NOW)
    end = running(ana).grace_until

    assert entitlements.role_of(fresh(ana), end - timedelta(seconds=1)) is Role.SUBSCRIBER
    assert entitlements.role_of(fresh(ana), end) is Role.FREE


def test_who_has_cancelled_has_no_grace(ana, plans):
    pay_for(ana, plans["subscriber"], NOW)
    buying.cancel(ana, by=SELF, now=NOW)
    end = running(ana).current_period_end

    assert entitlements.role_of(fresh(ana), end - timedelta(seconds=1)) is Role.SUBSCRIBER
    assert entitlements.role_of(fresh(ana), end) is Role.FREE


def test_an_upgrade_costs_the_difference_for_the_rest(ana, plans, provider):
    pay_for(ana, plans["subscriber"], NOW)

    quoted = buying.quote(ana, plans["premium"], at=MIDDLE)
    bought = buying.upgrade_now(ana, plans["premium"], at=MIDDLE, now=MIDDLE)

    assert quoted.kind is Kind.UPGRADE
    assert [(line.what, line.amount_minor) for line in quoted.lines] == [("new", 700), ("unused", -300)]
    assert (quoted.due_minor, quoted.next_due_minor) == (400, 1400)
    assert bought.payment.amount_minor == 400
    assert running(ana).current_period_end == NOW.replace(month=4)
    assert lines(ana) == [("started", 0, 7200), ("upgraded", 7200, 16800)]
    assert revenue() == provider.net_minor == 1000


def test_a_year_begins_at_once_and_takes_off_what_was_left(ana, plans, provider):
    pay_for(ana, plans["premium"], NOW)

    bought = buying.upgrade_now(ana, plans["premium-year"], now=MIDDLE)

    assert bought.payment.amount_minor == 14000 - 700
    assert running(ana).current_period_end == MIDDLE.replace(year=2027)
    assert lines(ana)[-1] == ("upgraded", 16800, 14000)


def test_an_upgrade_and_an_immediate_downgrade_net_to_nothing(ana, plans):
    pay_for(ana, plans["subscriber"], NOW)
    for passed in (timedelta(), timedelta(days=3, seconds=7), timedelta(days=30, microseconds=11)):
        at = NOW + passed
        credit = running(ana).credit_minor
        due = buying.quote(ana, plans["premium"], at=at)

        buying.upgrade_now(ana, plans["premium"], now=at)
        buying.downgrade_now(ana, plans["subscriber"], by=SELF, now=at)

        assert running(ana).credit_minor == credit + due.due_minor
        assert running(ana).plan == plans["subscriber"]
    rates = [(before, after) for _, before, after in lines(ana)]
    assert sum(after - before for before, after in rates) == 7200


def test_credit_is_taken_off_what_is_due_next(ana, plans, provider):
    pay_for(ana, plans["premium"], NOW)
    buying.downgrade_now(ana, plans["subscriber"], by=SELF, now=MIDDLE)

    quoted = buying.quote(ana, plans["premium"], at=MIDDLE)
    bought = buying.buy(ana, plans["premium"], now=MIDDLE)

    assert (quoted.due_minor, quoted.credit_left_minor) == (0, 0)
    assert bought.payment is None
    assert running(ana).credit_minor == 0
    assert revenue() == provider.net_minor == 1400


def test_credit_outlives_the_subscription(ana, plans, provider):
    pay_for(ana, plans["premium"], NOW)
    buying.downgrade_now(ana, plans["subscriber"], by=SELF, now=MIDDLE)
    subscriptions.cancel(ana, at_period_end=False, now=MIDDLE)

    pay_for(ana, plans["subscriber"], MIDDLE)

    assert Payment.objects.earliest("at").amount_minor == 1400
    assert Payment.objects.latest("at").amount_minor == 200
    assert sum(Subscription.objects.values_list("credit_minor", flat=True)) == 0


def test_a_downgrade_waits_and_costs_nothing_now(ana, plans, provider):
    pay_for(ana, plans["premium"], NOW)

    assert buying.buy(ana, plans["subscriber"], now=MIDDLE).checkout is None

    end = running(ana).current_period_end
    roles = [entitlements.role_of(fresh(ana), at) for at in (end - timedelta(seconds=1), end, end + 7 * DAY)]
    assert roles == [Role.PREMIUM, Role.SUBSCRIBER, Role.FREE]
    assert lines(ana)[-1] == ("downgrade_planned", 16800, 16800)
    assert provider.net_minor == 1400


def test_what_is_planned_can_be_taken_back(ana, plans):
    pay_for(ana, plans["premium"], NOW)
    buying.plan_downgrade(ana, plans["subscriber"], by=SELF, now=NOW)
    buying.keep(ana, by=SELF, now=NOW)
    buying.cancel(ana, by=SELF, now=NOW)

    kept = buying.keep(ana, by=SELF, now=NOW)

    assert (kept.next_plan, kept.cancel_at_period_end) == (None, False)
    assert {after for _, _, after in lines(ana)} == {16800}


def test_settling_again_changes_nothing(ana, plans, provider):
    purchase = buying.buy(ana, plans["subscriber"], now=NOW).purchase
    reference = provider.pay(purchase.order())

    first, second = (buying.settle(purchase, reference=reference, at=NOW) for _ in range(2))

    assert first == second
    assert Payment.objects.count() == 1
    assert changes(ana) == ["started"]


def test_two_clicks_are_one_purchase(ana, plans):
    first, second = (buying.buy(ana, plans["subscriber"], now=NOW).purchase for _ in range(2))

    assert first == second


def test_a_purchase_paid_twice_goes_back_once(ana, plans, provider):
    purchase = buying.buy(ana, plans["subscriber"], now=NOW).purchase
    paid = [
        buying.settle(purchase, reference=provider.pay(purchase.order(), name), at=NOW) for name in ("pi_1", "pi_2")
    ]

    assert [settled.applied for settled in paid] == [True, False]
    assert [payments.finish(NOW), payments.finish(NOW)] == [1, 0]
    assert revenue() == provider.net_minor == 600
    assert running(ana).current_period_end == NOW.replace(month=4)


def test_two_upgrades_of_the_same_second_are_one(ana, plans, provider):
    """Two tabs, two checkouts at the provider, both paid: the second one goes back."""
    pay_for(ana, plans["subscriber"], NOW)
    Subscription.objects.update(gateway="manual")
    first = buying.buy(ana, plans["premium"], now=MIDDLE).purchase
    second = buying.buy(ana, plans["premium-year"], now=MIDDLE).purchase

    settled = [buying.settle(one, reference=provider.pay(one.order()), at=MIDDLE) for one in (second, first)]
    payments.finish(MIDDLE)

    assert [one.applied for one in settled] == [True, False]
    assert running(ana).plan == plans["premium-year"]
    assert changes(ana) == ["started", "upgraded"]
    assert revenue() == provider.net_minor == 600 + second.amount_minor


def test_money_that_comes_after_the_period_goes_back(ana, plans, provider):
    pay_for(ana, plans["subscriber"], NOW)
    Subscription.objects.update(gateway="manual")
    purchase = buying.buy(ana, plans["premium"], now=MIDDLE).purchase
    late = NOW.replace(month=4) + DAY

    settled = buying.settle(purchase, reference=provider.pay(purchase.order()), at=late)

    assert not settled.applied
    assert running(ana).plan == plans["subscriber"]


def test_who_pays_days_later_has_the_difference_as_credit(ana, plans, provider):
    pay_for(ana, plans["subscriber"], NOW)
    Subscription.objects.update(gateway="manual")
    purchase = buying.buy(ana, plans["premium"], now=NOW).purchase

    buying.settle(purchase, reference=provider.pay(purchase.order()), at=MIDDLE)

    assert purchase.amount_minor == 800
    assert running(ana).credit_minor == 400


def test_a_new_price_is_not_the_members(ana, plans):
    purchase = buying.buy(ana, plans["subscriber"], now=NOW).purchase
    Plan.objects.filter(key="subscriber").update(price_minor=900)

    buying.settle(purchase, reference="pi_1", at=NOW)

    assert running(ana).price_minor == Payment.objects.get().amount_minor == 600


@pytest.mark.parametrize(
    ("own", "wanted", "refusal"),
    [
        ("subscriber", "subscriber", AlreadySubscribed),
        ("subscriber", "premium-usd", CurrencyMismatch),
        (None, "free", NotOffered),
    ],
)
def test_what_cannot_be_bought(ana, plans, own, wanted, refusal):
    if own:
        pay_for(ana, plans[own], NOW)

    with pytest.raises(refusal):
        buying.buy(ana, plans[wanted], now=NOW + DAY)


def test_a_plan_that_is_not_offered_cannot_be_bought(ana, plans):
    Plan.objects.update(is_offered=False)

    with pytest.raises(NotOffered):
        buying.buy(ana, Plan.objects.get(key="premium"), now=NOW)


def test_currencies_are_never_set_off_against_each_other(ana, plans, provider):
    pay_for(ana, plans["premium"], NOW)
    buying.downgrade_now(ana, plans["subscriber"], by=SELF, now=MIDDLE)
    subscriptions.cancel(ana, at_period_end=False, now=MIDDLE)

    settled = pay_for(ana, plans["premium-usd"], MIDDLE)

    assert (settled.payment.amount_minor, settled.payment.currency) == (1500, "USD")
    assert buying.credit_of(ana, "EUR") == 400
    assert SubscriptionChange.objects.latest("pk").currency == "USD"


def test_nothing_changes_while_a_payment_is_due(ana, plans):
    pay_for(ana, plans["subscriber"], NOW)
    late = NOW.replace(month=4) + DAY

    for act in (
        lambda: buying.buy(ana, plans["premium"], now=late),
        lambda: buying.plan_downgrade(ana, plans["subscriber"], by=SELF, now=late),
    ):
        with pytest.raises(PaymentDue):
            act()


def test_a_gift_that_is_as_good_is_not_sold_again(ana, plans):
    subscriptions.upgrade_subscription(ana, Role.PREMIUM, 30, now=NOW)

    with pytest.raises(AlreadySubscribed):
        buying.buy(ana, plans["premium"], now=NOW)
    with pytest.raises(NotPaidFor):
        buying.plan_downgrade(ana, plans["subscriber"], by=SELF, now=NOW)


def test_a_lesser_gift_gives_way_to_what_is_bought(ana, plans):
    subscriptions.upgrade_subscription(ana, Role.SUBSCRIBER, 300, now=NOW)

    pay_for(ana, plans["premium"], NOW)

    assert lines(ana) == [("started", 0, 0), ("started", 0, 16800)]
    assert Subscription.objects.count() == 1


def test_a_yearly_plan_cannot_become_a_monthly_one_at_once(ana, plans):
    pay_for(ana, plans["premium-year"], NOW)

    with pytest.raises(IntervalMismatch):
        buying.downgrade_now(ana, plans["subscriber"], by=SELF, now=MIDDLE)


def test_without_a_gateway_nothing_is_bought(ana, plans, settings):
    settings.BILLING_GATEWAY = ""

    with pytest.raises(NoGateway):
        buying.buy(ana, plans["premium"], now=NOW)
    assert gateways.current() is None


def test_without_a_subscription_there_is_nothing_to_change(ana, plans):
    with pytest.raises(NotRunning):
        buying.plan_downgrade(ana, plans["subscriber"], by=SELF, now=NOW)
    with pytest.raises(NotPaidFor):
        buying.upgrade_now(ana, plans["premium"], now=NOW)


def test_a_card_that_fails_for_an_upgrade_leads_to_the_page(ana, plans, provider):
    pay_for(ana, plans["subscriber"], NOW)
    provider.answers = [State.FAILED]

    bought = buying.buy(ana, plans["premium"], now=MIDDLE)

    assert bought.checkout.url
    assert running(ana).plan == plans["subscriber"]


def test_paying_by_transfer_waits_for_staff(ana, plans, settings):
    settings.BILLING_GATEWAY = "manual"

    bought = buying.buy(ana, plans["premium"], now=NOW)

    assert bought.checkout.outcome.state is State.PENDING
    assert entitlements.role_of(fresh(ana), NOW) is Role.FREE
    first, second = (buying.settle(bought.purchase, reference="", at=NOW) for _ in range(2))
    assert first.payment == second.payment
    assert revenue() == 1400


def test_staff_extend_and_nothing_else_moves(ana, plans):
    pay_for(ana, plans["subscriber"], NOW)

    extended = subscriptions.extend(ana, 30, now=MIDDLE)

    assert extended.current_period_end == NOW.replace(month=4) + 30 * DAY
    assert extended.grace_until == extended.current_period_end + 7 * DAY
    assert lines(ana)[-1] == ("extended", 7200, 7200)
    assert revenue() == 600


def test_staff_give_a_paying_member_more_for_what_they_pay(ana, plans):
    pay_for(ana, plans["subscriber"], NOW)

    given = subscriptions.upgrade_subscription(ana, Role.PREMIUM, 5, now=MIDDLE)

    assert (given.price_minor, given.current_period_end) == (600, NOW.replace(month=4))
    assert lines(ana)[-1] == ("upgraded", 7200, 7200)


def test_staff_give_a_paying_member_less_and_the_rest_is_credit(ana, plans):
    pay_for(ana, plans["premium"], NOW)

    given = subscriptions.upgrade_subscription(ana, Role.SUBSCRIBER, 5, now=MIDDLE)

    assert (given.price_minor, given.credit_minor) == (600, 400)


def test_a_plan_in_use_cannot_be_deleted(ana, plans):
    pay_for(ana, plans["subscriber"], NOW)

    with pytest.raises(ProtectedError):
        plans["subscriber"].delete()


def test_everything_bought_is_in_the_log(ana, plans):
    pay_for(ana, plans["subscriber"], NOW)
    payments.refund(Payment.objects.get(), 100, reason="", now=MIDDLE)

    with connection.cursor() as cursor:
        cursor.execute("SELECT id, kind, amount FROM stats_event WHERE kind IN ('payment', 'refund') ORDER BY kind")
        told = [(str(UUID(str(id))), kind, amount) for id, kind, amount in cursor.fetchall()]
    rows = Payment.objects.order_by("kind")
    assert told == [(str(row.event_id), row.kind, row.amount_minor) for row in rows]

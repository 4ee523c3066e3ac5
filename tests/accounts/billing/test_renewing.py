"""Renewals: due when the period ends, charged once, tried again, waited for, and over to the second."""

from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from accounts import entitlements, queries, subscriptions
from accounts.billing import buying, payments, problems, renewing, telling
from accounts.billing.gateways import State, Unreachable
from accounts.models import Charge, Payment, Subscription, SubscriptionChange, User
from accounts.roles import Role
from accounts.standing import By
from accounts.tasks import expire_subscriptions, renew_subscriptions
from stats import ledger
from tests.accounts.billing.acting import changes, lines, pay_for, revenue, running
from tests.accounts.billing.conftest import NOW
from tests.analytics.person.desk import make_role
from tests.factories import make_user

pytestmark = pytest.mark.django_db

DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
END = NOW.replace(month=4)
SELF = By()


def fresh(user):
    return User.objects.get(pk=user.pk)


@pytest.fixture
def ana(plans):
    member = make_user("ana")
    pay_for(member, plans["subscriber"], NOW)
    return member


def test_a_period_is_charged_when_it_is_due_and_not_before(ana, provider):
    assert [renewing.run(END - SECOND), renewing.run(END), renewing.run(END)] == [{}, {"paid": 1}, {}]

    assert running(ana).current_period_end == NOW.replace(month=5)
    assert lines(ana) == [("started", 0, 7200), ("renewed", 7200, 7200)]
    assert revenue() == provider.net_minor == 1200


def test_a_late_renewal_begins_where_the_period_ended(ana):
    renewing.run(END + 3 * DAY)

    assert (running(ana).paid_from, running(ana).current_period_end) == (END, NOW.replace(month=5))
    assert SubscriptionChange.objects.get(change="renewed").at == END
    assert Payment.objects.latest("at").at == END + 3 * DAY


def test_a_year_of_renewals_falls_on_the_same_day(plans):
    bea, start = make_user("bea"), NOW.replace(month=1, day=31)
    pay_for(bea, plans["subscriber"], start)

    for _ in range(12):
        renewing.run(running(bea).current_period_end + timedelta(minutes=5))

    assert running(bea).current_period_end == start.replace(year=2027, month=2, day=28)
    assert revenue(bea) == 13 * 600
    days = SubscriptionChange.objects.filter(user=bea).order_by("at").values_list("period_end__day", flat=True)
    assert list(days) == [28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31, 31, 28]


def test_a_failure_makes_past_due_and_is_tried_again(ana, provider):
    provider.answers = [State.FAILED, State.FAILED]

    assert renewing.run(END) == {"failed": 1}
    assert running(ana).status == "past_due"
    assert entitlements.role_of(fresh(ana), END + DAY) is Role.SUBSCRIBER
    assert [renewing.run(END + DAY - SECOND), renewing.run(END + DAY), renewing.run(END + 2 * DAY)] == [
        {},
        {"failed": 1},
        {},
    ]
    assert renewing.run(END + 3 * DAY) == {"paid": 1}
    assert changes(ana) == ["started", "past_due", "recovered"]
    assert {after for _, _, after in lines(ana)} == {7200}
    assert running(ana).current_period_end == NOW.replace(month=5)
    assert revenue() == provider.net_minor == 1200


def test_the_grace_ends_to_the_second_though_no_task_ran(ana, provider):
    provider.answers = [State.FAILED]
    renewing.run(END)
    grace = END + 7 * DAY

    assert entitlements.role_of(fresh(ana), grace - SECOND) is Role.SUBSCRIBER
    assert entitlements.role_of(fresh(ana), grace) is Role.FREE
    assert list(queries.subscribed(grace - SECOND)) == [ana]
    assert not queries.subscribed(grace).exists()
    assert SubscriptionChange.objects.latest("pk").holds_until == grace


def test_what_the_clock_ended_is_written_as_of_then(ana, provider):
    provider.answers = [State.FAILED]
    renewing.run(END)

    assert subscriptions.expire_over(END + 30 * DAY) == 1

    last = SubscriptionChange.objects.latest("pk")
    assert (last.change, last.at, last.run_rate_before, last.run_rate_after) == ("expired", END + 7 * DAY, 7200, 0)
    assert renewing.run(END + 30 * DAY) == {}


def test_after_the_grace_nobody_is_charged(ana, provider):
    assert renewing.run(END + 7 * DAY) == {}
    assert provider.net_minor == 600


def test_after_the_last_try_it_is_not_tried_again(ana, provider):
    provider.answers = [State.FAILED] * 9
    tried = sum(bool(renewing.run(END + timedelta(hours=hour))) for hour in range(7 * 24))

    assert tried == 4
    assert Charge.objects.get().next_attempt_at is None


def test_another_card_is_tried_at_once(ana, provider):
    provider.answers = [State.FAILED]
    renewing.run(END)

    assert renewing.try_again(ana, now=END + SECOND) == "paid"
    assert running(ana).status == "active"


def test_who_has_cancelled_is_not_charged(ana, provider):
    buying.cancel(ana, by=SELF, now=NOW)

    assert renewing.run(END) == {}
    assert subscriptions.expire_over(END) == 1
    assert lines(ana)[-1] == ("cancelled", 7200, 0)


def test_a_planned_downgrade_is_charged_at_its_own_price(plans, provider):
    bea = make_user("bea")
    pay_for(bea, plans["premium"], NOW)
    buying.plan_downgrade(bea, plans["subscriber"], by=SELF, now=NOW)
    type(plans["subscriber"]).objects.filter(key="subscriber").update(price_minor=900)

    renewing.run(END + DAY)

    assert revenue(bea) == 1400 + 600
    assert lines(bea)[-2:] == [("downgraded", 16800, 7200), ("renewed", 7200, 7200)]
    assert running(bea).current_period_end == NOW.replace(month=5)


def test_a_downgrade_that_nobody_pays_ends_with_the_grace(plans, provider):
    bea = make_user("bea")
    pay_for(bea, plans["premium"], NOW)
    buying.plan_downgrade(bea, plans["subscriber"], by=SELF, now=NOW)
    provider.answers = [State.FAILED]
    renewing.run(END)

    subscriptions.expire_over(END + 8 * DAY)

    assert changes(bea) == ["started", "downgrade_planned", "downgraded", "past_due", "expired"]


def test_credit_pays_first(plans, provider):
    bea = make_user("bea")
    pay_for(bea, plans["premium-year"], NOW)
    Subscription.objects.update(credit_minor=14100)

    assert renewing.run(NOW.replace(year=2027)) == {"paid": 1}
    assert running(bea).credit_minor == 100
    assert renewing.run(NOW.replace(year=2028)) == {"paid": 1}
    assert running(bea).credit_minor == 0
    assert revenue(bea) == provider.net_minor == 14000 + 13900


def test_a_worker_that_died_after_the_charge_charges_nobody_twice(ana, provider):
    provider.answers = [Unreachable]

    assert renewing.run(END) == {"claimed": 1}
    assert renewing.run(END + timedelta(minutes=14)) == {}
    assert renewing.run(END + timedelta(minutes=15)) == {"paid": 1}
    assert len(set(provider.asked)) == 1
    assert revenue() == provider.net_minor == 1200


def test_a_charge_without_an_answer_whose_subscription_has_ended_goes_back(ana, provider):
    provider.answers = [Unreachable]
    renewing.run(END)
    subscriptions.cancel(ana, at_period_end=False, now=END + SECOND)

    assert renewing.finish(END + timedelta(minutes=15)) == 1
    payments.finish(END + timedelta(minutes=15))

    assert revenue() == provider.net_minor == 600
    assert renewing.finish(END + DAY) == 0


@pytest.fixture
def unanswered(ana, provider):
    """A renewal that was paid, and of which no answer came within twenty hours."""
    make_role("finance", "fay")
    provider.answers = [Unreachable]
    renewing.run(END)
    renewing.run(END + timedelta(hours=21))
    return Charge.objects.get()


def test_a_charge_that_the_provider_may_have_forgotten_is_asked_for_by_nobody(unanswered, ana, provider):
    for hours in (22, 30, 60):
        assert renewing.run(END + timedelta(hours=hours)) == {}
        assert renewing.finish(END + timedelta(hours=hours)) == 0

    assert (unanswered.state, len(provider.asked), provider.net_minor, revenue()) == ("unknown", 1, 1200, 600)
    [problem] = problems.unsolved()
    assert problems.of(ana) == [problem]
    assert (problem.what, problem.user, problem.amount_minor, problem.since) == ("unanswered", ana, 600, END)


def test_staff_who_may_change_money_are_mailed_once_of_a_charge_without_an_answer(
    unanswered, django_capture_on_commit_callbacks
):
    telling.finish()
    for hours in (22, 23):
        with django_capture_on_commit_callbacks(execute=True):
            renewing.run(END + timedelta(hours=hours))
            telling.finish()

    [message] = mail.outbox
    assert (message.to, message.subject) == (["fay@example.org"], "Nobody knows whether ana paid €6.00")
    assert "/admin/accounts/charge/?state__exact=unknown" in message.body


def test_what_the_provider_tells_later_of_a_charge_without_an_answer_is_entered(unanswered, ana, provider):
    with ledger.recording():
        renewing.paid_within(unanswered, reference="pi_late", at=END + timedelta(hours=30))

    assert (changes(ana), revenue(), provider.net_minor) == (["started", "renewed"], 1200, 1200)
    assert problems.unsolved() == []


def test_what_the_provider_refuses_later_is_tried_again_with_another_key(unanswered, provider):
    with ledger.recording():
        renewing.failed_within(unanswered, reason="card_declined", at=END + timedelta(hours=30))

    assert problems.unsolved() == []
    assert renewing.run(END + timedelta(hours=60)) == {"paid": 1}
    assert [key.rsplit("-")[-1] for key in provider.asked[-2:]] == ["1", "2"]


def test_a_charge_without_an_answer_of_what_has_ended_is_told_too(ana, provider):
    provider.answers = [Unreachable]
    renewing.run(END)
    subscriptions.cancel(ana, at_period_end=False, now=END + SECOND)

    assert renewing.finish(END + timedelta(hours=21)) == 0

    assert [one.what for one in problems.unsolved()] == ["unanswered"]
    with ledger.recording():
        renewing.paid_within(Charge.objects.get(), reference="pi_late", at=END + timedelta(hours=22))
    payments.finish(END + timedelta(hours=22))
    assert (problems.unsolved(), revenue()) == ([], 600)


def test_what_credit_pays_for_needs_no_answer(ana, provider):
    Subscription.objects.update(credit_minor=600)
    renewing.run(END)
    Charge.objects.update(state="claimed", next_attempt_at=END, payment=None)
    Subscription.objects.update(current_period_end=END, credit_minor=600)

    assert renewing.run(END + timedelta(hours=21)) == {"paid": 1}


def test_workers_whose_clocks_differ_by_more_than_a_key_holds_take_the_money_once(ana, provider, monkeypatch):
    def charge(subscription, order, key):
        if provider.asked:
            return asked(subscription, order, key)
        first = asked(subscription, order, key)
        renewing.run(END + timedelta(hours=21))  # while the answer is under way, another worker looks
        renewing.finish(END + timedelta(hours=45))
        return first

    asked = provider.charge
    monkeypatch.setattr(provider, "charge", charge)

    assert renewing.run(END) == {"paid": 1}

    assert provider.net_minor == revenue() == 1200
    assert (changes(ana), problems.unsolved()) == (["started", "renewed"], [])


def test_a_refund_that_was_never_answered_is_told_and_stands_until_it_is_known(
    ana, provider, django_capture_on_commit_callbacks
):
    make_role("finance", "fay")
    paid, moment = Payment.objects.get(), timezone.now()
    provider.answers = [Unreachable]
    with pytest.raises(Unreachable):
        payments.refund(paid, 250, reason="Two days off.", now=moment)

    for hours in (21, 22):
        with django_capture_on_commit_callbacks(execute=True):
            payments.finish(moment + timedelta(hours=hours))

    assert [message.subject for message in mail.outbox] == ["Nobody knows whether €2.50 went back to ana"]
    assert [(one.what, one.amount_minor) for one in problems.unsolved()] == [("refund_unanswered", 250)]
    with ledger.recording():
        claim = payments.claim_of(paid.refund_claims.get().key)
        payments.refunded_within(paid, 250, reference="re_late", reason="", at=moment, claim=claim)
    assert (problems.unsolved(), paid.refund_claims.get().state) == ([], "paid")
    assert revenue() == provider.net_minor == 350


def test_a_gateway_that_is_gone_keeps_nobody_else_from_renewing(ana, plans, provider):
    bea = make_user("bea")
    pay_for(bea, plans["subscriber"], NOW)
    Subscription.objects.filter(user=ana).update(gateway="gone")

    assert renewing.run(END) == {"claimed": 1, "paid": 1}


def test_a_clock_that_is_ahead_asks_with_the_same_key(ana, provider):
    provider.answers = [Unreachable]
    renewing.run(END)

    renewing.run(END + timedelta(hours=3))
    renewing.run(END + timedelta(minutes=1))

    assert provider.net_minor == revenue() == 1200


def test_what_waits_at_the_bank_is_settled_when_it_tells(ana, provider):
    provider.answers = [State.PENDING]
    assert renewing.run(END) == {"pending": 1}
    assert renewing.run(END + DAY) == {}
    charge = renewing.charge_of(Charge.objects.get().key)

    for _ in range(2):
        with ledger.recording():
            renewing.paid_within(charge, reference="pi_late", at=END + 2 * DAY)

    assert revenue() == 1200
    assert changes(ana) == ["started", "renewed"]


def test_a_bank_that_refuses_later_makes_past_due(ana, provider):
    provider.answers = [State.PENDING]
    renewing.run(END)
    for _ in range(2):
        with ledger.recording():
            renewing.failed_within(Charge.objects.get(), reason="insufficient_funds", at=END + DAY)

    assert changes(ana) == ["started", "past_due"]
    assert Charge.objects.get().reason == "insufficient_funds"


def test_money_for_a_subscription_that_has_ended_goes_back(ana, provider):
    provider.answers = [State.PENDING]
    renewing.run(END)
    charge = Charge.objects.get()
    provider.moved["pi_late"] = 600
    subscriptions.cancel(ana, at_period_end=False, now=END + DAY)
    with ledger.recording():
        renewing.paid_within(charge, reference="pi_late", at=END + 2 * DAY)

    assert not Payment.objects.latest("pk").is_applied
    payments.finish(END + 2 * DAY)
    assert revenue() == provider.net_minor == 600
    assert renewing.run(END + 3 * DAY) == {}


@pytest.mark.parametrize(
    "key", ["", "charge-1", "charge-x-1", "charge-1-2-3", "charge-99999999999999999999-1", "charge-1-²"]
)
def test_an_unknown_key_is_no_charge(key, db):
    assert renewing.charge_of(key) is None


def test_the_key_of_an_attempt_that_is_over_finds_nothing(ana, provider):
    provider.answers = [State.FAILED]
    renewing.run(END)
    key = Charge.objects.get().key
    renewing.run(END + DAY)

    assert renewing.charge_of(key) is None
    assert renewing.charge_of(key, is_current=False) == renewing.charge_of(Charge.objects.get().key)


def test_staff_days_postpone_the_charge(ana, provider):
    subscriptions.extend(ana, 30, now=NOW)

    assert renewing.run(END) == {}
    assert renewing.run(END + 30 * DAY) == {"paid": 1}


def test_the_tasks_run(ana):
    assert renew_subscriptions() == {}
    assert expire_subscriptions() == 1


def test_many_that_are_due_cost_one_question(plans, django_assert_num_queries):
    for number in range(3):
        pay_for(make_user(f"member{number}x"), plans["subscriber"], NOW)

    with django_assert_num_queries(1):
        assert len(renewing.due(END)) == 3

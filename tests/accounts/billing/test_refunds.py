"""Refunds: never more than came, once per key, and what they undo stands as it stood before."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.db.models import ProtectedError

from accounts import entitlements, subscriptions
from accounts.billing import buying, payments, renewing
from accounts.billing.gateways import State, Unreachable
from accounts.billing.refusals import CurrencyMismatch, OutOfRange, RefundFailed, TooMuch
from accounts.models import Payment, PaymentKind, RefundClaim, User
from accounts.roles import Role
from accounts.standing import By
from analytics.revenue.books import Books
from stats import ledger, windows
from stats.ids import uuid7
from tests.accounts.billing.acting import changes, lines, pay_for, revenue, running
from tests.accounts.billing.conftest import NOW
from tests.factories import make_staff, make_user

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
MIDDLE = NOW + timedelta(days=15, hours=12)
SELF = By()


@pytest.fixture
def ana(plans):
    return make_user("ana")


def test_giving_a_start_back_ends_the_plan(ana, plans, provider):
    paid = pay_for(ana, plans["subscriber"], NOW).payment

    back = payments.refund(paid, reason="Asked for it.", now=MIDDLE)

    assert (back.amount_minor, back.kind, back.refund_of, back.plan) == (600, "refund", paid, plans["subscriber"])
    assert entitlements.role_of(User.objects.get(), MIDDLE) is Role.FREE
    assert lines(ana) == [("started", 0, 7200), ("reverted", 7200, 0)]
    assert revenue() == provider.net_minor == 0


def test_giving_an_upgrade_back_puts_the_plan_back(ana, plans, provider):
    pay_for(ana, plans["subscriber"], NOW)
    before = running(ana)
    upgrade = buying.buy(ana, plans["premium"], now=MIDDLE).payment

    payments.refund(upgrade, reason="Too dear.", now=MIDDLE + DAY)

    after = running(ana)
    for name in ("plan", "price_minor", "paid_from", "current_period_end", "grace_until", "status"):
        assert getattr(after, name) == getattr(before, name)
    assert lines(ana)[-1] == ("reverted", 16800, 7200)
    assert revenue() == provider.net_minor == 600


def test_one_refund_after_the_other_goes_all_the_way_back(ana, plans, provider):
    start = pay_for(ana, plans["subscriber"], NOW).payment
    upgrade = buying.buy(ana, plans["premium"], now=MIDDLE).payment

    payments.refund(upgrade, reason="", now=MIDDLE)
    payments.refund(start, reason="", now=MIDDLE)

    assert lines(ana)[-1] == ("reverted", 7200, 0)
    assert revenue() == provider.net_minor == 0


def test_giving_back_a_payment_that_others_stand_on_moves_money_only(ana, plans):
    start = pay_for(ana, plans["subscriber"], NOW).payment
    buying.buy(ana, plans["premium"], now=MIDDLE)

    payments.refund(start, reason="", now=MIDDLE)

    assert running(ana).plan == plans["premium"]
    assert changes(ana) == ["started", "upgraded"]


def test_giving_a_renewal_back_ends_the_plan(ana, plans):
    pay_for(ana, plans["subscriber"], NOW)
    renewing.run(NOW.replace(month=4))

    payments.refund(Payment.objects.latest("at"), reason="", now=NOW.replace(month=4) + DAY)

    assert lines(ana)[-1] == ("reverted", 7200, 0)
    assert revenue() == 600


def test_credit_that_was_used_comes_back(ana, plans):
    pay_for(ana, plans["premium"], NOW)
    buying.downgrade_now(ana, plans["subscriber"], by=SELF, now=MIDDLE)
    upgrade = buying.buy(ana, plans["premium-year"], now=MIDDLE).payment
    assert (upgrade.amount_minor, running(ana).credit_minor) == (14000 - 300 - 400, 0)

    payments.refund(upgrade, reason="", now=MIDDLE)

    assert running(ana).credit_minor == 400


def test_a_part_goes_back_and_the_plan_stays(ana, plans, provider):
    paid = pay_for(ana, plans["subscriber"], NOW).payment

    payments.refund(paid, 150, reason="A bad day.", now=NOW)

    assert payments.refundable_minor(paid) == 450
    assert changes(ana) == ["started"]
    with pytest.raises(TooMuch):
        payments.refund(paid, 451, reason="", now=NOW)
    assert payments.refund(paid, reason="", now=NOW).amount_minor == 450
    assert changes(ana) == ["started", "reverted"]
    assert revenue() == provider.net_minor == 0


def test_staff_may_leave_the_plan(ana, plans):
    payments.refund(pay_for(ana, plans["subscriber"], NOW).payment, reason="", put_back=False, now=NOW)

    assert changes(ana) == ["started"]


@pytest.mark.parametrize("amount", [0, -1])
def test_nothing_and_less_cannot_go_back(ana, plans, amount):
    with pytest.raises(OutOfRange):
        payments.refund(pay_for(ana, plans["subscriber"], NOW).payment, amount, reason="", now=NOW)


def test_a_refund_is_not_given_back(ana, plans):
    back = payments.refund(pay_for(ana, plans["subscriber"], NOW).payment, reason="", now=NOW)

    with pytest.raises(TooMuch):
        payments.refund(back, reason="", now=NOW)


def test_a_refused_refund_changes_nothing_and_may_be_asked_for_again(ana, plans, provider):
    paid = pay_for(ana, plans["subscriber"], NOW).payment
    provider.answers = [State.FAILED]

    with pytest.raises(RefundFailed):
        payments.refund(paid, reason="", now=NOW)

    assert (revenue(), changes(ana)) == (600, ["started"])
    assert payments.refund(paid, reason="", now=NOW).amount_minor == 600


def test_a_refund_whose_answer_was_lost_is_finished_with_the_same_key(ana, plans, provider):
    paid = pay_for(ana, plans["subscriber"], NOW).payment
    provider.answers = [Unreachable]
    with pytest.raises(Unreachable):
        payments.refund(paid, reason="Asked.", now=NOW)

    with pytest.raises(TooMuch):
        payments.refund(paid, reason="", now=NOW)
    assert [payments.finish(NOW), payments.finish(NOW + timedelta(minutes=15))] == [0, 1]
    assert revenue() == provider.net_minor == 0
    assert Payment.objects.get(kind="refund").reason == "Asked."


def test_an_answer_and_a_webhook_are_one_refund(ana, plans, provider):
    paid = pay_for(ana, plans["subscriber"], NOW).payment
    provider.answers = [State.PENDING]
    assert payments.refund(paid, reason="Asked.", by=By(user=make_staff("boss")), now=NOW) is None

    for _ in range(2):
        with ledger.recording():
            payments.refunded_within(paid, 600, reference="re_1", reason="", at=NOW + DAY)

    back = Payment.objects.get(kind="refund")
    assert (back.reason, back.by_user.username) == ("Asked.", "boss")
    assert RefundClaim.objects.get().refund == back
    assert revenue() == 0


def test_a_refund_at_the_providers_own_desk_counts(ana, plans):
    paid = pay_for(ana, plans["subscriber"], NOW).payment

    with ledger.recording():
        payments.refunded_within(paid, 600, reference="re_1", reason="fraudulent", at=NOW)

    assert lines(ana)[-1] == ("reverted", 7200, 0)
    with pytest.raises(TooMuch), ledger.recording():
        payments.refunded_within(paid, 1, reference="re_2", reason="", at=NOW)
    assert revenue() == 0


def test_giving_a_purchase_back_that_took_a_gifts_place_puts_the_gift_back(ana, plans):
    gift = subscriptions.upgrade_subscription(ana, Role.SUBSCRIBER, 300, now=NOW)

    payments.refund(pay_for(ana, plans["premium"], NOW).payment, reason="", now=MIDDLE)

    assert (running(ana).gateway, running(ana).current_period_end) == ("", gift.current_period_end)
    assert lines(ana)[-1] == ("reverted", 16800, 0)


def test_the_ledger_of_money_cannot_be_changed(ana, plans):
    pay_for(ana, plans["subscriber"], NOW)

    with pytest.raises(DatabaseError, match="cannot be changed"), transaction.atomic():
        Payment.objects.update(amount_minor=1)


@pytest.mark.parametrize("amount", [0, -5, 10**12 + 1, 2**63, 10**30])
def test_amounts_that_no_ledger_holds_are_refused(ana, amount):
    with pytest.raises(OutOfRange), ledger.recording():
        payments.record_within(
            ana, amount_minor=amount, currency="EUR", product="other", gateway="fake", reference="x", at=NOW
        )

    assert not Payment.objects.exists()


def test_an_unknown_key_is_no_claim(db):
    assert payments.claim_of("refund-x") is None


def test_what_has_gone_back_by_hand_is_written_down_without_asking(ana, plans, provider):
    paid = pay_for(ana, plans["subscriber"], NOW).payment
    staff = make_staff("boss")
    asked = len(provider.asked)

    back = payments.refund(paid, 250, reason="By transfer.", by=By(user=staff), by_hand=True, now=MIDDLE)

    assert (back.gateway, back.amount_minor, back.by_user, back.refund_of) == ("manual", 250, staff, paid)
    assert len(provider.asked) == asked
    assert payments.refundable_minor(paid) == 350
    assert (provider.net_minor, revenue()) == (600, 350)
    assert RefundClaim.objects.get().refund == back


def test_a_line_is_undone_once_and_never_by_more_than_it_moved(ana, plans):
    paid = pay_for(ana, plans["subscriber"], NOW).payment
    back = payments.refund(paid, 400, reason="", now=NOW)

    with ledger.recording():
        undone = payments.refund_failed_within(back, reason="card_closed", at=NOW + DAY)
        assert payments.refund_failed_within(back, reason="card_closed", at=NOW + DAY) == undone
    with pytest.raises(TooMuch), ledger.recording():
        more = payments.disputed_within(paid, 100, reference="dp_1", reason="", at=NOW)
        payments.undo_within(more, PaymentKind.DISPUTE_WON, 101, reason="", at=NOW)

    assert (revenue(), payments.refundable_minor(paid)) == (600, 600)


@pytest.mark.parametrize(("amount", "refusal"), [(601, TooMuch), (0, OutOfRange), (-1, OutOfRange), (2**63, TooMuch)])
def test_no_dispute_takes_more_than_was_paid_nor_nothing(ana, plans, amount, refusal):
    paid = pay_for(ana, plans["subscriber"], NOW).payment

    with pytest.raises(refusal), ledger.recording():
        payments.disputed_within(paid, amount, reference="dp_1", reason="", at=NOW)

    assert revenue() == 600


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "refund_failed"},
        {"kind": "dispute", "refund_of": None},
        {"kind": "refund", "undoes": "back"},
        {"kind": "payment", "refund_of": "paid"},
    ],
    ids=str,
)
def test_the_database_holds_what_a_line_names(ana, plans, wrong):
    paid = pay_for(ana, plans["subscriber"], NOW).payment
    back = payments.refund(paid, 100, reason="", now=NOW)
    named = {
        "refund_of": paid,
        **{name: {"paid": paid, "back": back}.get(value, value) for name, value in wrong.items()},
    }

    with pytest.raises(DatabaseError), transaction.atomic():
        Payment.objects.create(
            user=ana, amount_minor=1, currency="EUR", product="other", gateway="fake", event_id=uuid7(), **named
        )


def test_a_plan_that_somebody_has_cannot_be_deleted(ana, plans):
    pay_for(ana, plans["subscriber"], NOW)

    with pytest.raises(ProtectedError):
        plans["subscriber"].delete()


def test_money_in_another_currency_is_never_set_off(ana, plans):
    pay_for(ana, plans["premium"], NOW)

    with pytest.raises(CurrencyMismatch):
        buying.buy(ana, plans["premium-usd"], now=MIDDLE)

    assert revenue() == 1400


def test_an_upgrade_that_is_taken_back_at_once_is_nothing(ana, plans, provider):
    pay_for(ana, plans["subscriber"], NOW)
    upgrade = buying.buy(ana, plans["premium"], now=MIDDLE).payment
    buying.downgrade_now(ana, plans["subscriber"], by=SELF, now=MIDDLE)

    assert running(ana).credit_minor == upgrade.amount_minor
    assert running(ana).run_rate == 7200
    window = windows.between(MIDDLE.date(), MIDDLE.date(), MIDDLE + DAY, "UTC")
    assert all(not sums.rate for sums in Books(window, "EUR", MIDDLE + DAY).movements.values())

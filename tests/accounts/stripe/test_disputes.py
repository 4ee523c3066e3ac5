"""Disputes as Stripe tells of them: money leaves when the bank takes it, and comes again when the site was right."""

import time
from datetime import timedelta
from itertools import permutations

import pytest
from django.test import Client
from django.urls import reverse

from accounts import entitlements
from accounts.billing import buying, payments, renewing
from accounts.billing.refusals import TooMuch
from accounts.models import Dispute, Notice, Payment, Subscription, User
from accounts.roles import Role
from stats import verify
from tests.accounts.stripe.edge import dispute_of, event_of, refund_of, tell
from tests.analytics.person.desk import make_role
from tests.factories import make_user

pytestmark = pytest.mark.django_db
COMPLETED, DISPUTE = "checkout.session.completed", "charge.dispute."
NOW = int(time.time())


def role_of(user):
    return entitlements.role_of(User.objects.get(pk=user.pk))


def ledger(user=None):
    rows = Payment.objects.filter(user=user) if user else Payment.objects.all()
    return [(row.kind, row.signed_minor) for row in rows.order_by("pk")]


@pytest.fixture
def paid(edge, plans, ana):
    """Let Ana pay for a plan. Returns the payment."""
    tell(event_of(COMPLETED, edge.pay(buying.buy(ana, plans["subscriber"]).purchase), at=NOW - 1000))
    return Payment.objects.get()


def opened(payment, amount=600):
    """Let the bank take the money."""
    codes = [
        tell(event_of(f"{DISPUTE}created", dispute_of(payment, amount), at=NOW - 900)).json()["code"],
        tell(event_of(f"{DISPUTE}funds_withdrawn", dispute_of(payment, amount, took=amount), at=NOW - 900)).json()[
            "code"
        ],
    ]
    assert codes == ["applied", "applied"]


def closed(payment, status, amount=600):
    """Let the bank decide."""
    gave = amount if status == "won" else 0
    tell(event_of(f"{DISPUTE}closed", dispute_of(payment, amount, status, took=amount, gave=gave), at=NOW - 100))
    if gave:
        told = dispute_of(payment, amount, status, took=amount, gave=gave)
        tell(event_of(f"{DISPUTE}funds_reinstated", told, at=NOW - 100))


def test_money_leaves_when_it_is_taken_and_access_stays(ana, paid):
    tell(event_of(f"{DISPUTE}created", dispute_of(paid, 600), at=NOW - 900))
    assert (ledger(), Dispute.objects.get().state) == ([("payment", 600)], "open")

    tell(event_of(f"{DISPUTE}funds_withdrawn", dispute_of(paid, 600, took=600), at=NOW - 800))

    assert ledger() == [("payment", 600), ("dispute", -600)]
    assert role_of(ana) is Role.SUBSCRIBER
    dispute = Dispute.objects.get()
    assert (dispute.user, dispute.payment, dispute.reason, dispute.state) == (ana, paid, "fraudulent", "open")
    assert (dispute.fee_minor, dispute.fee_currency, int(dispute.opened_at.timestamp())) == (2000, "EUR", NOW - 900)


def test_what_is_disputed_cannot_be_given_back_as_well(paid):
    opened(paid, 400)

    assert payments.refundable_minor(paid) == 200
    with pytest.raises(TooMuch):
        payments.refund(paid, 201, reason="")


def test_a_dispute_that_is_won_brings_the_money_again_and_takes_nothing(ana, paid):
    opened(paid)

    closed(paid, "won")

    assert ledger() == [("payment", 600), ("dispute", -600), ("dispute_won", 600)]
    assert (role_of(ana), Dispute.objects.get().state) == (Role.SUBSCRIBER, "won")
    assert Payment.objects.get(kind="dispute_won").undoes == Payment.objects.get(kind="dispute")
    assert payments.refundable_minor(paid) == 600


def test_a_dispute_that_is_lost_takes_what_was_bought(ana, paid):
    opened(paid)

    closed(paid, "lost")

    assert ledger() == [("payment", 600), ("dispute", -600)]
    assert role_of(ana) is Role.FREE
    assert Dispute.objects.get().closed_at is not None
    assert Subscription.objects.get().run_rate == 0


def test_a_part_that_is_lost_takes_nothing(ana, paid):
    opened(paid, 400)

    closed(paid, "lost", 400)

    assert (ledger(), role_of(ana)) == ([("payment", 600), ("dispute", -400)], Role.SUBSCRIBER)


def test_an_inquiry_moves_no_money_and_stops_nothing(ana, paid):
    for status in ("warning_needs_response", "warning_under_review", "warning_closed"):
        tell(event_of(f"{DISPUTE}updated", dispute_of(paid, 600, status), id=f"evt_{status}", at=NOW - 500))

    assert (ledger(), role_of(ana)) == ([("payment", 600)], Role.SUBSCRIBER)
    assert Dispute.objects.get().state == "closed"


@pytest.mark.parametrize("ends", ["won", "lost"])
def test_in_any_order_and_twice_the_same_comes_out(edge, plans, ends):
    """Payment, opening, taking, deciding, giving again: in many orders, everything twice."""
    orders = list(permutations(range(5)))[:: 7 if ends == "won" else 11]
    for number, order in enumerate(orders):
        member = make_user(f"member-{number}")
        reference = f"pi_{number}"
        session = edge.pay(buying.buy(member, plans["subscriber"]).purchase, reference)
        taken = dispute_of(reference, 600, took=600) | {"id": f"dp_{number}"}
        decided = dispute_of(reference, 600, ends, took=600) | {"id": f"dp_{number}"}
        last = dispute_of(reference, 600, ends, took=600, gave=600 * (ends == "won")) | {"id": f"dp_{number}"}
        events = [
            event_of(COMPLETED, session, at=NOW - 50),
            event_of(f"{DISPUTE}created", taken | {"balance_transactions": []}, at=NOW - 40),
            event_of(f"{DISPUTE}funds_withdrawn", taken, at=NOW - 40),
            event_of(f"{DISPUTE}closed", decided, at=NOW - 10),
            event_of(f"{DISPUTE}{'funds_reinstated' if ends == 'won' else 'updated'}", last, at=NOW - 10),
        ]
        for index in (*order, *order):
            assert tell(events[index]).status_code == 200
        assert sorted(ledger(member)) == sorted(
            [("payment", 600), ("dispute", -600)] + [("dispute_won", 600)] * (ends == "won")
        )
        assert Dispute.objects.get(reference=f"dp_{number}").state == ends
        assert role_of(member) is (Role.SUBSCRIBER if ends == "won" else Role.FREE)
    assert verify.differences() == []


def test_money_that_was_taken_is_entered_though_newer_news_were_told_first(paid):
    tell(event_of(f"{DISPUTE}updated", dispute_of(paid, 600, "under_review"), at=NOW - 500))

    answer = tell(event_of(f"{DISPUTE}funds_withdrawn", dispute_of(paid, 600), at=NOW - 800))

    assert answer.json() == {"code": "applied"}
    assert ledger() == [("payment", 600), ("dispute", -600)]
    dispute = Dispute.objects.get()
    assert [int(at.timestamp()) for at in (dispute.opened_at, dispute.told_at)] == [NOW - 800, NOW - 500]


def test_a_refund_and_a_dispute_may_take_more_together_than_came(ana, paid):
    tell(event_of("refund.created", refund_of(paid, 200), at=NOW - 950))

    opened(paid)

    assert sum(amount for _, amount in ledger()) == -200
    assert payments.refundable_minor(paid) == 0


@pytest.mark.parametrize("wrong", [{"amount": 601}, {"currency": "usd"}, {"amount": 0}, {"amount": 10**20}])
def test_what_cannot_be_right_is_held_for_staff(paid, wrong):
    told = dispute_of(paid, 600, took=600) | {"balance_transactions": []} | wrong

    answer = tell(event_of(f"{DISPUTE}funds_withdrawn", told))

    assert (answer.status_code, answer.json()) == (200, {"code": "held"})
    assert ledger() == [("payment", 600)]
    assert Notice.objects.exclude(waits_for="").count() == 1
    assert not Dispute.objects.exists()


def test_a_dispute_told_before_its_payment_waits_for_it(edge, plans, ana):
    session = edge.pay(buying.buy(ana, plans["subscriber"]).purchase)
    edge.is_down = True
    first = tell(event_of(f"{DISPUTE}funds_withdrawn", dispute_of("pi_page", 600, took=600)))

    tell(event_of(COMPLETED, session))

    assert first.json() == {"code": "held"}
    assert ledger() == [("payment", 600), ("dispute", -600)]


def test_nothing_is_charged_while_a_bank_decides(edge, ana, paid):
    opened(paid)
    due = Subscription.objects.get().current_period_end

    assert renewing.run(due) == {}
    assert renewing.try_again(ana, now=due) is None
    closed(paid, "won")

    assert renewing.run(due + timedelta(days=1)) == {"paid": 1}


def test_staff_for_money_see_disputes_and_others_do_not(paid):
    opened(paid)
    address = reverse("admin:accounts_dispute_changelist")

    for role, status in (("finance", 200), ("analyst", 200), ("support", 403), ("moderator", 403)):
        browser = Client()
        browser.force_login(make_role(role))
        answer = browser.get(address)
        assert answer.status_code == status
        assert ("fraudulent" in answer.content.decode()) == (status == 200)

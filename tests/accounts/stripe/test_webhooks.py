"""What Stripe tells: believed by its signature, once by its id, and never against newer news."""

import json
import time
from datetime import timedelta
from itertools import permutations

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from accounts import entitlements, subscriptions
from accounts.billing import buying, payments, renewing, webhooks
from accounts.models import Charge, Notice, Payment, Purchase, Status, Subscription, User
from accounts.roles import Role
from tests.accounts.stripe.edge import ADDRESS, event_of, intent_of, refund_of, session_of, tell
from tests.factories import make_user

pytestmark = pytest.mark.django_db
COMPLETED = "checkout.session.completed"


def role_of(user):
    return entitlements.role_of(User.objects.get(pk=user.pk))


def ledger():
    """Return the lines of the ledger: signed amounts, and whether what was paid for was handed over."""
    return [(row.signed_minor, row.is_applied) for row in Payment.objects.order_by("pk")]


@pytest.fixture
def bought(edge, plans, ana):
    """Return what Ana has begun to buy."""
    return buying.buy(ana, plans["subscriber"]).purchase


def test_paying_on_the_page_starts_the_plan(edge, ana, bought):
    assert role_of(ana) is Role.FREE

    answer = tell(event_of(COMPLETED, edge.pay(bought)))

    assert (answer.status_code, answer.json()) == (200, {"code": "applied"})
    assert role_of(ana) is Role.SUBSCRIBER
    payment = Payment.objects.get()
    assert (payment.amount_minor, payment.currency, payment.gateway_ref, payment.country) == (
        600,
        "EUR",
        "pi_page",
        "DE",
    )


def test_told_again_it_changes_nothing(edge, ana, bought):
    event = event_of(COMPLETED, edge.pay(bought))

    answers = [tell(event).json()["code"] for _ in range(3)]

    assert answers == ["applied", "duplicate", "duplicate"]
    assert ledger() == [(600, True)]
    assert Notice.objects.count() == 1


def test_another_id_about_the_same_payment_changes_nothing(edge, bought):
    session = edge.pay(bought)
    tell(event_of(COMPLETED, session, id="evt_1"))
    ends = Subscription.objects.get().current_period_end

    answer = tell(event_of("checkout.session.async_payment_succeeded", session, id="evt_2"))

    assert answer.json() == {"code": "applied"}
    assert ledger() == [(600, True)]
    assert Subscription.objects.get().current_period_end == ends


def test_a_known_id_with_another_content_is_a_conflict(edge, bought):
    session = edge.pay(bought)
    event = event_of(COMPLETED, session)
    tell(event)

    answer = tell(event | {"data": {"object": session | {"amount_total": 1}}})

    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
    assert ledger() == [(600, True)]


@pytest.mark.parametrize(
    "send",
    [
        lambda event: tell(event, secret="whsec_of_somebody_else"),
        lambda event: Client().post(ADDRESS, json.dumps(event), content_type="application/json"),
        lambda event: tell(event, **{"Stripe-Signature": ""}),
        lambda event: tell(event, **{"Stripe-Signature": "t=1,v1=é"}),
        lambda event: tell(event, **{"Stripe-Signature": "t=now,v1=0"}),
        lambda event: tell(event, **{"Stripe-Signature": f"t={int(time.time())}"}),
        lambda event: tell(event, **{"Stripe-Signature": f"t={int(time.time())},v0=0"}),
    ],
    ids=["another secret", "no header", "empty", "no ascii", "no time", "no signature", "another scheme"],
)
def test_a_forged_one_is_refused(edge, ana, bought, send):
    answer = send(event_of(COMPLETED, session_of(bought)))

    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_signature")
    assert role_of(ana) is Role.FREE
    assert not Notice.objects.exists()


def test_an_altered_body_is_refused(edge, ana, bought):
    body = json.dumps(event_of(COMPLETED, session_of(bought)))
    sent = tell(body)
    signature = sent.wsgi_request.headers["Stripe-Signature"]

    answer = tell(body.replace("paid", "PAID"), **{"Stripe-Signature": signature})

    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_signature")


def test_without_a_secret_nothing_is_believed(edge, bought, settings):
    settings.STRIPE_WEBHOOK_SECRET = ""

    answer = tell(event_of(COMPLETED, session_of(bought)), secret="")

    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_signature")


@pytest.mark.parametrize(("age_s", "status"), [(290, 200), (310, 401)])
def test_one_that_was_signed_five_minutes_ago_is_refused(edge, ana, bought, age_s, status):
    answer = tell(event_of(COMPLETED, edge.pay(bought)), signed_at=time.time() - age_s)

    assert answer.status_code == status
    assert (role_of(ana) is Role.SUBSCRIBER) == (status == 200)
    if status == 401:
        assert answer.json()["code"] == "timestamp_outside_tolerance"


@pytest.mark.parametrize(
    "body",
    [
        "",
        "[]",
        "null",
        "{}",
        "{",
        '{"object": "event"}',
        '{"object": "event", "id": "evt", "type": "x", "created": "now", "data": {"object": {"id": "cs"}}}',
        '{"object": "event", "id": "evt", "type": "x", "created": 1e300, "data": {"object": {"id": "cs"}}}',
        '{"object": "event", "id": 7, "type": "x", "created": 1, "data": {"object": {"id": "cs"}}}',
        '{"object": "event", "id": "evt", "type": "x", "created": 1, "data": {"object": {"id": "' + "c" * 300 + '"}}}',
        "[" * 100_000,
    ],
)
def test_what_is_no_event_is_refused_however_well_it_is_signed(edge, body):
    answer = tell(body)

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_event")


@pytest.mark.parametrize(
    "part",
    [
        *({"metadata": odd} for odd in ("abc", 5, [1])),
        *({"status": odd} for odd in ([1], {}, 7)),
        {"last_payment_error": "abc"},
        {"evidence_details": [1]},
        {"customer_details": "abc"},
        {"balance_transactions": {}},
        {"payment_intent": "p" * 5000},
        {"payment_intent": 7},
        {"payment_intent": {"id": "p" * 5000}},
        {"reason": "a\0b"},
        {"reason": "a\ud800b"},
    ],
)
@pytest.mark.parametrize(
    "kind", [COMPLETED, "payment_intent.payment_failed", "refund.created", "charge.dispute.created"]
)
def test_an_object_of_another_shape_is_no_event(edge, bought, kind, part):
    session = edge.pay(bought)

    answer = tell(event_of(kind, session | {"amount": 600, "currency": "eur"} | part))

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_event")
    assert not Payment.objects.exists()


@pytest.mark.parametrize(
    "event",
    [
        event_of("customer.created", {"id": "cus_1"}),
        event_of(COMPLETED, {"id": "cs_1", "metadata": {}, "payment_status": "paid"}),
        event_of(COMPLETED, {"id": "cs_1", "metadata": None, "payment_status": "paid"}),
        event_of(COMPLETED, {"id": "cs_1", "metadata": {"purchase": "none"}, "payment_status": "paid"}),
        event_of(COMPLETED, {"id": "cs_1", "mode": "setup", "customer": "cus_of_another_shop"}),
        event_of("payment_intent.succeeded", intent_of("pi_1", 600, "eur", {"charge": "charge-9-1"})),
        event_of("payment_intent.succeeded", intent_of("pi_1", 600, "eur", {"charge": "charge-²-1"})),
        event_of("refund.created", {"id": "re_1", "payment_intent": None}),
    ],
)
def test_what_is_of_another_shop_is_ignored(edge, plans, event):
    answer = tell(event)

    assert (answer.status_code, answer.json()) == (200, {"code": "ignored"})
    assert not Notice.objects.exists()


def test_another_amount_starts_nothing(edge, ana, bought):
    session = edge.pay(bought)

    for wrong in ({"amount_total": 599}, {"currency": "usd"}):
        answer = tell(event_of(COMPLETED, session | wrong, id=f"evt_{wrong}"))
        assert answer.json() == {"code": "amount_differs"}

    assert role_of(ana) is Role.FREE
    assert ledger() == []


def test_a_transfer_starts_the_plan_when_it_has_come(edge, ana, bought):
    session, now = edge.pay(bought), time.time()

    first = tell(event_of(COMPLETED, session | {"payment_status": "unpaid"}, at=now - 60))
    assert (first.json()["code"], role_of(ana)) == ("underway", Role.FREE)
    second = tell(event_of("checkout.session.async_payment_succeeded", session, at=now))

    assert (second.json()["code"], role_of(ana)) == ("applied", Role.SUBSCRIBER)


def test_older_news_of_the_same_object_change_nothing(edge, ana, bought):
    session, now = edge.pay(bought), time.time()
    tell(event_of("checkout.session.async_payment_succeeded", session, at=now))

    answer = tell(
        event_of("checkout.session.async_payment_failed", session | {"payment_status": "unpaid"}, at=now - 60)
    )

    assert (answer.status_code, answer.json()) == (200, {"code": "outdated"})
    assert role_of(ana) is Role.SUBSCRIBER
    assert Purchase.objects.get().state == "settled"


def test_a_page_that_lapses_drops_the_purchase(edge, ana, bought):
    answer = tell(event_of("checkout.session.expired", session_of(bought, payment_status="unpaid")))

    assert answer.json() == {"code": "applied"}
    assert Purchase.objects.get().state == "dropped"


def test_paid_in_two_tabs_the_second_goes_back(edge, ana, bought):
    tell(event_of(COMPLETED, edge.pay(bought, "pi_one"), id="evt_1"))

    session = edge.pay(bought, "pi_two") | {"id": "cs_two"}
    answer = tell(event_of(COMPLETED, session, id="evt_2"))

    assert answer.json() == {"code": "given_back"}
    assert ledger() == [(600, True), (600, False), (-600, False)]
    assert edge.moved_minor == 600
    assert role_of(ana) is Role.SUBSCRIBER


def test_what_cannot_be_given_back_at_once_is_given_back_by_the_clock(edge, ana, bought):
    tell(event_of(COMPLETED, edge.pay(bought, "pi_one"), id="evt_1"))
    session = edge.pay(bought, "pi_two") | {"id": "cs_two"}
    edge.is_down = True
    assert tell(event_of(COMPLETED, session, id="evt_2")).status_code == 200
    edge.is_down = False

    payments.finish(timezone.now() + timedelta(hours=1))

    assert sorted(ledger()) == [(-600, False), (600, False), (600, True)]
    assert edge.moved_minor == 600


def test_a_refund_at_the_dashboard_is_recorded_once(edge, ana, bought):
    tell(event_of(COMPLETED, edge.pay(bought)))
    payment = Payment.objects.get()

    codes = [
        tell(event_of(kind, refund_of(payment, 200), id=f"evt_{kind}")).json()["code"]
        for kind in ("refund.created", "refund.updated")
    ]

    assert codes == ["applied", "applied"]
    assert ledger() == [(600, True), (-200, True)]
    assert role_of(ana) is Role.SUBSCRIBER


def test_a_whole_refund_takes_the_plan_back(edge, ana, bought):
    tell(event_of(COMPLETED, edge.pay(bought)))

    tell(event_of("refund.created", refund_of(Payment.objects.get(), 600)))

    assert role_of(ana) is Role.FREE
    assert ledger() == [(600, True), (-600, True)]


def test_our_own_refund_told_by_webhook_is_the_same_refund(edge, ana, bought):
    tell(event_of(COMPLETED, edge.pay(bought)))
    done = payments.refund(Payment.objects.get(), 200, reason="Two days off.")

    answer = tell(event_of("refund.created", refund_of("pi_page", 200, done.gateway_ref)))

    assert answer.json() == {"code": "applied"}
    assert ledger() == [(600, True), (-200, True)]


@pytest.mark.parametrize(("status", "lines"), [("succeeded", [600, -200]), ("failed", [600])])
def test_a_refund_that_takes_its_time(edge, ana, bought, status, lines):
    tell(event_of(COMPLETED, edge.pay(bought)))
    edge.refund_status = "pending"
    payment = Payment.objects.get()
    assert payments.refund(payment, 200, reason="Two days off.") is None
    claim = payment.refund_claims.get()
    told = refund_of(payment, 200, "re_slow", status=status, metadata={"refund": claim.key})

    answer = tell(event_of("refund.updated" if status == "succeeded" else "refund.failed", told))

    assert answer.json() == {"code": "applied"}
    assert [amount for amount, _ in ledger()] == lines
    assert payments.refundable_minor(payment) == sum(lines)


def test_a_refund_told_before_its_payment_records_both(edge, ana, bought):
    session = edge.pay(bought)

    first = tell(event_of("refund.created", refund_of("pi_page", 600)))
    second = tell(event_of(COMPLETED, session))

    assert (first.json(), second.json()) == ({"code": "applied"}, {"code": "applied"})
    assert ledger() == [(600, True), (-600, True)]
    assert role_of(ana) is Role.FREE


def test_a_refund_of_a_payment_that_cannot_be_asked_for_is_held_until_the_payment_comes(edge, ana, bought):
    session = edge.pay(bought)
    edge.is_down = True
    refund = event_of("refund.created", refund_of("pi_page", 600))

    answers = [tell(refund) for _ in range(2)]

    assert [(one.status_code, one.json()["code"]) for one in answers] == [(200, "held")] * 2
    assert ledger() == []
    assert tell(event_of(COMPLETED, session)).json() == {"code": "applied"}
    assert ledger() == [(600, True), (-600, True)]
    assert (role_of(ana), tell(refund).json()) == (Role.FREE, {"code": "duplicate"})
    assert not Notice.objects.exclude(waits_for="").exists()


def test_what_is_held_is_read_again_by_the_clock(edge, ana, bought):
    edge.pay(bought)
    edge.is_down = True
    tell(event_of("refund.created", refund_of("pi_page", 200)))
    assert webhooks.finish() == 0
    edge.is_down = False

    assert (webhooks.finish(), webhooks.finish()) == (1, 0)
    assert ledger() == [(600, True), (-200, True)]


def test_what_was_held_and_is_of_another_shop_is_let_go(edge, plans):
    edge.is_down = True
    tell(event_of("refund.created", refund_of("pi_elsewhere", 200)))
    edge.is_down = False
    edge.intents["pi_elsewhere"] = intent_of("pi_elsewhere", 200, "eur", {})

    assert webhooks.finish() == 1
    assert Notice.objects.values_list("outcome", "waits_for", "content").get() == ("ignored", "", None)


def test_a_refund_of_a_payment_that_is_not_through_yet_is_held(edge, bought):
    session = edge.pay(bought)
    edge.intents["pi_page"] |= {"status": "processing"}

    answer = tell(event_of("refund.created", refund_of("pi_page", 200)))

    assert answer.json() == {"code": "held"}
    tell(event_of(COMPLETED, session))
    assert ledger() == [(600, True), (-200, True)]


@pytest.mark.parametrize("amount", [601, 0, -1, 10**30])
def test_a_refund_beyond_what_was_paid_is_held_and_changes_nothing(edge, ana, bought, caplog, amount):
    tell(event_of(COMPLETED, edge.pay(bought)))

    answer = tell(event_of("refund.created", refund_of("pi_page", amount)))

    assert (answer.status_code, answer.json()) == (200, {"code": "held"})
    assert ledger() == [(600, True)]
    assert role_of(ana) is Role.SUBSCRIBER
    assert "re_dashboard" in caplog.text
    assert Notice.objects.get(about="re_dashboard").content["amount"] == amount


def test_what_was_beyond_is_entered_once_there_is_room(edge, ana, bought):
    now = time.time()
    tell(event_of(COMPLETED, edge.pay(bought), at=now - 60))
    tell(event_of("refund.created", refund_of("pi_page", 400, "re_1"), at=now - 50))
    assert tell(event_of("refund.created", refund_of("pi_page", 600, "re_2"), at=now - 30)).json() == {"code": "held"}

    tell(event_of("refund.failed", refund_of("pi_page", 400, "re_1", status="failed"), at=now - 40))

    assert [amount for amount, _ in ledger()] == [600, -400, 400, -600]
    assert role_of(ana) is Role.FREE


def test_in_any_order_and_twice_the_same_comes_out(edge, plans):
    """Two refunds and the payment, in each of their orders, everything twice."""
    for number, order in enumerate(permutations(range(3))):
        member = make_user(f"member-{number}")
        purchase = buying.buy(member, plans["subscriber"]).purchase
        reference = f"pi_{number}"
        session = edge.pay(purchase, reference)
        events = [
            event_of(COMPLETED, session),
            event_of("refund.created", refund_of(reference, 250, f"re_a{number}")),
            event_of("refund.created", refund_of(reference, 100, f"re_b{number}")),
        ]
        for index in (*order, *order):
            assert tell(events[index]).status_code == 200
        rows = Payment.objects.filter(user=member)
        assert sorted(row.signed_minor for row in rows) == [-250, -100, 600]
        assert role_of(member) is Role.SUBSCRIBER


# What is due later


@pytest.fixture
def due(edge, ana, bought):
    """Let Ana's first period be over. Returns the moment."""
    tell(event_of(COMPLETED, edge.pay(bought)))
    return Subscription.objects.get().current_period_end


def test_a_renewal_is_taken_from_the_saved_card_and_told_of_once_more(edge, ana, due):
    assert renewing.run(due) == {"paid": 1}
    intent = next(value for key, value in edge.intents.items() if key != "pi_page")

    answer = tell(event_of("payment_intent.succeeded", intent))

    assert answer.json() == {"code": "applied"}
    assert ledger() == [(600, True), (600, True)]
    assert Payment.objects.order_by("pk").last().country == "NL"
    assert Subscription.objects.get().status == Status.ACTIVE


def test_a_renewal_that_stripe_answers_later(edge, ana, due):
    edge.charged = lambda reference, data: (intent_of(reference, 600, "eur", {}, "processing"), 200)
    assert renewing.run(due) == {"pending": 1}
    charge = Charge.objects.get()
    told = intent_of("pi_slow", 600, "eur", {"charge": charge.key})

    answer = tell(event_of("payment_intent.succeeded", told))

    assert answer.json() == {"code": "applied"}
    assert ledger() == [(600, True), (600, True)]
    assert Payment.objects.order_by("pk").last().country == "DE"


def test_a_declined_renewal_is_past_due_and_another_card_pays_it(edge, ana, due):
    edge.declines = ["insufficient_funds"]
    assert renewing.run(due) == {"failed": 1}
    assert (Charge.objects.get().reason, Subscription.objects.get().status) == ("insufficient_funds", Status.PAST_DUE)
    customer = ana.customers.get().reference
    left = {"id": "cs_card", "object": "checkout.session", "mode": "setup", "customer": customer, "metadata": {}}

    with time_machine.travel(due, tick=False):
        answer = tell(event_of(COMPLETED, left))

    assert answer.json() == {"code": "applied"}
    assert Subscription.objects.get().status == Status.ACTIVE
    assert ledger() == [(600, True), (600, True)]


def test_news_of_a_failure_that_come_after_the_money_change_nothing(edge, ana, due):
    renewing.run(due)
    charge = Charge.objects.get()
    failed = intent_of("pi_other", 600, "eur", {"charge": charge.key}, "requires_payment_method")

    tell(event_of("payment_intent.payment_failed", failed))

    assert (Charge.objects.get().state, Subscription.objects.get().status) == ("paid", Status.ACTIVE)


def test_late_money_for_an_earlier_try_counts(edge, ana, due):
    edge.declines = ["processing_error"]
    renewing.run(due)
    charge = Charge.objects.get()
    early = charge.key
    Charge.objects.update(attempts=2)

    tell(event_of("payment_intent.succeeded", intent_of("pi_late", 600, "eur", {"charge": early})))

    assert ledger() == [(600, True), (600, True)]
    assert Subscription.objects.get().status == Status.ACTIVE


def test_who_has_left_no_card_is_past_due(edge, ana, due):
    edge.cards = []

    assert renewing.run(due) == {"failed": 1}
    assert Charge.objects.get().reason == "no_card"


def test_while_stripe_is_down_nobody_is_past_due(edge, ana, due):
    edge.is_down = True

    renewing.run(due)

    assert Subscription.objects.get().status == Status.ACTIVE
    assert Charge.objects.get().state == "claimed"


def test_a_refund_that_fails_after_all_is_undone_once(edge, ana, bought, caplog):
    tell(event_of(COMPLETED, edge.pay(bought)))
    paid = Payment.objects.get()
    back = payments.refund(paid, 200, reason="Asked for.")
    failed = refund_of(paid, 200, back.gateway_ref, status="failed", failure_reason="expired_or_canceled_card")

    answers = [tell(event_of("refund.failed", failed, id=f"evt_{number}")).json() for number in range(2)]

    assert answers == [{"code": "applied"}] * 2
    assert "the money is here again" in caplog.text
    assert [amount for amount, _ in ledger()] == [600, -200, 200]
    undone = Payment.objects.get(kind="refund_failed")
    assert (undone.undoes, undone.refund_of, undone.reason) == (back, paid, "expired_or_canceled_card")
    assert payments.refundable_minor(paid) == 600
    assert back.refund_claim.state == "failed"


def test_what_a_refund_took_stays_taken_when_it_fails_and_the_money_may_go_back_again(edge, ana, bought):
    tell(event_of(COMPLETED, edge.pay(bought)))
    paid = Payment.objects.get()
    back = payments.refund(paid, reason="Asked for.")

    tell(event_of("refund.failed", refund_of(paid, 600, back.gateway_ref, status="failed")))

    assert role_of(ana) is Role.FREE
    assert payments.refund(paid, reason="By another card.").amount_minor == 600
    assert [amount for amount, _ in ledger()] == [600, -600, 600, -600]


@pytest.mark.parametrize("later_s", [0, 30])
def test_a_failure_told_before_the_success_leaves_nothing_given_back(edge, ana, bought, later_s):
    now = time.time()
    tell(event_of(COMPLETED, edge.pay(bought), at=now - 60))

    tell(event_of("refund.failed", refund_of("pi_page", 200, status="failed"), at=now))
    answer = tell(event_of("refund.created", refund_of("pi_page", 200), at=now - later_s))

    assert answer.json() == {"code": "outdated"}
    assert ledger() == [(600, True)]


@pytest.mark.parametrize("task_ran", [False, True])
def test_money_that_is_told_of_minutes_late_counts_from_when_it_moved(edge, ana, due, task_ran):
    edge.charged = lambda reference, data: (intent_of(reference, 600, "eur", {}, "processing"), 200)
    renewing.run(due)
    told = intent_of("pi_slow", 600, "eur", {"charge": Charge.objects.get().key})
    ends = Subscription.objects.get().grace_until

    with time_machine.travel(ends + timedelta(minutes=4), tick=False):
        if task_ran:
            subscriptions.expire_over()
        assert role_of(ana) is Role.FREE
        paid_at = ends - timedelta(minutes=1)
        answer = tell(event_of("payment_intent.succeeded", told, at=paid_at.timestamp()))

        assert answer.json() == {"code": "applied"}
        assert role_of(ana) is Role.SUBSCRIBER
    assert ledger() == [(600, True), (600, True)]
    assert Payment.objects.latest("pk").at == paid_at.replace(microsecond=0)
    assert Subscription.objects.get().paid_from == due


def test_nothing_has_happened_later_than_it_is_told(edge, ana, bought):
    tell(event_of(COMPLETED, edge.pay(bought), at=time.time() + 3600))

    assert Payment.objects.get().at <= timezone.now()
    assert Subscription.objects.get().starts_at <= timezone.now()

"""What Stripe is asked, to the parameter; and what its answers mean."""

import pytest
import stripe

from accounts.billing import buying, payments
from accounts.billing.gateways import State, Unreachable
from accounts.billing.gateways import stripe as gateway
from accounts.billing.refusals import PaymentFailed, RefundFailed
from accounts.models import Customer, Payment, Subscription
from tests.accounts.stripe.edge import event_of, tell

pytestmark = pytest.mark.django_db


@pytest.fixture
def subscribed(edge, plans, ana):
    """Let Ana pay for the smaller plan on Stripe's page. Returns her subscription."""
    purchase = buying.buy(ana, plans["subscriber"]).purchase
    tell(event_of("checkout.session.completed", edge.pay(purchase)))
    return Subscription.objects.get()


def asked(edge, path):
    return [(data, key) for method, at, data, key in edge.asked if at == path and method == "post"]


def test_the_page_is_for_exactly_what_was_quoted(edge, plans, ana, settings):
    settings.SITE_URL = "https://example.org"

    bought = buying.buy(ana, plans["premium"])

    assert bought.checkout.url.startswith("https://checkout.stripe.com/")
    data, _key = asked(edge, "/v1/checkout/sessions")[0]
    assert data["line_items[0][price_data][unit_amount]"] == "1400"
    assert data["line_items[0][price_data][currency]"] == "eur"
    assert data["metadata[purchase]"] == data["payment_intent_data[metadata][purchase]"] == str(bought.purchase.uuid)
    assert data["payment_intent_data[setup_future_usage]"] == "off_session"
    assert data["success_url"] == f"https://example.org/billing/purchases/{bought.purchase.uuid}/"
    assert data["customer"] == Customer.objects.get(user=ana).reference


def test_asking_twice_gives_the_same_page_and_the_same_customer(edge, plans, ana):
    first, second = buying.buy(ana, plans["premium"]), buying.buy(ana, plans["premium"])

    assert first.checkout.url == second.checkout.url
    assert len(asked(edge, "/v1/customers")) == 1
    assert len({key for _data, key in asked(edge, "/v1/checkout/sessions")}) == 1


def test_an_upgrade_is_taken_from_the_saved_card_at_once(edge, plans, ana, subscribed):
    bought = buying.buy(ana, plans["premium"], now=subscribed.paid_from)

    assert bought.payment.amount_minor == 800
    data, key = asked(edge, "/v1/payment_intents")[0]
    assert (data["amount"], data["off_session"], data["confirm"], key) == (
        "800",
        "true",
        "true",
        f"purchase-{bought.purchase.uuid}",
    )
    assert edge.moved_minor == 1400


def test_news_of_an_upgrade_that_was_paid_at_once_change_nothing(edge, plans, ana, subscribed):
    bought = buying.buy(ana, plans["premium"], now=subscribed.paid_from)
    intent = edge.intents[bought.payment.gateway_ref]

    answer = tell(event_of("payment_intent.succeeded", intent))

    assert answer.json() == {"code": "applied"}
    assert [row.amount_minor for row in Payment.objects.order_by("pk")] == [600, 800]


def test_a_declined_upgrade_leads_to_the_page(edge, plans, ana, subscribed):
    edge.declines = ["card_declined"]

    bought = buying.buy(ana, plans["premium"], now=subscribed.paid_from)

    assert bought.checkout.url.startswith("https://checkout.stripe.com/")
    assert Subscription.objects.get().plan == plans["subscriber"]


@pytest.mark.parametrize(("code", "status"), [("amount_too_small", 400), ("parameter_invalid_integer", 400)])
def test_what_stripe_refuses_drops_the_purchase(edge, plans, ana, code, status):
    real = edge.answer

    def refuse(method, path, data):
        if path == "/v1/checkout/sessions":
            return {"error": {"type": "invalid_request_error", "code": code, "message": "No."}}, status
        return real(method, path, data)

    edge.answer = refuse

    with pytest.raises(PaymentFailed):
        buying.buy(ana, plans["premium"])

    assert ana.purchases.get().state == "dropped"


def test_a_refund_that_stripe_refuses_leaves_the_money_refundable(edge, plans, ana, subscribed):
    payment = Payment.objects.get()
    edge.refunded = lambda reference, data: (
        {"error": {"type": "invalid_request_error", "code": "charge_already_refunded", "message": "No."}},
        400,
    )

    with pytest.raises(RefundFailed):
        payments.refund(payment, 100, reason="Asked for it.")

    assert payments.refundable_minor(payment) == 600


def test_a_wrong_key_is_nobodys_debt(edge, plans, ana, subscribed):
    edge.answer = lambda method, path, data: ({"error": {"type": "invalid_request_error", "message": "Bad key."}}, 401)

    with pytest.raises(Unreachable):
        gateway.STRIPE.charge(subscribed, buying.Purchase.objects.get().order(), "key")


@pytest.mark.parametrize(
    ("currency", "minor", "theirs"), [("EUR", 600, 600), ("JPY", 600, 600), ("ISK", 600, 60_000), ("UGX", 5, 500)]
)
def test_amounts_as_stripe_counts_them(currency, minor, theirs):
    assert gateway.to_stripe(minor, currency) == theirs
    assert gateway.from_stripe(theirs, currency) == minor


def test_half_a_krona_is_none():
    with pytest.raises(ValueError, match="ISK"):
        gateway.from_stripe(150, "ISK")


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("succeeded", State.PAID),
        ("processing", State.PENDING),
        ("requires_action", State.FAILED),
        ("requires_payment_method", State.FAILED),
        ("canceled", State.FAILED),
    ],
)
def test_what_an_intent_says(status, state):
    assert gateway.outcome_of({"id": "pi_1", "status": status}).state is state


def test_reasons_are_words_of_stripe_and_never_its_sentences():
    body = {"error": {"code": "card_declined", "decline_code": "insufficient_funds", "message": "Ana's card 4242 …"}}
    error = stripe.CardError("Ana's card 4242 …", None, "card_declined", json_body=body)

    assert gateway.code_of(error) == "insufficient_funds"

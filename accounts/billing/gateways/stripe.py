"""Stripe: members pay on its own page, and the card that they leave there pays what is due later.

The site keeps its own calendar and its own proration; Stripe only moves money. What it tells by webhook is read in
`accounts.billing.webhooks`; only that counts as paid, never that somebody came back to the page.
"""

from datetime import UTC, datetime
from typing import Any

import stripe
from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from accounts.billing.gateways import Checkout, Order, Outcome, State, Unreachable
from accounts.models import Customer, Payment, Subscription, User

KEY = "stripe"
PURCHASE, CHARGE, REFUND, MEMBER = "purchase", "charge", "refund", "member"
"""What the metadata name: the purchase that is paid on Stripe's page, the key of a charge or of a refund, the member."""

OPEN_S = 30 * 60
"""The least time that Stripe's page stays open. Who asks for it again within this time gets the same page."""
SLACK_S = 60  # clocks differ
TIMEOUT_S = 10
TRIES_AGAIN = 1
IN_HUNDREDTHS = frozenset({"ISK", "UGX"})  # no decimal places, but Stripe counts them in hundredths all the same

_http: stripe.HTTPClient = stripe.RequestsClient(timeout=TIMEOUT_S)


class StripeGateway:
    """Checkout for who is there, the saved card for who is not."""

    key = KEY

    def checkout(self, user: User, order: Order) -> Checkout:
        """Return the address of Stripe's page for an order. Raises Unreachable."""
        marks = {PURCHASE: order.uuid, MEMBER: str(user.uuid)}
        back = settings.SITE_URL + reverse("billing:return", args=[order.uuid])
        turn = int(timezone.now().timestamp()) // OPEN_S
        try:
            session = client().v1.checkout.sessions.create(
                {
                    "mode": "payment",
                    "customer": customer_of(user),
                    "client_reference_id": order.uuid,
                    "line_items": [
                        {
                            "quantity": 1,
                            "price_data": {
                                "currency": order.currency.lower(),
                                "unit_amount": to_stripe(order.amount_minor, order.currency),
                                "product_data": {"name": order.text},
                            },
                        }
                    ],
                    "metadata": marks,
                    "payment_intent_data": {
                        "description": order.text,
                        "metadata": marks,
                        **({"setup_future_usage": "off_session"} if order.plan else {}),
                    },
                    "expires_at": (turn + 2) * OPEN_S + SLACK_S,
                    "success_url": back,
                    "cancel_url": back + "?left=1",
                },
                {"idempotency_key": f"checkout-{order.uuid}-{turn}"},
            )
        except stripe.InvalidRequestError as error:
            return Checkout(outcome=Outcome(State.FAILED, reason=code_of(error)))
        except stripe.StripeError as error:
            raise Unreachable(code_of(error)) from error
        return Checkout(url=session.to_dict().get("url") or "")

    def charge(self, subscription: Subscription, order: Order, key: str) -> Outcome:
        """Take money from the card that the member saved last. Raises Unreachable."""
        try:
            reference = customer_of(subscription.user)
            cards = client().v1.customers.payment_methods.list(reference, {"limit": 1}).data
            if not cards:
                return Outcome(State.FAILED, reason="no_card")
            intent = client().v1.payment_intents.create(
                {
                    "amount": to_stripe(order.amount_minor, order.currency),
                    "currency": order.currency.lower(),
                    "customer": reference,
                    "payment_method": cards[0].id,
                    "off_session": True,
                    "confirm": True,
                    "description": order.text,
                    "metadata": {CHARGE: key, MEMBER: str(subscription.user.uuid)},
                    "expand": ["latest_charge"],
                },
                {"idempotency_key": key},
            )
        except (stripe.CardError, stripe.InvalidRequestError) as error:
            return Outcome(State.FAILED, reason=code_of(error))
        except stripe.StripeError as error:
            raise Unreachable(code_of(error)) from error
        return outcome_of(intent.to_dict())

    def refund(self, payment: Payment, amount_minor: int, key: str) -> Outcome:
        """Give back some of a payment. Raises Unreachable."""
        try:
            told = client().v1.refunds.create(
                {
                    "payment_intent": payment.gateway_ref,
                    "amount": to_stripe(amount_minor, payment.currency),
                    "metadata": {REFUND: key},
                },
                {"idempotency_key": key},
            )
        except stripe.InvalidRequestError as error:
            return Outcome(State.FAILED, reason=code_of(error))
        except stripe.StripeError as error:
            raise Unreachable(code_of(error)) from error
        refund = told.to_dict()
        state = {"succeeded": State.PAID, "pending": State.PENDING}.get(refund["status"], State.FAILED)
        return Outcome(state, reference=refund["id"], reason=refund.get("failure_reason") or "")


STRIPE = StripeGateway()


def card_page(user: User) -> str:
    """Return the address of Stripe's page where a member leaves another card. Raises Unreachable."""
    back = settings.SITE_URL + reverse("billing:home")
    try:
        session = client().v1.checkout.sessions.create(
            {
                "mode": "setup",
                "currency": "eur",
                "customer": customer_of(user),
                "metadata": {MEMBER: str(user.uuid)},
                "success_url": back + "?card=1",
                "cancel_url": back,
            }
        )
    except stripe.StripeError as error:
        raise Unreachable(code_of(error)) from error
    return session.to_dict().get("url") or ""


def client() -> stripe.StripeClient:
    """Return Stripe's API with the account's key."""
    return stripe.StripeClient(
        settings.STRIPE_SECRET_KEY or "missing", http_client=_http, max_network_retries=TRIES_AGAIN
    )


def customer_of(user: User) -> str:
    """Return how Stripe knows a member, who is made known to it the first time. Raises StripeError."""
    known = Customer.objects.filter(user=user, gateway=KEY).values_list("reference", flat=True).first()
    if known:
        return known
    made = client().v1.customers.create(
        {"email": user.email, "name": user.display_name, "metadata": {MEMBER: str(user.uuid)}},
        {"idempotency_key": f"customer-{user.uuid}"},
    )
    return Customer.objects.get_or_create(user=user, gateway=KEY, defaults={"reference": made.id})[0].reference


def payment_intent(reference: str) -> dict[str, Any]:
    """Return a payment as Stripe has it now. Raises Unreachable."""
    try:
        return client().v1.payment_intents.retrieve(reference, {"expand": ["latest_charge"]}).to_dict()
    except stripe.StripeError as error:
        raise Unreachable(code_of(error)) from error


def outcome_of(intent: dict[str, Any]) -> Outcome:
    """Return what a payment intent says about the money."""
    state = {"succeeded": State.PAID, "processing": State.PENDING}.get(intent.get("status", ""), State.FAILED)
    error = intent.get("last_payment_error") or {}
    reason = error.get("decline_code") or error.get("code") or ("" if state is not State.FAILED else intent["status"])
    return Outcome(state, reference=intent["id"], reason=reason, country=country_of(intent))


def paid_at(intent: dict[str, Any]) -> datetime:
    """Return when a payment intent was paid: when its charge was made, for the intent may be as old as its page."""
    paid = intent.get("latest_charge")
    made = paid.get("created") if isinstance(paid, dict) else None
    return datetime.fromtimestamp(made or intent["created"], UTC)


def country_of(intent: dict[str, Any]) -> str:
    """Return the payer's country as ISO 3166, of the address before that of the card; '' if Stripe does not say."""
    paid = intent.get("latest_charge")
    if not isinstance(paid, dict):
        return ""
    address = (paid.get("billing_details") or {}).get("address") or {}
    card = (paid.get("payment_method_details") or {}).get("card") or {}
    return (address.get("country") or card.get("country") or "")[:2]


def to_stripe(amount_minor: int, currency: str) -> int:
    """Return an amount as Stripe counts it."""
    return amount_minor * 100 if currency.upper() in IN_HUNDREDTHS else amount_minor


def from_stripe(amount: int, currency: str) -> int:
    """Return an amount of Stripe's in the currency's smallest unit. Raises ValueError for what is none."""
    if currency.upper() not in IN_HUNDREDTHS:
        return amount
    if amount % 100:
        raise ValueError(f"{amount} hundredths of {currency.upper()}")
    return amount // 100


def code_of(error: stripe.StripeError) -> str:
    """Return why Stripe refused, in its own short word; its sentences may carry a member's data."""
    told = error.error
    code = (getattr(told, "decline_code", None) or error.code) if told is not None else error.code
    return (code or type(error).__name__)[:200]

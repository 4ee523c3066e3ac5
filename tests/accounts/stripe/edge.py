"""Stripe as far as its HTTP edge: it answers what it is asked, keeps idempotency keys, and signs what it tells."""

import json
import time
from itertools import count
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import stripe
from django.test import Client

SECRET = "whsec_test_secret"
ADDRESS = "/api/billing/webhooks/stripe"


class Edge(stripe.HTTPClient):
    """Stands where Stripe's library would open a connection. `declines` are the codes that the next cards answer."""

    name = "edge"

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[tuple[str, str, dict[str, str], str]] = []
        self.by_key: dict[str, tuple[str, int]] = {}
        self.intents: dict[str, dict[str, Any]] = {}
        self.moved_minor = 0
        self.cards = [{"id": "pm_1", "object": "payment_method"}]
        self.declines: list[str] = []
        self.refund_status = "succeeded"
        self.is_down = False
        self.numbers = count(1)

    def request(self, method, url, headers, post_data=None):
        """Answer one request of the library's."""
        if self.is_down:
            raise stripe.APIConnectionError("down", should_retry=False)
        path = urlsplit(url).path
        data = dict(parse_qsl(post_data or urlsplit(url).query))
        key = headers.get("Idempotency-Key", "") if method == "post" else ""
        self.asked.append((method, path, data, key))
        if key in self.by_key and key:
            return (*self.by_key[key], {})
        body, status = self.answer(method, path, data)
        if key:
            self.by_key[key] = (json.dumps(body), status)
        return json.dumps(body), status, {}

    def close(self):
        """Close nothing."""

    def answer(self, method: str, path: str, data: dict[str, str]) -> tuple[dict[str, Any], int]:
        """Return what Stripe says, and the status."""
        number = next(self.numbers)
        if path == "/v1/customers":
            return {"id": f"cus_{number}", "object": "customer"}, 200
        if path.endswith("/payment_methods"):
            return {"object": "list", "data": self.cards, "has_more": False, "url": path}, 200
        if path == "/v1/checkout/sessions":
            return {
                "id": f"cs_{number}",
                "object": "checkout.session",
                "url": f"https://checkout.stripe.com/{number}",
            }, 200
        if path == "/v1/refunds":
            return self.refunded(f"re_{number}", data)
        if path == "/v1/payment_intents":
            return self.charged(f"pi_{number}", data)
        return self.intents[path.rpartition("/")[2]], 200

    def charged(self, reference: str, data: dict[str, str]) -> tuple[dict[str, Any], int]:
        """Take money from a card, or decline it."""
        if self.declines:
            code = self.declines.pop(0)
            return {
                "error": {"type": "card_error", "code": "card_declined", "decline_code": code, "message": "No."}
            }, 402
        self.moved_minor += int(data["amount"])
        marks = {key[9:-1]: value for key, value in data.items() if key.startswith("metadata[")}
        intent = intent_of(reference, int(data["amount"]), data["currency"], marks)
        self.intents[reference] = intent
        return intent, 200

    def refunded(self, reference: str, data: dict[str, str]) -> tuple[dict[str, Any], int]:
        """Give money back."""
        if self.refund_status == "succeeded":
            self.moved_minor -= int(data["amount"])
        return {"id": reference, "object": "refund", "status": self.refund_status, "amount": int(data["amount"])}, 200

    def pay(self, purchase: Any, reference: str = "pi_page") -> dict[str, Any]:
        """Let the member pay on Stripe's page. Returns the session that Stripe tells of."""
        self.moved_minor += purchase.amount_minor
        marks = {"purchase": str(purchase.uuid)}
        currency = purchase.currency.lower()
        self.intents[reference] = intent_of(reference, purchase.amount_minor, currency, marks)
        return session_of(purchase, reference)


def intent_of(
    reference: str, amount: int, currency: str, marks: dict[str, str], status: str = "succeeded"
) -> dict[str, Any]:
    """Return a payment intent."""
    card = {"country": "NL"}
    return {
        "id": reference,
        "object": "payment_intent",
        "amount": amount,
        "amount_received": amount if status == "succeeded" else 0,
        "currency": currency,
        "status": status,
        "created": int(time.time()),
        "metadata": marks,
        "latest_charge": {
            "id": "ch_1",
            "object": "charge",
            "created": int(time.time()),
            "payment_method_details": {"type": "card", "card": card},
        },
    }


def session_of(purchase: Any, reference: str = "pi_page", **values: Any) -> dict[str, Any]:
    """Return a session of Stripe's page."""
    return {
        "id": f"cs_{purchase.uuid}",
        "object": "checkout.session",
        "mode": "payment",
        "payment_status": "paid",
        "payment_intent": reference,
        "amount_total": purchase.amount_minor,
        "currency": purchase.currency.lower(),
        "metadata": {"purchase": str(purchase.uuid)},
        "customer_details": {"address": {"country": "DE"}},
        **values,
    }


def refund_of(payment: Any, amount: int, reference: str = "re_dashboard", **values: Any) -> dict[str, Any]:
    """Return a refund, as somebody makes it at Stripe's dashboard."""
    return {
        "id": reference,
        "object": "refund",
        "payment_intent": payment if isinstance(payment, str) else payment.gateway_ref,
        "amount": amount,
        "currency": "eur",
        "status": "succeeded",
        "reason": "requested_by_customer",
        "metadata": {},
        **values,
    }


def dispute_of(
    payment: Any, amount: int, status: str = "needs_response", *, took: int = 0, gave: int = 0
) -> dict[str, Any]:
    """Return a dispute of a payment, with what the bank took and gave again by now, each with its line in the balance."""
    moved = [
        {"id": "txn_1", "amount": -took, "currency": "eur", "fee": 2000, "net": -took - 2000, "type": "adjustment"}
    ]
    moved += [{"id": "txn_2", "amount": gave, "currency": "eur", "fee": 0, "net": gave, "type": "adjustment"}]
    return {
        "id": "dp_1",
        "object": "dispute",
        "amount": amount,
        "balance_transactions": [one for one in moved if one["amount"]],
        "charge": "ch_1",
        "currency": "eur",
        "evidence_details": {"due_by": int(time.time()) + 864_000, "has_evidence": False, "past_due": False},
        "is_charge_refundable": False,
        "metadata": {},
        "payment_intent": payment if isinstance(payment, str) else payment.gateway_ref,
        "reason": "fraudulent",
        "status": status,
    }


def event_of(kind: str, thing: dict[str, Any], *, at: float | None = None, id: str = "") -> dict[str, Any]:
    """Return an event."""
    made = int(at if at is not None else time.time())
    return {
        "id": id or f"evt_{kind}_{thing['id']}_{made}",
        "object": "event",
        "api_version": "2026-10-28",
        "created": made,
        "type": kind,
        "data": {"object": thing},
    }


def tell(event: dict[str, Any] | str, *, secret: str = SECRET, signed_at: float | None = None, **headers: str) -> Any:
    """Send an event, signed as Stripe does. Returns the answer."""
    body = event if isinstance(event, str) else json.dumps(event)
    signature = stripe.WebhookSignature.generate_signature_header(body, secret, int(signed_at or time.time()))
    headers = {"Stripe-Signature": signature} | headers
    return Client().post(ADDRESS, body, content_type="application/json", headers=headers)

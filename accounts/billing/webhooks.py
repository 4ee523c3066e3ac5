"""What Stripe tells by webhook: believed by its signature, once by its id, and never against newer news.

What somebody paid counts from here on, and only from here: the page that they come back to proves nothing.
"""

import contextlib
import hashlib
import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import stripe
from django.conf import settings
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import APIException

from accounts import standing
from accounts.billing import buying, payments, renewing
from accounts.billing.gateways import State, Unreachable
from accounts.billing.gateways import stripe as gateway
from accounts.billing.refusals import Refusal
from accounts.models import Charge, Customer, Notice, Payment, Purchase, User
from stats import ledger

log = logging.getLogger(__name__)

TOLERANCE_S = 300
APPLIED, DUPLICATE, OUTDATED, IGNORED = "applied", "duplicate", "outdated", "ignored"
UNDERWAY, GIVEN_BACK, DIFFERS = "underway", "given_back", "amount_differs"
MAX_ID = 255
BOUGHT = "purchase-"  # how the key of a charge begins that pays an upgrade


class Forged(APIException):
    """The signature is missing, or not Stripe's."""

    status_code = 401
    default_detail = _("The signature is not Stripe's.")
    default_code = "invalid_signature"


class TooLate(APIException):
    """It was signed too long ago: somebody may have kept it."""

    status_code = 401
    default_detail = _("This was signed more than five minutes ago.")
    default_code = "timestamp_outside_tolerance"


class Conflict(APIException):
    """The same id was told before, with another content."""

    status_code = 409
    default_detail = _("This id was told before, with another content.")
    default_code = "conflict"


class NotAnEvent(APIException):
    """The signature is right, but this is no event."""

    status_code = 400
    default_detail = _("This is no event.")
    default_code = "invalid_event"


class CannotAsk(APIException):
    """Stripe has to be asked about it, and does not answer: it may tell again."""

    status_code = 503
    default_detail = _("Stripe could not be asked. Send it again.")
    default_code = "gateway_unreachable"


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that Stripe tells: what happened, when, and the object as it was then."""

    id: str
    kind: str
    at: datetime
    object: dict[str, Any]
    digest: str

    @property
    def about(self) -> str:
        """The id of the object."""
        return str(self.object["id"])


@dataclass(frozen=True, slots=True)
class Found:
    """What an event is about here, and whose it is."""

    user: User
    thing: Any


@dataclass(frozen=True, slots=True)
class Done:
    """What came of an event, and what the gateway is to be asked for after the commit."""

    outcome: str
    then: Callable[[], object] | None = None


@dataclass(frozen=True, slots=True)
class Handler:
    """How an event is dealt with: `find` says what it is about here (None: nothing of ours), `apply` does it."""

    find: Callable[[Event], Found | None]
    apply: Callable[[Any, Event], Done]


def read(body: bytes, signature: str) -> Event:
    """Return what a body tells, once its signature is known to be Stripe's and five minutes old at most.

    Raises Forged, TooLate, NotAnEvent.
    """
    try:
        text = body.decode()
        stripe.WebhookSignature.verify_header(text, signature, settings.STRIPE_WEBHOOK_SECRET)
    except (stripe.SignatureVerificationError, ValueError, TypeError) as error:
        raise Forged from error
    try:
        stripe.Webhook.construct_event(text, signature, settings.STRIPE_WEBHOOK_SECRET, TOLERANCE_S)
    except stripe.SignatureVerificationError as error:
        raise TooLate from error
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise NotAnEvent from error
    try:
        return _event(json.loads(text))
    except (ValueError, TypeError, KeyError, OverflowError, OSError) as error:
        raise NotAnEvent from error


def receive(event: Event) -> str:
    """Do what an event asks for, in one transaction with the note that it was told. Returns what came of it.

    The member's row is locked first, so that two events about one member follow each other. Raises Conflict, CannotAsk.
    """
    handler = HANDLERS.get(event.kind)
    found = handler.find(event) if handler else None
    if handler is None or found is None:
        return IGNORED
    with ledger.recording():
        User.objects.select_for_update().get(pk=found.user.pk)
        told = Notice.objects.filter(gateway=gateway.KEY, reference=event.id).first()
        if told is not None:
            if told.digest != event.digest:
                raise Conflict
            return DUPLICATE
        about_it = Notice.objects.filter(gateway=gateway.KEY, about=event.about)
        done = (
            Done(OUTDATED) if about_it.filter(created_at__gt=event.at).exists() else handler.apply(found.thing, event)
        )
        Notice.objects.create(
            gateway=gateway.KEY,
            reference=event.id,
            kind=event.kind[:80],
            digest=event.digest,
            about=event.about,
            created_at=event.at,
            outcome=done.outcome,
        )
    if done.then is not None:
        with contextlib.suppress(Unreachable, Refusal):  # the clock asks again
            done.then()
    return done.outcome


# What each event does


def _checkout_paid(purchase: Purchase | User, event: Event) -> Done:
    """Stripe's page was paid, or a card was left there; a bank transfer is underway until Stripe says otherwise."""
    if isinstance(purchase, User):
        return Done(APPLIED, lambda: renewing.try_again(purchase))
    if event.object.get("payment_status") != "paid":
        return Done(UNDERWAY)
    if not _is_amount(event, "amount_total", purchase.amount_minor, purchase.currency):
        return Done(DIFFERS)
    return _settle(purchase, str(event.object["payment_intent"]), event.at, _country(event))


def _checkout_over(purchase: Purchase | User, event: Event) -> Done:
    """Nobody paid in time, or the bank refused; or nobody left a card."""
    if isinstance(purchase, User):
        return Done(APPLIED)
    buying.drop_within(purchase)
    return Done(APPLIED)


def _charge_paid(charge: Charge | Purchase, event: Event) -> Done:
    """What was due, or an upgrade, is paid from the saved card."""
    if not _is_amount(event, "amount_received", charge.amount_minor, charge.currency):
        return Done(DIFFERS)
    if isinstance(charge, Purchase):
        return _settle(charge, event.about, event.at, "")
    payment = renewing.paid_within(charge, reference=event.about, at=event.at, country=_known_country(charge))
    return Done(APPLIED) if payment is None or payment.is_applied else _give_back(payment)


def _charge_failed(charge: Charge | Purchase, event: Event) -> Done:
    """What was due could not be taken after all. An upgrade stays open: the member may pay on Stripe's page."""
    if isinstance(charge, Purchase):
        return Done(UNDERWAY)
    renewing.failed_within(charge, reason=gateway.outcome_of(event.object).reason, at=event.at)
    return Done(APPLIED)


def _refund_told(payment: Payment, event: Event) -> Done:
    """Money went back, whoever began it: this site, or somebody at Stripe's dashboard."""
    status = event.object.get("status")
    claim = payments.claim_of(str((event.object.get("metadata") or {}).get(gateway.REFUND, "")))
    if status in ("failed", "canceled") and payments.by_reference(gateway.KEY, event.about):
        log.error("%s %s of %s: it had been recorded as given back", event.kind, event.id, event.about)
        return Done(DIFFERS)
    if claim is not None and status in ("failed", "canceled"):
        payments.refuse_within(claim, reason=str(event.object.get("failure_reason") or status))
        return Done(APPLIED)
    if status != "succeeded":
        return Done(UNDERWAY)
    currency = str(event.object["currency"]).upper()
    amount_minor = gateway.from_stripe(int(event.object["amount"]), currency)
    if currency != payment.currency:
        log.error("%s %s of %s: %s, not %s", event.kind, event.id, event.about, currency, payment.currency)
        return Done(DIFFERS)
    payments.refunded_within(
        payment,
        amount_minor,
        reference=event.about,
        reason=str(event.object.get("reason") or ""),
        at=event.at,
        claim=claim,
    )
    return Done(APPLIED)


# What each event is about


def _checkout(event: Event) -> Found | None:
    if event.object.get("mode") == "setup":
        return _member(event)
    return _purchase_of(event.object)


def _paid(event: Event) -> Found | None:
    return _charge_of(event.object, is_current=False)


def _failed(event: Event) -> Found | None:
    return _charge_of(event.object, is_current=True)


def _member(event: Event) -> Found | None:
    known = Customer.objects.filter(gateway=gateway.KEY, reference=str(event.object.get("customer")))
    customer = known.select_related("user").first()
    return Found(customer.user, customer.user) if customer else None


def _payment(event: Event) -> Found | None:
    """Return the payment that money went back of. One that was not told of yet is asked for and recorded first."""
    reference = event.object.get("payment_intent")
    if not isinstance(reference, str):
        return None
    payment = _recorded(reference) or _catch_up(reference)
    return Found(payment.user, payment) if payment else None


def _recorded(reference: str) -> Payment | None:
    return Payment.objects.filter(gateway=gateway.KEY, gateway_ref=reference).select_related("user").first()


def _catch_up(reference: str) -> Payment | None:
    """Record a payment whose own news is still on its way. Raises CannotAsk."""
    try:
        intent = gateway.payment_intent(reference)
    except Unreachable as error:
        raise CannotAsk from error
    found = _purchase_of(intent) or _charge_of(intent, is_current=False)
    outcome = gateway.outcome_of(intent)
    if found is None or outcome.state is not State.PAID:
        return None
    at = datetime.fromtimestamp(intent["created"], UTC)
    with ledger.recording():
        User.objects.select_for_update().get(pk=found.user.pk)
        if isinstance(found.thing, Purchase):
            _settle(found.thing, reference, at, outcome.country)
        else:
            renewing.paid_within(found.thing, reference=reference, at=at, country=outcome.country)
    return _recorded(reference)


def _purchase_of(thing: dict[str, Any]) -> Found | None:
    return _named((thing.get("metadata") or {}).get(gateway.PURCHASE))


def _charge_of(thing: dict[str, Any], *, is_current: bool) -> Found | None:
    """Return whose key it is: a renewal's, where only the present attempt can fail, but any can be paid; or an upgrade's."""
    key = (thing.get("metadata") or {}).get(gateway.CHARGE)
    if not isinstance(key, str):
        return None
    if key.startswith(BOUGHT):
        return _named(key.removeprefix(BOUGHT))
    charge = renewing.charge_of(key, is_current=is_current)
    return Found(charge.subscription.user, charge) if charge else None


def _named(uuid: Any) -> Found | None:
    try:
        purchase = buying.purchase_of(UUID(str(uuid)))
    except ValueError:
        return None
    return Found(purchase.user, purchase) if purchase else None


HANDLERS = {
    "checkout.session.completed": Handler(_checkout, _checkout_paid),
    "checkout.session.async_payment_succeeded": Handler(_checkout, _checkout_paid),
    "checkout.session.async_payment_failed": Handler(_checkout, _checkout_over),
    "checkout.session.expired": Handler(_checkout, _checkout_over),
    "payment_intent.succeeded": Handler(_paid, _charge_paid),
    "payment_intent.payment_failed": Handler(_failed, _charge_failed),
    "payment_intent.canceled": Handler(_failed, _charge_failed),
    "refund.created": Handler(_payment, _refund_told),
    "refund.updated": Handler(_payment, _refund_told),
    "refund.failed": Handler(_payment, _refund_told),
}
"""The events that the endpoint at Stripe has to send."""


def _settle(purchase: Purchase, reference: str, at: datetime, country: str) -> Done:
    settled = buying.settle_within(purchase, reference=reference, at=at, country=country)
    return Done(APPLIED) if settled.applied else _give_back(settled.payment)


def _give_back(payment: Payment | None) -> Done:
    """Give back what was paid for something that cannot be handed over any more."""
    if payment is None or payment.refund_claims.exists():
        return Done(GIVEN_BACK)
    return Done(GIVEN_BACK, lambda: payments.refund(payment, reason=payments.NOT_SOLD, by=standing.CLOCK))


def _is_amount(event: Event, name: str, amount_minor: int, currency: str) -> bool:
    """Whether exactly what is due was paid. Nothing is granted for another amount: somebody has to look at it."""
    told = (event.object.get(name), str(event.object.get("currency", "")).upper())
    if told == (gateway.to_stripe(amount_minor, currency), currency):
        return True
    log.error("%s %s of %s: %s, not %s %s", event.kind, event.id, event.about, told, amount_minor, currency)
    return False


def _known_country(charge: Charge) -> str:
    """Return the country of what was paid for the subscription before: a payment intent does not say its own."""
    before = Payment.objects.filter(subscription=charge.subscription_id).exclude(country="").order_by("-pk")
    return before.values_list("country", flat=True).first() or ""


def _country(event: Event) -> str:
    address = (event.object.get("customer_details") or {}).get("address") or {}
    return (address.get("country") or "")[:2]


def _event(told: Any) -> Event:
    """Return the parts of an event that count. Raises ValueError, KeyError, TypeError, OverflowError for what is none."""
    about = told["data"]["object"]
    texts = (told["id"], told["type"], about["id"])
    if not all(isinstance(text, str) and 0 < len(text) <= MAX_ID for text in texts):
        raise ValueError(texts)
    content = json.dumps([told["type"], told["created"], told["data"]], sort_keys=True)
    return Event(
        id=told["id"],
        kind=told["type"],
        at=datetime.fromtimestamp(told["created"], UTC),
        object=about,
        digest=hashlib.sha256(content.encode()).hexdigest(),
    )

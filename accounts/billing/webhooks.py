"""What Stripe tells by webhook: believed by its signature, once by its id, and never against newer news.

What somebody paid counts from here on, and only from here: the page that they come back to proves nothing. What cannot be
entered yet (money back of a payment that is not known, or more than there is of it) is held and answered with 200: it is
read again when other news of that payment come, and by the clock, until it fits or staff have dealt with it.
"""

import contextlib
import hashlib
import json
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from types import NoneType
from typing import Any, cast
from uuid import UUID

import stripe
from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import APIException

from accounts import standing
from accounts.billing import buying, disputes, payments, renewing, telling
from accounts.billing.gateways import State, Unreachable
from accounts.billing.gateways import stripe as gateway
from accounts.billing.problems import Problem, What
from accounts.billing.refusals import OutOfRange, Refusal, TooMuch
from accounts.models import Charge, Customer, DisputeState, Notice, Payment, Purchase, User
from stats import ledger

log = logging.getLogger(__name__)

TOLERANCE_S = 300
APPLIED, DUPLICATE, OUTDATED, IGNORED = "applied", "duplicate", "outdated", "ignored"
UNDERWAY, GIVEN_BACK, DIFFERS, HELD = "underway", "given_back", "amount_differs", "held"
FAILED = frozenset({"failed", "canceled"})
DISPUTED = {
    "needs_response": DisputeState.OPEN,
    "under_review": DisputeState.OPEN,
    "won": DisputeState.WON,
    "lost": DisputeState.LOST,
    "prevented": DisputeState.CLOSED,
    "charge_refunded": DisputeState.CLOSED,
    "warning_closed": DisputeState.CLOSED,
    "warning_needs_response": DisputeState.INQUIRY,
    "warning_under_review": DisputeState.INQUIRY,
}
KEPT = (
    "id", "payment_intent", "amount", "currency", "status", "reason", "failure_reason", "metadata",
    "balance_transactions", "evidence_details",
)  # fmt: skip
"""What of a refund or a dispute is kept while it is held: enough to read it again, and nothing about the person."""
MAX_ID = 240
SHAPES: dict[str, tuple[type, ...]] = {
    "metadata": (dict, NoneType), "last_payment_error": (dict, NoneType), "evidence_details": (dict, NoneType),
    "customer_details": (dict, NoneType), "balance_transactions": (list, NoneType), "payment_intent": (str, dict, NoneType),
    "status": (str, NoneType),
}  # fmt: skip
"""What parts of an object are where it has them; what is otherwise is no object of Stripe's."""
NUL = "\\u0000"  # as JSON writes the one character that PostgreSQL does not take
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


class Waits(Exception):
    """It is about a payment that is not here yet, or that Stripe could not be asked about."""


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that Stripe tells: what happened, when (never later than it is told), and the object as it was then."""

    id: str
    kind: str
    at: datetime
    object: dict[str, Any]
    digest: str

    @property
    def about(self) -> str:
        """The id of the object."""
        return str(self.object["id"])

    @property
    def payment(self) -> str:
        """The id of the payment that it is about, or of which money moves."""
        named = self.object.get("payment_intent")
        named = named.get("id") if isinstance(named, dict) else named
        return named if isinstance(named, str) else self.about

    @property
    def stands(self) -> str:
        """How the object stands."""
        return str(self.object.get("status") or "")[:40]


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
    """How an event is dealt with: `find` says what it is about here (None: nothing of ours), `apply` does it at a moment.

    `find` raises Waits. `in_any_order` is for what can be told after newer news all the same.
    """

    find: Callable[[Event], Found | None]
    apply: Callable[[Any, Event, datetime], Done]
    in_any_order: bool = False


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


def receive(event: Event, *, now: datetime | None = None) -> str:
    """Do what an event asks for, in one transaction with the note that it was told. Returns what came of it.

    The member's row is locked first, so that two events about one member follow each other. Raises Conflict.
    """
    moment = now or timezone.now()
    event = replace(event, at=min(event.at, moment))
    outcome = _take(event, moment)
    if outcome not in (IGNORED, DUPLICATE, HELD):
        _read_again(Notice.objects.filter(waits_for=event.payment), moment)
    return outcome


def finish(now: datetime | None = None) -> int:
    """Read again what is held. Returns how much of it could be entered, or was none of this site's."""
    return _read_again(Notice.objects.exclude(waits_for=""), now or timezone.now())


def _take(event: Event, now: datetime) -> str:
    handler = HANDLERS.get(event.kind)
    if handler is None:
        return IGNORED
    try:
        found = handler.find(event)
    except Waits:
        return _hold(event)
    if found is None:
        held = Notice.objects.filter(gateway=gateway.KEY, reference=event.id).exclude(waits_for="")
        held.update(outcome=IGNORED, waits_for="", content=None)
        return IGNORED
    with ledger.recording():
        User.objects.select_for_update().get(pk=found.user.pk)
        told = _told(event)
        if told is not None and not told.waits_for:
            return DUPLICATE
        newer = Notice.objects.filter(gateway=gateway.KEY, about=event.about, created_at__gt=event.at)
        is_late = not handler.in_any_order and newer.exclude(reference=event.id).exists()
        try:
            done = Done(OUTDATED) if is_late else handler.apply(found.thing, event, now)
        except (TooMuch, OutOfRange) as refusal:
            log.error("%s %s of %s: %s", event.kind, event.id, event.about, refusal.detail)
            done = Done(HELD)
        _note(event, done.outcome)
    if done.then is not None:
        with contextlib.suppress(Unreachable, Refusal):  # the clock asks again
            done.then()
    return done.outcome


def _told(event: Event) -> Notice | None:
    """Return the note of an event that was told before. Raises Conflict for another content."""
    told = Notice.objects.filter(gateway=gateway.KEY, reference=event.id).first()
    if told is not None and told.digest != event.digest:
        raise Conflict
    return told


def _hold(event: Event) -> str:
    with transaction.atomic():
        told = _told(event)
        if told is not None:
            return HELD if told.waits_for else DUPLICATE
        _note(event, HELD)
    return HELD


def _note(event: Event, outcome: str) -> None:
    is_held = outcome == HELD
    if is_held and not _is_known_to_wait(event):
        telling.tell_within(_waiting(event))
    Notice.objects.update_or_create(
        gateway=gateway.KEY,
        reference=event.id,
        defaults={
            "kind": event.kind[:80],
            "digest": event.digest,
            "about": event.about,
            "created_at": event.at,
            "outcome": outcome,
            "stands": event.stands,
            "waits_for": event.payment if is_held else "",
            "content": {name: event.object[name] for name in KEPT if name in event.object} if is_held else None,
        },
    )


def _is_known_to_wait(event: Event) -> bool:
    """Whether staff were told already that news of this object are held. One writer at a time: two ask after each other."""
    with connection.cursor() as cursor:
        ledger.lock(cursor)
    return Notice.objects.filter(gateway=gateway.KEY, about=event.about, outcome=HELD).exists()


def _waiting(event: Event) -> Problem:
    """Return what staff are told of news that are held: as much as the gateway said, for whose money it is nobody can say."""
    currency = str(event.object.get("currency") or "").upper()
    try:
        amount_minor = gateway.from_stripe(int(event.object["amount"]), currency)
    except (KeyError, TypeError, ValueError):
        amount_minor, currency = 0, ""
    return Problem(What.HELD, None, amount_minor, currency, event.about, event.at, _answer_by(event))


def _read_again(held: QuerySet[Notice], now: datetime) -> int:
    """Read held news again until none of them makes room for another. Returns how many are held no longer."""
    count, is_moving = 0, True
    while is_moving:
        is_moving = False
        for notice in held.filter(gateway=gateway.KEY).order_by("created_at", "pk"):
            content = cast(dict[str, Any], notice.content)
            event = Event(notice.reference, notice.kind, notice.created_at, content, notice.digest)
            if _take(event, now) != HELD:
                count, is_moving = count + 1, True
    return count


# What each event does


def _checkout_paid(purchase: Purchase | User, event: Event, now: datetime) -> Done:
    """Stripe's page was paid, or a card was left there; a bank transfer is underway until Stripe says otherwise."""
    if isinstance(purchase, User):
        return Done(APPLIED, lambda: renewing.try_again(purchase, now=now))
    if event.object.get("payment_status") != "paid":
        return Done(UNDERWAY)
    if not _is_amount(event, "amount_total", purchase.amount_minor, purchase.currency):
        return Done(DIFFERS)
    return _settle(purchase, str(event.object["payment_intent"]), event.at, _country(event), now)


def _checkout_over(purchase: Purchase | User, event: Event, now: datetime) -> Done:
    """Nobody paid in time, or the bank refused; or nobody left a card."""
    if isinstance(purchase, User):
        return Done(APPLIED)
    buying.drop_within(purchase)
    return Done(APPLIED)


def _charge_paid(charge: Charge | Purchase, event: Event, now: datetime) -> Done:
    """What was due, or an upgrade, is paid from the saved card."""
    if not _is_amount(event, "amount_received", charge.amount_minor, charge.currency):
        return Done(DIFFERS)
    if isinstance(charge, Purchase):
        return _settle(charge, event.about, event.at, "", now)
    country = _known_country(charge)
    payment = renewing.paid_within(charge, reference=event.about, at=event.at, country=country, now=now)
    return Done(APPLIED) if payment is None or payment.is_applied else _give_back(payment)


def _charge_failed(charge: Charge | Purchase, event: Event, now: datetime) -> Done:
    """What was due could not be taken after all. An upgrade stays open: the member may pay on Stripe's page."""
    if isinstance(charge, Purchase):
        return Done(UNDERWAY)
    renewing.failed_within(charge, reason=gateway.outcome_of(event.object).reason, at=event.at, now=now)
    return Done(APPLIED)


def _refund_told(payment: Payment, event: Event, now: datetime) -> Done:
    """Money went back, whoever began it: this site, or somebody at Stripe's dashboard."""
    status = event.stands
    claim = payments.claim_of(str((event.object.get("metadata") or {}).get(gateway.REFUND, "")))
    if status in FAILED:
        reason = str(event.object.get("failure_reason") or status)
        if known := payments.by_reference(gateway.KEY, event.about):
            log.error("%s %s of %s: the money is here again (%s)", event.kind, event.id, event.about, reason)
            payments.refund_failed_within(known, reason=reason, at=event.at)
        elif claim is not None:
            payments.refuse_within(claim, reason=reason, at=event.at)
        return Done(APPLIED)
    if Notice.objects.filter(gateway=gateway.KEY, about=event.about, stands__in=FAILED).exists():
        return Done(OUTDATED)  # told in the same second, in the other order: what failed has failed
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
        now=now,
    )
    return Done(APPLIED)


def _dispute_told(payment: Payment, event: Event, now: datetime) -> Done:
    """A bank contests a payment, takes money of it, or gives it again: whatever it is, all that is known is written down."""
    currency = str(event.object["currency"]).upper()
    if currency != payment.currency:
        log.error("%s %s of %s: %s, not %s", event.kind, event.id, event.about, currency, payment.currency)
        return Done(HELD)
    disputes.told_within(payment, _dispute(event, currency), at=event.at, now=now)
    return Done(APPLIED)


def _dispute(event: Event, currency: str) -> disputes.Told:
    """Return what an event says of a dispute: by what it lists as moved, and by what the event is called."""
    amount_minor = gateway.from_stripe(int(event.object["amount"]), currency)
    moved = [one for one in event.object.get("balance_transactions") or [] if isinstance(one, dict)]
    fees = {str(one.get("currency", "")).upper(): int(one.get("fee") or 0) for one in moved if one.get("fee")}
    fee_currency, fee_minor = next(iter(fees.items()), ("", 0))
    is_back = event.kind.endswith("funds_reinstated")
    return disputes.Told(
        reference=event.about,
        state=DISPUTED.get(event.stands, DisputeState.OPEN),
        amount_minor=amount_minor,
        currency=currency,
        reason=str(event.object.get("reason") or ""),
        answer_by=_answer_by(event),
        fee_minor=gateway.from_stripe(fee_minor, fee_currency) if fee_currency else 0,
        fee_currency=fee_currency,
        taken_minor=_moved(
            moved, -1, amount_minor, currency, is_told=is_back or event.kind.endswith("funds_withdrawn")
        ),
        returned_minor=_moved(moved, 1, amount_minor, currency, is_told=is_back),
    )


def _answer_by(event: Event) -> datetime | None:
    due_by = (event.object.get("evidence_details") or {}).get("due_by")
    return datetime.fromtimestamp(due_by, UTC) if due_by else None


def _moved(moved: list[dict[str, Any]], sign: int, whole_minor: int, currency: str, *, is_told: bool) -> int:
    """Return what a bank took (-1) or gave again (1): as it is listed, or all of it where the event says no more."""
    listed = [one for one in moved if int(one.get("amount") or 0) * sign > 0]
    if listed and all(str(one.get("currency", "")).upper() == currency for one in listed):
        return gateway.from_stripe(sum(abs(int(one["amount"])) for one in listed), currency)
    return whole_minor if listed or is_told else 0


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
    if event.payment == event.about:
        return None
    payment = _recorded(event.payment) or _catch_up(event.payment)
    return Found(payment.user, payment) if payment else None


def _recorded(reference: str) -> Payment | None:
    return Payment.objects.filter(gateway=gateway.KEY, gateway_ref=reference).select_related("user").first()


def _catch_up(reference: str) -> Payment | None:
    """Record a payment whose own news is still on its way. Raises Waits where Stripe cannot say that it is paid."""
    try:
        intent = gateway.payment_intent(reference)
    except Unreachable as error:
        raise Waits from error
    found = _purchase_of(intent) or _charge_of(intent, is_current=False)
    if found is None:
        return None
    outcome = gateway.outcome_of(intent)
    if outcome.state is not State.PAID:
        raise Waits
    now = timezone.now()
    at = min(gateway.paid_at(intent), now)
    with ledger.recording():
        User.objects.select_for_update().get(pk=found.user.pk)
        if isinstance(found.thing, Purchase):
            _settle(found.thing, reference, at, outcome.country, now)
        else:
            renewing.paid_within(found.thing, reference=reference, at=at, country=outcome.country, now=now)
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
    "charge.dispute.created": Handler(_payment, _dispute_told, in_any_order=True),
    "charge.dispute.updated": Handler(_payment, _dispute_told, in_any_order=True),
    "charge.dispute.closed": Handler(_payment, _dispute_told, in_any_order=True),
    "charge.dispute.funds_withdrawn": Handler(_payment, _dispute_told, in_any_order=True),
    "charge.dispute.funds_reinstated": Handler(_payment, _dispute_told, in_any_order=True),
}
"""The events that the endpoint at Stripe has to send."""


def _settle(purchase: Purchase, reference: str, at: datetime, country: str, now: datetime) -> Done:
    settled = buying.settle_within(purchase, reference=reference, at=at, country=country, now=now)
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
    if told["type"] in HANDLERS and any(not isinstance(about.get(name), kinds) for name, kinds in SHAPES.items()):
        raise TypeError(SHAPES)
    content = json.dumps([told["type"], told["created"], told["data"]], sort_keys=True)
    if NUL in content or NUL in json.dumps(texts):
        raise ValueError(NUL)
    json.dumps(told, ensure_ascii=False).encode()  # halves of a character are no text
    event = Event(
        id=told["id"],
        kind=told["type"],
        at=datetime.fromtimestamp(told["created"], UTC),
        object=about,
        digest=hashlib.sha256(content.encode()).hexdigest(),
    )
    if len(event.payment) > MAX_ID:
        raise ValueError(event.payment)
    return event

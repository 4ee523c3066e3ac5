"""Buying: a plan or a course is quoted, ordered at the gateway, and settled when the money is there.

What is shown is what is paid: a purchase keeps its quote, and how the subscription stood when it was made. Money that
comes when the subscription stands otherwise, or comes twice, is recorded and not applied, and goes back.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts import standing, subscriptions
from accounts.billing import courses, gateways, lateness, payments, proration, quoting, snapshots
from accounts.billing.gateways import KEY_HOLDS, UNANSWERED, Checkout, Gateway, Outcome, State, Unreachable
from accounts.billing.quoting import HOLDS, Kind, Quote
from accounts.billing.refusals import (
    AlreadySubscribed,
    IntervalMismatch,
    NoGateway,
    NotPaidFor,
    PaymentDue,
    PaymentFailed,
    Refusal,
)
from accounts.models import (
    Change,
    GrantedBy,
    Payment,
    Plan,
    Product,
    Purchase,
    PurchaseState,
    Status,
    Subscription,
    User,
)
from accounts.roles import Role
from accounts.standing import By
from stats import ledger


@dataclass(frozen=True, slots=True)
class Bought:
    """What came of buying: where to pay, or what was paid. Nothing of both for what costs nothing now."""

    purchase: Purchase | None = None
    checkout: Checkout | None = None
    payment: Payment | None = None


@dataclass(frozen=True, slots=True)
class Settled:
    """A payment, and whether what it was for was handed over; if not, it is to go back. No payment where 0 was due."""

    payment: Payment | None
    applied: bool


def quote(user: User, plan: Plan, *, at: datetime) -> Quote:
    """Return what `plan` costs `user` at `at`. Two queries. Raises what `quoting.quote_for` does."""
    subscription = Subscription.objects.running().filter(user=user).select_related("plan", "next_plan").first()
    if subscription is not None and subscription.runs_until <= at:
        subscription = None
    return quoting.quote_for(subscription, plan, credit_of(user, plan.currency), at)


def credit_of(user: User, currency: str) -> int:
    """Return what a member has to be taken off what is due next, also from subscriptions that are over. One query."""
    return sum(_with_credit(user, currency).values_list("credit_minor", flat=True))


def buy(
    user: User,
    plan: Plan,
    *,
    at: datetime | None = None,
    now: datetime | None = None,
    gateway: Gateway | None = None,
) -> Bought:
    """Buy `plan` at the price that it has at `at`, now unless given, by way of the site's gateway unless another is given.

    A downgrade is planned for the end of the period and costs nothing now. Who pays already at the same gateway pays the
    difference there and then; everybody else gets a page to pay on. Raises what `quote` does, and NoGateway.
    """
    moment = now or timezone.now()
    gateway = gateway or _gateway()
    with ledger.recording():
        running = standing.current(user, moment)
        quoted = quoting.quote_for(running, plan, credit_of(user, plan.currency), at or moment)
        purchase = None if quoted.kind is Kind.DOWNGRADE else _open(user, plan, quoted, running, gateway, moment)
    if purchase is None:
        plan_downgrade(user, plan, by=By(GrantedBy.MEMBER, user), now=moment)
        return Bought()
    if not purchase.amount_minor:
        settle(purchase, reference="", at=moment)
        return Bought(purchase)
    if quoted.kind is Kind.UPGRADE and running is not None and running.gateway == gateway.key:
        outcome = _charge(gateway, running, purchase, moment)
        if outcome.state is State.PAID:
            return _paid(purchase, settle(purchase, reference=outcome.reference, at=moment, country=outcome.country))
        if outcome.state is State.PENDING:
            return Bought(purchase, Checkout(outcome=outcome))
    return _checkout(gateway, purchase, moment)


def upgrade_now(user: User, plan: Plan, *, at: datetime | None = None, now: datetime | None = None) -> Bought:
    """Buy a higher plan for the rest of the period. Raises NotPaidFor for who does not pay, else what `buy` does."""
    moment = now or timezone.now()
    running = Subscription.objects.running().filter(user=user).select_related("plan").first()
    if running is None or not running.is_paid or not quoting.is_upgrade(running, plan):
        raise NotPaidFor
    return buy(user, plan, at=at, now=moment)


def buy_course(user: User, course: UUID, *, now: datetime | None = None) -> Bought:
    """Buy a course. Raises Http404 for one that they may not see, courses.NotForSale, NoGateway, PaymentFailed."""
    moment, gateway = now or timezone.now(), _gateway()
    offer = courses.offer(user, course)
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)
        mine = Purchase.objects.filter(user=user, product=Product.COURSE, course=course, state=PurchaseState.OPEN)
        same = mine.filter(amount_minor=offer.price_minor, currency=offer.currency, gateway=gateway.key).first()
        if same is None:
            mine.update(state=PurchaseState.DROPPED)
            same = Purchase.objects.create(
                user=user,
                product=Product.COURSE,
                course=course,
                text=offer.title[:200],
                amount_minor=offer.price_minor,
                currency=offer.currency,
                gateway=gateway.key,
                created_at=moment,
            )
    return _checkout(gateway, same, moment)


def purchase_of(uuid: UUID) -> Purchase | None:
    """Return the purchase that a gateway knows by this id. One query."""
    return Purchase.objects.filter(uuid=uuid).select_related("user", "plan").first()


def drop(purchase: Purchase) -> None:
    """Give up on a purchase that was not paid."""
    Purchase.objects.filter(pk=purchase.pk, state=PurchaseState.OPEN).update(state=PurchaseState.DROPPED)


drop_within = drop


def settle(purchase: Purchase, *, reference: str, at: datetime, country: str = "") -> Settled:
    """Do what `settle_within` does, in a transaction of its own."""
    with ledger.recording():
        return settle_within(purchase, reference=reference, at=at, country=country)


def settle_within(
    purchase: Purchase, *, reference: str, at: datetime, country: str = "", now: datetime | None = None
) -> Settled:
    """Record that a purchase is paid and hand over what it is for, inside the caller's `ledger.recording()`.

    It was paid at `at` and is told of at `now`, the same moment unless given: see `accounts.billing.lateness`.
    Idempotent by the gateway's reference, and by the purchase: money that comes a second time under another
    reference, or for who is erased, is recorded and not applied.
    """
    User.objects.select_for_update().get(pk=purchase.user_id)
    purchase = Purchase.objects.select_for_update(of=("self",)).select_related("user", "plan").get(pk=purchase.pk)
    reference = reference or f"purchase-{purchase.uuid}"
    if known := payments.by_reference(purchase.gateway, reference):
        return Settled(known, known.is_applied)
    if purchase.state == PurchaseState.SETTLED or purchase.user.is_erased:
        if not purchase.amount_minor:
            return Settled(None, applied=True)
        return Settled(_record(purchase, reference, at, country, {"lines": []}, is_applied=False), applied=False)
    subscription: Subscription | None = None
    shot: dict[str, Any] = {"plan": {}, "lines": []}
    if purchase.product == Product.COURSE:
        applied = _deliver(purchase)
    else:
        subscription, shot = _apply(purchase, at, now or at)
        applied = subscription is not None
    payment = _record(purchase, reference, at, country, shot, is_applied=applied, subscription=subscription)
    purchase.state, purchase.payment, purchase.settled_at = PurchaseState.SETTLED, payment, at
    purchase.asked_at = None
    purchase.save(update_fields=["state", "payment", "asked_at", "settled_at"])
    return Settled(payment, applied)


def plan_downgrade(user: User, plan: Plan, *, by: By, now: datetime | None = None) -> Subscription:
    """Let a lower plan follow when the period ends, at the price that it has now.

    Raises NotRunning, NotPaidFor, and what `quote` does; ValueError for a plan that is not lower.
    """
    moment = now or timezone.now()
    with ledger.recording():
        subscription = _paying(user, moment)
        if quoting.quote_for(subscription, plan, 0, moment).kind is not Kind.DOWNGRADE:
            raise ValueError(f"{plan} is not below {subscription.plan}.")
        return subscriptions.follow_within(subscription, plan, 0, by=by, now=moment)


def downgrade_now(user: User, plan: Plan, *, by: By, now: datetime | None = None) -> Subscription:
    """Let a lower plan of the same interval begin at once; what the rest of the period cost more becomes credit.

    Raises NotRunning, NotPaidFor, IntervalMismatch, and what `quote` does; ValueError for a plan that is not lower.
    """
    moment = now or timezone.now()
    with ledger.recording():
        subscription = _paying(user, moment)
        if quoting.quote_for(subscription, plan, 0, moment).kind is not Kind.DOWNGRADE:
            raise ValueError(f"{plan} is not below {subscription.plan}.")
        if plan.interval != subscription.interval:
            raise IntervalMismatch
        start, ends_at = cast(datetime, subscription.paid_from), subscription.current_period_end
        subscription.credit_minor -= min(
            proration.difference(subscription.price_minor, plan.price_minor, start, ends_at, moment), 0
        )
        before = Role(subscription.plan.role)
        standing.forget_next(subscription)
        subscription.plan, subscription.price_minor = plan, plan.price_minor
        return standing.write(subscription, Change.DOWNGRADED, before, by, moment)


def cancel(user: User, *, by: By, now: datetime | None = None) -> Subscription:
    """Let the subscription end with the period that is paid. Raises NotRunning."""
    return subscriptions.cancel(user, by=by, now=now)


def keep(user: User, *, by: By, now: datetime | None = None) -> Subscription:
    """Take back a cancellation or a downgrade that waits for the end of the period. Raises NotRunning."""
    return subscriptions.keep(user, by=by, now=now)


def finish(now: datetime | None = None) -> int:
    """Ask again for purchases whose charge was never answered, with the same key. Returns how many were paid."""
    moment, paid = now or timezone.now(), 0
    asked = Purchase.objects.filter(payment=None, asked_at__lte=moment - UNANSWERED, asked_at__gt=moment - KEY_HOLDS)
    for purchase in asked.select_related("user", "plan").order_by("pk"):
        subscription = Subscription.objects.filter(pk=purchase.terms["stands"]["id"]).select_related("user").first()
        if subscription is None:
            continue
        try:
            outcome = _charge(
                gateways.named(purchase.gateway), subscription, purchase, cast(datetime, purchase.asked_at)
            )
        except Unreachable:
            continue
        if outcome.state is State.PAID:
            settle(purchase, reference=outcome.reference, at=moment, country=outcome.country)
            paid += 1
    return paid


def _charge(gateway: Gateway, subscription: Subscription, purchase: Purchase, now: datetime) -> Outcome:
    """Charge a purchase. That it was asked for is known before, so that an answer that is lost is asked for again."""
    mine = Purchase.objects.filter(pk=purchase.pk)
    mine.update(asked_at=now)
    outcome = gateway.charge(subscription, purchase.order(), f"purchase-{purchase.uuid}")
    if outcome.state is not State.PAID:
        mine.update(asked_at=None)
    return outcome


def _gateway() -> Gateway:
    gateway = gateways.current()
    if gateway is None:
        raise NoGateway
    return gateway


def _with_credit(user: User, currency: str) -> Any:
    return Subscription.objects.filter(user=user, currency=currency, credit_minor__gt=0)


def _paying(user: User, now: datetime) -> Subscription:
    subscription = standing.running(user, now)
    if not subscription.is_paid:
        raise NotPaidFor
    if subscription.current_period_end <= now or subscription.status == Status.PAST_DUE:
        raise PaymentDue
    return subscription


def _open(
    user: User, plan: Plan, quoted: Quote, running: Subscription | None, gateway: Gateway, now: datetime
) -> Purchase:
    """Return the open purchase of this quote: the one that is there if it is the same, so that two clicks are one."""
    mine = Purchase.objects.filter(user=user, product=Product.SUBSCRIPTION, state=PurchaseState.OPEN)
    stands = snapshots.take(running)
    same = (
        mine.filter(plan=plan, amount_minor=quoted.due_minor, gateway=gateway.key)
        .select_related("user", "plan")
        .first()
    )
    if same is not None and same.terms["kind"] == quoted.kind and snapshots.is_same(same.terms["stands"], stands):
        age = quoted.at - datetime.fromisoformat(same.terms["at"])
        if age <= HOLDS:
            return same
    mine.update(state=PurchaseState.DROPPED)
    return Purchase.objects.create(
        user=user,
        product=Product.SUBSCRIPTION,
        plan=plan,
        text=plan.name,
        amount_minor=quoted.due_minor,
        currency=quoted.currency,
        gateway=gateway.key,
        created_at=now,
        terms={
            "kind": quoted.kind.value,
            "at": quoted.at.isoformat(),
            "stands": stands,
            "lines": [{"what": line.what.value, "amount_minor": line.amount_minor} for line in quoted.lines],
            "credit_used": quoted.credit_used_minor,
            "price_minor": plan.price_minor,
            "interval": plan.interval,
            "restarts": quoted.kind is Kind.START or running is None or running.interval != plan.interval,
        },
    )


def _checkout(gateway: Gateway, purchase: Purchase, now: datetime) -> Bought:
    checkout = gateway.checkout(purchase.user, purchase.order())
    outcome = checkout.outcome
    if outcome is not None and outcome.state is State.PAID:
        return _paid(purchase, settle(purchase, reference=outcome.reference, at=now, country=outcome.country))
    if outcome is not None and outcome.state is State.FAILED:
        drop(purchase)
        raise PaymentFailed(outcome.reason or None)
    return Bought(purchase, checkout)


def _paid(purchase: Purchase, settled: Settled) -> Bought:
    if not settled.applied:
        raise AlreadySubscribed
    return Bought(purchase, payment=settled.payment)


def _deliver(purchase: Purchase) -> bool:
    try:
        with transaction.atomic():
            return courses.deliver_within(purchase.user, cast(UUID, purchase.course))
    except (Refusal, courses.NotForSale):
        return False


def _apply(purchase: Purchase, at: datetime, now: datetime) -> tuple[Subscription | None, dict[str, Any]]:
    """Let the subscription be what was paid at `at`. None, changing nothing, if it no longer stands as it was quoted."""
    terms, plan = purchase.terms, cast(Plan, purchase.plan)
    shot: dict[str, Any] = {
        "plan": {
            "key": plan.key,
            "name": plan.name,
            "role": plan.role,
            "price_minor": terms["price_minor"],
            "interval": terms["interval"],
        },
        "lines": terms["lines"],
    }
    subscription = lateness.standing_at(purchase.user, at, now)
    before = snapshots.take(subscription)
    if not snapshots.is_same(before, terms["stands"]):
        return None, shot
    is_start = terms["kind"] == Kind.START
    if not is_start and subscription is not None and subscription.current_period_end <= at:
        return None, shot
    credit = credit_of(purchase.user, purchase.currency)
    if credit < terms["credit_used"]:
        return None, shot
    if subscription is not None and subscription.currency != purchase.currency and subscription.credit_minor:
        return None, shot
    role = Role(subscription.plan.role) if subscription else Role.FREE
    gained = 0
    if subscription is None:
        subscription = Subscription(user=purchase.user, starts_at=at, current_period_end=at)
    elif not is_start:
        gained = _gained(subscription, purchase, at)
    _with_credit(purchase.user, purchase.currency).update(credit_minor=0)
    standing.forget_next(subscription)
    subscription.credit_minor = credit - terms["credit_used"] + gained
    subscription.plan, subscription.status = plan, Status.ACTIVE
    subscription.price_minor, subscription.interval = terms["price_minor"], terms["interval"]
    subscription.currency, subscription.gateway = purchase.currency, purchase.gateway
    subscription.granted_by = GrantedBy.GATEWAY
    if terms["restarts"]:
        start = at if is_start else datetime.fromisoformat(terms["at"])
        subscription.paid_from = start
        subscription.current_period_end = proration.next_end(start, subscription.interval, start.day)
        subscription.anchor_day = start.day
        subscription.grace_until = standing.grace_after(subscription.current_period_end)
    change = Change.STARTED if is_start else Change.UPGRADED
    standing.write(subscription, change, role, standing.MONEY, at)
    shot |= {
        "before": before,
        "after": snapshots.take(subscription),
        "credit_used": terms["credit_used"],
        "credit_gained": gained,
        "is_renewal": False,
    }
    return subscription, shot


def _gained(subscription: Subscription, purchase: Purchase, now: datetime) -> int:
    """Return what an upgrade leaves as credit: what was left of a dearer old plan, or what waiting has made it cheaper."""
    terms = purchase.terms
    paid = purchase.amount_minor + terms["credit_used"]
    quoted_at = datetime.fromisoformat(terms["at"])
    start, ends_at = cast(datetime, subscription.paid_from), subscription.current_period_end
    at = now if now - quoted_at > HOLDS and not terms["restarts"] else quoted_at
    unused = proration.part(subscription.price_minor, start, ends_at, at)
    new = terms["price_minor"]
    if not terms["restarts"]:
        new = proration.part(new, start, ends_at, at)
    return max(paid + unused - new, 0)


def _record(
    purchase: Purchase,
    reference: str,
    at: datetime,
    country: str,
    shot: dict[str, Any],
    *,
    is_applied: bool,
    subscription: Subscription | None = None,
) -> Payment | None:
    if not purchase.amount_minor:
        return None
    start = subscription.paid_from if subscription and purchase.terms["restarts"] else at
    return payments.record_within(
        purchase.user,
        amount_minor=purchase.amount_minor,
        currency=purchase.currency,
        product=purchase.product,
        gateway=purchase.gateway,
        reference=reference,
        at=at,
        subscription=subscription,
        plan=purchase.plan,
        course=purchase.course,
        period=(cast(datetime, start), subscription.current_period_end) if subscription else None,
        snapshot=shot,
        country=country,
        is_applied=is_applied,
    )

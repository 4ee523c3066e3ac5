"""Renewals: every period that is due is claimed by one worker, charged once, and its answer written down.

The claim is a row per subscription and period, so that it does not matter how many workers look, nor what their clocks
say. A worker that dies leaves its claim; after a while another asks the gateway again with the same key, which moves the
money once. A key is the subscription, the period and how often the gateway has refused: no clock is in it. What was not
answered for so long that the gateway may have forgotten the key is asked for no more: staff are told, and only the
gateway's own news or their word decide. The member keeps the role until the grace is over, by the clock, whatever happens here.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from accounts import standing
from accounts.billing import gateways, lateness, payments, proration, snapshots, telling
from accounts.billing.gateways import KEY_HOLDS, UNANSWERED, Order, Outcome, State, Unreachable
from accounts.billing.problems import Problem, What
from accounts.models import (
    ANSWERABLE,
    Change,
    Charge,
    ChargeState,
    Dispute,
    DisputeState,
    Payment,
    Product,
    Status,
    Subscription,
    User,
)
from accounts.roles import Role
from stats import ledger

AGAIN = (timedelta(days=1), timedelta(days=2), timedelta(days=2))
"""How long after each failure it is tried again; after the last one, no more."""


@dataclass(slots=True)
class Counts:
    """What came of a run: renewals by how they went."""

    by_state: dict[str, int] = field(default_factory=dict)

    def add(self, state: str) -> None:
        """Count one."""
        self.by_state[state] = self.by_state.get(state, 0) + 1


def due(now: datetime) -> QuerySet[Subscription]:
    """Return the subscriptions whose next period is to be asked for.

    Not those that are asked for, or wait to be again, nor those of which a payment is disputed.
    """
    charges = Charge.objects.filter(subscription=OuterRef("pk"), period_start=OuterRef("current_period_end"))
    waits = Q(next_attempt_at=None) | Q(next_attempt_at__gt=now)
    over = Q(state__in=(ChargeState.PENDING, ChargeState.PAID, ChargeState.STALE, ChargeState.UNKNOWN))
    kept = charges.filter(over | Q(state__in=(ChargeState.FAILED, ChargeState.CLAIMED)) & waits)
    return Subscription.objects.due(now).filter(~Exists(kept), ~Exists(_contested(OuterRef("pk")))).order_by("pk")


def run(now: datetime | None = None) -> dict[str, int]:
    """Ask for every period that is due. Returns how many renewals went how."""
    moment, counts = now or timezone.now(), Counts()
    for subscription in due(moment).select_related("user").iterator():
        state = renew(subscription, now=moment)
        if state is not None:
            counts.add(state)
    return counts.by_state


def renew(subscription: Subscription, *, now: datetime | None = None) -> str | None:
    """Ask for one subscription's next period, if it is due and nobody else does. Returns the charge's state then.

    Three steps: the claim, the gateway outside of any transaction, the answer.
    """
    moment = now or timezone.now()
    charge = _claim(subscription, moment)
    if charge is None:
        return None
    try:
        outcome = _ask(charge)
    except Unreachable:
        return ChargeState.CLAIMED.value
    with ledger.recording():
        _answer(charge, outcome, moment)
    charge.refresh_from_db(fields=["state"])
    return charge.state


def finish(now: datetime | None = None) -> int:
    """Ask again for charges without an answer whose subscription is not due any more: what was taken goes back.

    Returns how many answers there were.
    """
    moment, answered = now or timezone.now(), 0
    lost = Charge.objects.filter(state=ChargeState.CLAIMED, next_attempt_at__lte=moment)
    for charge in (
        lost.exclude(subscription__in=due(moment))
        .select_related("subscription__user", "subscription__plan")
        .order_by("pk")
    ):
        if _is_forgotten(charge, moment):
            with transaction.atomic():
                _give_up(charge)
            continue
        try:
            outcome = _ask(charge)
        except Unreachable:
            continue
        with ledger.recording():
            _answer(charge, outcome, moment)
        answered += 1
    return answered


def try_again(user: User, *, now: datetime | None = None) -> str | None:
    """Ask for a renewal that failed before its time has come: the member has another card. Returns how it went."""
    moment = now or timezone.now()
    subscription = Subscription.objects.due(moment).filter(user=user).select_related("user").first()
    if subscription is None:
        return None
    charges = Charge.objects.filter(
        subscription=subscription, period_start=subscription.current_period_end, state=ChargeState.FAILED
    )
    charges.update(next_attempt_at=moment)
    return renew(subscription, now=moment)


def charge_of(key: str, *, is_current: bool = True) -> Charge | None:
    """Return the charge whose present attempt a gateway knows by this key; any attempt of it unless `is_current`.

    Only the present attempt can still fail, but money may come late for an earlier one.
    """
    parts = key.split("-")
    if len(parts) != 3 or parts[0] != "charge" or not all(part.isascii() and part.isdigit() for part in parts[1:]):
        return None
    number, attempts = int(parts[1][:18]), int(parts[2][:5])
    found = Charge.objects.filter(pk=number).select_related("subscription__user").first()
    return found if found is not None and (found.attempts == attempts or not is_current) else None


def order_of(charge: Charge) -> Order:
    """Return a charge as a gateway is asked for it."""
    plan = charge.subscription.plan
    return Order(
        uuid=str(UUID(int=charge.pk)),
        product=Product.SUBSCRIPTION.value,
        amount_minor=charge.amount_minor,
        currency=charge.currency,
        text=plan.name,
        plan=plan.key,
    )


def paid_within(
    charge: Charge, *, reference: str, at: datetime, country: str = "", now: datetime | None = None
) -> Payment | None:
    """Record that a renewal is paid and begin its period, inside the caller's `ledger.recording()`.

    It was paid at `at` and is told of at `now`, the same moment unless given: see `accounts.billing.lateness`.
    Idempotent by the gateway's reference, and by the charge. Money for a subscription that has ended or changed
    since is recorded and not applied: it goes back. None where credit paid for all of it.
    """
    user = charge.subscription.user
    User.objects.select_for_update().get(pk=user.pk)
    gateway, reference = charge.subscription.gateway, reference or charge.key
    if known := payments.by_reference(gateway, reference):
        return known
    charge = _locked(charge)
    subscription = lateness.standing_at(user, at, now or at)
    fits = (
        charge.state not in (ChargeState.PAID, ChargeState.STALE)
        and subscription is not None
        and subscription.pk == charge.subscription_id
        and subscription.current_period_end == charge.period_start
        and subscription.price_minor == charge.amount_minor + charge.credit_minor
        and subscription.currency == charge.currency
        and subscription.credit_minor >= charge.credit_minor
    )
    if subscription is None or not fits:
        if charge.state in (*ANSWERABLE, ChargeState.FAILED):
            Charge.objects.filter(pk=charge.pk).update(state=ChargeState.STALE)
        return _record(charge, gateway, reference, at, country, {}, is_applied=False)
    before = snapshots.take(subscription)
    was_past_due = subscription.status == Status.PAST_DUE
    subscription.paid_from, subscription.current_period_end = charge.period_start, charge.period_end
    subscription.grace_until = standing.grace_after(charge.period_end)
    subscription.credit_minor -= charge.credit_minor
    subscription.status = Status.ACTIVE
    change, since = (Change.RECOVERED, at) if was_past_due else (Change.RENEWED, charge.period_start)
    standing.write(subscription, change, Role(subscription.plan.role), standing.MONEY, since)
    shot = {
        "before": before,
        "after": snapshots.take(subscription),
        "credit_used": charge.credit_minor,
        "credit_gained": 0,
        "is_renewal": True,
    }
    charge.subscription = subscription
    charge.payment = _record(charge, gateway, reference, at, country, shot, is_applied=True)
    charge.state, charge.next_attempt_at, charge.reason = ChargeState.PAID, None, ""
    charge.save()
    return charge.payment


def failed_within(charge: Charge, *, reason: str, at: datetime, now: datetime | None = None) -> None:
    """Record that a renewal was not paid, inside the caller's `ledger.recording()`: the member is past due.

    It failed at `at` and is told of at `now`, the same moment unless given. It is tried again a few times. Nothing
    happens to a charge that has its answer already.
    """
    user = charge.subscription.user
    User.objects.select_for_update().get(pk=user.pk)
    charge = _locked(charge)
    if charge.state not in ANSWERABLE:
        return
    tries = charge.attempts - 1
    charge.state, charge.reason = ChargeState.FAILED, reason[:200]
    charge.next_attempt_at = at + AGAIN[tries] if tries < len(AGAIN) else None
    charge.save()
    subscription = standing.current(user, now or at)
    if (
        subscription is not None
        and subscription.pk == charge.subscription_id
        and subscription.current_period_end == charge.period_start
        and subscription.status == Status.ACTIVE
    ):
        subscription.status = Status.PAST_DUE
        standing.write(subscription, Change.PAST_DUE, Role(subscription.plan.role), standing.MONEY, at)


def untaken_within(charge: Charge, *, at: datetime) -> bool:
    """Record staff's word that the gateway took nothing for a renewal that it never answered, inside the caller's
    `ledger.recording()`: it failed, and is tried again at once.

    Returns False, changing nothing, for one that has its answer.
    """
    User.objects.select_for_update().get(pk=charge.subscription.user_id)
    unknown = Charge.objects.filter(pk=charge.pk, state=ChargeState.UNKNOWN)
    if not unknown.exists():
        return False
    failed_within(charge, reason="no_answer", at=at)
    return bool(Charge.objects.filter(pk=charge.pk, state=ChargeState.FAILED).update(next_attempt_at=at))


def _claim(subscription: Subscription, now: datetime) -> Charge | None:
    """Return the charge of the next period if this worker is the one to ask for it."""
    with ledger.recording():
        running = standing.current(subscription.user, now)
        if running is None or not running.renews or running.current_period_end > now:
            return None
        if _contested(running.pk).exists():
            return None
        start = running.current_period_end
        credit = min(running.credit_minor, running.price_minor)
        charge = Charge.objects.select_for_update(of=("self",)).filter(subscription=running, period_start=start).first()
        if charge is None:
            charge = Charge(subscription=running, period_start=start, attempts=1)
        elif charge.next_attempt_at is None or charge.next_attempt_at > now:
            return None
        elif charge.state == ChargeState.CLAIMED:
            if _is_forgotten(charge, now):
                _give_up(charge)
                return None
            charge.next_attempt_at = now + UNANSWERED
            charge.save(update_fields=["next_attempt_at"])
            charge.subscription = running
            return charge
        elif charge.state == ChargeState.FAILED:
            charge.attempts += 1
        else:
            return None
        charge.period_end = proration.next_end(start, running.interval, running.anchor_day)
        charge.amount_minor, charge.credit_minor = running.price_minor - credit, credit
        charge.currency = running.currency
        charge.state, charge.claimed_at, charge.next_attempt_at = ChargeState.CLAIMED, now, now + UNANSWERED
        charge.save()
        charge.subscription = running
        return charge


def _is_forgotten(charge: Charge, now: datetime) -> bool:
    """Whether the gateway may not know the key of an attempt any more, so that asking again might move money twice."""
    return bool(charge.amount_minor) and charge.claimed_at <= now - KEY_HOLDS


def _give_up(charge: Charge) -> None:
    """Ask for a charge no more, and tell staff, inside the caller's transaction."""
    lost = Charge.objects.filter(pk=charge.pk, state=ChargeState.CLAIMED)
    if lost.update(state=ChargeState.UNKNOWN, next_attempt_at=None):
        subscription = charge.subscription
        telling.tell_within(
            Problem(
                What.UNANSWERED, subscription.user, charge.amount_minor, charge.currency, subscription.plan.name,
                charge.claimed_at, None,
            )
        )  # fmt: skip


def _contested(subscription: Any) -> QuerySet[Dispute]:
    return Dispute.objects.filter(payment__subscription=subscription, state=DisputeState.OPEN)


def _ask(charge: Charge) -> Outcome:
    if not charge.amount_minor:
        return Outcome(State.PAID)
    return gateways.named(charge.subscription.gateway).charge(charge.subscription, order_of(charge), charge.key)


def _answer(charge: Charge, outcome: Outcome, now: datetime) -> None:
    if outcome.state is State.PAID:
        paid_within(charge, reference=outcome.reference, at=now, country=outcome.country)
    elif outcome.state is State.FAILED:
        failed_within(charge, reason=outcome.reason, at=now)
    else:
        unanswered = Charge.objects.filter(pk=charge.pk, state__in=(ChargeState.CLAIMED, ChargeState.UNKNOWN))
        unanswered.update(state=ChargeState.PENDING)


def _locked(charge: Charge) -> Charge:
    charges = Charge.objects.select_for_update(of=("self",)).select_related("subscription__user", "subscription__plan")
    return charges.get(pk=charge.pk)


def _record(
    charge: Charge,
    gateway: str,
    reference: str,
    at: datetime,
    country: str,
    shot: dict[str, Any],
    *,
    is_applied: bool,
) -> Payment | None:
    if not charge.amount_minor:
        return None
    subscription, plan = charge.subscription, charge.subscription.plan
    sold = {
        "key": plan.key,
        "name": plan.name,
        "role": plan.role,
        "price_minor": charge.amount_minor + charge.credit_minor,
        "interval": subscription.interval,
    }
    lines = [
        {"what": "new", "amount_minor": charge.amount_minor + charge.credit_minor},
        {"what": "credit", "amount_minor": -charge.credit_minor},
    ]
    return payments.record_within(
        subscription.user,
        amount_minor=charge.amount_minor,
        currency=charge.currency,
        product=Product.SUBSCRIPTION.value,
        gateway=gateway,
        reference=reference,
        at=at,
        subscription=subscription,
        plan=plan,
        period=(charge.period_start, charge.period_end),
        snapshot={"plan": sold, "lines": [line for line in lines if line["amount_minor"]], **shot},
        country=country,
        is_applied=is_applied,
    )

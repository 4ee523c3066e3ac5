"""The ledger of money: payments are recorded, and given back in part or in full.

A refund is claimed before the gateway is asked, so that two at once cannot give back more than there is, and asked for
with the claim's own key, so that asking again after a crash gives nothing back twice.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet, Sum
from django.utils import timezone

from accounts import standing
from accounts.billing import courses, gateways, snapshots, telling
from accounts.billing.gateways import KEY_HOLDS, UNANSWERED, Outcome, State, Unreachable
from accounts.billing.gateways.manual import MANUAL
from accounts.billing.problems import Problem, What
from accounts.billing.refusals import OutOfRange, RefundedMeanwhile, RefundFailed, TooMuch
from accounts.models import (
    ANSWERABLE,
    SIGNED_MINOR,
    UNDERWAY,
    ChargeState,
    Payment,
    PaymentKind,
    Plan,
    Product,
    RefundClaim,
    Subscription,
    User,
)
from accounts.standing import STAFF, By
from stats import ledger
from stats.actors import user_actor
from stats.kinds import Kind

MOST_MINOR = 10**12
UNDONE = "-undone"
"""What the reference of a line ends with that undoes another one."""
NOT_SOLD = "What it was for could not be sold any more."


def record_within(
    user: User,
    *,
    amount_minor: int,
    currency: str,
    product: str,
    gateway: str,
    reference: str,
    at: datetime,
    subscription: Subscription | None = None,
    plan: Plan | None = None,
    course: UUID | None = None,
    period: tuple[datetime, datetime] | None = None,
    snapshot: dict[str, Any] | None = None,
    country: str = "",
    is_applied: bool = True,
) -> Payment:
    """Record a payment, inside the caller's `ledger.recording()`, with the member locked.

    Idempotent by the gateway's reference. Raises OutOfRange for an amount outside 1 to 10^12.
    """
    if known := by_reference(gateway, reference):
        return known
    if not 0 < amount_minor <= MOST_MINOR:
        raise OutOfRange
    return _write(
        Payment(
            user=user,
            kind=PaymentKind.PAYMENT,
            amount_minor=amount_minor,
            currency=currency,
            product=product,
            subscription=subscription,
            plan=plan,
            course=course,
            period_start=period[0] if period else None,
            period_end=period[1] if period else None,
            snapshot=snapshot or {},
            gateway=gateway,
            gateway_ref=reference,
            country=country,
            is_applied=is_applied,
            at=at,
        )
    )


def by_reference(gateway: str, reference: str) -> Payment | None:
    """Return what a gateway knows by this reference."""
    if not reference:
        return None
    return Payment.objects.filter(gateway=gateway, gateway_ref=reference).select_related("user", "plan").first()


def refunded_minor(payment: Payment) -> int:
    """Return how much of a payment has gone back: refunds and disputes, less refunds that failed and disputes won."""
    return -_signed(payment.refunds.all())


def refundable_minor(payment: Payment) -> int:
    """Return how much of a payment may still be given back: not what has gone back, nor what is on its way.

    What a bank took back counts as gone; a dispute may take more than a refund has left, so this is never below 0.
    """
    if payment.kind != PaymentKind.PAYMENT:
        return 0
    underway = _sum(payment.refund_claims.filter(state__in=UNDERWAY))
    return max(payment.amount_minor - refunded_minor(payment) - underway, 0)


def refund(
    payment: Payment,
    amount_minor: int | None = None,
    *,
    reason: str,
    by: By | None = STAFF,
    put_back: bool = True,
    seen_minor: int | None = None,
    by_hand: bool = False,
    now: datetime | None = None,
) -> Payment | None:
    """Give a payment back, all that is left of it unless an amount is given. None while the gateway is at it.

    What has gone back `by_hand` is only written down, as a line of the manual gateway: the payment's own is not asked.

    Giving back the whole of a subscription's newest payment puts the subscription back as it stood before, unless
    `put_back` says otherwise or something else has changed it since. `seen_minor` is how much was left when it was asked
    for: the same form sent twice gives back once. Raises RefundedMeanwhile, TooMuch, OutOfRange, RefundFailed, and
    Unreachable where the gateway did not answer; it is asked again later then.
    """
    moment, asked = now or timezone.now(), (payment, amount_minor, reason, by or standing.MONEY, put_back, seen_minor)
    if not by_hand:
        return _ask(_claim(*asked, moment), moment)
    with ledger.recording():
        claim = _claim(*asked, moment)
        return refunded_within(
            payment, claim.amount_minor, reference=claim.key, reason=reason, at=moment, claim=claim, gateway=MANUAL.key
        )


def _claim(
    payment: Payment,
    amount_minor: int | None,
    reason: str,
    by: By,
    put_back: bool,
    seen_minor: int | None,
    now: datetime,
) -> RefundClaim:
    with transaction.atomic():
        User.objects.select_for_update().get(pk=payment.user_id)
        left = refundable_minor(payment)
        if seen_minor is not None and seen_minor != left:
            raise RefundedMeanwhile
        wanted = left if amount_minor is None else amount_minor
        if wanted < 1 and amount_minor is not None:
            raise OutOfRange
        if wanted > left or wanted < 1:
            raise TooMuch
        return RefundClaim.objects.create(
            payment=payment,
            amount_minor=wanted,
            reason=reason[:200],
            put_back=put_back,
            by_user=by.user,
            claimed_at=now,
        )


def _ask(claim: RefundClaim, now: datetime) -> Payment | None:
    outcome = gateways.named(claim.payment.gateway).refund(claim.payment, claim.amount_minor, claim.key)
    return answer(claim, outcome, now)


def answer(claim: RefundClaim, outcome: Outcome, now: datetime) -> Payment | None:
    """Do what the gateway's answer to a claimed refund asks for. Raises RefundFailed where it refused."""
    if outcome.state is State.PENDING:
        _open(claim).filter(state=ChargeState.CLAIMED).update(state=ChargeState.PENDING)
        return None
    if outcome.state is State.FAILED:
        if claim.by_user is not None and claim.claimed_at == now:
            _open(claim).update(state=ChargeState.FAILED)  # who asked for it reads the refusal
        else:
            with transaction.atomic():
                refuse_within(claim, reason=outcome.reason, at=now)
        raise RefundFailed(outcome.reason or None)
    with ledger.recording():
        return refunded_within(
            claim.payment,
            claim.amount_minor,
            reference=outcome.reference or claim.key,
            reason=claim.reason,
            at=now,
            claim=claim,
        )


def refunded_within(
    payment: Payment,
    amount_minor: int,
    *,
    reference: str,
    reason: str,
    at: datetime,
    claim: RefundClaim | None = None,
    gateway: str = "",
    now: datetime | None = None,
) -> Payment:
    """Record that money went back by the payment's gateway or another, inside the caller's `ledger.recording()`.

    It went at `at` and is told of at `now`, the same moment unless given; what it takes back ends at `now`. A refund of the
    same amount that is on its way is taken to be this one. Idempotent by the gateway's reference. Raises TooMuch where
    refunds would have given back more than came, whatever a bank has taken beside them, and OutOfRange.
    """
    line = _line_of(
        payment, PaymentKind.REFUND, amount_minor, reference=reference, reason=reason, at=at, gateway=gateway
    )
    if known := _entered(line):
        _open(claim).update(state=ChargeState.PAID, refund=known)
        return known
    if claim is None:
        claims = payment.refund_claims.filter(state__in=UNDERWAY, amount_minor=amount_minor)
        claim = claims.select_related("by_user").order_by("pk").first()
    if claim is not None:
        line.reason, line.by_user = claim.reason, claim.by_user
    _write(line)
    _open(claim).update(state=ChargeState.PAID, refund=line)
    if not _most_minor(line) and (claim is None or claim.put_back):
        take_back_within(payment, By(user=claim.by_user) if claim else standing.MONEY, now or at)
    return line


def refund_failed_within(refund: Payment, *, reason: str, at: datetime) -> Payment:
    """Record that a refund which had gone out came back to the site, inside the caller's `ledger.recording()`.

    The money is the member's all the same: it may be given back again. What the refund took stays taken, for who asked
    for the money back did not ask to be charged on. Idempotent: a refund fails once.
    """
    RefundClaim.objects.filter(refund=refund).update(state=ChargeState.FAILED, reason=reason[:200])
    line = _undoing(refund, PaymentKind.REFUND_FAILED, refund.amount_minor, reason, at)
    if known := _entered(line):
        return known
    telling.tell_within(_failed(line, line.amount_minor, reason, line.at))
    return _write(line)


def disputed_within(payment: Payment, amount_minor: int, *, reference: str, reason: str, at: datetime) -> Payment:
    """Record that a bank took money of a payment back, inside the caller's `ledger.recording()`.

    Idempotent by the gateway's reference. Raises TooMuch for more than was paid at all, and OutOfRange.
    """
    line = _line_of(payment, PaymentKind.DISPUTE, amount_minor, reference=reference, reason=reason, at=at)
    return _entered(line) or _write(line)


def undo_within(line: Payment, kind: PaymentKind, amount_minor: int, *, reason: str, at: datetime) -> Payment:
    """Record that what `line` took of a payment came back, inside the caller's `ledger.recording()`.

    Idempotent by the line. Raises TooMuch for more than it took, and OutOfRange.
    """
    undone = _undoing(line, kind, amount_minor, reason, at)
    return _entered(undone) or _write(undone)


def refuse_within(claim: RefundClaim, *, reason: str, at: datetime) -> None:
    """Note that a refund which was on its way did not happen, inside the caller's transaction."""
    if _open(claim).update(state=ChargeState.FAILED, reason=reason[:200], refused_at=at):
        telling.tell_within(_failed(claim.payment, claim.amount_minor, reason, at))


def claim_of(key: str) -> RefundClaim | None:
    """Return the claim that a gateway knows by this key."""
    try:
        uuid = UUID(key.removeprefix("refund-"))
    except ValueError:
        return None
    return RefundClaim.objects.filter(uuid=uuid).select_related("payment__user", "by_user").first()


def finish(now: datetime | None = None) -> int:
    """Ask again for refunds whose worker never came back, and give back what could not be sold any more.

    Returns how many refunds it recorded. What staff settle by hand waits for them.
    """
    moment, done = now or timezone.now(), 0
    lost = RefundClaim.objects.filter(state=ChargeState.CLAIMED, claimed_at__lte=moment - UNANSWERED)
    for claim in lost.filter(claimed_at__lte=moment - KEY_HOLDS).select_related("payment__user").order_by("pk"):
        _give_up(claim, moment)
    claims = lost.filter(claimed_at__gt=moment - KEY_HOLDS)
    for claim in claims.select_related("payment__user", "by_user").order_by("pk"):
        done += _settled(lambda claim=claim: _ask(claim, moment))
    unsold = Payment.objects.filter(is_applied=False, kind=PaymentKind.PAYMENT, refunds=None).exclude(
        gateway=MANUAL.key
    )
    refused = ChargeState.FAILED
    for payment in unsold.exclude(Q(refund_claims__state__in=(*UNDERWAY, refused))).order_by("pk"):
        done += _settled(lambda payment=payment: refund(payment, reason=NOT_SOLD, by=standing.CLOCK, now=moment))
    return done


def _give_up(claim: RefundClaim, now: datetime) -> None:
    """Ask for a refund no more that was not answered for so long that the gateway may have forgotten its key; tell staff."""
    with transaction.atomic():
        mine = RefundClaim.objects.filter(pk=claim.pk, state=ChargeState.CLAIMED)
        if mine.update(state=ChargeState.UNKNOWN, refused_at=now):
            lost = _failed(claim.payment, claim.amount_minor, claim.reason, now)
            telling.tell_within(replace(lost, what=What.REFUND_UNANSWERED))


def _settled(ask: Any) -> bool:
    try:
        return ask() is not None
    except (RefundFailed, TooMuch, Unreachable):
        return False


def take_back_within(payment: Payment, by: By, now: datetime) -> None:
    """Take back what a payment had bought, if nothing has changed it since, inside the caller's `ledger.recording()`."""
    if not payment.is_applied:
        return
    if payment.product == Product.COURSE and payment.course:
        courses.take_back_within(payment.user, payment.course)
        return
    shot = payment.snapshot
    if payment.product != Product.SUBSCRIPTION or "after" not in shot:
        return
    subscription = standing.current(payment.user, now)
    if subscription is None or not snapshots.is_same(snapshots.take(subscription), shot["after"]):
        return
    credit = max(subscription.credit_minor + shot["credit_used"] - shot["credit_gained"], 0)
    before = shot["before"]
    if before is not None and shot["is_renewal"]:
        before = None
    snapshots.revert(subscription, before, by, now, credit_minor=credit)


def _line_of(
    payment: Payment,
    kind: PaymentKind,
    amount_minor: int,
    *,
    reference: str,
    reason: str,
    at: datetime,
    gateway: str = "",
) -> Payment:
    """Return a line that moves money of a payment: it stands under the same product, plan and country."""
    return Payment(
        user=payment.user,
        kind=kind,
        amount_minor=amount_minor,
        currency=payment.currency,
        refund_of=payment,
        product=payment.product,
        subscription=payment.subscription,
        plan=payment.plan,
        course=payment.course,
        period_start=payment.period_start,
        period_end=payment.period_end,
        gateway=gateway or payment.gateway,
        gateway_ref=reference,
        country=payment.country,
        reason=reason[:200],
        is_applied=payment.is_applied,
        at=at,
    )


def _undoing(line: Payment, kind: PaymentKind, amount_minor: int, reason: str, at: datetime) -> Payment:
    """Return the line that undoes another one, never before it."""
    payment = Payment.objects.select_related("user", "plan").get(refunds=line)
    reference = f"{line.gateway_ref}{UNDONE}"
    undone = _line_of(payment, kind, amount_minor, reference=reference, reason=reason, at=max(at, line.at))
    undone.undoes = line
    return undone


def _entered(line: Payment) -> Payment | None:
    """Return what stands in the ledger for a line already, by the gateway's reference or by what it undoes, else None.

    Locks the member first, so that of two who enter the same the second finds it. Raises OutOfRange for an amount below 1,
    and TooMuch for more than such a line may move.
    """
    User.objects.select_for_update().get(pk=line.user_id)
    undone = Payment.objects.filter(undoes=line.undoes)
    if known := undone.first() if line.undoes else by_reference(line.gateway, line.gateway_ref):
        return known
    if line.amount_minor < 1:
        raise OutOfRange
    if line.amount_minor > _most_minor(line):
        raise TooMuch
    return None


def _most_minor(line: Payment) -> int:
    """Return how much of a payment such a line may move now.

    A refund: what refunds have left, whatever a bank has taken beside them. A dispute: all that was paid. What undoes a
    line: what that line took.
    """
    if line.undoes:
        return line.undoes.amount_minor
    payment = cast(Payment, line.refund_of)
    if line.kind == PaymentKind.DISPUTE:
        return payment.amount_minor
    refunds = payment.refunds.filter(kind__in=(PaymentKind.REFUND, PaymentKind.REFUND_FAILED))
    return payment.amount_minor + _signed(refunds)


def _failed(payment: Payment, amount_minor: int, reason: str, at: datetime) -> Problem:
    return Problem(What.REFUND_FAILED, payment.user, amount_minor, payment.currency, reason, at, None)


def _open(claim: RefundClaim | None) -> Any:
    found = RefundClaim.objects.filter(pk=claim.pk) if claim else RefundClaim.objects.none()
    return found.filter(state__in=ANSWERABLE)


def _signed(lines: QuerySet[Payment]) -> int:
    return lines.aggregate(total=Sum(SIGNED_MINOR))["total"] or 0


def _sum(rows: Iterable[Any]) -> int:
    return cast(Any, rows).aggregate(total=Sum("amount_minor"))["total"] or 0


def _write(payment: Payment) -> Payment:
    """Store a line of the ledger with its event."""
    told = {
        "payment": str(payment.uuid),
        "product": str(payment.product),
        "plan": payment.plan.key if payment.plan else "",
    }
    payment.event_id = ledger.record(
        Kind(payment.kind),
        user_actor(payment.user.uuid),
        amount=payment.amount_minor,
        currency=payment.currency,
        props={name: value for name, value in told.items() if value},
        occurred_at=payment.at,
    )
    payment.save(force_insert=True)
    return payment

"""Disputes: a member's bank takes money of a payment back, and returns it where the site turns out to be right.

What moves stands in the ledger on the day on which it moved. While the bank decides, the member keeps what was bought, and
nothing more is charged for the same subscription. A dispute that is lost and took all that was left of a payment takes
what it had bought, as giving it back does; one that is won changes nothing.
"""

from dataclasses import dataclass
from datetime import datetime

from accounts import standing
from accounts.billing import payments, telling
from accounts.billing.problems import UNDECIDED, Problem, What
from accounts.billing.refusals import OutOfRange, TooMuch
from accounts.models import Dispute, DisputeState, Payment, PaymentKind, User

DECIDED = (DisputeState.WON, DisputeState.LOST, DisputeState.CLOSED)


@dataclass(frozen=True, slots=True)
class Told:
    """How a dispute stands, as a gateway tells it; `taken_minor` and `returned_minor` are what the bank moved by then."""

    reference: str
    state: DisputeState
    amount_minor: int
    currency: str
    reason: str = ""
    answer_by: datetime | None = None
    fee_minor: int = 0
    fee_currency: str = ""
    taken_minor: int = 0
    returned_minor: int = 0


def told_within(payment: Payment, told: Told, *, at: datetime, now: datetime) -> Dispute:
    """Write down what is told of a dispute at `at`, inside the caller's `ledger.recording()`, in any order and however often.

    Money that moved is entered whether the news are the newest or not; how the dispute stands only if they are. Raises
    TooMuch, changing nothing, for more than was paid, and for more back than was taken; OutOfRange.
    """
    if told.amount_minor < 1:
        raise OutOfRange
    User.objects.select_for_update().get(pk=payment.user_id)
    if told.amount_minor > payment.amount_minor or max(told.taken_minor, told.returned_minor) > told.amount_minor:
        raise TooMuch
    dispute = Dispute.objects.filter(gateway=payment.gateway, reference=told.reference).first()
    was = dispute.state if dispute else None
    if dispute is None:
        dispute = Dispute(
            gateway=payment.gateway,
            reference=told.reference,
            payment=payment,
            user=payment.user,
            opened_at=at,
            told_at=at,
        )
    dispute.opened_at = min(dispute.opened_at, at)
    dispute.fee_minor, dispute.fee_currency = max(
        (dispute.fee_minor, dispute.fee_currency), (told.fee_minor, told.fee_currency)
    )
    if at >= dispute.told_at and not (was in DECIDED and told.state not in DECIDED):
        dispute.state, dispute.told_at = told.state, at
        dispute.amount_minor, dispute.currency = told.amount_minor, told.currency
        dispute.reason, dispute.answer_by = told.reason[:80], told.answer_by
        dispute.closed_at = (dispute.closed_at or at) if told.state in DECIDED else None
    dispute.save()
    if dispute.state in UNDECIDED and was not in (dispute.state, DisputeState.OPEN):
        telling.tell_within(
            Problem(
                What.DISPUTE, payment.user, dispute.amount_minor, dispute.currency, dispute.reason, dispute.opened_at,
                dispute.answer_by,
            )
        )  # fmt: skip
    had = payments.by_reference(payment.gateway, told.reference)
    line = had
    if told.taken_minor:
        line = payments.disputed_within(payment, told.taken_minor, reference=told.reference, reason=told.reason, at=at)
    if told.returned_minor and line is not None:
        payments.undo_within(line, PaymentKind.DISPUTE_WON, told.returned_minor, reason=told.reason, at=at)
    is_news = dispute.state != was or line != had
    if line is not None and is_news and dispute.state == DisputeState.LOST and _is_gone(payment):
        payments.take_back_within(payment, standing.MONEY, now)
    return dispute


def _is_gone(payment: Payment) -> bool:
    return payments.refunded_minor(payment) >= payment.amount_minor

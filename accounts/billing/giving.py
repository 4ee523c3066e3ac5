"""Staff give money back, and the audit log says so: as done, or as asked for while the gateway is at it."""

from accounts import audit
from accounts.billing import money, payments
from accounts.billing.gateways import Unreachable
from accounts.models import GrantedBy, Payment, User
from accounts.standing import By


def give_back(
    payment: Payment,
    amount_minor: int | None = None,
    *,
    staff: User,
    reason: str,
    put_back: bool = True,
    seen_minor: int | None = None,
    by_hand: bool = False,
) -> Payment | None:
    """Give a payment back as `payments.refund` does, and note it. None while the gateway is at it.

    What waits is noted as asked for: whether it went, and whether it came again, is told by the ledger alone. Raises what
    `payments.refund` raises; what the gateway did not answer is asked for, too.
    """
    asked_minor = amount_minor or payments.refundable_minor(payment)
    try:
        back = payments.refund(
            payment,
            amount_minor,
            reason=reason,
            by=By(GrantedBy.ADMIN, staff),
            put_back=put_back,
            seen_minor=seen_minor,
            by_hand=by_hand,
        )
    except Unreachable:
        _note(staff, "payment.refund_asked", payment, asked_minor, reason)
        raise
    if back is None:
        _note(staff, "payment.refund_asked", payment, asked_minor, reason)
    else:
        _note(staff, "payment.refunded", payment, back.amount_minor, reason)
    return back


def _note(staff: User, what: str, payment: Payment, amount_minor: int, reason: str) -> None:
    amount = f"{money.major(amount_minor, payment.currency)} {payment.currency}"
    audit.note(staff, what, payment, {"amount": amount, "reason": reason})

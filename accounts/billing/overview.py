"""A member's own money: the plan and what comes next, what they may change to, what they paid."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Prefetch, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.billing import courses, trials
from accounts.billing.quoting import Quote, What
from accounts.models import (
    GOES_OUT,
    Charge,
    ChargeState,
    Payment,
    PaymentKind,
    Plan,
    Product,
    Purchase,
    PurchaseState,
    Status,
    Subscription,
    User,
)

REASONS = {
    "no_card": gettext_lazy("No card is saved."),
    "insufficient_funds": gettext_lazy("There was not enough money in the account."),
    "expired_card": gettext_lazy("The card has expired."),
    "card_declined": gettext_lazy("The bank declined the card."),
    "generic_decline": gettext_lazy("The bank declined the card."),
    "no_answer": gettext_lazy("The payment provider did not answer."),
    "authentication_required": gettext_lazy("The bank asks that you confirm the payment yourself."),
}
WAYS = {"stripe": gettext_lazy("Card, by way of Stripe"), "manual": gettext_lazy("Transfer")}


@dataclass(frozen=True, slots=True)
class NextPayment:
    """What is charged next if nothing changes; the credit is taken off the amount already."""

    plan: Plan
    at: datetime
    amount_minor: int
    credit_minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class Owed:
    """A renewal that was not paid: how much, why, and when it is tried again."""

    amount_minor: int
    currency: str
    why: str
    again_at: datetime | None


@dataclass(frozen=True, slots=True)
class Offer:
    """A plan that one may change to; `is_first` marks the one that is recommended."""

    plan: Plan
    is_own: bool
    may_try: bool
    is_first: bool


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the ledger as its owner sees it; `refunded_minor` is what went back of it by now, refunds and disputes."""

    payment: Payment
    title: str
    refunded_minor: int

    @property
    def is_payment(self) -> bool:
        """Whether it is no line that moves the money of another one."""
        return self.payment.kind == PaymentKind.PAYMENT


@dataclass(frozen=True, slots=True)
class Line:
    """One amount on a receipt."""

    text: str
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Receipt:
    """A payment on paper."""

    payment: Payment
    lines: tuple[Line, ...]
    moved: tuple[Payment, ...]
    by_way_of: str

    @property
    def is_payment(self) -> bool:
        """Whether it is no line that moves the money of another one."""
        return self.payment.kind == PaymentKind.PAYMENT

    @property
    def is_back(self) -> bool:
        """Whether the money went back to the member."""
        return self.payment.kind in GOES_OUT

    @property
    def number(self) -> str:
        """By what people speak of it."""
        return number_of(self.payment)

    @property
    def refund_of(self) -> str:
        """The number of the receipt whose money it moved; '' for a payment."""
        return number_of(self.payment.refund_of) if self.payment.refund_of else ""


def next_payment(subscription: Subscription | None) -> NextPayment | None:
    """Return what is charged when the period ends; None where nobody pays, or it ends then. Pure."""
    if subscription is None or not subscription.renews:
        return None
    plan = subscription.next_plan or subscription.plan
    price = subscription.next_price_minor if subscription.next_plan else subscription.price_minor
    credit = min(subscription.credit_minor, price)
    return NextPayment(plan, subscription.current_period_end, price - credit, credit, subscription.currency)


def owed(subscription: Subscription | None) -> Owed | None:
    """Return what could not be taken. At most one query."""
    if subscription is None or subscription.status != Status.PAST_DUE:
        return None
    charge = Charge.objects.filter(subscription=subscription).exclude(state=ChargeState.PAID).order_by("-pk").first()
    if charge is None:
        return None
    return Owed(charge.amount_minor, charge.currency, why(charge.reason), charge.next_attempt_at)


def why(reason: str) -> str:
    """Say in words why a gateway did not get the money."""
    return str(REASONS.get(reason, _("The payment was refused.")))


def offers(user: User, subscription: Subscription | None) -> list[Offer]:
    """Return the plans that `user` may have, the cheapest first. Two queries.

    Who pays sees those of the same currency, as only those can be set off against each other.
    """
    plans = Plan.objects.filter(is_offered=True, price_minor__gt=0).order_by("price_minor", "pk")
    paid = subscription if subscription is not None and subscription.gateway else None
    if paid is not None:
        plans = plans.filter(currency=paid.currency)
    own = paid.plan_id if paid else None
    listed = list(plans)
    tries = subscription is None and any(plan.trial_days for plan in listed) and trials.may_try(user)
    least = paid.price_minor if paid else -1
    first = next((plan.pk for plan in listed if plan.pk != own and plan.price_minor > least), None)
    return [
        Offer(plan, plan.pk == own, bool(plan.trial_days) and tries and plan.pk != own, plan.pk == first)
        for plan in listed
    ]


def open_purchase(user: User) -> Purchase | None:
    """Return the plan that one has begun to buy. One query."""
    waiting = Purchase.objects.filter(user=user, state=PurchaseState.OPEN, product=Product.SUBSCRIPTION)
    return waiting.select_related("plan").first()


def lines_of(quote: Quote) -> list[Line]:
    """Return what the amount of a quote is made of, in words."""
    return [Line(_words(line.what, quote.plan.name), line.amount_minor) for line in quote.lines]


def payments_of(user: User) -> QuerySet[Payment]:
    """Return one's lines of the ledger, the newest first."""
    return shown(Payment.objects.filter(user=user))


def every() -> QuerySet[Payment]:
    """Return everybody's lines of the ledger, the newest first."""
    return shown(Payment.objects.all())


def shown(payments: QuerySet[Payment]) -> QuerySet[Payment]:
    """Read with payments what is shown of them. One query more."""
    back = Payment.objects.exclude(kind=PaymentKind.PAYMENT).order_by("at", "pk")
    return payments.select_related("plan", "user", "refund_of", "undoes").prefetch_related(Prefetch("refunds", back))


def rows(payments: Sequence[Payment]) -> list[Row]:
    """Return lines of the ledger as they are listed. One query, for the titles of courses."""
    known = courses.titles({payment.course for payment in payments if payment.course})
    return [Row(payment, title_of(payment, known), _refunded(payment)) for payment in payments]


def receipt_of(payment: Payment) -> Receipt:
    """Return the receipt of a payment that `shown` has read. One query for a course."""
    title = title_of(payment, courses.titles({payment.course} if payment.course else set()))
    way = WAYS.get(payment.gateway, payment.gateway)
    return Receipt(payment, _lines(payment, title), tuple(payment.refunds.all()), str(way))


def title_of(payment: Payment, titles: dict[UUID, str]) -> str:
    """Return what was paid for, as it was called then."""
    if payment.course:
        return titles.get(payment.course) or _("A course")
    if name := payment.snapshot.get("plan", {}).get("name"):
        return str(name)
    return payment.plan.name if payment.plan else payment.get_product_display()


def number_of(payment: Payment) -> str:
    """Return by what people speak of a payment: the year and the end of its id."""
    return f"{payment.at:%Y}-{payment.uuid.hex[-8:].upper()}"


def _refunded(payment: Payment) -> int:
    return -sum(line.signed_minor for line in payment.refunds.all())


def _lines(payment: Payment, title: str) -> tuple[Line, ...]:
    """Return what the amount was made of, as far as it was noted; what was taken off is below zero."""
    noted = payment.snapshot.get("lines", [])
    lines = tuple(Line(_words(line["what"], title), line["amount_minor"]) for line in noted)
    is_whole = sum(line.amount_minor for line in lines) == payment.amount_minor
    return lines if is_whole else (Line(title, payment.amount_minor),)


def _words(what: str, title: str) -> str:
    if what == What.UNUSED:
        return _("Left of your present plan")
    return _("Credit") if what == What.CREDIT else title

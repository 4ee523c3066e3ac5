"""What members do in these tests, in one word, and what their ledgers say."""

from datetime import datetime

from accounts.billing import buying
from accounts.billing.buying import Settled
from accounts.models import Payment, Plan, Subscription, SubscriptionChange, User
from tests.accounts.billing.provider import PROVIDER


def pay_for(user: User, plan: Plan, now: datetime) -> Settled:
    """Buy a plan and pay for it there and then."""
    bought = buying.buy(user, plan, now=now)
    if bought.checkout is None:
        return Settled(bought.payment, applied=True)
    assert bought.purchase
    reference = PROVIDER.pay(bought.purchase.order())
    return buying.settle(bought.purchase, reference=reference, at=now)


def running(user: User) -> Subscription:
    """Return the subscription as the database has it."""
    return Subscription.objects.select_related("plan", "next_plan").get(
        user=user, status__in=("trialing", "active", "past_due")
    )


def lines(user: User) -> list[tuple[str, int, int]]:
    """Return the changes of a member with the run rates before and after."""
    rows = SubscriptionChange.objects.filter(user=user).order_by("at", "pk")
    return list(rows.values_list("change", "run_rate_before", "run_rate_after"))


def changes(user: User) -> list[str]:
    """Return the changes of a member."""
    return [change for change, _, _ in lines(user)]


def revenue(user: User | None = None) -> int:
    """Return payments less refunds."""
    rows = Payment.objects.filter(user=user) if user else Payment.objects.all()
    return sum(payment.signed_minor for payment in rows)

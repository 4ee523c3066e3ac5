"""What a payment provider does for the site: three functions, and which of them is switched on.

A gateway moves money and answers how that went; it never touches a subscription or the ledger. Every call that moves
money has a key, and the same key moves it once, however often the call is made: a worker that died in between is
followed by another that asks again.
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from django.conf import settings
from django.utils.module_loading import import_string

if TYPE_CHECKING:
    from accounts.models import Payment, Subscription, User

UNANSWERED = timedelta(minutes=15)
"""After so long what was asked for is asked for again, with the same key."""
KEY_HOLDS = timedelta(hours=20)
"""For so long a gateway knows a key again (Stripe: at least 24 hours); later only its own news says how it went."""


class State(StrEnum):
    """How a movement of money went."""

    PAID = "paid"
    FAILED = "failed"
    PENDING = "pending"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a gateway answers: the reference of what moved, why it did not, and the payer's country (ISO 3166) if known."""

    state: State
    reference: str = ""
    reason: str = ""
    country: str = ""


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be paid: `amount_minor`, above zero, in the currency's smallest unit, for what `text` says.

    `uuid` finds it again; `plan` is the key of a plan, `course` the UUID of a course, each empty for the other product.
    """

    uuid: str
    product: str
    amount_minor: int
    currency: str
    text: str
    plan: str = ""
    course: str = ""


@dataclass(frozen=True, slots=True)
class Checkout:
    """Where the member pays; or how it went, where there is no such page."""

    url: str = ""
    outcome: Outcome | None = None


class Gateway(Protocol):
    """A provider. It raises `Unreachable` where it cannot know how the movement went."""

    key: str

    def checkout(self, user: "User", order: Order) -> Checkout:
        """Let the member pay an order."""

    def charge(self, subscription: "Subscription", order: Order, key: str) -> Outcome:
        """Take money for a running subscription without the member being there, once per `key`."""

    def refund(self, payment: "Payment", amount_minor: int, key: str) -> Outcome:
        """Give back some of a payment, once per `key`."""


class Unreachable(Exception):
    """The provider did not answer: nobody knows whether the money moved. Ask again with the same key."""


def named(key: str) -> Gateway:
    """Return a gateway by its key. Raises Unreachable for one that the settings do not have any more."""
    if key not in settings.GATEWAYS:
        raise Unreachable(f"There is no gateway {key!r}.")
    return import_string(settings.GATEWAYS[key])


def current() -> Gateway | None:
    """Return the gateway that new orders go to; None while members ask and staff grant."""
    return named(settings.BILLING_GATEWAY) if settings.BILLING_GATEWAY else None

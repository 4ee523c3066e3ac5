"""A payment provider in memory: it moves money once per key, as it is told to, and remembers what it moved."""

import threading
from dataclasses import dataclass, field

from accounts.billing.gateways import Checkout, Order, Outcome, State, Unreachable
from accounts.models import Payment, Subscription, User


@dataclass
class Provider:
    """`answers` are given one after the other; without one, money moves. `moved` has the signed amounts by key."""

    key: str = "fake"
    answers: list[State | type[Unreachable]] = field(default_factory=list)
    moved: dict[str, int] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def net_minor(self) -> int:
        """What the provider took less what it gave back."""
        return sum(self.moved.values())

    def clear(self) -> None:
        """Forget everything."""
        self.answers, self.moved, self.asked = [], {}, []

    def checkout(self, user: User, order: Order) -> Checkout:
        """Send the member to a page."""
        return Checkout(url=f"https://pay.example/{order.uuid}")

    def pay(self, order: Order, reference: str = "") -> str:
        """Let the member pay on the page. Returns the reference."""
        reference = reference or f"pi_{order.uuid}"
        self.moved[reference] = order.amount_minor
        return reference

    def charge(self, subscription: Subscription, order: Order, key: str) -> Outcome:
        """Take money."""
        return self._move(key, order.amount_minor, "pi_")

    def refund(self, payment: Payment, amount_minor: int, key: str) -> Outcome:
        """Give money back."""
        return self._move(key, -amount_minor, "re_")

    def _move(self, key: str, amount_minor: int, prefix: str) -> Outcome:
        with self.lock:
            self.asked.append(key)
            answer = self.answers.pop(0) if self.answers else State.PAID
            if key in self.moved:
                assert self.moved[key] == amount_minor, "one key for two amounts"
                return Outcome(State.PAID, prefix + key, country="NL")
            if answer is State.FAILED:
                return Outcome(State.FAILED, reason="card_declined")
            if answer is State.PENDING:
                return Outcome(State.PENDING)
            self.moved[key] = amount_minor
            if answer is Unreachable:
                raise Unreachable
            return Outcome(State.PAID, prefix + key, country="NL")


PROVIDER = Provider()

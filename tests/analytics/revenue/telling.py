"""Ledgers of subscriptions and payments from as little as a test needs to say, and what they come to, counted anew.

The recount walks through the lines one by one and knows nothing of spells, moves or days that are kept.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from accounts.models import Change, GrantedBy, Payment, Plan, Status, Subscription, SubscriptionChange, User
from stats import ledger
from stats.actors import user_actor
from stats.ids import uuid7
from stats.kinds import Kind
from stats.windows import day_of

BEGAN = datetime(2025, 1, 1, tzinfo=UTC)
MOMENT = timedelta(microseconds=1)


def make_member() -> User:
    """Make a member without a password, which takes no time."""
    name = f"payer{uuid7().hex}"
    return User.objects.create(username=name, email=f"{name}@example.org", password="!")


def at(hours: float) -> datetime:
    """Return an instant so many hours after the new year of 2025."""
    return BEGAN + timedelta(hours=hours)


@dataclass(frozen=True, slots=True)
class Said:
    """A line of a ledger: a rate from an instant on, at most until another."""

    at: datetime
    rate: int
    until: datetime
    plan: int = 0
    currency: str = "EUR"
    is_granted: bool = True


@dataclass
class Told:
    """All lines that were told, by person and subscription."""

    chains: list[tuple[int, list[Said]]] = field(default_factory=list)

    def tell(self, user: User, plans: Sequence[Plan], *chains: Iterable[Said]) -> None:
        """Write subscriptions of a member, each with its lines, and their events."""
        with ledger.recording():
            for chain in map(list, chains):
                self.chains.append((user.pk, chain))
                _write(user, plans, chain)

    def rate(self, user: int, currency: str, moment: datetime) -> int:
        """Return what a person's subscriptions bring at a moment."""
        total = 0
        for owner, chain in self.chains:
            said = [one for one in chain if one.at <= moment] if owner == user else []
            if said and said[-1].until > moment and said[-1].currency == currency:
                total += said[-1].rate
        return total

    def users(self) -> list[int]:
        """Return all whose lines were told."""
        return sorted({user for user, _ in self.chains})

    def total(self, currency: str, moment: datetime) -> int:
        """Return what all of them bring."""
        return sum(self.rate(user, currency, moment) for user in self.users())

    def paying(self, currency: str, moment: datetime) -> int:
        """Return how many bring anything."""
        return sum(self.rate(user, currency, moment) > 0 for user in self.users())

    def instants(self) -> list[datetime]:
        """Return every instant at which anything may change."""
        return sorted({moment for _, chain in self.chains for one in chain for moment in (one.at, one.until)})

    def moves(self, currency: str, zone: str, start: datetime, end: datetime) -> dict[tuple[str, str], list[int]]:
        """Return {(day, movement): [rate, people]} of the instants from `start` to before `end`."""
        found: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
        instants = self.instants()
        for user in self.users():
            days: dict[date, list[datetime]] = defaultdict(list)
            for moment in instants:
                days[day_of(moment, zone)].append(moment)
            knew = False
            for day in sorted(days):
                inside = [moment for moment in days[day] if start <= moment < end]
                if inside:
                    before = self.rate(user, currency, inside[0] - MOMENT)
                    after = self.rate(user, currency, inside[-1])
                    if name := _name(before, after, knew=knew):
                        found[day.isoformat(), name][0] += after - before
                        found[day.isoformat(), name][1] += (after > 0) - (before > 0)
                last = self.rate(user, currency, days[day][-1])
                knew = knew or last > 0 or self.rate(user, currency, days[day][0] - MOMENT) > 0
        return dict(found)


def _name(before: int, after: int, *, knew: bool) -> str:
    if before == after:
        return ""
    if not before:
        return "reactivation" if knew else "new"
    if not after:
        return "churn"
    return "expansion" if after > before else "contraction"


def _write(user: User, plans: Sequence[Plan], chain: list[Said]) -> None:
    last = max(one.until for one in chain)
    subscription = Subscription.objects.create(
        user=user,
        plan=plans[0],
        status=Status.EXPIRED,
        starts_at=chain[0].at,
        current_period_end=max(last, chain[0].at),
    )
    before = 0
    for one in chain:
        event_id = ledger.record(
            Kind.SUBSCRIPTION_CHANGED, user_actor(user.uuid), change=Change.STARTED.value, role="premium", by="gateway",
            occurred_at=one.at,
        )  # fmt: skip
        SubscriptionChange.objects.create(
            event_id=event_id, subscription=subscription, user=user, change=Change.STARTED, plan=plans[one.plan],
            role_before="free", role_after="premium" if one.is_granted else "free", period_end=one.until,
            holds_until=one.until, currency=one.currency, run_rate_before=before, run_rate_after=one.rate,
            by=GrantedBy.GATEWAY, at=one.at,
        )  # fmt: skip
        before = one.rate


def pay(
    user: User, minor: int, moment: datetime, *, of: Payment | None = None, kind: str = "refund", **values: object
) -> Payment:
    """Write a payment, or a refund or another line of one, with its event."""
    kind = Kind(kind) if of else Kind.PAYMENT
    row = {"currency": "EUR", "product": "subscription", "gateway": "manual", **values}
    with ledger.recording():
        event_id = ledger.record(
            kind, user_actor(user.uuid), amount=minor, currency=str(row["currency"]), occurred_at=moment
        )
        return Payment.objects.create(
            event_id=event_id, user=user, kind=kind.value, amount_minor=minor, refund_of=of, at=moment, **row
        )

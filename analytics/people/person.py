"""What staff see of one member. Each part says how many queries it costs; who may not see a part has it empty."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from allauth.usersessions.models import UserSession
from django.db.models import Sum
from django.shortcuts import get_object_or_404

from accounts import addresses, pages, queries
from accounts.billing import problems
from accounts.billing.problems import Problem
from accounts.entitlements import KEPT
from accounts.features import Entitlements, Feature
from accounts.models import (
    RUNNING,
    SIGNED_MINOR,
    FeatureGrant,
    Payment,
    PaymentKind,
    StaffAction,
    StaffNote,
    Subscription,
    SubscriptionChange,
    UpgradeRequest,
    User,
)
from accounts.pages import FeatureRow
from accounts.roles import Role
from accounts.staffing import Area, Level, may
from gamification import queries as game
from gamification.achievements import queries as achievements
from gamification.achievements.queries import Badge
from gamification.queries import Card
from stats import queries as stats

LATEST = 20
NOTES = 50
BADGES = 12


@dataclass(frozen=True, slots=True)
class Paid:
    """What a member paid in one currency, in its smallest unit, and what of it went back, refunds and disputes."""

    currency: str
    paid_minor: int
    refunded_minor: int

    @property
    def kept_minor(self) -> int:
        """What stayed."""
        return self.paid_minor - self.refunded_minor


@dataclass(frozen=True, slots=True)
class Rights:
    """What the reader may see of a member and do with them."""

    addresses: bool
    subscriptions: bool
    money: bool
    game: bool
    audit: bool
    changes_people: bool
    changes_subscriptions: bool
    changes_staff: bool


@dataclass(frozen=True, slots=True)
class Person:
    """One member, as one reader may see them."""

    member: User
    rights: Rights
    email: str
    role: Role
    eight: Any
    features: Sequence[FeatureRow]
    grants: Sequence[FeatureGrant] = ()
    subscription: Subscription | None = None
    subscriptions: Sequence[Subscription] = ()
    changes: Sequence[SubscriptionChange] = ()
    request: UpgradeRequest | None = None
    payments: Sequence[Payment] = ()
    totals: Sequence[Paid] = ()
    problems: Sequence[Problem] = ()
    notes: Sequence[StaffNote] = ()


@dataclass(frozen=True, slots=True)
class Game:
    """Where a member stands in the game, and the latest achievements."""

    card: Card
    badges: Sequence[Badge] = ()
    unlocked: int = 0


@dataclass(frozen=True, slots=True)
class Record:
    """Where a member is signed in, and what staff did about them."""

    sessions: Sequence[UserSession] = ()
    actions: Sequence[StaffAction] = field(default_factory=tuple)


def rights_of(reader: Any) -> Rights:
    """Return what somebody of the staff may see and do. No query once the roles are known."""
    return Rights(
        addresses=may(reader, Area.ADDRESSES),
        subscriptions=may(reader, Area.SUBSCRIPTIONS),
        money=may(reader, Area.MONEY),
        game=may(reader, Area.GAME),
        audit=may(reader, Area.AUDIT),
        changes_people=may(reader, Area.PEOPLE, Level.CHANGE),
        changes_subscriptions=may(reader, Area.SUBSCRIPTIONS, Level.CHANGE),
        changes_staff=may(reader, Area.STAFF, Level.CHANGE),
    )


def member_of(uuid: UUID) -> User:
    """Return the member, with who brought them, or raise Http404. One query."""
    return get_object_or_404(User.objects.select_related("referral__referrer"), uuid=uuid)


def person(member: User, reader: Any, now: datetime) -> Person:
    """Return one member. At most ten queries."""
    rights = rights_of(reader)
    subscriptions = _subscriptions(member)
    grants = list(FeatureGrant.objects.filter(user=member))
    running = next((each for each in subscriptions if each.status in RUNNING), None)
    entitled = Entitlements(
        is_admin=member.is_active and member.is_staff and member.is_superuser,
        periods=running.periods() if running else (),
        overrides={Feature(grant.feature): grant.override() for grant in grants},
    )
    member.__dict__[KEPT] = entitled
    told: dict[str, Any] = {}
    if rights.subscriptions:
        is_on = running is not None and any(period.ends_at > now for period in running.periods())
        told = {
            "subscription": running if is_on else None,
            "subscriptions": subscriptions,
            "grants": grants,
            "changes": list(
                SubscriptionChange.objects.filter(user=member)
                .select_related("plan", "by_user")
                .order_by("-at", "-id")[:LATEST]
            ),
            "request": queries.open_request(member),
        }
    if rights.money:
        told |= {"payments": _payments(member), "totals": totals(member), "problems": problems.of(member)}
    return Person(
        member=member,
        rights=rights,
        email=addresses.shown(reader, member.email),
        role=entitled.role(now),
        eight=stats.eight_stats(member.uuid),
        features=pages.feature_rows(entitled, now, queries.feature_uses(member)),
        notes=list(StaffNote.objects.filter(person=member).select_related("by")[:NOTES]),
        **told,
    )


def totals(member: User) -> list[Paid]:
    """Return what a member paid and got back, by currency. One query."""
    sums: dict[str, dict[str, int]] = {}
    rows = Payment.objects.filter(user=member).order_by().values("currency", "kind").annotate(minor=Sum(SIGNED_MINOR))
    for row in rows:
        sums.setdefault(row["currency"], {})[row["kind"]] = row["minor"]
    return [
        Paid(currency, parts.pop(PaymentKind.PAYMENT, 0), -sum(parts.values()))
        for currency, parts in sorted(sums.items())
    ]


def standing(member: User, now: datetime) -> Game:
    """Return where a member stands in the game. Eight queries."""
    wall = achievements.wall_of(member.uuid)
    latest = sorted(wall.badges, key=lambda badge: (badge.earned_at is None, badge.earned_at), reverse=True)
    return Game(game.card(member.uuid, now), latest[:BADGES], wall.unlocked)


def record(member: User, rights: Rights) -> Record:
    """Return where a member is signed in, and what staff did about them. At most two queries."""
    sessions = UserSession.objects.filter(user=member).order_by("-last_seen_at")[:LATEST] if rights.addresses else ()
    about = StaffAction.objects.filter(person=member).select_related("by", "person").order_by("-at", "-id")
    return Record(list(sessions), list(about[:LATEST]) if rights.audit else ())


def _subscriptions(member: User) -> list[Subscription]:
    return list(
        Subscription.objects.filter(user=member)
        .select_related("plan", "next_plan")
        .order_by("-starts_at", "-id")[:LATEST]
    )


def _payments(member: User) -> list[Payment]:
    return list(Payment.objects.filter(user=member).select_related("plan", "refund_of").order_by("-at", "-id")[:LATEST])

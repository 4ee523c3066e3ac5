"""A year of paying members who do not exist: bought, renewed, changed, failed and given back through the real services."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from allauth.account.models import EmailAddress

from accounts import plans, subscriptions
from accounts.billing import buying, payments, renewing
from accounts.billing.gateways.manual import MANUAL
from accounts.models import Charge, GrantedBy, Payment, Subscription, User
from accounts.roles import Role
from accounts.standing import By
from stats import ledger
from stats.actors import user_actor
from stats.kinds import Kind

SOON = timedelta(minutes=5)
STAYS, LEAVES, RISES, SINKS, FAILS, REGRETS = "stays", "leaves", "rises", "sinks", "fails", "regrets"


@dataclass(frozen=True, slots=True)
class Patron:
    """Somebody who pays: since how many days, for what, where, and what they do after how many months."""

    username: str
    first_name: str
    last_name: str
    days: int
    role: Role
    country: str
    fate: str = STAYS
    months: int = 0


S, P = Role.SUBSCRIBER, Role.PREMIUM
PATRONS = (
    Patron("wietske", "Wietske", "Blom", 361, S, "NL"),
    Patron("aurelio", "Aurelio", "Conti", 352, P, "IT", LEAVES, 7),
    Patron("bronwen", "Bronwen", "Hughes", 340, S, "GB", RISES, 4),
    Patron("haruka", "Haruka", "Endo", 322, P, "JP"),
    Patron("lucien", "Lucien", "Favre", 311, S, "CH", FAILS, 5),
    Patron("sigrid", "Sigrid", "Aas", 297, P, "NO", SINKS, 6),
    Patron("matteus", "Matteus", "Vik", 280, S, "SE"),
    Patron("ngozi", "Ngozi", "Eze", 262, S, "NG", LEAVES, 3),
    Patron("oskar", "Oskar", "Lehmann", 241, S, "DE", RISES, 5),
    Patron("yara", "Yara", "Nasser", 226, P, "JO"),
    Patron("pavel", "Pavel", "Marek", 204, S, "CZ"),
    Patron("delphine", "Delphine", "Roux", 187, P, "FR", REGRETS, 0),
    Patron("teodora", "Teodora", "Ilic", 169, S, "RS", FAILS, 2),
    Patron("kwame", "Kwame", "Boateng", 148, S, "GH"),
    Patron("maelle", "Maëlle", "Le Gall", 133, P, "FR"),
    Patron("ruben", "Ruben", "Smit", 111, S, "NL", LEAVES, 2),
    Patron("ingrid", "Ingrid", "Dahl", 96, S, "DK", RISES, 1),
    Patron("santi", "Santi", "Pons", 74, P, "ES"),
    Patron("eleni", "Eleni", "Pappa", 58, S, "GR"),
    Patron("finn", "Finn", "Kerr", 33, S, "IE"),
    Patron("noemi", "Noémi", "Varga", 12, P, "HU"),
)  # fmt: skip


def make(people: dict[str, User], now: datetime) -> None:
    """Make the year, once."""
    if User.objects.filter(username=PATRONS[0].username).exists():
        return
    plans.seed()
    for patron in PATRONS:
        live(_join(patron, now - timedelta(days=patron.days)), patron, now)


def pay_since(user: User, role: Role, since: datetime, now: datetime, country: str = "") -> None:
    """Let a member have paid for a role every month since then."""
    _pay(user, role, since, country)
    while _renew(user, now, country):
        pass


def live(user: User, patron: Patron, now: datetime) -> None:
    """Let a patron's time go by until now."""
    me = By(GrantedBy.MEMBER, user)
    _pay(user, patron.role, now - timedelta(days=patron.days) + timedelta(hours=2), patron.country)
    month = 0
    while True:
        subscription = Subscription.objects.running().filter(user=user).first()
        if subscription is None or (month == patron.months and patron.fate == FAILS):
            break
        if month == patron.months:
            before = min(subscription.current_period_end - timedelta(days=11), now)
            if patron.fate == LEAVES:
                subscriptions.cancel(user, by=me, now=before)
            elif patron.fate == RISES:
                _pay(user, P, before, patron.country)
            elif patron.fate == SINKS:
                buying.plan_downgrade(user, plans.plan_for(S), by=me, now=before)
            elif patron.fate == REGRETS:
                paid = Payment.objects.filter(user=user).latest("at")
                payments.refund(paid, reason="Bought by mistake.", by=By(), now=paid.at + timedelta(days=2))
        month += 1
        if not _renew(user, now, patron.country):
            break
    if patron.fate == FAILS:
        _fail(user, now)
    subscriptions.expire_over(now)


def _join(patron: Patron, at: datetime) -> User:
    with ledger.recording():
        user = User(
            username=patron.username,
            email=f"{patron.username}@example.org",
            first_name=patron.first_name,
            last_name=patron.last_name,
            created_at=at,
        )
        user.set_unusable_password()
        user.save()
        EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)
        ledger.record(Kind.SIGNUP, user_actor(user.uuid), occurred_at=at)
    return user


def _pay(user: User, role: Role, at: datetime, country: str) -> None:
    purchase = buying.buy(user, plans.plan_for(role), now=at, gateway=MANUAL).purchase
    if purchase is not None:
        buying.settle(purchase, reference="", at=at, country=country)


def _claimed(user: User, now: datetime) -> Charge | None:
    """Let the next renewal be asked for when it was due; None if it is not yet, or nothing renews."""
    subscription = Subscription.objects.running().filter(user=user).first()
    if subscription is None or not subscription.renews or subscription.current_period_end + SOON > now:
        return None
    renewing.renew(subscription, now=subscription.current_period_end + SOON)
    return Charge.objects.filter(subscription=subscription).select_related("subscription__user").latest("pk")


def _renew(user: User, now: datetime, country: str) -> bool:
    charge = _claimed(user, now)
    if charge is None:
        return False
    with ledger.recording():
        renewing.paid_within(charge, reference=charge.key, at=charge.period_start + SOON, country=country)
    return True


def _fail(user: User, now: datetime) -> None:
    charge = _claimed(user, now)
    if charge is not None:
        with ledger.recording():
            renewing.failed_within(charge, reason="insufficient_funds", at=charge.period_start + SOON)

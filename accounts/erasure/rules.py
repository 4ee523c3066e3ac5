"""What happens to the accounts' tables when a member is erased. Books stay, and say of the person no more than a number."""

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.core.files.storage import default_storage

from accounts import subscriptions
from accounts.models import Branding, Purchase, PurchaseState, Subscription, User
from stats.erasing import Eraser, Fate, Rule

BOOKS = "the books: the account that it belongs to has neither name nor address any more"
ACTED = "what staff did stays; who it was has no name any more"


def first(person: User) -> None:
    """End what runs, and take away what lies outside the database."""
    keys = list(UserSession.objects.filter(user=person).values_list("session_key", flat=True))
    Session.objects.filter(session_key__in=keys).delete()
    if Subscription.objects.running().filter(user=person).exists():
        subscriptions.cancel(person, at_period_end=False)
    Purchase.objects.filter(user=person, state=PurchaseState.OPEN).update(state=PurchaseState.DROPPED)
    banners = Branding.objects.filter(user=person).values_list("banner", flat=True)
    for name in (person.avatar.name, *banners):
        if name:
            default_storage.delete(name)


ERASER = Eraser(
    first=first,
    fixed=(("accounts_staffaction_fixed", "accounts_staffaction"),),
    rules=(
        Rule("usersessions.UserSession", "user", Fate.DELETED, hidden=frozenset({"session_key", "data"})),
        Rule("mfa.Authenticator", "user", Fate.DELETED, hidden=frozenset({"data"})),
        Rule("knox.AuthToken", "user", Fate.DELETED, hidden=frozenset({"digest", "token_key"})),
        Rule("account.EmailAddress", "user", Fate.DELETED),
        Rule("accounts.User_groups", "user", Fate.DELETED, told=False),
        Rule("accounts.User_user_permissions", "user", Fate.DELETED, told=False),
        Rule("accounts.Branding", "user", Fate.DELETED),
        Rule("accounts.ImportedUser", "user", Fate.DELETED),
        Rule("accounts.FeatureGrant", "user", Fate.DELETED, hidden=frozenset({"note"})),
        Rule("accounts.UpgradeRequest", "user", Fate.DELETED),
        Rule("accounts.UpgradeRequest", "answered_by", Fate.KEPT, ACTED, told=False),
        Rule("accounts.InviteCode", "user", Fate.DELETED),
        Rule("accounts.Referral", "member", Fate.DELETED),
        Rule("accounts.Referral", "referrer", Fate.DELETED, hidden=frozenset({"member"})),
        Rule("accounts.StaffNote", "person", Fate.DELETED, told=False),
        Rule("accounts.StaffNote", "by", Fate.KEPT, ACTED, told=False),
        Rule(
            "accounts.StaffAction", "person", Fate.KEPT, "the log names nobody: it has the account's number", told=False
        ),
        Rule("accounts.StaffAction", "by", Fate.KEPT, ACTED, told=False),
        Rule("accounts.Customer", "user", Fate.DELETED),
        Rule("accounts.Subscription", "user", Fate.KEPT, BOOKS),
        Rule("accounts.SubscriptionChange", "user", Fate.KEPT, BOOKS),
        Rule("accounts.SubscriptionChange", "by_user", Fate.KEPT, ACTED, told=False),
        Rule("accounts.Payment", "user", Fate.KEPT, BOOKS, hidden=frozenset({"snapshot"})),
        Rule("accounts.Payment", "by_user", Fate.KEPT, ACTED, told=False),
        Rule("accounts.Purchase", "user", Fate.KEPT, BOOKS),
        Rule("accounts.Dispute", "user", Fate.KEPT, BOOKS),
        Rule("accounts.RefundClaim", "by_user", Fate.KEPT, ACTED, told=False),
        Rule("accounts.Erasure", "user", Fate.DELETED, told=False),
        Rule("accounts.Erasure", "by", Fate.BLANKED, values={"by": None}, told=False),
        Rule("accounts.TroubleMail", "user", Fate.KEPT, BOOKS, told=False),
        Rule("accounts.TroubleMail", "reader", Fate.DELETED, told=False),
        Rule("admin.LogEntry", "user", Fate.KEPT, ACTED, told=False),
    ),
)

"""Users, plans, subscriptions and their ledger, feature grants, upgrade requests."""

from datetime import datetime
from typing import Any, ClassVar

from allauth.account.models import EmailAddress
from django.contrib.auth.models import AbstractUser
from django.contrib.auth.models import UserManager as DjangoUserManager
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import features, roles
from accounts.advertising.models import Advertisement
from accounts.billing.models import (
    ANSWERABLE,
    GOES_OUT,
    SIGNED_MINOR,
    UNDERWAY,
    UNDOES,
    Charge,
    ChargeState,
    Customer,
    Dispute,
    DisputeState,
    Notice,
    Payment,
    PaymentKind,
    Product,
    Purchase,
    PurchaseState,
    RefundClaim,
    TroubleMail,
)
from accounts.branding.models import Branding
from accounts.currencies import CURRENCIES
from accounts.erasure.models import Erasure
from accounts.exchange.models import ImportedUser
from accounts.fields import AddressField, UsernameField, UsernameKeyField
from stats.ids import uuid7

__all__ = [
    "ANSWERABLE",
    "GOES_OUT",
    "SIGNED_MINOR",
    "UNDERWAY",
    "UNDOES",
    "Advertisement",
    "Branding",
    "Charge",
    "ChargeState",
    "Customer",
    "Dispute",
    "DisputeState",
    "Erasure",
    "ImportedUser",
    "Notice",
    "Payment",
    "PaymentKind",
    "Product",
    "Purchase",
    "PurchaseState",
    "RefundClaim",
    "TroubleMail",
]  # fmt: skip


ERASED_DOMAIN = "erased.invalid"


class Theme(models.TextChoices):
    """How a member wants the pages to look."""

    SYSTEM = "system", _("As on the device")
    LIGHT = "light", _("Light")
    DARK = "dark", _("Dark")


class UserManager(DjangoUserManager["User"]):
    """Django's, with a superuser whose address needs no code."""

    @transaction.atomic
    def create_superuser(
        self, username: str, email: str | None = None, password: str | None = None, **extra_fields: Any
    ) -> "User":
        """Make a superuser whose e-mail address counts as verified."""
        user: User = super().create_superuser(username, email, password, **extra_fields)
        if user.email:
            EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
        return user


UNUSUAL = Q(is_active=False) | Q(is_staff=True) | Q(opted_out=True)
"""Accounts that are switched off, of staff or not recorded: few, and found by an index of their own."""


class User(AbstractUser):
    """A member of the site. Outside the database a user is known by `uuid`, never by the number."""

    date_joined = None  # type: ignore[assignment]  # `created_at` says it
    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    username = UsernameField(
        _("username"),
        max_length=150,
        unique=True,
        validators=[UnicodeUsernameValidator()],
        error_messages={"unique": _("This username is not available.")},
    )
    username_key = UsernameKeyField(max_length=600, unique=True, editable=False)
    email = AddressField(_("e-mail address"), max_length=254, unique=True)
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True)
    locale = models.CharField(_("language"), max_length=12, blank=True)
    theme = models.CharField(_("theme"), max_length=6, choices=Theme.choices, default=Theme.SYSTEM)
    avatar = models.ImageField(_("picture"), upload_to="avatars/", blank=True)
    bio = models.CharField(_("about you"), max_length=300, blank=True)
    opted_out = models.BooleanField(_("recording switched off"), default=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    objects: ClassVar[UserManager] = UserManager()

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        indexes = [
            models.Index(fields=["created_at", "id"], name="accounts_user_joined"),
            models.Index(
                fields=["is_active", "is_staff", "is_superuser", "opted_out"],
                condition=UNUSUAL,
                name="accounts_user_unusual",
            ),
        ]

    def __str__(self) -> str:
        return self.username

    @property
    def display_name(self) -> str:
        """The full name, or the username of who gave none."""
        return self.get_full_name() or self.username

    @property
    def is_erased(self) -> bool:
        """Whether nothing is left of the account but its number."""
        return self.email == f"{self.uuid.hex}@{ERASED_DOMAIN}"


def sold_roles() -> list[tuple[str, str]]:
    """Return the roles that a plan may grant."""
    return [(role.value, role.label) for role in roles.Role if role is not roles.Role.ADMIN]


class Interval(models.TextChoices):
    """How often a plan is paid."""

    MONTH = "month", _("month")
    YEAR = "year", _("year")


class Plan(models.Model):
    """What is sold: a role at a price."""

    MOST_MINOR = 2_000_000_000
    MOST_TRIAL_DAYS = 366

    key = models.SlugField(_("key"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=60)
    description = models.CharField(_("description"), max_length=200, blank=True)
    role = models.CharField(_("role"), max_length=10, choices=sold_roles)
    price_minor = models.PositiveIntegerField(_("price"), help_text=_("In the currency's smallest unit: 600 is €6.00."))
    currency = models.CharField(_("currency"), max_length=3, default="EUR")
    interval = models.CharField(_("interval"), max_length=5, choices=Interval.choices, default=Interval.MONTH)
    is_offered = models.BooleanField(_("offered"), default=True)
    trial_days = models.PositiveSmallIntegerField(_("trial"), default=0, help_text=_("Days to try it, once a person."))

    class Meta:
        ordering = ["price_minor", "id"]
        verbose_name = _("plan")
        verbose_name_plural = _("plans")
        constraints = [
            models.CheckConstraint(condition=~Q(role="admin"), name="accounts_plan_never_admin"),
            models.CheckConstraint(condition=Q(currency__regex="^[A-Z]{3}$"), name="accounts_plan_currency_iso"),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuse, in forms and in files, what could not be sold: databases differ in how far their numbers go."""
        errors: dict[str, Any] = {}
        if (self.price_minor or 0) > self.MOST_MINOR:
            most = {"most": self.MOST_MINOR}
            errors["price_minor"] = ValidationError(_("A price is at most %(most)d."), params=most)
        elif self.price_minor and self.role == roles.Role.FREE:
            errors["price_minor"] = _("What is free costs nothing.")
        if (self.trial_days or 0) > self.MOST_TRIAL_DAYS:
            most = {"most": self.MOST_TRIAL_DAYS}
            errors["trial_days"] = ValidationError(_("A trial has at most %(most)d days."), params=most)
        if self._state.adding and self.currency not in CURRENCIES:
            errors["currency"] = _("There is no such currency.")
        if errors:
            raise ValidationError(errors)


class Status(models.TextChoices):
    """How a subscription stands."""

    TRIALING = "trialing", _("Trial")
    ACTIVE = "active", _("Active")
    PAST_DUE = "past_due", _("Past due")
    CANCELLED = "cancelled", _("Cancelled")
    EXPIRED = "expired", _("Expired")


RUNNING = (Status.TRIALING, Status.ACTIVE, Status.PAST_DUE)


class GrantedBy(models.TextChoices):
    """Where a subscription, or a change of one, came from."""

    ADMIN = "admin", _("Staff")
    GATEWAY = "gateway", _("Payment")
    IMPORT = "import", _("Import")
    MEMBER = "member", _("Member")
    CLOCK = "clock", _("End of the period")


class SubscriptionQuerySet(models.QuerySet["Subscription"]):
    """Filters."""

    def running(self) -> "SubscriptionQuerySet":
        """Those that were not cancelled or found expired; the clock may say otherwise by now."""
        return self.filter(status__in=RUNNING)

    def granting(self, now: datetime, role: str | None = None) -> "SubscriptionQuerySet":
        """Those that grant a role at `now`, only this role if one is given: `periods()`, asked of the database."""
        pays = Q(cancel_at_period_end=False, status__in=(Status.ACTIVE, Status.PAST_DUE)) & ~Q(gateway="")
        current = Q(starts_at__lte=now, current_period_end__gt=now)
        grace = pays & Q(next_plan=None, starts_at__lte=now, current_period_end__lte=now, grace_until__gt=now)
        following = Q(next_plan__isnull=False, current_period_end__lte=now) & (
            pays & Q(grace_until__gt=now) | ~pays & Q(next_period_end__gt=now)
        )
        if role is not None:
            current, grace, following = (
                current & Q(plan__role=role),
                grace & Q(plan__role=role),
                following & Q(next_plan__role=role),
            )
        return self.running().filter(current | grace | following)

    def over(self, now: Any) -> "SubscriptionQuerySet":
        """Running ones whose period has ended, and with it the subscription, or the plan that was to last so long."""
        return (
            self.running()
            .filter(current_period_end__lte=now)
            .filter(Q(gateway="") | Q(cancel_at_period_end=True) | Q(next_plan__isnull=False) | Q(grace_until__lte=now))
        )

    def due(self, now: Any) -> "SubscriptionQuerySet":
        """Running ones that are paid for, whose next period has begun and waits for its money."""
        return (
            self.running()
            .filter(current_period_end__lte=now, grace_until__gt=now, cancel_at_period_end=False)
            .exclude(gateway="")
        )


class Subscription(models.Model):
    """A role for a time. What it grants is decided by the clock, not by `status`: see `accounts.entitlements`.

    A downgrade waits in `next_plan` and `next_period_end` and begins when the current period ends. Who pays has the role
    beyond the period's end until `grace_until`, while the money for the next one is waited for. `price_minor` is what this
    member pays for a period: a plan's new price is not theirs. The period that is paid lasts from `paid_from` to
    `current_period_end`; `anchor_day` is the day of the month on which it ends in months that have it.
    """

    user = models.ForeignKey(User, models.PROTECT, related_name="subscriptions")
    plan = models.ForeignKey(Plan, models.PROTECT, related_name="subscriptions")
    status = models.CharField(_("status"), max_length=9, choices=Status.choices, default=Status.ACTIVE)
    starts_at = models.DateTimeField(_("start"), default=timezone.now)
    current_period_end = models.DateTimeField(_("period ends"))
    cancel_at_period_end = models.BooleanField(_("ends with the period"), default=False)
    next_plan = models.ForeignKey(Plan, models.PROTECT, null=True, blank=True, related_name="+")
    next_period_end = models.DateTimeField(null=True, blank=True)
    next_price_minor = models.PositiveBigIntegerField(_("price after that"), default=0)
    granted_by = models.CharField(_("granted by"), max_length=7, choices=GrantedBy.choices, default=GrantedBy.ADMIN)
    price_minor = models.PositiveBigIntegerField(_("price"), default=0, help_text=_("What a period costs this member."))
    currency = models.CharField(_("currency"), max_length=3, default="EUR")
    interval = models.CharField(_("interval"), max_length=5, choices=Interval.choices, default=Interval.MONTH)
    gateway = models.CharField(_("gateway"), max_length=20, blank=True, help_text=_("Empty: nobody pays for it."))
    gateway_ref = models.CharField(_("gateway's reference"), max_length=255, blank=True)
    paid_from = models.DateTimeField(_("paid period began"), null=True, blank=True)
    anchor_day = models.PositiveSmallIntegerField(default=1)
    credit_minor = models.PositiveBigIntegerField(_("credit"), default=0, help_text=_("Taken off what is due next."))
    grace_until = models.DateTimeField(
        _("grace ends"), null=True, blank=True, help_text=_("Until when the money for the next period is waited for.")
    )
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    objects = SubscriptionQuerySet.as_manager()

    class Meta:
        ordering = ["-starts_at", "-id"]
        verbose_name = _("subscription")
        verbose_name_plural = _("subscriptions")
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=Q(status__in=RUNNING), name="accounts_subscription_one_running"
            ),
            models.CheckConstraint(
                condition=Q(current_period_end__gte=F("starts_at")), name="accounts_subscription_ends_after_start"
            ),
            models.CheckConstraint(
                condition=Q(next_plan=None, next_period_end=None)
                | Q(next_plan__isnull=False, next_period_end__gt=F("current_period_end")),
                name="accounts_subscription_next_is_whole",
            ),
            models.CheckConstraint(
                condition=Q(gateway="")
                | Q(paid_from__isnull=False, grace_until__isnull=False, grace_until__gte=F("current_period_end")),
                name="accounts_subscription_paid_is_whole",
            ),
        ]
        indexes = [
            models.Index(
                fields=["current_period_end", "starts_at", "plan", "user"],
                condition=Q(status__in=RUNNING),
                name="accounts_subscription_ends",
            )
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.plan}"

    @property
    def is_paid(self) -> bool:
        """Whether somebody pays for it: not a gift, an import or a trial."""
        return bool(self.gateway) and self.status in (Status.ACTIVE, Status.PAST_DUE)

    @property
    def renews(self) -> bool:
        """Whether the next period is to be paid when this one ends."""
        return self.is_paid and not self.cancel_at_period_end

    @property
    def runs_until(self) -> datetime:
        """When it ends if nothing happens any more: whoever pays has the grace on top of the period."""
        if self.renews and self.grace_until is not None:
            return self.grace_until
        return self.next_period_end or self.current_period_end

    @property
    def run_rate(self) -> int:
        """What it brings in a year as it stands, in the currency's smallest unit."""
        if not self.is_paid:
            return 0
        return self.price_minor * (12 if self.interval == Interval.MONTH else 1)

    def periods(self) -> tuple[features.Period, ...]:
        """Return the times for which it grants a role, none once cancelled or expired."""
        if self.status not in RUNNING:
            return ()
        if self.next_plan is None:
            return (features.Period(roles.Role(self.plan.role), self.starts_at, self.runs_until),)
        return (
            features.Period(roles.Role(self.plan.role), self.starts_at, self.current_period_end),
            features.Period(roles.Role(self.next_plan.role), self.current_period_end, self.runs_until),
        )


class Change(models.TextChoices):
    """What happened to a subscription."""

    STARTED = "started", _("Started")
    RENEWED = "renewed", _("Renewed")
    EXTENDED = "extended", _("Extended")
    UPGRADED = "upgraded", _("Upgraded")
    DOWNGRADED = "downgraded", _("Downgraded")
    TRIAL_STARTED = "trial_started", _("Trial started")
    PAST_DUE = "past_due", _("Payment failed")
    RECOVERED = "recovered", _("Payment recovered")
    REVERTED = "reverted", _("Taken back")
    KEPT = "kept", _("Goes on after all")
    DOWNGRADE_PLANNED = "downgrade_planned", _("Downgrade planned")
    CANCEL_PLANNED = "cancel_planned", _("Ends with the period")
    CANCELLED = "cancelled", _("Cancelled")
    EXPIRED = "expired", _("Expired")


class SubscriptionChange(models.Model):
    """One line of the ledger. The database refuses to change it.

    The run rates are what the subscription brings in a year as it stands, in the currency's smallest unit (a monthly price
    twelve times); 0 for what nobody pays for, and for a trial. What a line says holds until `holds_until` if no other line
    follows. A subscription's lines stand in the order of `at`, then of their numbers, and the first begins at 0.
    """

    event_id = models.UUIDField(unique=True, editable=False)
    subscription = models.ForeignKey(Subscription, models.PROTECT, related_name="changes")
    user = models.ForeignKey(User, models.PROTECT, related_name="subscription_changes")
    change = models.CharField(_("change"), max_length=20, choices=Change.choices)
    plan = models.ForeignKey(Plan, models.PROTECT, related_name="+")
    role_before = models.CharField(_("role before"), max_length=10)
    role_after = models.CharField(_("role after"), max_length=10)
    period_end = models.DateTimeField(_("period ends"))
    currency = models.CharField(_("currency"), max_length=3, default="EUR")
    run_rate_before = models.BigIntegerField(_("run rate before"), default=0)
    run_rate_after = models.BigIntegerField(_("run rate after"), default=0)
    holds_until = models.DateTimeField(_("holds until"), default=timezone.now)
    by = models.CharField(_("by"), max_length=7, choices=GrantedBy.choices)
    by_user = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField(_("time"), default=timezone.now)

    class Meta:
        ordering = ["-at", "-id"]
        verbose_name = _("subscription change")
        verbose_name_plural = _("subscription changes")
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=Q(change="trial_started"), name="accounts_subscriptionchange_one_trial"
            )
        ]
        indexes = [
            models.Index(fields=["at", "id"], name="accounts_change_at"),
            models.Index(fields=["user", "at"], name="accounts_change_user_at"),
            models.Index(fields=["subscription", "at", "id"], name="accounts_change_chain"),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.get_change_display()}"


class FeatureGrant(models.Model):
    """One feature given to, or taken from, one person, whatever the role says."""

    user = models.ForeignKey(User, models.CASCADE, related_name="feature_grants")
    feature = models.CharField(_("feature"), max_length=20, choices=features.choices)
    granted = models.BooleanField(_("granted"), default=True, help_text=_("Off takes the feature away."))
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True, help_text=_("Empty means never."))
    note = models.CharField(_("note"), max_length=200, blank=True, help_text=_("The member can read it."))
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    class Meta:
        ordering = ["-created_at", "-id"]
        verbose_name = _("feature grant")
        verbose_name_plural = _("feature grants")
        constraints = [
            models.UniqueConstraint(fields=["user", "feature"], name="accounts_featuregrant_one_per_feature")
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.get_feature_display()}"

    def override(self) -> features.Override:
        """Return it as the pure part knows it."""
        return features.Override(self.granted, self.expires_at)


class RequestState(models.TextChoices):
    """What became of a request."""

    OPEN = "open", _("Open")
    GRANTED = "granted", _("Granted")
    DECLINED = "declined", _("Declined")


class UpgradeRequest(models.Model):
    """A member asks for a plan; staff grant or decline."""

    user = models.ForeignKey(User, models.CASCADE, related_name="upgrade_requests")
    plan = models.ForeignKey(Plan, models.PROTECT, related_name="requests")
    state = models.CharField(_("state"), max_length=8, choices=RequestState.choices, default=RequestState.OPEN)
    created_at = models.DateTimeField(_("asked"), default=timezone.now)
    answered_at = models.DateTimeField(_("answered"), null=True, blank=True)
    answered_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["-created_at", "-id"]
        verbose_name = _("upgrade request")
        verbose_name_plural = _("upgrade requests")
        constraints = [
            models.UniqueConstraint(fields=["user"], condition=Q(state="open"), name="accounts_upgraderequest_one_open")
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.plan}"


class InviteCode(models.Model):
    """What stands in the link by which a member invites others."""

    user = models.OneToOneField(User, models.CASCADE, related_name="invite_code")
    code = models.CharField(_("code"), max_length=10, unique=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now)

    class Meta:
        verbose_name = _("invite code")
        verbose_name_plural = _("invite codes")

    def __str__(self) -> str:
        return self.code


class Referral(models.Model):
    """Who brought a new member along. It counts from when the member's address is confirmed."""

    member = models.OneToOneField(User, models.CASCADE, related_name="referral", verbose_name=_("member"))
    referrer = models.ForeignKey(User, models.CASCADE, related_name="referrals", verbose_name=_("brought by"))
    signed_up_at = models.DateTimeField(_("signed up"), default=timezone.now)
    confirmed_at = models.DateTimeField(_("confirmed"), null=True, blank=True)

    class Meta:
        verbose_name = _("referral")
        verbose_name_plural = _("referrals")
        constraints = [
            models.CheckConstraint(condition=~Q(member=F("referrer")), name="accounts_referral_never_oneself")
        ]

    def __str__(self) -> str:
        return f"{self.referrer}: {self.member}"


class StaffAction(models.Model):
    """One line of the audit log: what somebody of the staff did, and to whom or what. The database refuses to change it.

    No name of a person is kept here: `by` and `person` are looked up when it is read. `about_*` is a thing that is no
    person: its kind (`accounts.plan`), its key and what it was called then.
    """

    at = models.DateTimeField(_("time"), default=timezone.now, editable=False)
    by = models.ForeignKey(
        User, models.PROTECT, null=True, db_index=False, related_name="staff_actions", verbose_name=_("by")
    )
    what = models.CharField(_("what"), max_length=40)
    person = models.ForeignKey(
        User, models.PROTECT, null=True, db_index=False, related_name="staff_actions_about", verbose_name=_("person")
    )
    about_kind = models.CharField(max_length=60, blank=True)
    about_key = models.CharField(max_length=64, blank=True)
    about_name = models.CharField(_("about"), max_length=200, blank=True)
    detail = models.JSONField(_("detail"), default=dict)

    class Meta:
        ordering = ["-at", "-id"]
        verbose_name = _("staff action")
        verbose_name_plural = _("audit log")
        indexes = [
            models.Index(fields=["at", "id"], name="accounts_staffaction_at"),
            models.Index(fields=["person", "at"], name="accounts_staffaction_person"),
            models.Index(fields=["by", "at"], name="accounts_staffaction_by"),
            models.Index(fields=["about_kind", "about_key"], name="accounts_staffaction_about"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.what}"


class StaffNote(models.Model):
    """What staff want each other to know of a member, who never sees it."""

    person = models.ForeignKey(User, models.CASCADE, related_name="staff_notes")
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    text = models.CharField(_("note"), max_length=2000)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    class Meta:
        ordering = ["-created_at", "-id"]
        verbose_name = _("staff note")
        verbose_name_plural = _("staff notes")

    def __str__(self) -> str:
        return self.text

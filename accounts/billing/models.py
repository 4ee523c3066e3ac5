"""The ledger of payments and refunds, the claims of renewals, and what gateways told."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from stats.ids import uuid7


class PaymentKind(models.TextChoices):
    """Which way the money went."""

    PAYMENT = "payment", _("Payment")
    REFUND = "refund", _("Refund")


class Product(models.TextChoices):
    """What was paid for."""

    SUBSCRIPTION = "subscription", _("Subscription")
    COURSE = "course", _("Course")
    OTHER = "other", _("Other")


class Payment(models.Model):
    """One line of the ledger of money. The database refuses to change it.

    `amount_minor` is what moved, always above zero, in the currency's smallest unit; a refund names the payment that it
    gives back. `snapshot` holds what was sold as it was then: the plan's key, name, role, price and interval, the
    proration that was taken off, and the subscription as it stood before, so that a refund can put it back.
    """

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="payments")
    kind = models.CharField(_("kind"), max_length=7, choices=PaymentKind.choices)
    amount_minor = models.BigIntegerField(_("amount"))
    currency = models.CharField(_("currency"), max_length=3)
    refund_of = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="refunds")
    product = models.CharField(_("for"), max_length=12, choices=Product.choices)
    subscription = models.ForeignKey(
        "accounts.Subscription", models.PROTECT, null=True, blank=True, related_name="payments"
    )
    plan = models.ForeignKey("accounts.Plan", models.PROTECT, null=True, blank=True, related_name="+")
    course = models.UUIDField(_("course"), null=True, blank=True)
    period_start = models.DateTimeField(_("from"), null=True, blank=True)
    period_end = models.DateTimeField(_("to"), null=True, blank=True)
    snapshot = models.JSONField(default=dict)
    gateway = models.CharField(_("gateway"), max_length=20)
    gateway_ref = models.CharField(_("gateway's reference"), max_length=255, blank=True)
    country = models.CharField(_("country"), max_length=2, blank=True)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    by_user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    event_id = models.UUIDField(unique=True, editable=False)
    at = models.DateTimeField(_("time"), default=timezone.now)

    class Meta:
        app_label = "accounts"
        ordering = ["-at", "-id"]
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        constraints = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="accounts_payment_above_zero"),
            models.CheckConstraint(condition=Q(currency__regex="^[A-Z]{3}$"), name="accounts_payment_currency_iso"),
            models.CheckConstraint(
                condition=Q(kind="refund", refund_of__isnull=False) | Q(kind="payment", refund_of=None),
                name="accounts_payment_refund_is_of_one",
            ),
            models.UniqueConstraint(
                fields=["gateway", "gateway_ref"],
                condition=~Q(gateway_ref=""),
                name="accounts_payment_once_by_reference",
            ),
        ]
        indexes = [
            models.Index(fields=["at"], name="accounts_payment_at"),
            models.Index(fields=["user", "at"], name="accounts_payment_user_at"),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.get_kind_display()} {self.amount_minor / 100:.2f} {self.currency}"

    @property
    def signed_minor(self) -> int:
        """What it adds to revenue: below zero for a refund."""
        return self.amount_minor if self.kind == PaymentKind.PAYMENT else -self.amount_minor


class ChargeState(models.TextChoices):
    """How a renewal stands."""

    CLAIMED = "claimed", _("Claimed")
    PAID = "paid", _("Paid")
    FAILED = "failed", _("Failed")


class Charge(models.Model):
    """A period that is to be paid, claimed by the one worker that charges it: one row per subscription and period."""

    subscription = models.ForeignKey("accounts.Subscription", models.CASCADE, related_name="charges")
    period_start = models.DateTimeField()
    state = models.CharField(max_length=7, choices=ChargeState.choices, default=ChargeState.CLAIMED)
    attempts = models.PositiveSmallIntegerField(default=1)
    claimed_at = models.DateTimeField(default=timezone.now)
    next_attempt_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=200, blank=True)
    payment = models.OneToOneField(Payment, models.PROTECT, null=True, blank=True, related_name="charge")

    class Meta:
        app_label = "accounts"
        constraints = [
            models.UniqueConstraint(fields=["subscription", "period_start"], name="accounts_charge_once_per_period")
        ]

    def __str__(self) -> str:
        return f"{self.subscription} from {self.period_start:%Y-%m-%d}"


class Customer(models.Model):
    """How a gateway knows a member."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="customers")
    gateway = models.CharField(max_length=20)
    reference = models.CharField(max_length=255)

    class Meta:
        app_label = "accounts"
        constraints = [
            models.UniqueConstraint(fields=["user", "gateway"], name="accounts_customer_one_per_gateway"),
            models.UniqueConstraint(fields=["gateway", "reference"], name="accounts_customer_one_per_reference"),
        ]

    def __str__(self) -> str:
        return f"{self.user} at {self.gateway}"


class Notice(models.Model):
    """What a gateway told by webhook, kept once by the gateway's id, so that a replay changes nothing."""

    gateway = models.CharField(max_length=20)
    reference = models.CharField(max_length=255)
    kind = models.CharField(max_length=80)
    about = models.CharField(max_length=255, blank=True, help_text="The object of the gateway that it is about.")
    created_at = models.DateTimeField(help_text="When the gateway says it happened.")
    received_at = models.DateTimeField(default=timezone.now)
    outcome = models.CharField(max_length=40, blank=True)

    class Meta:
        app_label = "accounts"
        constraints = [models.UniqueConstraint(fields=["gateway", "reference"], name="accounts_notice_once")]
        indexes = [models.Index(fields=["gateway", "about", "created_at"], name="accounts_notice_about")]

    def __str__(self) -> str:
        return f"{self.kind} {self.reference}"

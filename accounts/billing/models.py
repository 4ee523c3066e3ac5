"""The ledger of payments and what went back of them, the claims of renewals, disputes, and what gateways told."""

from django.conf import settings
from django.db import models
from django.db.models import BigIntegerField, Case, F, Q, When
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.billing import money
from accounts.billing.gateways import Order
from stats.ids import uuid7


class PaymentKind(models.TextChoices):
    """What moved the money: a line that undoes another one, in full or in part, is a line of its own."""

    PAYMENT = "payment", _("Payment")
    REFUND = "refund", _("Refund")
    REFUND_FAILED = "refund_failed", _("Refund that failed")
    DISPUTE = "dispute", _("Disputed")
    DISPUTE_WON = "dispute_won", _("Dispute won")


GOES_OUT = (PaymentKind.REFUND, PaymentKind.DISPUTE)
UNDOES = (PaymentKind.REFUND_FAILED, PaymentKind.DISPUTE_WON)
SIGNED_MINOR = Case(
    When(kind__in=[kind.value for kind in GOES_OUT], then=-F("amount_minor")),
    default=F("amount_minor"),
    output_field=BigIntegerField(),
)
"""What a line adds to revenue, for sums in the database."""


class Product(models.TextChoices):
    """What was paid for."""

    SUBSCRIPTION = "subscription", _("Subscription")
    COURSE = "course", _("Course")
    OTHER = "other", _("Other")


class Payment(models.Model):
    """One line of the ledger of money. The database refuses to change it.

    `amount_minor` is what moved, always above zero, in the currency's smallest unit. Every line but a payment names the
    payment whose money it moves (`refund_of`), and one that undoes a refund or a dispute names that line too (`undoes`):
    each line is undone once at most. `snapshot` holds what was sold as it was then: the plan's key, name, role, price and interval, the
    proration that was taken off, and the subscription as it stood before, so that a refund can put it back.
    """

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="payments")
    kind = models.CharField(_("kind"), max_length=13, choices=PaymentKind.choices)
    amount_minor = models.BigIntegerField(_("amount"))
    currency = models.CharField(_("currency"), max_length=3)
    refund_of = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="refunds")
    undoes = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="undone_by")
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
    is_applied = models.BooleanField(
        _("applied"), default=True, help_text=_("Off: it came for what could not be sold any more, and is to go back.")
    )
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
                condition=Q(kind="payment", refund_of=None) | ~Q(kind="payment") & Q(refund_of__isnull=False),
                name="accounts_payment_refund_is_of_one",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=("refund_failed", "dispute_won"), undoes__isnull=False)
                | Q(kind__in=("payment", "refund", "dispute"), undoes=None),
                name="accounts_payment_undoes_one",
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
            models.Index(fields=["at"], condition=Q(is_applied=False), name="accounts_payment_unapplied"),
            models.Index(
                fields=["at"],
                condition=Q(kind__in=("dispute", "dispute_won", "refund_failed")),
                name="accounts_payment_trouble",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.get_kind_display()} {money.written(self.amount_minor, self.currency)}"

    @property
    def signed_minor(self) -> int:
        """What it adds to revenue: below zero for a refund and a dispute."""
        return -self.amount_minor if self.kind in GOES_OUT else self.amount_minor


class ChargeState(models.TextChoices):
    """How a renewal or a refund stands. UNKNOWN: it was never answered, and it is too late to ask with the same key."""

    CLAIMED = "claimed", _("Claimed")
    PENDING = "pending", _("Waiting")
    PAID = "paid", _("Paid")
    FAILED = "failed", _("Failed")
    STALE = "stale", _("Out of date")
    UNKNOWN = "unknown", _("Nobody knows")


UNDERWAY = (ChargeState.CLAIMED, ChargeState.PENDING)
ANSWERABLE = (*UNDERWAY, ChargeState.UNKNOWN)
"""What the gateway's news may still settle, though nobody asks any more."""


class Charge(models.Model):
    """A period that is to be paid, claimed by the one worker that charges it: one row per subscription and period.

    `amount_minor` is what is asked for, `credit_minor` what is taken off the period's price; both are fixed by the claim.
    `attempts` counts the answers asked for: the next begins when the gateway has refused the one before, never because time
    has passed. The same attempt may be asked again after a worker died, and moves money once.
    """

    subscription = models.ForeignKey("accounts.Subscription", models.CASCADE, related_name="charges")
    period_start = models.DateTimeField()
    period_end = models.DateTimeField()
    amount_minor = models.BigIntegerField(default=0)
    credit_minor = models.BigIntegerField(default=0)
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=7, choices=ChargeState.choices, default=ChargeState.CLAIMED)
    attempts = models.PositiveSmallIntegerField(default=1)
    claimed_at = models.DateTimeField(default=timezone.now)
    next_attempt_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=200, blank=True)
    payment = models.OneToOneField(Payment, models.PROTECT, null=True, blank=True, related_name="charge")

    class Meta:
        app_label = "accounts"
        constraints = [
            models.UniqueConstraint(fields=["subscription", "period_start"], name="accounts_charge_once_per_period"),
            models.CheckConstraint(
                condition=Q(amount_minor__gte=0, credit_minor__gte=0), name="accounts_charge_never_below_zero"
            ),
        ]
        verbose_name = _("renewal")
        verbose_name_plural = _("renewals")
        indexes = [
            models.Index(fields=["next_attempt_at"], condition=Q(state="claimed"), name="accounts_charge_unanswered"),
            models.Index(fields=["claimed_at"], condition=Q(state="unknown"), name="accounts_charge_unknown"),
        ]

    def __str__(self) -> str:
        return f"{self.subscription} from {self.period_start:%Y-%m-%d}"

    @property
    def key(self) -> str:
        """By what the gateway knows this attempt."""
        return f"charge-{self.pk}-{self.attempts}"


class PurchaseState(models.TextChoices):
    """How far a purchase is."""

    OPEN = "open", _("Waiting for the money")
    SETTLED = "settled", _("Paid")
    DROPPED = "dropped", _("Dropped")


class Purchase(models.Model):
    """What a member is about to pay: the terms as they were shown, and what came of it.

    `terms` says what is to happen to the subscription, and how it stood when the price was made: if it stands otherwise
    when the money comes, the money goes back.
    """

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="purchases")
    product = models.CharField(_("for"), max_length=12, choices=Product.choices)
    plan = models.ForeignKey("accounts.Plan", models.PROTECT, null=True, blank=True, related_name="+")
    course = models.UUIDField(_("course"), null=True, blank=True)
    text = models.CharField(_("text"), max_length=200)
    amount_minor = models.BigIntegerField(_("amount"))
    currency = models.CharField(_("currency"), max_length=3)
    terms = models.JSONField(default=dict)
    gateway = models.CharField(_("gateway"), max_length=20)
    state = models.CharField(_("state"), max_length=7, choices=PurchaseState.choices, default=PurchaseState.OPEN)
    payment = models.OneToOneField(Payment, models.PROTECT, null=True, blank=True, related_name="purchase")
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    asked_at = models.DateTimeField(
        null=True, blank=True, help_text="When the gateway was asked to charge it, while the answer is not known."
    )
    settled_at = models.DateTimeField(_("paid"), null=True, blank=True)

    class Meta:
        app_label = "accounts"
        ordering = ["-created_at", "-id"]
        verbose_name = _("purchase")
        verbose_name_plural = _("purchases")
        constraints = [
            models.CheckConstraint(condition=Q(amount_minor__gte=0), name="accounts_purchase_never_below_zero"),
            models.UniqueConstraint(
                fields=["user"],
                condition=Q(state="open", product="subscription"),
                name="accounts_purchase_one_open_plan",
            ),
            models.UniqueConstraint(
                fields=["user", "course"],
                condition=Q(state="open", product="course"),
                name="accounts_purchase_one_open_per_course",
            ),
        ]
        indexes = [
            models.Index(fields=["asked_at"], condition=Q(asked_at__isnull=False), name="accounts_purchase_unanswered"),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.text}"

    def order(self) -> Order:
        """Return it as a gateway is asked for it."""
        return Order(
            uuid=str(self.uuid),
            product=self.product,
            amount_minor=self.amount_minor,
            currency=self.currency,
            text=self.text,
            plan=self.plan.key if self.plan else "",
            course=str(self.course) if self.course else "",
        )


class RefundClaim(models.Model):
    """An amount that is on its way back: it is taken from what may still be given back before the gateway is asked.

    `refused_at` is when a gateway refused it, with nobody there to read the refusal, and `reason` its word then; or when it
    was given up to ask, for an answer that never came.
    """

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    payment = models.ForeignKey(Payment, models.PROTECT, related_name="refund_claims")
    amount_minor = models.BigIntegerField()
    reason = models.CharField(max_length=200, blank=True)
    put_back = models.BooleanField(default=True)
    by_user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    state = models.CharField(max_length=7, choices=ChargeState.choices, default=ChargeState.CLAIMED)
    claimed_at = models.DateTimeField(default=timezone.now)
    refused_at = models.DateTimeField(null=True, blank=True)
    refund = models.OneToOneField(Payment, models.PROTECT, null=True, blank=True, related_name="refund_claim")

    class Meta:
        app_label = "accounts"
        constraints = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="accounts_refundclaim_above_zero"),
        ]
        indexes = [
            models.Index(fields=["claimed_at"], condition=Q(state="claimed"), name="accounts_refund_unanswered"),
            models.Index(fields=["refused_at"], condition=Q(refused_at__isnull=False), name="accounts_refund_refused"),
        ]

    def __str__(self) -> str:
        return f"{self.payment}: {self.amount_minor} back"

    @property
    def key(self) -> str:
        """By what the gateway knows it."""
        return f"refund-{self.uuid}"


class DisputeState(models.TextChoices):
    """How a dispute stands."""

    INQUIRY = "inquiry", _("Asked about")
    OPEN = "open", _("Open")
    WON = "won", _("Won")
    LOST = "lost", _("Lost")
    CLOSED = "closed", _("Closed without loss")


class Dispute(models.Model):
    """A member's bank contests a payment. What moved stands in the ledger; this says how the matter stands.

    `fee_minor` is what the gateway asks for a dispute, in the currency in which it accounts with the site; like all its
    fees it is no part of revenue.
    """

    gateway = models.CharField(_("gateway"), max_length=20)
    reference = models.CharField(_("gateway's reference"), max_length=255)
    payment = models.ForeignKey(Payment, models.PROTECT, related_name="disputes")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="disputes")
    amount_minor = models.BigIntegerField(_("amount"))
    currency = models.CharField(_("currency"), max_length=3)
    reason = models.CharField(_("reason"), max_length=80, blank=True)
    state = models.CharField(_("state"), max_length=7, choices=DisputeState.choices)
    answer_by = models.DateTimeField(_("answer by"), null=True, blank=True)
    fee_minor = models.BigIntegerField(_("gateway's fee"), default=0)
    fee_currency = models.CharField(_("fee's currency"), max_length=3, blank=True)
    opened_at = models.DateTimeField(_("opened"))
    told_at = models.DateTimeField(_("last news"))
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)

    class Meta:
        app_label = "accounts"
        ordering = ["-opened_at", "-id"]
        verbose_name = _("dispute")
        verbose_name_plural = _("disputes")
        constraints = [
            models.UniqueConstraint(fields=["gateway", "reference"], name="accounts_dispute_once"),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="accounts_dispute_above_zero"),
        ]
        indexes = [
            models.Index(fields=["opened_at"], name="accounts_dispute_opened"),
            models.Index(
                fields=["user"], condition=Q(state__in=("inquiry", "open")), name="accounts_dispute_undecided"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.get_state_display()} {money.written(self.amount_minor, self.currency)}"


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
    """What a gateway told by webhook, kept once by the gateway's id, so that a replay changes nothing.

    What cannot be entered yet is held: `waits_for` names the payment by the gateway's reference, and `content` is what
    was told about it, to be read again.
    """

    gateway = models.CharField(max_length=20)
    reference = models.CharField(max_length=255)
    kind = models.CharField(max_length=80)
    digest = models.CharField(max_length=64, blank=True, help_text="SHA-256 of the body.")
    about = models.CharField(max_length=255, blank=True, help_text="The object of the gateway that it is about.")
    created_at = models.DateTimeField(help_text="When the gateway says it happened.")
    received_at = models.DateTimeField(default=timezone.now)
    outcome = models.CharField(max_length=40, blank=True)
    stands = models.CharField(max_length=40, blank=True, help_text="How the object stood, in the gateway's word.")
    waits_for = models.CharField(max_length=255, blank=True)
    content = models.JSONField(null=True, blank=True)

    class Meta:
        app_label = "accounts"
        verbose_name = _("news that wait")
        verbose_name_plural = _("news that wait")
        constraints = [models.UniqueConstraint(fields=["gateway", "reference"], name="accounts_notice_once")]
        indexes = [
            models.Index(fields=["gateway", "about", "created_at"], name="accounts_notice_about"),
            models.Index(fields=["waits_for"], condition=~Q(waits_for=""), name="accounts_notice_held"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.reference}"


class TroubleMail(models.Model):
    """A mail to one of the staff about trouble with money that has not gone out: the row is deleted when it has.

    `content` is what the mail tells, as `accounts.billing.telling` writes it. `attempts` counts how often it was begun;
    it may be begun again at `next_at`, whoever began it before and did not come back, until MOST_TRIES.
    """

    MOST_TRIES = 8

    reader = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    what = models.CharField(max_length=20)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="+")
    content = models.JSONField()
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(db_index=True)

    class Meta:
        app_label = "accounts"

    def __str__(self) -> str:
        return f"{self.what} to {self.reader}"

"""The ledger of money, what is bought and renewed, and run rates in the ledger of subscriptions."""

import importlib

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models
from django.db.models import F

import stats.ids

changes = importlib.import_module("accounts.migrations.0003_protect_subscription_ledger")

# As for the ledger of subscriptions: SQLite has no TRUNCATE, so a trigger against DELETE would forbid `flush` there.
PROTECT = {
    "postgresql": """
        CREATE FUNCTION accounts_money_refuses() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'The ledger of money cannot be changed.'; END $$;
        CREATE TRIGGER accounts_payment_fixed BEFORE UPDATE OR DELETE ON accounts_payment
        FOR EACH ROW EXECUTE FUNCTION accounts_money_refuses();
    """,
    "sqlite": """
        CREATE TRIGGER accounts_payment_fixed BEFORE UPDATE ON accounts_payment
        BEGIN SELECT RAISE(ABORT, 'The ledger of money cannot be changed.'); END;
    """,
}
RELEASE = {
    "postgresql": """
        DROP TRIGGER accounts_payment_fixed ON accounts_payment;
        DROP FUNCTION accounts_money_refuses();
    """,
    "sqlite": "DROP TRIGGER accounts_payment_fixed;",
}


def protect(apps, schema_editor):
    """Let the database refuse to change a payment."""
    schema_editor.execute(PROTECT[schema_editor.connection.vendor])


def release(apps, schema_editor):
    """Let it allow that again."""
    schema_editor.execute(RELEASE[schema_editor.connection.vendor])


def unprotect_changes(apps, schema_editor):
    """Let the ledger of subscriptions be altered; a table that SQLite has made anew has lost its trigger already."""
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute("DROP TRIGGER IF EXISTS accounts_subscriptionchange_fixed;")
    else:
        changes.release(apps, schema_editor)


def hold_to_the_period(apps, schema_editor):
    """Let what the old lines say hold until the end of their period."""
    apps.get_model("accounts", "SubscriptionChange").objects.update(holds_until=F("period_end"))


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_referrals")]

    operations = [
        migrations.RunPython(unprotect_changes, changes.protect),
        migrations.CreateModel(
            name="Charge",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("period_start", models.DateTimeField()),
                ("period_end", models.DateTimeField()),
                ("amount_minor", models.BigIntegerField(default=0)),
                ("credit_minor", models.BigIntegerField(default=0)),
                ("currency", models.CharField(max_length=3)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("claimed", "Claimed"),
                            ("pending", "Waiting"),
                            ("paid", "Paid"),
                            ("failed", "Failed"),
                            ("stale", "Out of date"),
                        ],
                        default="claimed",
                        max_length=7,
                    ),
                ),
                ("attempts", models.PositiveSmallIntegerField(default=1)),
                ("claimed_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("next_attempt_at", models.DateTimeField(blank=True, null=True)),
                ("reason", models.CharField(blank=True, max_length=200)),
            ],
            options={
                "verbose_name": "renewal",
                "verbose_name_plural": "renewals",
            },
        ),
        migrations.CreateModel(
            name="Customer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("gateway", models.CharField(max_length=20)),
                ("reference", models.CharField(max_length=255)),
            ],
        ),
        migrations.CreateModel(
            name="Notice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("gateway", models.CharField(max_length=20)),
                ("reference", models.CharField(max_length=255)),
                ("kind", models.CharField(max_length=80)),
                ("digest", models.CharField(blank=True, help_text="SHA-256 of the body.", max_length=64)),
                (
                    "about",
                    models.CharField(
                        blank=True, help_text="The object of the gateway that it is about.", max_length=255
                    ),
                ),
                ("created_at", models.DateTimeField(help_text="When the gateway says it happened.")),
                ("received_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("outcome", models.CharField(blank=True, max_length=40)),
            ],
        ),
        migrations.CreateModel(
            name="Payment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uuid", models.UUIDField(default=stats.ids.uuid7, editable=False, unique=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[("payment", "Payment"), ("refund", "Refund")], max_length=7, verbose_name="kind"
                    ),
                ),
                ("amount_minor", models.BigIntegerField(verbose_name="amount")),
                ("currency", models.CharField(max_length=3, verbose_name="currency")),
                (
                    "product",
                    models.CharField(
                        choices=[("subscription", "Subscription"), ("course", "Course"), ("other", "Other")],
                        max_length=12,
                        verbose_name="for",
                    ),
                ),
                ("course", models.UUIDField(blank=True, null=True, verbose_name="course")),
                ("period_start", models.DateTimeField(blank=True, null=True, verbose_name="from")),
                ("period_end", models.DateTimeField(blank=True, null=True, verbose_name="to")),
                ("snapshot", models.JSONField(default=dict)),
                ("gateway", models.CharField(max_length=20, verbose_name="gateway")),
                ("gateway_ref", models.CharField(blank=True, max_length=255, verbose_name="gateway's reference")),
                ("country", models.CharField(blank=True, max_length=2, verbose_name="country")),
                ("reason", models.CharField(blank=True, max_length=200, verbose_name="reason")),
                (
                    "is_applied",
                    models.BooleanField(
                        default=True,
                        help_text="Off: it came for what could not be sold any more, and is to go back.",
                        verbose_name="applied",
                    ),
                ),
                ("event_id", models.UUIDField(editable=False, unique=True)),
                ("at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="time")),
            ],
            options={
                "verbose_name": "payment",
                "verbose_name_plural": "payments",
                "ordering": ["-at", "-id"],
            },
        ),
        migrations.CreateModel(
            name="Purchase",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uuid", models.UUIDField(default=stats.ids.uuid7, editable=False, unique=True)),
                (
                    "product",
                    models.CharField(
                        choices=[("subscription", "Subscription"), ("course", "Course"), ("other", "Other")],
                        max_length=12,
                        verbose_name="for",
                    ),
                ),
                ("course", models.UUIDField(blank=True, null=True, verbose_name="course")),
                ("text", models.CharField(max_length=200, verbose_name="text")),
                ("amount_minor", models.BigIntegerField(verbose_name="amount")),
                ("currency", models.CharField(max_length=3, verbose_name="currency")),
                ("terms", models.JSONField(default=dict)),
                ("gateway", models.CharField(max_length=20, verbose_name="gateway")),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "Waiting for the money"), ("settled", "Paid"), ("dropped", "Dropped")],
                        default="open",
                        max_length=7,
                        verbose_name="state",
                    ),
                ),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="created")),
                (
                    "asked_at",
                    models.DateTimeField(
                        blank=True,
                        help_text="When the gateway was asked to charge it, while the answer is not known.",
                        null=True,
                    ),
                ),
                ("settled_at", models.DateTimeField(blank=True, null=True, verbose_name="paid")),
            ],
            options={
                "verbose_name": "purchase",
                "verbose_name_plural": "purchases",
                "ordering": ["-created_at", "-id"],
            },
        ),
        migrations.CreateModel(
            name="RefundClaim",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uuid", models.UUIDField(default=stats.ids.uuid7, editable=False, unique=True)),
                ("amount_minor", models.BigIntegerField()),
                ("reason", models.CharField(blank=True, max_length=200)),
                ("put_back", models.BooleanField(default=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("claimed", "Claimed"),
                            ("pending", "Waiting"),
                            ("paid", "Paid"),
                            ("failed", "Failed"),
                            ("stale", "Out of date"),
                        ],
                        default="claimed",
                        max_length=7,
                    ),
                ),
                ("claimed_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
        ),
        migrations.AddField(
            model_name="plan",
            name="trial_days",
            field=models.PositiveSmallIntegerField(
                default=0, help_text="Days to try it, once a person.", verbose_name="trial"
            ),
        ),
        migrations.AddField(
            model_name="subscription",
            name="anchor_day",
            field=models.PositiveSmallIntegerField(default=1),
        ),
        migrations.AddField(
            model_name="subscription",
            name="credit_minor",
            field=models.PositiveBigIntegerField(
                default=0, help_text="Taken off what is due next.", verbose_name="credit"
            ),
        ),
        migrations.AddField(
            model_name="subscription",
            name="currency",
            field=models.CharField(default="EUR", max_length=3, verbose_name="currency"),
        ),
        migrations.AddField(
            model_name="subscription",
            name="gateway",
            field=models.CharField(
                blank=True, help_text="Empty: nobody pays for it.", max_length=20, verbose_name="gateway"
            ),
        ),
        migrations.AddField(
            model_name="subscription",
            name="gateway_ref",
            field=models.CharField(blank=True, max_length=255, verbose_name="gateway's reference"),
        ),
        migrations.AddField(
            model_name="subscription",
            name="grace_until",
            field=models.DateTimeField(
                blank=True,
                help_text="Until when the money for the next period is waited for.",
                null=True,
                verbose_name="grace ends",
            ),
        ),
        migrations.AddField(
            model_name="subscription",
            name="interval",
            field=models.CharField(
                choices=[("month", "month"), ("year", "year")], default="month", max_length=5, verbose_name="interval"
            ),
        ),
        migrations.AddField(
            model_name="subscription",
            name="next_price_minor",
            field=models.PositiveBigIntegerField(default=0, verbose_name="price after that"),
        ),
        migrations.AddField(
            model_name="subscription",
            name="paid_from",
            field=models.DateTimeField(blank=True, null=True, verbose_name="paid period began"),
        ),
        migrations.AddField(
            model_name="subscription",
            name="price_minor",
            field=models.PositiveBigIntegerField(
                default=0, help_text="What a period costs this member.", verbose_name="price"
            ),
        ),
        migrations.AddField(
            model_name="subscriptionchange",
            name="currency",
            field=models.CharField(default="EUR", max_length=3, verbose_name="currency"),
        ),
        migrations.AddField(
            model_name="subscriptionchange",
            name="holds_until",
            field=models.DateTimeField(default=django.utils.timezone.now, verbose_name="holds until"),
        ),
        migrations.AddField(
            model_name="subscriptionchange",
            name="run_rate_after",
            field=models.BigIntegerField(default=0, verbose_name="run rate after"),
        ),
        migrations.AddField(
            model_name="subscriptionchange",
            name="run_rate_before",
            field=models.BigIntegerField(default=0, verbose_name="run rate before"),
        ),
        migrations.AlterField(
            model_name="subscriptionchange",
            name="change",
            field=models.CharField(
                choices=[
                    ("started", "Started"),
                    ("renewed", "Renewed"),
                    ("extended", "Extended"),
                    ("upgraded", "Upgraded"),
                    ("downgraded", "Downgraded"),
                    ("trial_started", "Trial started"),
                    ("past_due", "Payment failed"),
                    ("recovered", "Payment recovered"),
                    ("reverted", "Taken back with a refund"),
                    ("kept", "Goes on after all"),
                    ("downgrade_planned", "Downgrade planned"),
                    ("cancel_planned", "Ends with the period"),
                    ("cancelled", "Cancelled"),
                    ("expired", "Expired"),
                ],
                max_length=20,
                verbose_name="change",
            ),
        ),
        migrations.AddIndex(
            model_name="subscriptionchange",
            index=models.Index(fields=["at", "id"], name="accounts_change_at"),
        ),
        migrations.AddIndex(
            model_name="subscriptionchange",
            index=models.Index(fields=["user", "at"], name="accounts_change_user_at"),
        ),
        migrations.AddIndex(
            model_name="subscriptionchange",
            index=models.Index(fields=["subscription", "at", "id"], name="accounts_change_chain"),
        ),
        migrations.AddConstraint(
            model_name="subscription",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("gateway", ""),
                    models.Q(
                        ("grace_until__gte", models.F("current_period_end")),
                        ("grace_until__isnull", False),
                        ("paid_from__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="accounts_subscription_paid_is_whole",
            ),
        ),
        migrations.AddConstraint(
            model_name="subscriptionchange",
            constraint=models.UniqueConstraint(
                condition=models.Q(("change", "trial_started")),
                fields=("user",),
                name="accounts_subscriptionchange_one_trial",
            ),
        ),
        migrations.AddField(
            model_name="charge",
            name="subscription",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="charges", to="accounts.subscription"
            ),
        ),
        migrations.AddField(
            model_name="customer",
            name="user",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="customers", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddIndex(
            model_name="notice",
            index=models.Index(fields=["gateway", "about", "created_at"], name="accounts_notice_about"),
        ),
        migrations.AddConstraint(
            model_name="notice",
            constraint=models.UniqueConstraint(fields=("gateway", "reference"), name="accounts_notice_once"),
        ),
        migrations.AddField(
            model_name="payment",
            name="by_user",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="payment",
            name="plan",
            field=models.ForeignKey(
                blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.plan"
            ),
        ),
        migrations.AddField(
            model_name="payment",
            name="refund_of",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="refunds",
                to="accounts.payment",
            ),
        ),
        migrations.AddField(
            model_name="payment",
            name="subscription",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="payments",
                to="accounts.subscription",
            ),
        ),
        migrations.AddField(
            model_name="payment",
            name="user",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="payments", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="charge",
            name="payment",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="charge",
                to="accounts.payment",
            ),
        ),
        migrations.AddField(
            model_name="purchase",
            name="payment",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="purchase",
                to="accounts.payment",
            ),
        ),
        migrations.AddField(
            model_name="purchase",
            name="plan",
            field=models.ForeignKey(
                blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.plan"
            ),
        ),
        migrations.AddField(
            model_name="purchase",
            name="user",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="purchases", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="refundclaim",
            name="by_user",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="refundclaim",
            name="payment",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="refund_claims", to="accounts.payment"
            ),
        ),
        migrations.AddField(
            model_name="refundclaim",
            name="refund",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="refund_claim",
                to="accounts.payment",
            ),
        ),
        migrations.AddConstraint(
            model_name="customer",
            constraint=models.UniqueConstraint(fields=("user", "gateway"), name="accounts_customer_one_per_gateway"),
        ),
        migrations.AddConstraint(
            model_name="customer",
            constraint=models.UniqueConstraint(
                fields=("gateway", "reference"), name="accounts_customer_one_per_reference"
            ),
        ),
        migrations.AddIndex(
            model_name="payment",
            index=models.Index(fields=["at"], name="accounts_payment_at"),
        ),
        migrations.AddIndex(
            model_name="payment",
            index=models.Index(fields=["user", "at"], name="accounts_payment_user_at"),
        ),
        migrations.AddIndex(
            model_name="payment",
            index=models.Index(
                condition=models.Q(("is_applied", False)), fields=["at"], name="accounts_payment_unapplied"
            ),
        ),
        migrations.AddConstraint(
            model_name="payment",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount_minor__gt", 0)), name="accounts_payment_above_zero"
            ),
        ),
        migrations.AddConstraint(
            model_name="payment",
            constraint=models.CheckConstraint(
                condition=models.Q(("currency__regex", "^[A-Z]{3}$")), name="accounts_payment_currency_iso"
            ),
        ),
        migrations.AddConstraint(
            model_name="payment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "refund"), ("refund_of__isnull", False)),
                    models.Q(("kind", "payment"), ("refund_of", None)),
                    _connector="OR",
                ),
                name="accounts_payment_refund_is_of_one",
            ),
        ),
        migrations.AddConstraint(
            model_name="payment",
            constraint=models.UniqueConstraint(
                condition=models.Q(("gateway_ref", ""), _negated=True),
                fields=("gateway", "gateway_ref"),
                name="accounts_payment_once_by_reference",
            ),
        ),
        migrations.AddConstraint(
            model_name="charge",
            constraint=models.UniqueConstraint(
                fields=("subscription", "period_start"), name="accounts_charge_once_per_period"
            ),
        ),
        migrations.AddConstraint(
            model_name="charge",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount_minor__gte", 0), ("credit_minor__gte", 0)),
                name="accounts_charge_never_below_zero",
            ),
        ),
        migrations.AddConstraint(
            model_name="purchase",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount_minor__gte", 0)), name="accounts_purchase_never_below_zero"
            ),
        ),
        migrations.AddConstraint(
            model_name="purchase",
            constraint=models.UniqueConstraint(
                condition=models.Q(("product", "subscription"), ("state", "open")),
                fields=("user",),
                name="accounts_purchase_one_open_plan",
            ),
        ),
        migrations.AddConstraint(
            model_name="purchase",
            constraint=models.UniqueConstraint(
                condition=models.Q(("product", "course"), ("state", "open")),
                fields=("user", "course"),
                name="accounts_purchase_one_open_per_course",
            ),
        ),
        migrations.AddConstraint(
            model_name="refundclaim",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount_minor__gt", 0)), name="accounts_refundclaim_above_zero"
            ),
        ),
        migrations.AddIndex(
            model_name="charge",
            index=models.Index(
                condition=models.Q(("state", "claimed")), fields=["next_attempt_at"], name="accounts_charge_unanswered"
            ),
        ),
        migrations.AddIndex(
            model_name="purchase",
            index=models.Index(
                condition=models.Q(("asked_at__isnull", False)),
                fields=["asked_at"],
                name="accounts_purchase_unanswered",
            ),
        ),
        migrations.AddIndex(
            model_name="refundclaim",
            index=models.Index(
                condition=models.Q(("state", "claimed")), fields=["claimed_at"], name="accounts_refund_unanswered"
            ),
        ),
        migrations.RunPython(hold_to_the_period, migrations.RunPython.noop),
        migrations.RunPython(changes.protect, unprotect_changes),
        migrations.RunPython(protect, release),
    ]

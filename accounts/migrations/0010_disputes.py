"""Lines that undo refunds, disputes and what came of them, and news that are held until their payment is there."""

import importlib

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

billing = importlib.import_module("accounts.migrations.0005_billing")


def protect_again(apps, schema_editor):
    """Let the database refuse to change a payment again where SQLite has made the table anew."""
    if schema_editor.connection.vendor == "sqlite":
        billing.protect(apps, schema_editor)


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0009_joined"),
    ]

    operations = [
        migrations.RunPython(migrations.RunPython.noop, protect_again),
        migrations.CreateModel(
            name="Dispute",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("gateway", models.CharField(max_length=20, verbose_name="gateway")),
                ("reference", models.CharField(max_length=255, verbose_name="gateway's reference")),
                ("amount_minor", models.BigIntegerField(verbose_name="amount")),
                ("currency", models.CharField(max_length=3, verbose_name="currency")),
                ("reason", models.CharField(blank=True, max_length=80, verbose_name="reason")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("inquiry", "Asked about"),
                            ("open", "Open"),
                            ("won", "Won"),
                            ("lost", "Lost"),
                            ("closed", "Closed without loss"),
                        ],
                        max_length=7,
                        verbose_name="state",
                    ),
                ),
                ("answer_by", models.DateTimeField(blank=True, null=True, verbose_name="answer by")),
                ("fee_minor", models.BigIntegerField(default=0, verbose_name="gateway's fee")),
                ("fee_currency", models.CharField(blank=True, max_length=3, verbose_name="fee's currency")),
                ("opened_at", models.DateTimeField(verbose_name="opened")),
                ("told_at", models.DateTimeField(verbose_name="last news")),
                ("closed_at", models.DateTimeField(blank=True, null=True, verbose_name="closed")),
            ],
            options={
                "verbose_name": "dispute",
                "verbose_name_plural": "disputes",
                "ordering": ["-opened_at", "-id"],
            },
        ),
        migrations.RemoveConstraint(
            model_name="payment",
            name="accounts_payment_refund_is_of_one",
        ),
        migrations.AddField(
            model_name="notice",
            name="content",
            field=models.JSONField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="notice",
            name="stands",
            field=models.CharField(blank=True, help_text="How the object stood, in the gateway's word.", max_length=40),
        ),
        migrations.AddField(
            model_name="notice",
            name="waits_for",
            field=models.CharField(blank=True, max_length=255),
        ),
        migrations.AddField(
            model_name="payment",
            name="undoes",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="undone_by",
                to="accounts.payment",
            ),
        ),
        migrations.AlterField(
            model_name="payment",
            name="kind",
            field=models.CharField(
                choices=[
                    ("payment", "Payment"),
                    ("refund", "Refund"),
                    ("refund_failed", "Refund that failed"),
                    ("dispute", "Disputed"),
                    ("dispute_won", "Dispute won"),
                ],
                max_length=13,
                verbose_name="kind",
            ),
        ),
        migrations.AddIndex(
            model_name="notice",
            index=models.Index(
                condition=models.Q(("waits_for", ""), _negated=True), fields=["waits_for"], name="accounts_notice_held"
            ),
        ),
        migrations.AddIndex(
            model_name="payment",
            index=models.Index(
                condition=models.Q(("kind__in", ("dispute", "dispute_won", "refund_failed"))),
                fields=["at"],
                name="accounts_payment_trouble",
            ),
        ),
        migrations.AddConstraint(
            model_name="payment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "payment"), ("refund_of", None)),
                    models.Q(models.Q(("kind", "payment"), _negated=True), ("refund_of__isnull", False)),
                    _connector="OR",
                ),
                name="accounts_payment_refund_is_of_one",
            ),
        ),
        migrations.AddConstraint(
            model_name="payment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind__in", ("refund_failed", "dispute_won")), ("undoes__isnull", False)),
                    models.Q(("kind__in", ("payment", "refund", "dispute")), ("undoes", None)),
                    _connector="OR",
                ),
                name="accounts_payment_undoes_one",
            ),
        ),
        migrations.AddField(
            model_name="dispute",
            name="payment",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="disputes", to="accounts.payment"
            ),
        ),
        migrations.AddField(
            model_name="dispute",
            name="user",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="disputes", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddIndex(
            model_name="dispute",
            index=models.Index(fields=["opened_at"], name="accounts_dispute_opened"),
        ),
        migrations.AddIndex(
            model_name="dispute",
            index=models.Index(
                condition=models.Q(("state__in", ("inquiry", "open"))),
                fields=["user"],
                name="accounts_dispute_undecided",
            ),
        ),
        migrations.AddConstraint(
            model_name="dispute",
            constraint=models.UniqueConstraint(fields=("gateway", "reference"), name="accounts_dispute_once"),
        ),
        migrations.AddConstraint(
            model_name="dispute",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount_minor__gt", 0)), name="accounts_dispute_above_zero"
            ),
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
                    ("reverted", "Taken back"),
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
        migrations.AlterModelOptions(
            name="notice",
            options={"verbose_name": "news that wait", "verbose_name_plural": "news that wait"},
        ),
        migrations.RunPython(protect_again, migrations.RunPython.noop),
    ]

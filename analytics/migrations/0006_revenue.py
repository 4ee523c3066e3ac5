"""What is derived from the ledgers of money: spells and moves of run rates, and days of moves and of payments."""

from django.db import migrations, models

import stats.fields


class Migration(migrations.Migration):
    dependencies = [
        ("analytics", "0005_anomalies"),
    ]

    operations = [
        migrations.CreateModel(
            name="TakingsDay",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "currency",
                        "day",
                        "product",
                        "plan_id",
                        "country",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("currency", models.CharField(max_length=3)),
                ("day", models.DateField()),
                ("product", models.CharField(max_length=12)),
                ("plan_id", models.BigIntegerField()),
                ("country", models.CharField(max_length=2)),
                ("payments", models.IntegerField()),
                ("refunds", models.IntegerField()),
                ("paid_minor", models.BigIntegerField()),
                ("refunded_minor", models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="RevenueDay",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "currency",
                        "day",
                        "movement",
                        "cohort",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("currency", models.CharField(max_length=3)),
                ("day", models.DateField()),
                ("movement", models.CharField(max_length=12)),
                ("cohort", models.DateField()),
                ("amount", models.BigIntegerField()),
                ("moves", models.IntegerField()),
                ("people", models.IntegerField()),
            ],
            options={
                "indexes": [
                    models.Index(condition=models.Q(("moves", 0)), fields=["day"], name="analytics_revenueday_void")
                ],
            },
        ),
        migrations.CreateModel(
            name="RevenueMove",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "user_id", "currency", "day", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("user_id", models.BigIntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("day", models.DateField()),
                ("movement", models.CharField(max_length=12)),
                ("before", models.BigIntegerField()),
                ("after", models.BigIntegerField()),
                ("cohort", models.DateField()),
                ("plan_id", models.BigIntegerField()),
            ],
            options={
                "indexes": [models.Index(fields=["currency", "day", "user_id"], name="analytics_move_day")],
            },
        ),
        migrations.CreateModel(
            name="RevenueSpell",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "subscription_id", "since", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("subscription_id", models.BigIntegerField()),
                ("since", stats.fields.InstantField()),
                ("until", stats.fields.InstantField()),
                ("user_id", models.BigIntegerField()),
                ("plan_id", models.BigIntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("rate", models.BigIntegerField()),
            ],
            options={
                "indexes": [
                    models.Index(fields=["user_id"], name="analytics_spell_user"),
                    models.Index(condition=models.Q(("rate__gt", 0)), fields=["since"], name="analytics_spell_since"),
                    models.Index(
                        fields=["until"], include=("since", "currency", "plan_id", "rate"), name="analytics_spell_until"
                    ),
                ],
            },
        ),
    ]

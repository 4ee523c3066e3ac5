"""What a day was expected to bring, and the mail of the morning after."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("analytics", "0004_dashboards"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Expectation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("metric", models.CharField(max_length=40)),
                ("day", models.DateField()),
                ("low", models.BigIntegerField()),
                ("high", models.BigIntegerField()),
                ("typical", models.BigIntegerField()),
                ("least", models.BigIntegerField()),
                ("most", models.BigIntegerField()),
                ("seen", models.PositiveSmallIntegerField()),
                ("actual", models.BigIntegerField()),
                ("is_unusual", models.BooleanField()),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("is_unusual", True)), fields=["-day"], name="analytics_expectation_unusual"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("metric", "day"), name="analytics_expectation_once_a_day")
                ],
            },
        ),
        migrations.CreateModel(
            name="MailWish",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "wish",
                    models.CharField(
                        choices=[
                            ("unusual", "When yesterday was unusual"),
                            ("daily", "Every morning"),
                            ("never", "Never"),
                        ],
                        default="unusual",
                        max_length=7,
                    ),
                ),
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="morning_mail",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="MorningMail",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField()),
                ("claimed_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("sent_at", models.DateTimeField(blank=True, null=True)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("user", "day"), name="analytics_morningmail_once_a_day")
                ],
            },
        ),
    ]

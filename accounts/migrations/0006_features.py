"""What the eight features open: branding of channels, a place for advertising."""

import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import stats.ids


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0005_billing"),
    ]

    operations = [
        migrations.CreateModel(
            name="Advertisement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uuid", models.UUIDField(default=stats.ids.uuid7, editable=False, unique=True)),
                (
                    "place",
                    models.CharField(
                        choices=[("browse", "Browse"), ("item", "Beside an item")], max_length=6, verbose_name="place"
                    ),
                ),
                ("title", models.CharField(max_length=80, verbose_name="title")),
                ("text", models.CharField(blank=True, max_length=160, verbose_name="text")),
                (
                    "sponsor",
                    models.CharField(
                        help_text="Stands beside the word “Advertising”.", max_length=60, verbose_name="sponsor"
                    ),
                ),
                (
                    "link",
                    models.URLField(
                        max_length=500,
                        validators=[django.core.validators.URLValidator(schemes=["https"])],
                        verbose_name="link",
                    ),
                ),
                ("weight", models.PositiveSmallIntegerField(default=1, verbose_name="weight")),
                ("starts_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="shown from")),
                ("ends_at", models.DateTimeField(blank=True, null=True, verbose_name="shown until")),
                ("is_active", models.BooleanField(default=True, verbose_name="active")),
            ],
            options={
                "verbose_name": "advertisement",
                "verbose_name_plural": "advertisements",
                "ordering": ["-starts_at", "-id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("ends_at", None), ("ends_at__gt", models.F("starts_at")), _connector="OR"),
                        name="accounts_advertisement_ends_after_start",
                        violation_error_message="It ends before it starts.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Branding",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "accent",
                    models.CharField(
                        choices=[
                            ("petrol", "Petrol"),
                            ("blue", "Blue"),
                            ("violet", "Violet"),
                            ("plum", "Plum"),
                            ("red", "Red"),
                            ("copper", "Copper"),
                            ("moss", "Moss"),
                            ("slate", "Slate"),
                        ],
                        default="petrol",
                        max_length=8,
                        verbose_name="colour",
                    ),
                ),
                ("banner", models.ImageField(blank=True, upload_to="banners/", verbose_name="banner")),
                ("tagline", models.CharField(blank=True, max_length=100, verbose_name="one line under the banner")),
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="branding",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "channel branding",
                "verbose_name_plural": "channel branding",
            },
        ),
    ]

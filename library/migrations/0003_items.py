import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("library", "0002_learning"),
        ("stats", "0010_visibility_by_role"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="media",
            name="least_role",
            field=models.CharField(
                choices=[("free", "Free"), ("subscriber", "Subscriber"), ("premium", "Premium"), ("admin", "Admin")],
                default="free",
                max_length=10,
                verbose_name="least role",
            ),
        ),
        migrations.CreateModel(
            name="Tag",
            fields=[
                ("name", models.CharField(max_length=30, primary_key=True, serialize=False)),
                ("items", models.IntegerField()),
            ],
            options={
                "indexes": [models.Index(fields=["-items", "name"], name="library_tag_most")],
            },
        ),
        migrations.CreateModel(
            name="ItemTag",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("tag", models.CharField(max_length=30)),
                (
                    "item",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="tags",
                        to="stats.item",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["tag", "item"], name="library_itemtag_items")],
                "constraints": [models.UniqueConstraint(fields=("item", "tag"), name="library_itemtag_once")],
            },
        ),
        migrations.CreateModel(
            name="Listing",
            fields=[
                (
                    "item",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="listing",
                        serialize=False,
                        to="stats.item",
                    ),
                ),
                ("type", models.CharField(max_length=8)),
                ("category", models.CharField(max_length=12)),
                ("least_rank", models.SmallIntegerField()),
                ("published_at", models.DateTimeField()),
                ("duration_ms", models.BigIntegerField(null=True)),
                ("plays", models.BigIntegerField(default=0)),
                ("trend", models.FloatField(default=0)),
                ("ratings", models.IntegerField(default=0)),
                ("grade", models.FloatField(default=0)),
                (
                    "owner",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["-published_at", "-item"], name="library_listing_newest"),
                    models.Index(fields=["-plays", "-published_at", "-item"], name="library_listing_played"),
                    models.Index(fields=["-trend", "-published_at", "-item"], name="library_listing_trending"),
                    models.Index(fields=["-grade", "-published_at", "-item"], name="library_listing_rated"),
                    models.Index(fields=["owner", "-published_at", "-item"], name="library_listing_owner"),
                    models.Index(fields=["category", "-published_at", "-item"], name="library_listing_category"),
                    models.Index(fields=["type", "-published_at", "-item"], name="library_listing_type"),
                ],
            },
        ),
    ]

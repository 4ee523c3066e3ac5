"""Leaderboards: boards as last taken, and the weeks and months that are over."""

from django.db import migrations, models

import stats.fields


class Migration(migrations.Migration):

    dependencies = [("gamification", "0004_moments")]

    operations = [
        migrations.CreateModel(
            name="Snapshot",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "board", "period", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("board", models.TextField()),
                ("period", models.TextField()),
                ("as_of", stats.fields.InstantField()),
                ("entry", models.BigIntegerField()),
                ("rows", models.JSONField()),
            ],
        ),
        migrations.CreateModel(
            name="Closing",
            fields=[
                ("period", models.TextField(primary_key=True, serialize=False)),
                ("first", models.DateField()),
                ("last", models.DateField()),
                ("begins_at", stats.fields.InstantField()),
                ("ends_at", stats.fields.InstantField()),
                ("closed_at", stats.fields.InstantField()),
                ("people", models.IntegerField()),
            ],
            options={"indexes": [models.Index(fields=["-last"], name="gamification_closing_last")]},
        ),
        migrations.CreateModel(
            name="Final",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "period", "board", "actor", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("period", models.TextField()),
                ("board", models.TextField()),
                ("actor", models.UUIDField()),
                ("xp", models.BigIntegerField()),
                ("reached_at", stats.fields.InstantField()),
                ("rank", models.IntegerField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("rank__isnull", False)),
                        fields=["period", "board", "rank", "reached_at", "actor"],
                        name="gamification_final_by_rank",
                    ),
                    models.Index(fields=["actor", "period"], name="gamification_final_of_actor"),
                ]
            },
        ),
    ]

"""Moments: what happened to members, told once."""

from django.db import migrations, models

import stats.fields


class Migration(migrations.Migration):

    dependencies = [("gamification", "0003_achievements")]

    operations = [
        migrations.CreateModel(
            name="Moment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("actor", models.UUIDField()),
                (
                    "kind",
                    models.CharField(
                        choices=[("level", "Level"), ("unlock", "Unlock"), ("streak", "Streak"), ("digest", "Digest")],
                        max_length=16,
                    ),
                ),
                ("ref", models.CharField(blank=True, max_length=128)),
                ("amount", models.BigIntegerField(default=0)),
                ("earned_at", stats.fields.InstantField()),
                ("told_at", stats.fields.InstantField()),
                ("shown_at", stats.fields.InstantField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("shown_at", None)), fields=["actor", "id"], name="gamification_moment_waiting"
                    ),
                    models.Index(fields=["told_at"], name="gamification_moment_told_at"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("actor", "kind", "ref"), name="gamification_moment_once")
                ],
            },
        ),
    ]

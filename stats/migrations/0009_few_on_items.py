"""Rare actions are found by item."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("stats", "0008_saves_in_playlists"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="action",
            index=models.Index(
                condition=models.Q(
                    ("kind__in", ("comment_deleted", "collaboration_accepted", "item_changed", "rating"))
                ),
                fields=["kind", "item_id", "at"],
                name="stats_action_few_on_item",
            ),
        ),
    ]

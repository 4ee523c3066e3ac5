"""Saves to playlists are found by item and day."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("stats", "0007_replays_of_days"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="action",
            index=models.Index(
                condition=models.Q(("kind", "save"), ("playlist__isnull", False)),
                fields=["item_id", "day"],
                name="stats_action_by_playlist",
            ),
        ),
    ]

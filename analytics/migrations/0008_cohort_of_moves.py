"""Who moved is told apart by when they first paid, in the index."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("analytics", "0007_covering_revenue"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="revenuemove",
            name="analytics_move_day",
        ),
        migrations.AddIndex(
            model_name="revenuemove",
            index=models.Index(
                fields=["currency", "day", "user_id"],
                include=("before", "after", "cohort"),
                name="analytics_move_day",
            ),
        ),
    ]

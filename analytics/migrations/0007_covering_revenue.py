"""What the questions about revenue read of spells and moves stands in their indexes."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("analytics", "0006_revenue"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="revenuemove",
            name="analytics_move_day",
        ),
        migrations.RemoveIndex(
            model_name="revenuespell",
            name="analytics_spell_until",
        ),
        migrations.AddIndex(
            model_name="revenuemove",
            index=models.Index(
                fields=["currency", "day", "user_id"], include=("before", "after"), name="analytics_move_day"
            ),
        ),
        migrations.AddIndex(
            model_name="revenuespell",
            index=models.Index(
                fields=["until"],
                include=("since", "currency", "plan_id", "rate", "user_id"),
                name="analytics_spell_until",
            ),
        ),
    ]

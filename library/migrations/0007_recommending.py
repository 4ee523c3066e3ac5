"""Which items the same people watch."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("library", "0006_people")]

    operations = [
        migrations.CreateModel(
            name="CoWatch",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "item_id", "other_id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("item_id", models.BigIntegerField()),
                ("other_id", models.BigIntegerField()),
                ("score", models.IntegerField()),
                ("people", models.IntegerField()),
            ],
        ),
    ]

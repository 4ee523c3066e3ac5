from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("stats", "0009_few_on_items")]

    operations = [
        migrations.AlterField(
            model_name="item",
            name="visibility",
            field=models.CharField(
                choices=[
                    ("public", "Public"),
                    ("unlisted", "Unlisted"),
                    ("role", "By role"),
                    ("private", "Private"),
                ],
                default="public",
                max_length=8,
                verbose_name="visibility",
            ),
        ),
    ]

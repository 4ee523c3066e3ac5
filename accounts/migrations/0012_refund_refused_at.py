from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0011_indexes_that_count")]

    operations = [
        migrations.AddField(
            model_name="refundclaim", name="refused_at", field=models.DateTimeField(blank=True, null=True)
        ),
        migrations.AddIndex(
            model_name="refundclaim",
            index=models.Index(
                condition=models.Q(("refused_at__isnull", False)),
                fields=["refused_at"],
                name="accounts_refund_refused",
            ),
        ),
    ]

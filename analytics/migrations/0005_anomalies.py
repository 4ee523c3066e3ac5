"""What a day was expected to bring."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("analytics", "0004_dashboards")]

    operations = []

"""The platform's numbers by day, week and month."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("analytics", "0002_people")]

    operations = []

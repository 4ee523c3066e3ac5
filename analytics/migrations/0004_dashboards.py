"""Notes on the time axis."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("analytics", "0003_platform")]

    operations = []

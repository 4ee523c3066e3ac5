"""Filters that staff keep, and what they do to many members at once."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("analytics", "0001_heartbeat")]

    operations = []

"""The audit log of what staff did."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("accounts", "0006_features")]

    operations = []

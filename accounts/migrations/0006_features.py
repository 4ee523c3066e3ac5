"""What the eight features open: branding of channels, advertising, early access."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("accounts", "0005_billing")]

    operations = []

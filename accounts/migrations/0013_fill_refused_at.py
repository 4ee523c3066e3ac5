"""Refunds that the site itself had asked for and that were refused stand to be looked at, as they did."""

from django.db import migrations
from django.db.models import F


def fill_refused_at(apps, schema_editor):
    claims = apps.get_model("accounts", "RefundClaim").objects
    claims.filter(state="failed", by_user=None, refund=None, refused_at=None).update(refused_at=F("claimed_at"))


class Migration(migrations.Migration):
    dependencies = [("accounts", "0012_refund_refused_at")]

    operations = [migrations.RunPython(fill_refused_at, migrations.RunPython.noop)]

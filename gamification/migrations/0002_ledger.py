"""The ledger of points can only be appended to; corrections by staff."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

REFUSE = {
    "postgresql": [
        """
        CREATE FUNCTION gamification_entry_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'The ledger of points is only appended to.' USING ERRCODE = 'integrity_constraint_violation';
        END $$
        """,
        "CREATE TRIGGER gamification_entry_stays BEFORE UPDATE OR DELETE ON gamification_entry"
        " FOR EACH ROW EXECUTE FUNCTION gamification_entry_refuse()",
    ],
    # SQLite has no TRUNCATE: emptying a whole database, as tests do, deletes the rows of its tables.
    "sqlite": [
        "CREATE TRIGGER gamification_entry_stays BEFORE UPDATE ON gamification_entry"
        " BEGIN SELECT RAISE(ABORT, 'The ledger of points is only appended to.'); END",
    ],
}
ALLOW = {
    "postgresql": [
        "DROP TRIGGER gamification_entry_stays ON gamification_entry", "DROP FUNCTION gamification_entry_refuse()",
    ],
    "sqlite": ["DROP TRIGGER gamification_entry_stays"],
}


def refuse(apps, schema_editor):
    for statement in REFUSE[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


def allow(apps, schema_editor):
    for statement in ALLOW[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


class Migration(migrations.Migration):

    dependencies = [
        ("gamification", "0001_game"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Correction",
            fields=[
                ("ref", models.UUIDField(primary_key=True, serialize=False)),
                ("amount", models.BigIntegerField(verbose_name="points")),
                ("reason", models.CharField(max_length=200, verbose_name="reason")),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="corrected")),
                ("person", models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="member")),
                ("by", models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="by")),
            ],
            options={
                "verbose_name": "correction of points",
                "verbose_name_plural": "corrections of points",
                "constraints": [models.CheckConstraint(condition=models.Q(("amount", 0), _negated=True), name="gamification_correction_moves")],
            },
        ),
        migrations.AlterModelOptions(
            name="entry",
            options={"verbose_name": "entry of the ledger", "verbose_name_plural": "ledger of points"},
        ),
        migrations.RunPython(refuse, allow),
    ]

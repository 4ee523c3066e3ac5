"""The audit log of what staff did, which the database itself keeps from being changed, and the staff's notes."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

# As for the ledger of subscriptions: SQLite has no TRUNCATE, so a trigger against DELETE would forbid `flush` there.
PROTECT = {
    "postgresql": """
        CREATE FUNCTION accounts_audit_refuses() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'The audit log cannot be changed.'; END $$;
        CREATE TRIGGER accounts_staffaction_fixed BEFORE UPDATE OR DELETE ON accounts_staffaction
        FOR EACH ROW EXECUTE FUNCTION accounts_audit_refuses();
    """,
    "sqlite": """
        CREATE TRIGGER accounts_staffaction_fixed BEFORE UPDATE ON accounts_staffaction
        BEGIN SELECT RAISE(ABORT, 'The audit log cannot be changed.'); END;
    """,
}
RELEASE = {
    "postgresql": """
        DROP TRIGGER accounts_staffaction_fixed ON accounts_staffaction;
        DROP FUNCTION accounts_audit_refuses();
    """,
    "sqlite": "DROP TRIGGER accounts_staffaction_fixed;",
}


def protect(apps, schema_editor):
    """Let the database refuse to change a line."""
    schema_editor.execute(PROTECT[schema_editor.connection.vendor])


def release(apps, schema_editor):
    """Let it allow that again."""
    schema_editor.execute(RELEASE[schema_editor.connection.vendor])


class Migration(migrations.Migration):
    dependencies = [("accounts", "0006_features")]

    operations = [
        migrations.CreateModel(
            name="StaffNote",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("text", models.CharField(max_length=2000, verbose_name="note")),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name="created"),
                ),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="staff_notes",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "staff note",
                "verbose_name_plural": "staff notes",
                "ordering": ["-created_at", "-id"],
            },
        ),
        migrations.CreateModel(
            name="StaffAction",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name="time")),
                ("what", models.CharField(max_length=40, verbose_name="what")),
                ("about_kind", models.CharField(blank=True, max_length=60)),
                ("about_key", models.CharField(blank=True, max_length=64)),
                ("about_name", models.CharField(blank=True, max_length=200, verbose_name="about")),
                ("detail", models.JSONField(default=dict, verbose_name="detail")),
                (
                    "by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="staff_actions",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="by",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="staff_actions_about",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="person",
                    ),
                ),
            ],
            options={
                "verbose_name": "staff action",
                "verbose_name_plural": "audit log",
                "ordering": ["-at", "-id"],
                "indexes": [
                    models.Index(fields=["at", "id"], name="accounts_staffaction_at"),
                    models.Index(fields=["person", "at"], name="accounts_staffaction_person"),
                    models.Index(fields=["by", "at"], name="accounts_staffaction_by"),
                    models.Index(fields=["about_kind", "about_key"], name="accounts_staffaction_about"),
                ],
            },
        ),
        migrations.RunPython(protect, release),
    ]

"""Let the database itself keep the ledger of subscriptions from being changed."""

from django.db import migrations

# SQLite has no TRUNCATE: there a trigger against DELETE would forbid `manage.py flush` too. Django's remaking of a
# SQLite table drops its triggers, so a later change of this table's columns must run `protect` again.
PROTECT = {
    "postgresql": """
        CREATE FUNCTION accounts_ledger_refuses() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'The ledger of subscriptions cannot be changed.'; END $$;
        CREATE TRIGGER accounts_subscriptionchange_fixed BEFORE UPDATE OR DELETE ON accounts_subscriptionchange
        FOR EACH ROW EXECUTE FUNCTION accounts_ledger_refuses();
    """,
    "sqlite": """
        CREATE TRIGGER accounts_subscriptionchange_fixed BEFORE UPDATE ON accounts_subscriptionchange
        BEGIN SELECT RAISE(ABORT, 'The ledger of subscriptions cannot be changed.'); END;
    """,
}
RELEASE = {
    "postgresql": """
        DROP TRIGGER accounts_subscriptionchange_fixed ON accounts_subscriptionchange;
        DROP FUNCTION accounts_ledger_refuses();
    """,
    "sqlite": "DROP TRIGGER accounts_subscriptionchange_fixed;",
}


def protect(apps, schema_editor):
    schema_editor.execute(PROTECT[schema_editor.connection.vendor])


def release(apps, schema_editor):
    schema_editor.execute(RELEASE[schema_editor.connection.vendor])


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_plans_and_subscriptions")]

    operations = [migrations.RunPython(protect, release)]

"""People's and items' days of a span are found without reading all of them. SQLite, for small sites, reads them all."""

from django.db import migrations

TABLES = ("stats_actorday", "stats_rollupday")


def index_days(apps, schema_editor):
    """Rows of a day come with the day, so a BRIN index finds them, and costs a writer next to nothing."""
    if schema_editor.connection.vendor == "postgresql":
        for table in TABLES:
            schema_editor.execute(f"CREATE INDEX {table}_by_day ON {table} USING brin (day) WITH (autosummarize = on)")


def forget_days(apps, schema_editor):
    """Remove the indexes."""
    if schema_editor.connection.vendor == "postgresql":
        for table in TABLES:
            schema_editor.execute(f"DROP INDEX {table}_by_day")


class Migration(migrations.Migration):
    dependencies = [("stats", "0011_follows_ratings_courses")]

    operations = [migrations.RunPython(index_days, forget_days)]

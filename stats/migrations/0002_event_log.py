"""The event log: partitioned by id on PostgreSQL from its first day."""

from django.db import migrations

from stats import log


def create(apps, schema_editor):
    for statement in log.create(schema_editor.connection):
        schema_editor.execute(statement)


def drop(apps, schema_editor):
    schema_editor.execute(f"DROP TABLE {log.TABLE}")


class Migration(migrations.Migration):
    dependencies = [("stats", "0001_ground")]

    operations = [migrations.RunPython(create, drop)]

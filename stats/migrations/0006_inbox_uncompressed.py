from django.db import migrations


def set_storage(storage):
    """Return an operation that says how PostgreSQL keeps the inbox's rows: compressing what lives for a second costs more than it saves."""

    def alter(apps, schema_editor):
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(f"ALTER TABLE stats_inboxbatch ALTER COLUMN rows SET STORAGE {storage}")

    return alter


class Migration(migrations.Migration):
    dependencies = [
        ("stats", "0005_facts_of_the_site"),
    ]

    operations = [
        migrations.RunPython(set_storage("EXTERNAL"), set_storage("EXTENDED")),
    ]

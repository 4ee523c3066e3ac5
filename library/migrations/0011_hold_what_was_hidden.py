"""Keep the reason of what staff hid before reasons were kept, so that its owner cannot publish it again."""

from collections import Counter, defaultdict

from django.db import migrations
from django.db.migrations.recorder import MigrationRecorder

AT_ONCE = 500


def hold(apps, schema_editor):
    """Hold what is still private after a report of it was upheld, unless staff have let it be seen again since.

    What was upheld after the column came is held already, or was released.
    """
    reports, media = apps.get_model("library", "Report").objects, apps.get_model("library", "Media").objects
    came = MigrationRecorder(schema_editor.connection).migration_qs.filter(app="library", name="0010_held_and_told")
    released = reports.filter(appeal__isnull=False, state="upheld").values("appeal")
    hidden = media.filter(held_for="", item__visibility="private", item__deleted_at=None).exclude(item__in=released)
    upheld = reports.filter(
        item__in=hidden.values("item"), state="upheld", decided_at__lt=came.values_list("applied", flat=True)[0]
    )
    given = defaultdict(list)
    for item, reason in upheld.order_by("pk").values_list("item", "reason").iterator():
        given[item].append(reason)
    alike = defaultdict(list)
    for item, reasons in given.items():
        alike[Counter(reasons).most_common(1)[0][0]].append(item)
    for reason, items in alike.items():
        for at in range(0, len(items), AT_ONCE):
            media.filter(item__in=items[at : at + AT_ONCE]).update(held_for=reason)


class Migration(migrations.Migration):
    dependencies = [
        ("library", "0010_held_and_told"),
    ]

    operations = [
        migrations.RunPython(hold, migrations.RunPython.noop),
    ]

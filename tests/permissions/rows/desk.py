"""The people desk: its tabs, saved filters and bulk actions, and what members read of it."""

from analytics.people import bulk
from analytics.people.many import ACT
from analytics.people.models import SavedFilter
from tests.permissions.table import Row
from tests.permissions.world import World

ROWS = (
    Row("desk:people", "GET", "", "403 403 403 403 login 200"),
    Row("desk:subscribers", "GET", "", "403 403 403 403 login 200"),
    Row("desk:overview", "GET", "", "403 403 403 403 login 200"),
    Row("desk:possible", "GET", "", "403 403 403 403 login 200"),
    Row("desk:saved-save", "POST", "", "403 403 403 403 login 302", {"name": "Free", "query": "role=free"}),
    Row("desk:saved-delete", "POST", "saved_filter", "403 403 403 403 login 302"),
    Row("desk:bulk-list", "GET", "", "403 403 403 403 login 200"),
    Row("desk:bulk-prepare", "POST", "", "403 403 403 403 login 302", {"act": "extend", "who_all": "1", "query": ""}),
    Row("desk:bulk", "GET", "bulk_draft", "403 403 403 403 login 200"),
    Row("desk:bulk", "GET", "bulk_done", "403 403 403 403 login 200"),
    Row("desk:bulk-describe", "POST", "bulk_draft", "403 403 403 403 login 302", {"feature": "ad_free", "how": "give"}),
    Row(
        "desk:bulk-start",
        "POST",
        "bulk_draft",
        "403 403 403 403 login 302",
        lambda w: {"seen": bulk.digest(w.things["bulk_draft"])},
    ),
    Row(
        "desk:bulk-download",
        "POST",
        "bulk_export",
        "403 403 403 403 login 200",
        lambda w: {"seen": bulk.digest(w.things["bulk_export"])},
    ),
    Row("desk:bulk-download", "POST", "bulk_draft", "403 403 403 403 login 404"),
    Row("desk:bulk-stop", "POST", "bulk_done", "403 403 403 403 login 302"),
    Row("desk:bulk-undo", "POST", "bulk_done", "403 403 403 403 login 302"),
    Row("letters:letter", "GET", "letter", "200 404 404 404 login 404"),
)


def prepare(world: World) -> None:
    """Make a saved filter, a draft, an export, something done, and a letter to the owner."""
    staff = world.people["staff"]
    people = type(staff).objects.filter(pk=world.owner.pk)
    kept = SavedFilter.objects.create(owner=staff, name="Free", query="role=free")
    world.subjects["saved_filter"] = {"uuid": kept.uuid}
    for name, act, params in (
        ("bulk_draft", "feature", {"feature": "ad_free", "how": "give", "days": None, "note": ""}),
        ("bulk_export", "export", {"reason": ""}),
        ("bulk_done", "activate", {"reason": "Why"}),
        ("letter", "message", {"subject": "News", "text": "New.", "with_mail": False}),
    ):
        made = bulk.prepare(ACT[act], people, staff, "")
        bulk.describe(made, params)
        if name in {"bulk_done", "letter"}:
            bulk.start(made, bulk.digest(made))
            bulk.work(made.uuid)
        world.things[name] = made
        world.subjects[name] = {"uuid": made.uuid}

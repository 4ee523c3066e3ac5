"""The staff's dashboards, what is behind their numbers, and the notes on their charts."""

from datetime import date

from analytics.dashboards import notes
from tests.permissions.table import MEMBERS, STAFF, Row
from tests.permissions.world import World

PAGES = ("overview", "users", "engagement", "content", "learning", "gamification", "revenue", "system")
DONE = "403 403 403 403 login 302"

ROWS = (
    *(Row(f"dashboards:{page}", "GET", "", STAFF) for page in PAGES),
    Row("dashboards:csv", "GET", "table_panel", STAFF),
    Row("dashboards:csv", "GET", "unknown_panel", "403 403 403 403 login 404"),
    Row("dashboards:behind", "GET", "number_panel", STAFF),
    Row("dashboards:behind", "GET", "unknown_panel", "403 403 403 403 login 404"),
    Row("dashboards:notes", "GET", "", STAFF),
    Row("dashboards:notes", "POST", "", DONE, {"day": "2026-11-17", "text": "The new player is out."}),
    Row("dashboards:note", "GET", "time_note", STAFF),
    Row("dashboards:note", "POST", "time_note", DONE, {"day": "2026-11-17", "text": "The new player was out."}),
    Row("dashboards:note-remove", "POST", "time_note", DONE),
    Row("teaching:numbers", "GET", "", MEMBERS),
    Row("teaching:csv", "GET", "taught_table", MEMBERS),
)


def prepare(world: World) -> None:
    """Write a note, and name panels."""
    note = notes.write(world.people["staff"], date(2026, 11, 16), "The newsletter went out.")
    world.subjects |= {
        "time_note": {"pk": note.pk},
        "table_panel": {"key": "top-items"},
        "number_panel": {"key": "new-members-by-day"},
        "taught_table": {"key": "taught-days"},
        "unknown_panel": {"key": "no-such-panel"},
    }

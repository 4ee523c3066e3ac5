"""Actions: what people did beside playing, kept where it can be found by person, by item and by day."""

from typing import Any

from stats.fresh import Fresh, Projection
from stats.kinds import KINDS as ALL
from stats.kinds import Kind
from stats.models import Action

NOBODY = "0" * 32
LEFT_OUT = frozenset({
    Kind.PLAY, Kind.PAGE_VIEW, Kind.ENGAGEMENT, Kind.API_CALL, Kind.VIEWERS, Kind.BYTES_DELIVERED, Kind.GUEST_CLAIMED,
    Kind.IDENTIFIED,
})  # fmt: skip
KINDS = frozenset(ALL) - {kind.value for kind in LEFT_OUT}
COLUMNS = "actor, at, event_id, source_id, actor_type, kind, day, item_id, session_id, playlist, label, amount"
_LIST = ", ".join(f"'{kind}'" for kind in sorted(KINDS))
_PROJECT = f"""
INSERT INTO stats_action ({COLUMNS})
SELECT COALESCE(actor, {{nobody}}), occurred_at, id, source_id, actor_type, kind, day, item_id, session_id, playlist, label, amount
FROM fresh WHERE kind IN ({_LIST}) ORDER BY 1, 2, 3, 4
ON CONFLICT DO NOTHING
"""


def project(fresh: Fresh) -> None:
    """Keep the fresh actions."""
    fresh.execute(_PROJECT.format(nobody=fresh.uuid(f"'{NOBODY}'")))


def claim(fresh: Fresh, guest: Any, person: Any) -> None:
    """Make a guest's actions the member's."""
    fresh.execute("UPDATE stats_action SET actor = %s, actor_type = 'u' WHERE actor = %s", [person, guest])


ACTIONS = Projection("actions", (Action,), KINDS, project, claim)

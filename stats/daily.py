"""Day roll-ups: what happened on each site day to items, owners and sources and everywhere, kept up with every chunk."""

from typing import Any

from django.utils import timezone

from stats.days import site_day
from stats.fields import to_micros
from stats.fresh import Fresh, Projection, number_type
from stats.kinds import KINDS, Kind, Sender
from stats.measures import ACTION_MEASURES, PLAY_MEASURES
from stats.measures import KEYS as MEASURE_KEYS
from stats.models import DirtyDay, KindDay, PlayPart, RollupDay

ACTION_KINDS = tuple(
    kind.value
    for kind in (
        Kind.LIKE, Kind.UNLIKE, Kind.SAVE, Kind.UNSAVE, Kind.SHARE, Kind.DOWNLOAD, Kind.COMMENT, Kind.COMMENT_DELETED,
        Kind.RATING,
    )
)  # fmt: skip
PARTS = {"hour": "hour", "quality": "quality", "type": "item_type", "speed": "speed"}  # by column of `moves`

_NAMES = ", ".join(MEASURE_KEYS)
_SUMS = ", ".join(f"SUM({key})" for key in MEASURE_KEYS)
_ADD = ", ".join(f"{key} = r.{key} + excluded.{key}" for key in MEASURE_KEYS)
_PLAY_ZEROS = ", ".join("0" for _ in PLAY_MEASURES)

_FROM_MOVES = f"""
SELECT item_id, source_id, day, {", ".join(f"SUM({one.of_move}) AS {one.key}" for one in PLAY_MEASURES)},
    {", ".join(f"0 AS {one.key}" for one in ACTION_MEASURES)}
FROM moves WHERE day IS NOT NULL GROUP BY item_id, source_id, day
"""
_FROM_EVENTS = f"""
SELECT item_id, source_id, day, {_PLAY_ZEROS}, {", ".join(f"SUM({one.of_action})" for one in ACTION_MEASURES)}
FROM fresh WHERE kind IN ({", ".join(f"'{kind}'" for kind in ACTION_KINDS)}) GROUP BY item_id, source_id, day
"""

# One pass makes what each (item, source, day) gained; each scope sums that.
_GAIN = f"INSERT INTO fresh_gains (item_id, source_id, day, {_NAMES})"
_ROLL_UP = f"""
INSERT INTO stats_rollupday AS r (scope, key, day, {_NAMES})
SELECT scope, key, day, {_SUMS} FROM (
    SELECT s.scope, CASE s.scope WHEN 'i' THEN g.item_id WHEN 's' THEN g.source_id WHEN 'p' THEN 0
            ELSE (SELECT owner_id FROM stats_item WHERE id = g.item_id) END AS key, g.*
    FROM fresh_gains g CROSS JOIN (SELECT 'i' AS scope UNION ALL SELECT 'o' UNION ALL SELECT 's' UNION ALL SELECT 'p') s
) gains WHERE key IS NOT NULL GROUP BY key, scope, day ORDER BY key, scope, day
ON CONFLICT (scope, key, day) DO UPDATE SET {_ADD}
"""
_PARTS = f"""
INSERT INTO stats_playpart AS r (day, part, value, plays, views, completed, played_ms)
SELECT day, part, value, SUM(plays), SUM(views), SUM(completed), SUM(played_ms) FROM (
    SELECT m.*, p.part, CASE p.part {" ".join(f"WHEN '{part}' THEN m.{column}" for part, column in PARTS.items())} END AS value
    FROM moves m CROSS JOIN ({" UNION ALL ".join(f"SELECT '{part}' AS part" for part in PARTS)}) p WHERE m.day IS NOT NULL
) parts GROUP BY day, part, value ORDER BY day, part, value
ON CONFLICT (day, part, value) DO UPDATE SET plays = r.plays + excluded.plays, views = r.views + excluded.views,
    completed = r.completed + excluded.completed, played_ms = r.played_ms + excluded.played_ms
"""
_TRUSTED = ", ".join(f"'{kind}'" for kind, spec in KINDS.items() if spec.amount and spec.sender is not Sender.BROWSER)
_KIND_DAY = f"""
INSERT INTO stats_kindday AS r (day, source_id, kind, events, amount)
SELECT day, source_id, kind, COUNT(*), COALESCE(SUM(CASE WHEN kind IN ({_TRUSTED}) THEN amount END), 0)
FROM fresh GROUP BY day, source_id, kind ORDER BY day, source_id, kind
ON CONFLICT (day, source_id, kind) DO UPDATE SET events = r.events + excluded.events, amount = r.amount + excluded.amount
"""
_MARK = """
INSERT INTO stats_dirtyday (item_id, source_id, day)
SELECT item_id, source_id, day FROM moves WHERE day IS NOT NULL
GROUP BY item_id, source_id, day HAVING SUM(ABS(plays)) > 0 OR SUM(ABS(views)) > 0
UNION SELECT COALESCE(item_id, 0), source_id, day FROM fresh_gains WHERE day < %s
"""


def project(fresh: Fresh) -> None:
    """Add the chunk to the day roll-ups, and queue the days whose people and replays may have changed.

    What comes late for an earlier day is queued whatever it is, for weeks, months and years that are built already.
    """
    _open(fresh)
    fresh.execute(f"{_GAIN} {_FROM_MOVES} UNION ALL {_FROM_EVENTS}")
    _roll_up(fresh)


def claim(fresh: Fresh, guest: Any, person: Any) -> None:
    """Take in what changed when the guest's plays became the member's."""
    _open(fresh)
    fresh.execute(f"{_GAIN} {_FROM_MOVES}")
    _roll_up(fresh)
    project_parts(fresh)


def project_parts(fresh: Fresh) -> None:
    """Add the chunk's plays to their parts."""
    fresh.execute(_PARTS)
    _drop_empty(fresh, "stats_playpart", "plays = 0 AND views = 0 AND completed = 0 AND played_ms = 0")


def project_kinds(fresh: Fresh) -> None:
    """Count the chunk's events by kind."""
    fresh.execute(_KIND_DAY)


def _open(fresh: Fresh) -> None:
    day = "date" if fresh.vendor == "postgresql" else "text"
    numbers = ", ".join(f"{key} {number_type(key)}" for key in MEASURE_KEYS)
    fresh.execute(
        f"CREATE TEMPORARY TABLE IF NOT EXISTS fresh_gains (item_id bigint, source_id integer, day {day}, {numbers})"
    )


def _roll_up(fresh: Fresh) -> None:
    fresh.execute(_ROLL_UP)
    fresh.execute(_MARK, [site_day(to_micros(timezone.now()))])
    fresh.empty("fresh_gains")
    _drop_empty(fresh, "stats_rollupday", " AND ".join(f"{key} = 0" for key in MEASURE_KEYS))


def _drop_empty(fresh: Fresh, table: str, condition: str) -> None:
    """Delete the rows of days from which a play moved away, if nothing is left in them."""
    if fresh.moved_away:
        fresh.execute(
            f"DELETE FROM {table} WHERE day IN (SELECT day FROM moves WHERE plays < 0 AND day IS NOT NULL) AND {condition}"
        )


_PLAY_KINDS = frozenset({Kind.PLAY.value})

DAYS = Projection(
    "day roll-ups",
    (RollupDay,),
    _PLAY_KINDS | frozenset(ACTION_KINDS),
    project,
    claim,
    queues=(DirtyDay,),
)
PARTS_OF_DAYS = Projection("parts of days", (PlayPart,), _PLAY_KINDS, project_parts)
KINDS_OF_DAYS = Projection("kinds by day", (KindDay,), frozenset(KINDS), project_kinds)

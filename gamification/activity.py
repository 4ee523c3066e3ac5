"""When people were active: the quarters of an hour in which they did something that counts.

That is what `stats.kinds` calls activity, and of plays the reports that make a view. What somebody who is not trusted told
more than two days late counts when it arrived, so that nobody writes a past.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from gamification import staging
from stats import plays, watching
from stats.fields import to_day
from stats.fresh import Fresh
from stats.kinds import ACTIVITY_KINDS, Kind
from stats.plays import Report

QUARTER_US = 900_000_000
HALF, WHOLE = 48, 96
COLUMNS = ("actor", "day", "early", "late")
LATE_US = 48 * 3_600_000_000
EPOCH = date(1970, 1, 1)

Quarters = dict[Any, set[int]]

_OTHERS = f"""
SELECT DISTINCT actor, actor_type, CASE WHEN received_at - occurred_at > {LATE_US} AND data LIKE '%%"late":true%%'
    THEN received_at ELSE occurred_at END / {QUARTER_US}
FROM fresh WHERE actor IS NOT NULL AND actor_type <> 'a'
    AND kind IN ({", ".join(f"'{kind}'" for kind in ACTIVITY_KINDS if kind != Kind.PLAY)})
"""


def collect(fresh: Fresh) -> tuple[Quarters, set[Any]]:
    """Return who was active in which quarters by this chunk, and which of them are members."""
    found: Quarters = defaultdict(set)
    members: set[Any] = set()
    if Kind.PLAY.value in fresh.kinds:
        reports: list[Report] = fresh.shared["reports"] if "reports" in fresh.shared else plays.read_reports(fresh)
        for report in reports:
            if report.actor_type != "a" and qualifies(report):
                found[report.key[0]].add(
                    (report.received_at if report.details.late else report.started_at) // QUARTER_US
                )
                if report.actor_type == "u":
                    members.add(report.key[0])
    for actor, actor_type, quarter in fresh.fetch(_OTHERS):
        found[actor].add(quarter)
        if actor_type == "u":
            members.add(actor)
    return found, members


def qualifies(report: Report) -> bool:
    """Whether a report by itself says that enough was played to be a view."""
    details = report.details
    covered = 0
    if details.type == "track":
        covered = watching.covered_ms(watching.unite(details.ranges), report.played_ms, details.media)
    return watching.is_view(details.type, report.played_ms, covered, details.media)


def store(fresh: Fresh, found: Quarters) -> None:
    """Add quarters to people's days."""
    rows = [(actor, day, early, late) for actor, quarters in found.items() for day, early, late in bits(quarters)]
    if not rows:
        return
    day = "date" if fresh.vendor == "postgresql" else "text"
    fresh.execute(
        f"CREATE TEMPORARY TABLE IF NOT EXISTS fresh_active (actor {staging.uuid_type(fresh)}, day {day}, early bigint,"
        " late bigint)"
    )
    staging.append(fresh, "fresh_active", COLUMNS, rows)
    # What is known already is left out before the conflict: a row that an upsert does not change is locked all the same.
    # The offset lets PostgreSQL look each row up: it does not know how few they are.
    fresh.execute(
        "INSERT INTO gamification_activeday AS x (actor, day, early, late) SELECT actor, day, early, late FROM fresh_active f"
        " WHERE NOT EXISTS (SELECT 1 FROM gamification_activeday k WHERE k.actor = f.actor AND k.day = f.day"
        " AND k.early & f.early = f.early AND k.late & f.late = f.late LIMIT 1 OFFSET 0) ORDER BY actor, day"
        " ON CONFLICT (actor, day) DO UPDATE SET early = x.early | excluded.early, late = x.late | excluded.late"
    )
    fresh.empty("fresh_active")


def bits(quarters: Iterable[int]) -> list[tuple[str, int, int]]:
    """Return the UTC days of quarters, each with the bits of its halves."""
    halves: dict[int, list[int]] = defaultdict(lambda: [0, 0])
    for quarter in quarters:
        number, place = divmod(quarter, WHOLE)
        halves[number][place >= HALF] |= 1 << place % HALF
    return [((EPOCH + timedelta(days=number)).isoformat(), *both) for number, both in halves.items()]  # type: ignore[misc]


def quarters_of(day: Any, early: int, late: int) -> list[int]:
    """Return the quarters of a stored day, ascending."""
    first = (to_day(day) - EPOCH).days * WHOLE
    mask = early | late << HALF
    found = []
    while mask:
        lowest = mask & -mask
        found.append(first + lowest.bit_length() - 1)
        mask ^= lowest
    return found


def day_of(quarter: int) -> date:
    """Return the UTC day of a quarter."""
    return datetime.fromtimestamp(quarter * 900, UTC).date()

"""What members chose that the game depends on, each time they chose it, read from the log."""

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import available_timezones

from django.conf import settings

from gamification import staging
from gamification.streaks import REST_NOTICE, Rest, Zones, zones_of
from stats.fresh import Fresh

TIME_ZONE, REST_DAYS, LISTED, CALM, PUBLIC = "time_zone", "game.rest_days", "game.listed", "game.calm", "game.public"
GOAL = "game.goal"
SETTINGS = (TIME_ZONE, REST_DAYS, LISTED, CALM, PUBLIC, GOAL)
COLUMNS = ("actor", "setting", "at", "event_id", "value")
MOST_REST_DAYS = 2
GOALS_MIN = (0, 10, 20, 40, 60, 90)
USUAL_GOAL_MIN = 20

DATED = (TIME_ZONE, REST_DAYS)
HOUR_US = 3_600_000_000

_PRUNE = f"""
DELETE FROM gamification_choice WHERE actor = %s AND EXISTS (
    SELECT 1 FROM gamification_choice n
    WHERE n.actor = gamification_choice.actor AND n.setting = gamification_choice.setting
        AND (n.at, n.event_id) > (gamification_choice.at, gamification_choice.event_id)
        AND (n.setting NOT IN ({", ".join(f"'{name}'" for name in DATED)})
            OR n.at / {HOUR_US} = gamification_choice.at / {HOUR_US})
)
"""
_NAMES = ", ".join(f"'{name}'" for name in SETTINGS)


@dataclass(frozen=True, slots=True)
class Choices:
    """What holds of one person's days: the zones, the rest days, and whether the person takes part in leaderboards."""

    zones: Zones
    rest: Rest
    is_listed: bool


def store(fresh: Fresh) -> tuple[set[Any], set[Any]]:
    """Keep what was chosen. Returns whose days that may change, and whose taking part."""
    rows = fresh.fetch(
        f"SELECT actor, label, occurred_at, id, data FROM fresh WHERE kind = 'setting_changed' AND label IN ({_NAMES})"
        " AND actor IS NOT NULL AND actor_type <> 'a'"
    )
    told = [(actor, name, at, event_id, _value(data)) for actor, name, at, event_id, data in rows]
    staging.store(fresh, "gamification_choice", COLUMNS, 4, told)
    prune(fresh, {row[0] for row in told})
    return {row[0] for row in told if row[1] in DATED}, {row[0] for row in told if row[1] == LISTED}


def prune(fresh: Fresh, actors: Iterable[Any]) -> None:
    """Forget what no longer says anything: of a switch all but the last, of zones and rest days all but each hour's last.

    So nobody who changes a setting over and over makes days dear to tell.
    """
    for actor in actors:
        fresh.execute(_PRUNE, [actor])


def of(fresh: Fresh, actors: Iterable[Any]) -> dict[Any, Choices]:
    """Return what holds for each of these people."""
    wanted = set(actors)
    told: dict[Any, dict[str, list[tuple[int, Any, str]]]] = defaultdict(lambda: defaultdict(list))
    for actor, name, at, event_id, value in staging.of_actors(fresh, wanted, "gamification_choice", COLUMNS):
        told[actor][name].append((at, str(event_id), value))
    usual = Choices(Zones(settings.TIME_ZONE), Rest(), True)
    return {actor: read(told[actor]) if actor in told else usual for actor in wanted}


def read(told: dict[str, list[tuple[int, Any, str]]]) -> Choices:
    """Return what settings, each a list of (microsecond, event, value), amount to. What makes no sense is left out."""
    zones = [(at, value or settings.TIME_ZONE) for at, _, value in sorted(told.get(TIME_ZONE, ())) if _is_zone(value)]
    listed = sorted(told.get(LISTED, ()))
    rest = [
        (_from(at), frozenset(weekdays))
        for at, _, value in sorted(told.get(REST_DAYS, ()))
        if (weekdays := rest_days(value)) is not None
    ]
    return Choices(zones_of(settings.TIME_ZONE, zones), Rest(tuple(rest)), not listed or listed[-1][2] != "off")


def rest_days(value: str) -> set[int] | None:
    """Return the weekdays of "5,6" (Monday is 0), or None for what says none: at most two, each 0 to 6."""
    try:
        found = {int(part) for part in value.split(",") if part}
    except ValueError:
        return None
    return found if len(found) <= MOST_REST_DAYS and found <= set(range(7)) else None


def goal_min(value: str) -> int:
    """Return the minutes of a day's goal, 0 for none; the usual ones for what is no goal."""
    return int(value) if value in {str(goal) for goal in GOALS_MIN} else USUAL_GOAL_MIN


def _from(at: int) -> date:
    """Return the first day for which rest days chosen at a microsecond hold: a Monday, a week or more later."""
    return rest_from(datetime.fromtimestamp(at / 1_000_000, UTC).date())


def rest_from(chosen_on: date) -> date:
    """Return the first day for which rest days chosen on a UTC day hold."""
    noticed = chosen_on + REST_NOTICE + timedelta(days=1)
    return noticed + timedelta(days=-noticed.weekday() % 7)


def _is_zone(name: str) -> bool:
    return not name or name in available_zones()


def available_zones() -> set[str]:
    """Return the zones that this machine knows."""
    global _zones
    if _zones is None:
        _zones = available_timezones()
    return _zones


_zones: set[str] | None = None


def _value(data: str | None) -> str:
    value = json.loads(data).get("value") if data else None
    return str(value)[:64] if value is not None else ""

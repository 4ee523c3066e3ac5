"""What members choose about the game: calm mode, taking part in leaderboards, a public standing, rest days, the day's goal.

Nothing is stored but events; what holds is read from the projection of them.
"""

from collections.abc import Iterable
from uuid import UUID

from django.core.cache import cache

from accounts.models import User
from gamification import queries
from gamification.choices import CALM, GOAL, LISTED, PUBLIC, REST_DAYS
from gamification.models import Choice
from gamification.queries import Chosen
from stats import ledger
from stats.actors import user_actor
from stats.kinds import Kind

ON, OFF = "on", "off"
KEPT_S = 60


def of(actor: UUID) -> Chosen:
    """Return what one member chose. One query."""
    return queries.chosen([actor])[actor]


def is_calm(actor: UUID) -> bool:
    """Whether one member wants to see nothing of the game; asked on every page, so it is kept for a minute."""
    found = cache.get(_key(actor))
    if found is None:
        found = actor in calm_among([actor])
        cache.set(_key(actor), found, KEPT_S)
    return bool(found)


def calm_among(actors: Iterable[UUID]) -> set[UUID]:
    """Return who of these members wants to see nothing of the game. One query."""
    rows = Choice.objects.filter(actor__in=list(actors), setting=CALM).order_by("at", "event_id")
    last = dict(rows.values_list("actor", "value"))
    return {actor for actor, value in last.items() if value == ON}


def change(
    user: User,
    *,
    calm: bool | None = None,
    listed: bool | None = None,
    public: bool | None = None,
    rest_days: Iterable[int] | None = None,
    goal_min: int | None = None,
) -> list[str]:
    """Change what is given, an event for each setting that changes. Returns their names."""
    wanted = {CALM: calm, LISTED: listed, PUBLIC: public}
    told = {name: ON if value else OFF for name, value in wanted.items() if value is not None}
    if rest_days is not None:
        told[REST_DAYS] = _listed(rest_days)
    if goal_min is not None:
        told[GOAL] = str(goal_min)
    with ledger.recording():
        User.objects.select_for_update(no_key=True).get(pk=user.pk)
        now = _told(of(user.uuid))
        changed = [name for name, value in told.items() if now[name] != value]
        for name in changed:
            ledger.record(Kind.SETTING_CHANGED, user_actor(user.uuid), setting=name, value=told[name])
    cache.delete(_key(user.uuid))
    return changed


def _key(actor: UUID) -> str:
    return f"game.calm.{actor.hex}"


def _told(chosen: Chosen) -> dict[str, str]:
    return {
        CALM: ON if chosen.is_calm else OFF,
        LISTED: ON if chosen.is_listed else OFF,
        PUBLIC: ON if chosen.is_public else OFF,
        REST_DAYS: _listed(chosen.rest_days),
        GOAL: str(chosen.goal_min),
    }


def _listed(days: Iterable[int]) -> str:
    return ",".join(str(day) for day in sorted(days))

"""A dry run: what publishing a draft would do, before it does anything."""

from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils import timezone

from accounts.models import User
from accounts.zones import zone_of
from gamification.achievements import book as books
from gamification.achievements import queries
from gamification.achievements.criteria import Criterion, Way
from gamification.achievements.models import Achievement, AchievementVersion
from gamification.models import Player, Unlock
from stats.fresh import Fresh

SAMPLE = 10
ASKED = 50


@dataclass(frozen=True, slots=True)
class Preview:
    """Who would gain it, who has it and would not earn it by the new rule (they keep it), ten of each, and what it costs.

    `is_estimate`: the number is computed member by member, so it was asked of `asked` of them and scaled up. `took_ms` is
    what the dry run took; `member_ms` is what each member costs in the background when they do something that counts, 0
    where the value is at hand.
    """

    members: int
    gains: int
    gaining: tuple[str, ...]
    keeps: int
    keeping: tuple[str, ...]
    xp: int
    took_ms: float
    member_ms: float
    asked: int
    is_estimate: bool


def preview(achievement: Achievement, version: AchievementVersion) -> Preview:
    """Return what publishing a version would do. Reads, and changes nothing. A few queries, or those of `ASKED` members."""
    rule = books.criterion_of(achievement, version)
    began = monotonic()
    members = Player.objects.count()
    if rule.way is Way.COMPUTED:
        return _asked(rule, members, began)
    with connection.cursor() as cursor:
        fresh = Fresh(cursor, SAMPLE)
        value, join = _value(rule)
        has = (
            "EXISTS (SELECT 1 FROM gamification_unlock u WHERE u.actor = p.actor AND u.name = %s AND u.tier = 1"
            " AND u.cycle > u.revoked)"
        )
        reaches = f"{value} >= {rule.least(1)}"
        gains, gaining = _some(fresh, f"{join} WHERE {reaches} AND NOT {has}", rule.key)
        keeps, keeping = _some(fresh, f"{join} WHERE NOT {reaches} AND {has}", rule.key)
    took = (monotonic() - began) * 1000
    return Preview(members, gains, gaining, keeps, keeping, gains * rule.xp, took, 0, members, False)


def _value(rule: Criterion) -> tuple[str, str]:
    """Return SQL for the value, and what has to be joined for it."""
    if rule.way is Way.COUNTER:
        return f"s.{rule.column}", " JOIN stats_actorstats s ON s.actor = p.actor"
    return f"p.{rule.column}", ""


def _some(fresh: Fresh, rest: str, key: str) -> tuple[int, tuple[str, ...]]:
    """Return how many there are, and ten of them by name."""
    ((count,),) = fresh.fetch(f"SELECT COUNT(*) FROM gamification_player p{rest}", [key])
    rows = fresh.fetch(f"SELECT p.actor FROM gamification_player p{rest} ORDER BY p.xp DESC LIMIT {SAMPLE}", [key])
    return count, _names([actor for (actor,) in rows])


def _asked(rule: Criterion, members: int, began: float) -> Preview:
    """Ask the registry of some members: the first by their ids, which are by chance or by age."""
    rows = list(Player.objects.order_by("actor").values_list("actor", flat=True)[:ASKED])
    people = dict(User.objects.filter(uuid__in=rows).values_list("uuid", "time_zone"))
    holders = set(Unlock.objects.filter(name=rule.key, tier=1, actor__in=rows).values_list("actor", flat=True))
    now = timezone.now()
    reached = {
        actor
        for actor, zone in people.items()
        if rule.reached(queries.values(actor, [rule], now, zone_of(zone).key).get(rule.key, 0))
    }
    took = (monotonic() - began) * 1000
    asked = len(people)
    scale = members / asked if asked else 0
    gaining, keeping = sorted(reached - holders), sorted((holders & people.keys()) - reached)
    gains = round(len(gaining) * scale)
    return Preview(
        members,
        gains,
        _names(gaining[:SAMPLE]),
        round(len(keeping) * scale),
        _names(keeping[:SAMPLE]),
        gains * rule.xp,
        took,
        took / asked if asked else 0,
        asked,
        members > asked,
    )


def _names(actors: Sequence[Any]) -> tuple[str, ...]:
    """Return members' names, in their order; the id of who has none any more."""
    ids = [UUID(str(actor)) for actor in actors]
    names = dict(User.objects.filter(uuid__in=ids).values_list("uuid", "username"))
    return tuple(names.get(actor, str(actor)) for actor in ids)

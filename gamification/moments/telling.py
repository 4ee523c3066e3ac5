"""Moments: kept when something happens to somebody, shown once."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils import timezone

from gamification import staging
from gamification.moments.models import Moment, MomentKind
from gamification.playing import choosing
from stats.fields import to_micros
from stats.fresh import Effect, Fresh

COLUMNS = ("actor", "kind", "ref", "amount", "earned_at", "told_at")
NEWS_FOR = timedelta(days=7)
TOLD = {"level": MomentKind.LEVEL, "unlock": MomentKind.UNLOCK, "streak": MomentKind.STREAK}
BACKFILL = "backfill"


def listen(effects: Sequence[Effect]) -> None:
    """Keep what the effects of a chunk are worth telling, inside the chunk's transaction. Most chunks cost nothing here."""
    worth = [effect for effect in effects if effect.kind in TOLD or effect.kind == BACKFILL]
    if not worth:
        return
    now = timezone.now()
    people = {actor: UUID(str(actor)) for actor in {effect.actor for effect in worth}}
    calm = choosing.calm_among(people.values())
    heard = [effect for effect in worth if people[effect.actor] not in calm]
    rows = moments_of(heard, now)
    with connection.cursor() as cursor:
        staging.store(Fresh(cursor, len(rows)), Moment._meta.db_table, COLUMNS, 0, rows)
    _add_to_digests([effect for effect in heard if effect.kind == BACKFILL], now)


def moments_of(effects: Iterable[Effect], now: datetime) -> list[tuple[Any, ...]]:
    """Return the rows of what happened lately: of levels the highest, and nothing that is older than a week."""
    since, told_at = to_micros(now - NEWS_FOR), to_micros(now)
    found: dict[tuple[Any, str, str], Effect] = {}
    for effect in effects:
        if effect.kind in TOLD and effect.at >= since:
            key = effect.actor, effect.kind, "" if effect.kind == "level" else effect.ref
            if key not in found or (effect.kind == "level" and int(effect.ref) > int(found[key].ref)):
                found[key] = effect
    return [
        (actor, TOLD[kind].value, effect.ref, effect.amount, effect.at, told_at)
        for (actor, kind, _), effect in found.items()
    ]


def drop_old(now: datetime) -> int:
    """Delete what was found longer ago than anybody is told of it. Returns how many."""
    return Moment.objects.filter(told_at__lt=now - NEWS_FOR).delete()[0]


def _add_to_digests(effects: Iterable[Effect], now: datetime) -> None:
    """Count achievements that were earned before they existed: one digest a member, however many come until it is seen."""
    counts: dict[UUID, int] = {}
    for effect in effects:
        actor = UUID(str(effect.actor))
        counts[actor] = counts.get(actor, 0) + 1
    if not counts:
        return
    field = Moment._meta.get_field("actor")
    at = to_micros(now)
    rows = [
        (field.get_db_prep_value(actor, connection), MomentKind.DIGEST.value, number, at, at)
        for actor, number in sorted(counts.items())
    ]
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO gamification_moment AS m (actor, kind, ref, amount, earned_at, told_at)"
            " VALUES (%s, %s, '', %s, %s, %s) ON CONFLICT (actor, kind, ref) DO UPDATE SET"
            " amount = excluded.amount + CASE WHEN m.shown_at IS NULL THEN m.amount ELSE 0 END,"
            " earned_at = excluded.earned_at, told_at = excluded.told_at, shown_at = NULL",
            rows,
        )

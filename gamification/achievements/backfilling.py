"""The past: who has already earned what was published only now, and who is to be asked of by the registry.

In bounded batches, each its own transaction under the log's lock, so that nobody gets anything by two ways at once; quietly,
as what is found for the past is told to each member in one digest.
"""

from collections.abc import Callable
from time import monotonic
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from gamification.achievements import book as books
from gamification.achievements import evaluating
from gamification.achievements.book import Book
from gamification.achievements.criteria import Criterion, Way
from gamification.achievements.models import Backfill
from stats import fresh as stage
from stats import ledger
from stats.fresh import Effect, Fresh

AT_ONCE = 1000

Found = Callable[[Fresh], list[str]]


def apply(find: Found) -> tuple[int, list[Effect]]:
    """Find events with the log's writers held up, and append them. Returns how many were new, and what they did."""
    stage.open_stage(connection)
    effects: list[Effect] = []
    with transaction.atomic():
        with connection.cursor() as cursor:
            ledger.text_uuids(cursor)
            ledger.lock(cursor)
            lines = find(Fresh(cursor, stage.FEW + 1))
        new = ledger.apply(connection, ["".join(lines).encode()], _never, effects) if lines else 0
    return new, effects


def check(actor: Any) -> list[Effect]:
    """Work out one member's achievements from what the member did. Returns what that did; nothing, mostly."""

    def found(fresh: Fresh) -> list[str]:
        own = [one for (one,) in fresh.fetch("SELECT actor FROM gamification_player WHERE actor = %s", [actor.hex])]
        return evaluating.evaluate(fresh, books.load(), own, again=own)

    return apply(found)[1]


def work_off(seconds: float | None = None) -> int:
    """Go on with all backfills, for so long at most. Returns how often something was unlocked."""
    until = None if seconds is None else monotonic() + seconds
    unlocked = 0
    for row in Backfill.objects.filter(finished_at=None).select_related("achievement").order_by("started_at", "id"):
        while row.finished_at is None:
            unlocked += step(row)
            if until is not None and monotonic() > until:
                return unlocked
    return unlocked


def step(row: Backfill) -> int:
    """Look at the next members of one backfill. Returns how often something was unlocked."""
    seen: list[Any] = []

    def found(fresh: Fresh) -> list[str]:
        book = books.load()
        rule = book.current.get(row.achievement.key)
        if rule is None or rule.version != row.version:
            return []
        seen.extend(_next(fresh, book, rule, row.after))
        if rule.way is Way.COMPUTED:
            _ask(fresh, seen)
            return []
        return evaluating.evaluate(fresh, book, seen, quiet=True)

    new, _effects = apply(found)
    row.unlocked += new
    if seen:
        row.after = seen[-1]
    if len(seen) < AT_ONCE:
        row.finished_at = timezone.now()
    row.save(update_fields=["after", "unlocked", "finished_at"])
    return new


def _next(fresh: Fresh, book: Book, rule: Criterion, after: Any) -> list[Any]:
    """Return the next members who may have earned it, in the order of their ids."""
    conditions, params = ["p.actor > %s"] if after else [], [getattr(after, "hex", after)] if after else []
    join = ""
    if rule.way is Way.PLAYER and rule.column not in {"xp", "level", "unlocked", "points"}:
        conditions.append(f"p.{rule.column} >= {rule.least(1)}")
    elif rule.way is Way.COUNTER:
        join = f" JOIN stats_actorstats s ON s.actor = p.actor AND s.{rule.column} >= {rule.least(1)}"
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    rows = fresh.fetch(
        f"SELECT p.actor FROM gamification_player p{join}{where} ORDER BY p.actor LIMIT {AT_ONCE}", params
    )
    return [actor for (actor,) in rows]


def _ask(fresh: Fresh, actors: list[Any]) -> None:
    """Queue members whose numbers the registry computes, quietly."""
    if actors:
        marks = ", ".join(["%s"] * len(actors))
        fresh.execute(
            "INSERT INTO gamification_recheck (actor, at, is_quiet) SELECT actor, reached_at, 1 FROM gamification_player"
            f" WHERE actor IN ({marks}) ON CONFLICT (actor) DO NOTHING",
            actors,
        )


def _never(conflicts: Any) -> None:
    raise RuntimeError(f"An unlock is no play: {conflicts}")

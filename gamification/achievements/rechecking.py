"""Achievements over numbers that only the registry computes: the members queued by what they did are asked of, one by one."""

import uuid
from datetime import date, datetime, timedelta
from functools import partial
from time import monotonic

from django.db.models import F
from django.utils import timezone

from accounts.models import User
from accounts.zones import zone_of
from gamification.achievements import backfilling, evaluating, queries
from gamification.achievements import book as books
from gamification.achievements.criteria import Criterion, Way
from gamification.achievements.models import Recheck
from gamification.models import Player, Unlock
from stats import windows
from stats.fields import to_micros
from stats.fresh import Fresh

AT_ONCE = 100
RECENT = timedelta(days=30)


def work_off(now: datetime | None = None, most: int = AT_ONCE) -> int:
    """Ask of the members queued longest ago. Returns of how many."""
    now = now or timezone.now()
    rows = list(Recheck.objects.order_by("at", "actor")[:most])
    rules = books.load().of(Way.COMPUTED)
    zones = dict(User.objects.filter(uuid__in=[row.actor for row in rows]).values_list("uuid", "time_zone"))
    for row in rows:
        if rules and row.actor in zones:
            recheck(row, rules, now, zone_of(zones[row.actor]).key)
        Recheck.objects.filter(actor=row.actor, at=row.at).delete()
    return len(rows)


def work_for(seconds: float) -> int:
    """Ask until the queue is empty, for so long at most. Returns of how many members."""
    until, asked = monotonic() + seconds, 0
    while monotonic() < until:
        some = work_off()
        asked += some
        if some < AT_ONCE:
            break
    return asked


def recheck(row: Recheck, rules: list[Criterion], now: datetime, zone: str) -> int:
    """Ask for one member's numbers and give what they earn. Returns how many achievements that were."""
    told = queries.values(row.actor, rules, now, zone)
    tiers = {rule.key: rule.reached(told.get(rule.key, 0)) for rule in rules}
    held = _held(row.actor)
    given = 0
    for rule in rules:
        if tiers[rule.key] > held.get(rule.key, 0):
            at = _reached_at(row, rule, tiers[rule.key], now, zone)
            given += backfilling.apply(partial(_found, row, {rule.key: told[rule.key]}, at))[0]
    return given


def queue_active(now: datetime | None = None) -> int:
    """Queue who was active lately: what others do for somebody changes their numbers too. Returns how many."""
    if not books.load().of(Way.COMPUTED):
        return 0
    now = now or timezone.now()
    actors = Player.objects.filter(last_day__gte=(now - RECENT).date()).values_list("actor", flat=True)
    rows = [Recheck(actor=actor, at=now, is_quiet=0) for actor in actors.iterator()]
    Recheck.objects.bulk_create(rows, batch_size=1000, ignore_conflicts=True)
    return len(rows)


def _held(actor: uuid.UUID) -> dict[str, int]:
    """Return the highest tier that one member has of each."""
    rows = Unlock.objects.filter(actor=actor, cycle__gt=F("revoked"))
    return dict(rows.order_by("tier").values_list("name", "tier"))


def _found(row: Recheck, told: dict[str, float], at: int, fresh: Fresh) -> list[str]:
    rows = fresh.fetch("SELECT actor FROM gamification_player WHERE actor = %s", [row.actor.hex])
    own = [actor for (actor,) in rows]
    computed = dict.fromkeys(own, (told, at))
    return evaluating.evaluate(fresh, books.load(), own, computed=computed, quiet=bool(row.is_quiet))


def _reached_at(row: Recheck, rule: Criterion, tier: int, now: datetime, zone: str) -> int:
    """Return when a number of all time was reached: the end of the first day with which it was, else what is known.

    Asks for the number as it stood at the ends of some fifteen days. A number that was as great before anything happened
    does not know the past; for it, and for windows that roll, what is known is the event that changed it.
    """
    latest = min(row.at, now)
    low, high = windows.BEGINNING, windows.day_of(latest, zone)
    if rule.window != "all" or _was(row.actor, rule, tier, low, now, zone):
        return to_micros(latest)
    while (high - low).days > 1:
        middle = low + (high - low) // 2
        low, high = (low, middle) if _was(row.actor, rule, tier, middle, now, zone) else (middle, high)
    end = windows.midnight(high + windows.DAY, zone) - timedelta(microseconds=1)
    return to_micros(min(latest, end))


def _was(actor: uuid.UUID, rule: Criterion, tier: int, day: date, now: datetime, zone: str) -> bool:
    """Whether a tier was reached by the end of a day."""
    window = windows.between(windows.BEGINNING, day, now, zone)
    told = queries.computed_values(actor, [rule], window)
    return rule.reached(told.get(rule.key, 0)) >= tier

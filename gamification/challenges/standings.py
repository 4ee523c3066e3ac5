"""Standings of challenges: counted while they run and for 48 hours after, then kept as they are."""

from datetime import datetime, timedelta
from itertools import groupby
from time import monotonic

from django.db import transaction
from django.db.models import Count, F
from django.utils import timezone

from gamification.challenges import measuring
from gamification.challenges.models import Challenge, Entrant, Who
from stats.metrics import Metric

SETTLES = timedelta(hours=48)
EVERY = timedelta(seconds=55)
AT_ONCE = 500
PART = 20
TURN_S = 20.0


def run(now: datetime | None = None) -> int:
    """Count every challenge whose turn it is, and close those that are settled. Returns how many were counted.

    Those that are counted person by person share `TURN_S` seconds, the one that waits longest first; what is not come to
    then is gone on with in the next turn. Of 500 entrants each has a round a minute, of more a slower one.
    """
    now, until = now or timezone.now(), monotonic() + TURN_S
    open_ones = Challenge.objects.filter(closed_at=None, cancelled_at=None, starts_at__lte=now)
    counted = 0
    waiting = open_ones.annotate(size=Count("entrants")).order_by(F("counted_at").asc(nulls_first=True), "id")
    for challenge in waiting:
        is_quick = challenge.metric == measuring.XP
        if not is_quick and monotonic() >= until:
            continue
        is_settled = now >= challenge.ends_at + SETTLES
        wait = EVERY if is_quick else EVERY * (1 + challenge.size // AT_ONCE)
        is_whole = False
        if is_settled or challenge.counted_at is None or now - challenge.counted_at >= wait:
            is_whole = count(challenge, now, until)
            counted += 1
        if is_settled and is_whole:
            close(challenge, now)
    return counted


def count(challenge: Challenge, now: datetime | None = None, until: float | None = None) -> bool:
    """Bring the standings of a challenge that has begun up to date. Of one that is closed nothing changes.

    Stops when the clock `monotonic` has come to `until`, to go on from there the next time. Returns False if it did. A
    round that began before the challenge was settled is begun anew after it, so that what is kept is counted whole.
    """
    now = now or timezone.now()
    metric = measuring.measurable().get(challenge.metric)
    if metric is None or now < challenge.starts_at:
        return True
    if metric.key == measuring.XP:
        _count_points(challenge, now)
        return True
    settled_at = challenge.ends_at + SETTLES
    began, after = challenge.round_at, challenge.round_after
    if began is None or began < settled_at <= now:
        began, after = now, 0
    mine = Challenge.objects.filter(pk=challenge.pk, closed_at=None)
    while part := list(challenge.entrants.filter(pk__gt=after).order_by("id")[:PART]):
        _store(challenge, part, _values(challenge, metric, part, now), now)
        after = part[-1].pk
        if until is not None and monotonic() >= until:
            mine.update(round_at=began, round_after=after)
            return False
    mine.update(counted_at=began, round_at=None, round_after=0)
    return True


def count_one(entrant: Entrant, now: datetime | None = None) -> None:
    """Bring one entrant's value up to date: of who has just entered."""
    now = now or timezone.now()
    metric = measuring.measurable().get(entrant.challenge.metric)
    if metric is not None and now >= entrant.challenge.starts_at:
        _store(entrant.challenge, [entrant], _values(entrant.challenge, metric, [entrant], now), now)


def _count_points(challenge: Challenge, now: datetime) -> None:
    entrants, points = list(challenge.entrants.order_by("id")), measuring.earned(challenge)
    for first in range(0, len(entrants), AT_ONCE):
        part = entrants[first : first + AT_ONCE]
        _store(challenge, part, {one.pk: points.get(one.pk, 0.0) for one in part}, now)
    Challenge.objects.filter(pk=challenge.pk, closed_at=None).update(counted_at=now)


@transaction.atomic
def close(challenge: Challenge, now: datetime | None = None) -> bool:
    """Give each entrant the place that stays. Equals share one. Returns False, changing nothing, the second time."""
    row = Challenge.objects.select_for_update().get(pk=challenge.pk)
    if row.closed_at is not None or row.cancelled_at is not None:
        return False
    place, placed = 1, []
    for _value, equals in groupby(row.entrants.order_by("-value", "id"), key=lambda entrant: entrant.value):
        together = list(equals)
        for entrant in together:
            entrant.place = place
        place += len(together)
        placed += together
    Entrant.objects.bulk_update(placed, ["place"], batch_size=AT_ONCE)
    row.closed_at = now or timezone.now()
    row.save(update_fields=["closed_at"])
    return True


def _values(challenge: Challenge, metric: Metric, part: list[Entrant], now: datetime) -> dict[int, float]:
    """Return the value of each of these entrants, by its number."""
    window = measuring.window_of(challenge, now)
    if challenge.who == Who.TEAMS:
        teams = measuring.of_teams(metric, [one.team_id for one in part if one.team_id is not None], window)
        return {one.pk: teams[one.team_id] for one in part if one.team_id is not None}
    people = measuring.of_members(metric, [one.member_id for one in part if one.member_id is not None], window)
    return {one.pk: people[one.member_id] for one in part if one.member_id is not None}


@transaction.atomic
def _store(challenge: Challenge, part: list[Entrant], values: dict[int, float], now: datetime) -> None:
    row = Challenge.objects.select_for_update().get(pk=challenge.pk)
    if row.closed_at is not None or row.cancelled_at is not None:
        return
    changed = [one for one in part if one.value != values[one.pk] or one.reached_at is None]
    for one in changed:
        one.value, one.reached_at = values[one.pk], now
    Entrant.objects.bulk_update(changed, ["value", "reached_at"])

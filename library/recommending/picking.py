"""What to recommend: to a person by what they watched lately, and beside an item."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db.models import F, IntegerField, OuterRef, Subquery
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce
from django.utils import timezone

from library import access, queries
from library.listing import EVERYBODY
from library.recommending.models import CoWatch
from stats import history
from stats.models import Item

SEEDS = 12
FADING = 0.85
SHELF_SEEDS = 5
SHELF_FEWEST = 2
SPARE = 3

_TOGETHER = (
    "SELECT c.other_id FROM library_cowatch c JOIN library_listing l ON l.item_id = c.other_id"
    " WHERE c.item_id = %s AND l.least_rank = %s AND l.published_at <= %s"
)


class Reason(StrEnum):
    """Why something is recommended; also the API's word."""

    WATCHED_TOGETHER = "watched_together"
    POPULAR = "popular"


@dataclass(frozen=True, slots=True)
class Shelf:
    """Items to recommend, and the watched item because of which."""

    because: Item
    items: list[Item]


@dataclass(frozen=True, slots=True)
class Pick:
    """A recommended item: because of a watched one, or, without one, because many watch it now."""

    item: Item
    because: Item | None

    @property
    def reason(self) -> Reason:
        """Why it is recommended."""
        return Reason.WATCHED_TOGETHER if self.because else Reason.POPULAR


def ranked(seeds: Sequence[int], pairs: Iterable[tuple[int, int, int]], known: Iterable[int]) -> list[tuple[int, int]]:
    """Return (item, because of which) from the best on: the sum of scores, each seed counting less than the one before.

    `seeds` are what was watched, the latest first; `pairs` are (seed, other, score). What is `known` is left out.
    """
    weights = {seed: FADING**place for place, seed in enumerate(seeds)}
    without = {*known, *seeds}
    sums: dict[int, float] = {}
    most: dict[int, tuple[float, int]] = {}
    for seed, other, score in pairs:
        if other in without or seed not in weights:
            continue
        part = weights[seed] * score
        sums[other] = sums.get(other, 0.0) + part
        most[other] = max(most.get(other, (0.0, 0)), (part, seed))
    return [(other, most[other][1]) for other in sorted(sums, key=lambda one: (-sums[one], one))]


def candidates(viewed: Mapping[int, bool], count: int) -> dict[int, list[int]]:
    """Return, for each of the latest viewed items, what goes with it and was not watched, the best first. One query.

    Some more than `count` of each, because not everybody may find all of them.
    """
    others = _others([item_id for item_id, is_view in viewed.items() if is_view][:SHELF_SEEDS])
    return {
        seed: [other for other, _score in found if other not in viewed][: SPARE * count]
        for seed, found in others.items()
    }


def shelf(found: Mapping[int, list[int]], rows: Mapping[int, Item], count: int, reader: int) -> Shelf | None:
    """Return what to watch because of the first seed that fills the shelf from `rows`, or fills most of it. Pure.

    Nobody, by the number `reader`, is offered what is their own.
    """
    best: Shelf | None = None
    for seed, others in found.items():
        items = [rows[other] for other in others if other in rows and rows[other].owner_id != reader][:count]
        if seed in rows and len(items) >= SHELF_FEWEST and (best is None or len(items) > len(best.items)):
            best = Shelf(rows[seed], items)
    return best


def picks(user: Any, actor_id: UUID | None, count: int) -> list[Pick]:
    """Return what to watch, the best first; where co-watching gives too little, what many watch now. Four queries."""
    watched = history.watched(actor_id) if actor_id else {}
    seeds = [item_id for item_id, is_view in watched.items() if is_view][:SEEDS]
    pairs = [(seed, other, score) for seed, found in _others(seeds).items() for other, score in found]
    order = ranked(seeds, pairs, watched)[: SPARE * count]
    rows = access.listed(user).in_bulk([*seeds, *(other for other, _seed in order)]) if order else {}
    theirs = {pk for pk, item in rows.items() if not user.pk or item.owner_id != user.pk}
    found = [Pick(rows[other], rows[seed]) for other, seed in order if other in theirs and seed in rows][:count]
    if len(found) < count:
        without = {*watched, *(pick.item.pk for pick in found)}
        rest = access.listed(user).exclude(pk__in=without).exclude(owner=user.pk or 0)
        most_watched = rest.order_by("-listing__trend", "-listing__plays", "-listing__item")
        found += [Pick(item, None) for item in most_watched[: count - len(found)]]
    return found


def related(item: Item, count: int = queries.NEXT_UP) -> list[Item]:
    """Return what to offer beside an item: what the same people watch, then what is near to it. One query.

    Of what everybody may see, so that nobody's role need be known.
    """
    near, values = queries.near(item, count)
    together = [item.pk, EVERYBODY, timezone.now()]
    ids = RawSQL(f"{near} UNION {_TOGETHER}", [*values, *together])  # noqa: S611  # names are ours, values are parameters
    score = CoWatch.objects.filter(item_id=item.pk, other_id=OuterRef("pk")).values("score")
    rows = list(
        Item.objects.filter(pk__in=ids)
        .annotate(score=Coalesce(Subquery(score), 0, output_field=IntegerField()))
        .select_related("media", "owner")
        .order_by(F("score").desc(), "-listing__published_at", "-pk")
    )
    alike = [row for row in rows if row.score]
    return [*alike, *queries.nearest(item, [row for row in rows if not row.score])][:count]


def _others(seeds: Sequence[int]) -> dict[int, list[tuple[int, int]]]:
    """Return what is watched together with each of these items, the best first, the items in their order. One query."""
    found: dict[int, list[tuple[int, int]]] = {seed: [] for seed in seeds}
    if seeds:
        rows = CoWatch.objects.filter(item_id__in=seeds).order_by("-score", "-people", "other_id")
        for seed, other, score in rows.values_list("item_id", "other_id", "score"):
            found[seed].append((other, score))
    return found

"""What stands on a member's home: what to go on with, what to watch because of it, and what is new."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from library import access, queries
from library.queries import Tile
from library.recommending import picking
from stats import history
from stats.models import Item


@dataclass(frozen=True, slots=True)
class Shelves:
    """The shelves of the page, and the milliseconds watched in the last seven days.

    `because` is the watched item that `recommended` goes with; None where nothing does.
    """

    week_ms: int
    begun: list[Tile]
    because: Tile | None
    recommended: list[Tile]
    newest: list[Tile]


def shelves(user: Any, actor_id: UUID, *, wide: int = 4, newest: int = 8) -> Shelves:
    """Return what stands on home, `wide` items in a row. Five queries, and those for what the user may see."""
    seen = history.glance(actor_id)
    found = picking.candidates(seen.viewed, wide)
    begun_ids = list(seen.begun)[: picking.SPARE * wide]
    wanted = {*begun_ids, *found, *(other for others in found.values() for other in others)}
    rows = access.visible_to(user).select_related("listing").in_bulk(list(wanted)) if wanted else {}
    listed = {pk: item for pk, item in rows.items() if hasattr(item, "listing")}
    shelf = picking.shelf(found, listed, wide, user.pk)
    parts = (
        [rows[pk] for pk in begun_ids if pk in rows][:wide],
        [shelf.because] if shelf else [],
        shelf.items if shelf else [],
        list(access.listed(user)[:newest]),
    )
    begun, because, recommended, new = _tiled(parts)
    return Shelves(
        seen.week_ms,
        [replace(tile, percent=seen.begun[tile.id]) for tile in begun],
        because[0] if because else None,
        recommended,
        new,
    )


def _tiled(parts: Sequence[Sequence[Item]]) -> list[list[Tile]]:
    """Return lists of items as tiles. One query for all."""
    tiles = iter(queries.tiles(item for part in parts for item in part))
    return [[next(tiles) for _ in part] for part in parts]

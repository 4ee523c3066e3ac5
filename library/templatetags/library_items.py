"""Items in the templates of any app: the newest, the most played, and what somebody has begun."""

from django import template

from library import queries
from library.queries import Tile
from stats import history

register = template.Library()

BEGUN_AMONG = 40


@register.simple_tag
def newest_items(count: int = 8) -> list[Tile]:
    """Return the newest public items. Two queries."""
    return queries.tiles(queries.listed()[:count])


@register.simple_tag
def popular_items(count: int = 4) -> list[Tile]:
    """Return the public items that were played most. Two queries."""
    return queries.tiles(queries.by_plays(queries.listed())[:count])


@register.simple_tag(takes_context=True)
def continue_watching(context: template.Context, count: int = 3) -> list[Tile]:
    """Return what this person has begun and not finished, the latest first. Five queries."""
    request = context["request"]
    begun: dict[int, bool] = {}
    for entry in history.entries(request.actor.id, limit=BEGUN_AMONG):
        begun.setdefault(entry.item_id, not entry.completed and entry.content_type != "image")
    ids = [item_id for item_id, is_open in begun.items() if is_open]
    items = queries.in_order(queries.visible_to(request.user), ids)[:count]
    return queries.tiles(items, request.actor.id)

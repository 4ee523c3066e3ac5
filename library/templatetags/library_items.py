"""Items in the templates of any app."""

from django import template

from library import access, queries
from library.queries import Tile

register = template.Library()


@register.simple_tag(takes_context=True)
def newest_items(context: template.Context, count: int = 8) -> list[Tile]:
    """Return the newest listed items. Two queries."""
    return queries.tiles(access.listed(context["request"].user)[:count])

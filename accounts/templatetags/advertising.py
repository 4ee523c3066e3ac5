"""The place for advertising."""

from typing import Any

from django import template

from accounts.advertising.models import Place
from accounts.advertising.showing import chosen

register = template.Library()


@register.inclusion_tag("accounts/_advert.html", takes_context=True)
def advert(context: dict[str, Any], place: str) -> dict[str, Any]:
    """Show an advertisement in a place, to whom one is shown."""
    return {"advert": chosen(context["request"].user, Place(place))}

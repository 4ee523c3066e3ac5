"""Questions in lists: their first words, without Markdown's signs."""

from html import unescape

from django import template
from django.utils.html import strip_tags
from django.utils.text import Truncator

from library import prose

register = template.Library()


@register.filter
def in_short(markdown: str, most: int = 140) -> str:
    """Return the first lines of a text in plain letters."""
    return Truncator(" ".join(unescape(strip_tags(prose.rendered(markdown))).split())).chars(most)

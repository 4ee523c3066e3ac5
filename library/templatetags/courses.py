"""Courses in the templates of any app."""

from django import template

from library.learning.taking import pages
from library.learning.taking.pages import Current

register = template.Library()


@register.simple_tag(takes_context=True)
def own_course(context: template.Context) -> Current | None:
    """Return the course that the member is in the middle of, None without one. One query."""
    return pages.current(context["request"].user)

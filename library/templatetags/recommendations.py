"""Recommendations in the templates of any app."""

from django import template

from library.recommending import home
from library.recommending.home import Shelves

register = template.Library()


@register.simple_tag(takes_context=True)
def home_shelves(context: template.Context) -> Shelves:
    """Return what stands on the home of who is signed in. Five queries, and those for what they may see."""
    request = context["request"]
    return home.shelves(request.user, request.actor.id)

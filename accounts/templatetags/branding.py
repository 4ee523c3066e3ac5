"""A channel's look."""

from pathlib import PurePath

from django import template
from django.urls import reverse

from accounts.branding import channel
from accounts.branding.models import Branding
from accounts.models import User

register = template.Library()


@register.simple_tag
def branding_of(user: User) -> Branding | None:
    """Return how a member's channel looks; None without the feature."""
    return channel.of(user)


@register.filter
def banner_url(branding: Branding) -> str:
    """Return the address of a banner; '' without one."""
    name = PurePath(branding.banner.name or "").stem
    return reverse("branding:banner", args=[name]) if name else ""

"""Which advertisement stands in a place, and for whom none does."""

import random
from typing import Any

from django.core.cache import cache
from django.utils import timezone

from accounts import entitlements
from accounts.advertising.models import Advertisement, Place
from accounts.features import Feature

KEPT_S = 60
_dice = random.SystemRandom()


def running(place: Place) -> list[Advertisement]:
    """Return what may stand in a place now. One query a minute."""
    key = f"advertising:{place}"
    kept: list[Advertisement] | None = cache.get(key)
    if kept is None:
        kept = list(Advertisement.objects.running(timezone.now()).filter(place=place))
        cache.set(key, kept, KEPT_S)
    now = timezone.now()
    return [one for one in kept if one.ends_at is None or one.ends_at > now]


def chosen(user: Any, place: Place) -> Advertisement | None:
    """Return one advertisement for who looks at the place, by weight; None where there is none.

    Who is spared one by the ad-free feature has used it, once a day.
    """
    found = running(place)
    weights = [one.weight for one in found]
    if not any(weights):
        return None
    if entitlements.has_feature(user, Feature.AD_FREE):
        entitlements.note_daily(user, Feature.AD_FREE)
        return None
    return _dice.choices(found, weights)[0]


def forget() -> None:
    """Read the advertisements anew, after staff changed one."""
    cache.delete_many([f"advertising:{place}" for place in Place])

"""What a completion brought to somebody, as the log's effects tell it: this app knows nothing of the game."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from accounts.models import User
from stats import compute, windows
from stats.fresh import Effect
from stats.metrics import Scope

LEVEL = "level_attained"


def awarded(user: User, effects: Iterable[Effect]) -> dict[str, Any]:
    """Return the points that effects brought to `user`, by what for, and the level that it makes. One query."""
    mine = [effect for effect in effects if UUID(str(effect.actor)) == user.uuid]
    awards = [(effect.ref.partition(":")[0], effect.amount) for effect in mine if effect.kind == "xp"]
    everything = windows.named("all", timezone.now(), settings.TIME_ZONE)
    return {
        "xp_awarded": sum(amount for _rule, amount in awards),
        "awards": [{"rule": rule, "amount": amount} for rule, amount in awards],
        "level": compute.compute(compute.registry()[LEVEL], Scope.user(user.uuid), everything).value,
        "level_up": any(effect.kind == "level" for effect in mine),
    }

"""How many events a source may send in a minute, where its staff set a limit."""

import time
from typing import Any

from django.core.cache import cache

from stats.models import Source


class RateLimited(Exception):
    """Past the source's limit: `wait_s` until the next minute, `facts` for the answer."""

    def __init__(self, wait_s: int, **facts: Any) -> None:
        super().__init__("This source has sent as many events as it may in a minute.")
        self.wait_s, self.facts = wait_s, facts


def check(source: Source, events: int) -> None:
    """Count events of this minute. Raises RateLimited, before anything is stored."""
    limit = source.events_per_minute
    if limit is None:
        return
    minute, second = divmod(int(time.time()), 60)
    key = f"stats.limit.{source.pk}.{minute}"
    cache.add(key, 0, 120)
    try:
        used = cache.incr(key, events)
    except ValueError:
        used = events
    if used > limit:
        cache.decr(key, events)
        resets_at = (minute + 1) * 60
        raise RateLimited(
            60 - second, limit=limit, used=used - events, remaining=max(0, limit - used + events), resets_at=resets_at
        )

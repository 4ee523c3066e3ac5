"""A Redis cache that may fail: a cache that is down is a cache that has nothing."""

import logging
import time
from collections.abc import Callable
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.redis import RedisCache
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

log = logging.getLogger(__name__)

PAUSE_S = 2.0


class ForgivingRedisCache(RedisCache):
    """Django's Redis cache that answers 'not there' while Redis is down, and never makes a request wait for long.

    After a failure Redis is left alone for PAUSE_S, so that a page with many look-ups waits for one time-out only.
    One instance belongs to one thread.
    """

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        options = {"retry": Retry(NoBackoff(), 0), **params.get("OPTIONS", {})}
        super().__init__(server, {**params, "OPTIONS": options})
        self._paused_until = 0.0

    def _ask(self, question: Callable[..., Any], missing: Any, *args: Any, **kwargs: Any) -> Any:
        if time.monotonic() < self._paused_until:
            return missing
        try:
            return question(*args, **kwargs)
        except (RedisError, OSError) as error:
            self._paused_until = time.monotonic() + PAUSE_S
            log.warning("The cache is left alone for %g s: %s", PAUSE_S, error)
            return missing

    def add(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: Any = None) -> bool:
        """Set `key` if it is not there. False while Redis is down, as if somebody else had set it."""
        return self._ask(super().add, False, key, value, timeout, version)

    def get(self, key: Any, default: Any = None, version: Any = None) -> Any:
        """Return the value of `key`; `default` without one, and while Redis is down."""
        return self._ask(super().get, default, key, default, version)

    def set(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: Any = None) -> None:
        """Set `key`; nothing happens while Redis is down."""
        self._ask(super().set, None, key, value, timeout, version)

    def touch(self, key: Any, timeout: Any = DEFAULT_TIMEOUT, version: Any = None) -> bool:
        """Give `key` a new time to live. False while Redis is down."""
        return self._ask(super().touch, False, key, timeout, version)

    def delete(self, key: Any, version: Any = None) -> bool:
        """Delete `key`. False while Redis is down."""
        return self._ask(super().delete, False, key, version)

    def get_many(self, keys: Any, version: Any = None) -> dict[Any, Any]:
        """Return those of `keys` that are there; none while Redis is down."""
        return self._ask(super().get_many, {}, keys, version)

    def has_key(self, key: Any, version: Any = None) -> bool:
        """Whether `key` is there. False while Redis is down."""
        return self._ask(super().has_key, False, key, version)

    def incr(self, key: Any, delta: int = 1, version: Any = None) -> int:
        """Add `delta` to `key`. Raises ValueError if it is not there, and while Redis is down."""
        value = self._ask(super().incr, None, key, delta, version)
        if value is None:
            raise ValueError(f"The cache has no {key!r}.")
        return value

    def set_many(self, data: dict[Any, Any], timeout: Any = DEFAULT_TIMEOUT, version: Any = None) -> list[Any]:
        """Set all of `data`. Returns the keys that were not set: all while Redis is down."""
        return self._ask(super().set_many, list(data), data, timeout, version)

    def delete_many(self, keys: Any, version: Any = None) -> None:
        """Delete `keys`; nothing happens while Redis is down."""
        self._ask(super().delete_many, None, keys, version)

    def clear(self) -> None:
        """Empty the cache; nothing happens while Redis is down."""
        self._ask(super().clear, None)

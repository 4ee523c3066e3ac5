"""The Redis cache, there and not there."""

import socket
import subprocess
import time
from collections.abc import Iterator

import pytest

from config.cache import ForgivingRedisCache

OPTIONS = {"socket_timeout": 0.2, "socket_connect_timeout": 0.2}


def cache_at(url: str) -> ForgivingRedisCache:
    return ForgivingRedisCache(url, {"OPTIONS": dict(OPTIONS)})


@pytest.fixture
def frozen() -> Iterator[str]:
    """The address of a server that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"redis://127.0.0.1:{server.getsockname()[1]}/0"


@pytest.mark.redis
def test_a_cache_that_is_there_is_a_cache(redis_url):
    cache = cache_at(redis_url)
    cache.clear()

    cache.set_many({"a": 1, "b": [2]})
    added = cache.add("a", 5)
    cache.incr("a", 2)

    assert cache.get_many(["a", "b", "c"]) == {"a": 3, "b": [2]}
    assert (added, cache.has_key("b"), cache.touch("b", 60), cache.delete("b")) == (False, True, True, True)
    with pytest.raises(ValueError, match="missing"):
        cache.incr("missing")
    cache.delete_many(["a"])
    assert cache.get("a", "gone") == "gone"


def test_a_cache_that_is_down_has_nothing_and_breaks_nothing():
    cache = cache_at("redis://127.0.0.1:1/0")

    cache.set("a", 1)
    cache.delete_many(["a"])
    cache.clear()

    assert cache.get("a", "nothing") == "nothing"
    assert cache.get_many(["a"]) == {}
    assert cache.set_many({"a": 1}) == ["a"]
    assert cache.get_or_set("b", lambda: 7) == 7
    assert not any([cache.add("a", 1), cache.touch("a"), cache.delete("a"), cache.has_key("a")])
    with pytest.raises(ValueError, match="a"):
        cache.incr("a")


def test_a_frozen_cache_holds_up_a_page_with_many_look_ups_once(frozen):
    cache = cache_at(frozen)
    began = time.monotonic()

    for number in range(100):
        cache.get(f"key-{number}")

    assert time.monotonic() - began < 1


@pytest.mark.redis
def test_a_cache_that_comes_back_is_used_again(free_port, tmp_path):
    cache = cache_at(f"redis://127.0.0.1:{free_port}/0")
    cache.set("a", 1)
    command = ["redis-server", "--port", str(free_port), "--save", "", "--dir", str(tmp_path), "--bind", "127.0.0.1"]

    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as server:
        deadline = time.monotonic() + 10
        while cache.get("a") != 1 and time.monotonic() < deadline:
            time.sleep(0.1)
            cache.set("a", 1)
        found = cache.get("a")
        server.terminate()

    assert found == 1

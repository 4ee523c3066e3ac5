"""What several numbers of one answer are made of, read once: a memory that lasts as long as the answer is being made."""

from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

_memory: ContextVar[dict[Hashable, dict[str, Any]] | None] = ContextVar("memory", default=None)


@contextmanager
def shared() -> Iterator[None]:
    """Let everything inside share what it reads; inside another such block, with that."""
    if _memory.get() is not None:
        yield
        return
    token = _memory.set({})
    try:
        yield
    finally:
        _memory.reset(token)


def memory_of(subject: Hashable) -> dict[str, Any]:
    """Return what is remembered of a subject, by name; outside of a `shared` block a memory of its own."""
    memory = _memory.get()
    return {} if memory is None else memory.setdefault(subject, {})

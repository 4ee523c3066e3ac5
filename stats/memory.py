"""What the numbers of one page ask for again and again, asked once: `with memory.kept(): …` around the making of it."""

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

Answer = TypeVar("Answer")

_memory: ContextVar[dict[Hashable, Any] | None] = ContextVar("memory", default=None)


@contextmanager
def kept() -> Iterator[None]:
    """Keep what `once` asks until the end of the block, also for blocks inside. Not around anything that writes."""
    if _memory.get() is not None:
        yield
        return
    token = _memory.set({})
    try:
        yield
    finally:
        _memory.reset(token)


def is_on() -> bool:
    """Whether somebody keeps what is asked."""
    return _memory.get() is not None


def once(key: Hashable, ask: Callable[[], Answer]) -> Answer:
    """Return what `ask` answers, inside `kept` what it answered the first time."""
    memory = _memory.get()
    if memory is None:
        return ask()
    if key not in memory:
        memory[key] = ask()
    found: Answer = memory[key]
    return found

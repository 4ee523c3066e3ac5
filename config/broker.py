"""The embedded broker: kombu's file system transport, whose files appear whole or not at all.

kombu makes the file of a message first and fills it then, and empties a table of bindings before it is written. Who looks
in between finds nothing, which ends a worker. Here both are written beside their place and moved there.
"""

import fcntl
import logging
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from kombu.exceptions import ChannelError
from kombu.transport import filesystem
from kombu.transport.filesystem import exchange_queue_t
from kombu.utils.json import dumps

log = logging.getLogger(__name__)


class Channel(filesystem.Channel):
    """Reads and writes messages and bindings."""

    def get_table(self, exchange: str) -> list[exchange_queue_t]:
        """Return the bindings of an exchange; none of a table that was cut, which the next binding writes anew."""
        try:
            return list(super().get_table(exchange))
        except ValueError:
            return []

    def _queue_bind(self, exchange: str, routing_key: str, pattern: str, queue: str) -> None:
        binding = exchange_queue_t(routing_key or "", pattern or "", queue or "")
        with self._alone():
            known = self.get_table(exchange)
            if binding not in known:
                _write(self._exchange_file(exchange), [binding, *known])

    def _delete(self, *args: Any, **kwargs: Any) -> None:
        with self._alone():
            super()._delete(*args, **kwargs)

    def _put(self, queue: str, payload: Any, **_kwargs: Any) -> None:  # type: ignore[override]  # kombu calls it both
        _write(Path(self.data_folder_out, f"{round(time.monotonic() * 1000)}_{uuid.uuid4()}.{queue}.msg"), payload)

    def _get(self, queue: str, timeout: float | None = None) -> Any:
        """Return the next message that can be read; kombu takes one away before it reads it. Raises queue.Empty."""
        while True:
            try:
                return super()._get(queue)
            except ValueError:
                log.exception("A message in the queue %s cannot be read and is left out", queue)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep other processes from changing bindings."""
        self.control_folder.mkdir(exist_ok=True)
        with (self.control_folder / "bindings.lock").open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


class Transport(filesystem.Transport):
    """The transport of `filesystem://`."""

    Channel = Channel


def _write(path: Path, value: Any) -> None:
    """Let a file with the value as JSON stand at `path`. Raises ChannelError."""
    aside = path.with_name(f".{uuid.uuid4()}.part")
    try:
        aside.write_text(dumps(value), encoding="utf-8")
        aside.replace(path)
    except OSError as error:
        raise ChannelError(f"Cannot write {path}") from error

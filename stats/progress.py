"""A progress bar for long commands; quiet where nobody is looking."""

import time
from types import TracebackType
from typing import Any

WIDTH = 32
EVERY_S = 0.1


class Bar:
    """Draws a bar on a terminal while `update(done, total)` is called."""

    def __init__(self, label: str, stream: Any) -> None:
        self._label, self._stream = label, stream
        self._drawn_at = 0.0
        self._shown = bool(getattr(stream, "isatty", lambda: False)())

    def __enter__(self) -> "Bar":
        return self

    def update(self, done: int, total: int) -> None:
        """Show how much is done."""
        now = time.monotonic()
        if not self._shown or (now - self._drawn_at < EVERY_S and done < total):
            return
        self._drawn_at = now
        part = done / total if total else 1.0
        filled = int(part * WIDTH)
        self._write(f"\r{self._label} {'█' * filled}{'·' * (WIDTH - filled)} {part:4.0%} {done:,}")

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._shown and self._drawn_at:
            self._write("\n")

    def _write(self, text: str) -> None:
        self._stream.write(text, ending="")
        self._stream.flush()

"""One line a record in the log, whatever a client put into it."""

import logging
import time


class OneLine(logging.Formatter):
    """`2026-01-17T14:01:00Z WARNING django.request: text`; line breaks and control characters of the text are escaped.

    A traceback follows on lines of its own, each set in by two spaces, so that no such line passes for a record.
    """

    converter = time.gmtime  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s", "%Y-%m-%dT%H:%M:%SZ")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 (logging's own name)
        """Return the record's line, with the id of the request that it belongs to if it has one."""
        request_id = getattr(getattr(record, "request", None), "request_id", None)
        return escaped(super().formatMessage(record)) + (f" [{request_id}]" if request_id else "")

    def formatException(self, ei: object) -> str:  # noqa: N802 (logging's own name)
        """Return the traceback, set in."""
        text = super().formatException(ei)  # type: ignore[arg-type]
        return "\n".join("  " + escaped(line) for line in text.splitlines())


def escaped(text: str) -> str:
    """Return `text` with everything unprintable as a backslash escape."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)

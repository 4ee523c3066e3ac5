"""What an uploaded file really is. The reading happens in a bounded process of its own, see `probe_process`."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

from library import formats
from library.formats import Refused

WALL_S = 45
AT_ONCE = 2
ROOM_WAIT_S = 15

# Each reader may take much memory for a moment: more of them wait for each other.
_room = threading.BoundedSemaphore(AT_ONCE)


@contextmanager
def _a_place() -> Iterator[None]:
    """Wait for one of the places, but not for long: a web thread that waits answers nobody else. Raises Refused."""
    if not _room.acquire(timeout=ROOM_WAIT_S):
        raise Refused("busy", "Too many files are being read right now. Try again in a minute.")
    try:
        yield
    finally:
        _room.release()


@dataclass(frozen=True, slots=True)
class Probed:
    """What a file is: `type` as events name it, what to serve it as, and what was measured."""

    type: str
    mime: str
    extension: str
    width: int | None
    height: int | None
    duration_ms: int | None
    facts: dict[str, Any]


def probe(path: Path, name: str, folder: Path, *, wall_s: float = WALL_S) -> Probed:
    """Return what the file at `path` is; leave `thumbnail.webp` and `poster.webp` in `folder`. Raises Refused.

    `name` is what the uploader called it: it decides nothing, but may not contradict the content.
    """
    _check_head(path, name)
    answer = _read(path, folder, wall_s)
    if "code" in answer:
        raise Refused(answer["code"], answer["detail"])
    return Probed(**answer)


def _check_head(path: Path, name: str) -> None:
    if path.stat().st_size == 0:
        raise Refused("empty_file", "This file is empty.")
    with path.open("rb") as file:
        form = formats.sniff(file.read(formats.SNIFFED_BYTES))
    if form is None:
        raise Refused("unsupported_content", "This is not a video, sound or picture that we can read.")
    extension = formats.extension_of(formats.clean_name(name))
    if extension and extension not in formats.known_extensions():
        raise Refused("unsupported_extension", f"Files named “.{extension[:16]}” are not taken.")
    if extension and extension not in form.extensions:
        raise Refused("type_mismatch", f"This file is named “.{extension}”, but inside it is {form.label}.")


def _read(path: Path, folder: Path, wall_s: float) -> dict[str, Any]:
    command = [sys.executable, "-E", "-s", "-m", "library.probe_process", str(path), str(folder)]
    try:
        with _a_place():
            done = subprocess.run(  # noqa: S603
                command,
                cwd=settings.BASE_DIR,
                env={"MALLOC_ARENA_MAX": "1"},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                timeout=wall_s,
                check=True,
            )
    except (subprocess.TimeoutExpired, subprocess.CalledProcessError) as error:
        raise Refused("corrupt_media", "Reading this file took more time or memory than any good one.") from error
    return json.loads(done.stdout)

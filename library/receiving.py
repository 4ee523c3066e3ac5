"""Takes an uploaded file off the wire: to disk as it arrives, hashed and counted on the way, under a name of our own.

What arrives lies below `MEDIA_ROOT/incoming/` until it is published or refused. A cut connection leaves nothing; a
killed process leaves a folder that the next upload of anybody sweeps away after a day.
"""

import hashlib
import shutil
import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.base import File
from django.core.files.uploadhandler import FileUploadHandler, StopUpload
from django.http import HttpRequest
from django.utils.translation import gettext as _

from library.formats import Refused, written_size
from stats.ids import uuid7

STALE_S = 24 * 3600
CHUNK_BYTES = 256 * 1024
FORM_BYTES = 100_000


class Received(File):
    """A file that has arrived, in a folder that holds nothing else."""

    def __init__(self, folder: Path, path: Path, name: str, size: int, sha256: str) -> None:
        super().__init__(path.open("rb"), name)
        self.folder = folder
        self.path = path
        self.size = size
        self.sha256 = sha256

    def discard(self) -> None:
        """Close it and remove its folder, if it is still there."""
        self.close()
        shutil.rmtree(self.folder, ignore_errors=True)


class Incoming(FileUploadHandler):
    """Writes one file part of a request to disk. Stops at a second one and at the limit; `refusal` then says why."""

    chunk_size = CHUNK_BYTES

    def __init__(self, request: HttpRequest | None = None) -> None:
        super().__init__(request)
        self.limit = settings.MAX_UPLOAD_BYTES
        self.refusal: Refused | None = None
        self.folders: list[Path] = []
        self.writing: Any = None

    def is_announced_too_large(self, request: HttpRequest) -> bool:
        """Whether the request says of itself that it is too large, before a byte of it is read."""
        length = request.META.get("CONTENT_LENGTH") or "0"
        if length.isdigit() and int(length) > self.limit + FORM_BYTES:
            self.refusal = too_large(self.limit)
        return self.refusal is not None

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Open a folder for the part that begins; a second one stops the upload."""
        super().new_file(*args, **kwargs)
        if self.folders:
            self.refusal = Refused("too_many_files", _("Send one file at a time."))
            raise StopUpload(connection_reset=True)
        sweep()
        folder = incoming_folder() / str(uuid7())
        folder.mkdir(parents=True, mode=0o750)
        self.folders.append(folder)
        self.writing = (folder / "original").open("wb")
        self.hash = hashlib.sha256()
        self.received = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Write what came."""
        self.received += len(raw_data)
        if self.received > self.limit:
            self.refusal = too_large(self.limit)
            raise StopUpload(connection_reset=True)
        self.hash.update(raw_data)
        self.writing.write(raw_data)

    def file_complete(self, file_size: int) -> Received:  # type: ignore[override]  # a File with a place of its own
        """Return the file."""
        self.writing.close()
        folder = self.folders[-1]
        return Received(folder, folder / "original", self.file_name or "", file_size, self.hash.hexdigest())

    def upload_interrupted(self) -> None:
        """Leave nothing of an upload that was not finished."""
        self.discard()

    def discard(self) -> None:
        """Remove everything that arrived and was not published."""
        if self.writing is not None:
            self.writing.close()
        for folder in self.folders:
            shutil.rmtree(folder, ignore_errors=True)


def adopt(path: Path, name: str) -> Received:
    """Take a file of this machine as if it had been uploaded as `name`; it moves away from `path`."""
    folder = incoming_folder() / str(uuid7())
    folder.mkdir(parents=True, mode=0o750)
    taken = Path(shutil.move(path, folder / "original"))
    with taken.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Received(folder, taken, name, taken.stat().st_size, digest)


def too_large(limit: int) -> Refused:
    """Return the refusal of a file above `limit` bytes."""
    return Refused("file_too_large", _("This file is too large: %s are the most.") % written_size(limit))


def incoming_folder() -> Path:
    """Return where files lie that are not published yet."""
    return Path(settings.MEDIA_ROOT) / "incoming"


def sweep() -> int:
    """Remove what killed processes left a day ago or earlier. Returns how many folders."""
    swept = 0
    before = time.time() - STALE_S
    for folder in incoming_folder().glob("*"):
        if folder.stat().st_mtime < before:
            shutil.rmtree(folder, ignore_errors=True)
            swept += 1
    return swept

"""Members' pictures: whatever comes in, what is kept is of our own making and of one size."""

import struct
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404
from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

from accounts.models import User
from stats.ids import uuid7

FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
MAX_BYTES = 5_000_000
MAX_PIXELS = 40_000_000
SIDE = 320
YEAR_S = 31_536_000


class UnreadablePicture(ValueError):
    """A file that is no picture that we read. `code` says why."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


def middle(file: BinaryIO, width: int, height: int) -> bytes:
    """Return the middle of a picture as a WebP of this size, upright and without any metadata. Raises UnreadablePicture.

    The header tells the size before anything is decoded, so a small file cannot blow up to a large picture.
    """
    try:
        with Image.open(file, formats=FORMATS) as image:
            if image.width * image.height > MAX_PIXELS:
                raise Image.DecompressionBombError
            image.draft("RGB", (width, height))
            upright = ImageOps.exif_transpose(image).convert("RGBA")
            small = ImageOps.fit(upright, (width, height), Image.Resampling.LANCZOS)
            result = BytesIO()
            small.save(result, "WEBP", quality=86)
    except Image.DecompressionBombError as error:
        raise UnreadablePicture("image_too_large", _("This picture has more than 40 million pixels.")) from error
    except (UnidentifiedImageError, OSError, ValueError, TypeError, SyntaxError, EOFError, struct.error) as error:
        raise UnreadablePicture("unsupported_content", _("This file is not a picture that we can read.")) from error
    return result.getvalue()


def put(user: User, picture: bytes) -> None:
    """Make `picture` the member's. The name is new each time, so that browsers may keep what they have."""
    before = user.avatar.name
    user.avatar.save(f"{uuid7().hex}.webp", ContentFile(picture), save=False)
    user.save(update_fields=["avatar", "updated_at"])
    _remove(before)


def remove(user: User) -> None:
    """Take the member's picture away."""
    before = user.avatar.name
    user.avatar = ""
    user.save(update_fields=["avatar", "updated_at"])
    _remove(before)


def answer(folder: str, name: str) -> FileResponse:
    """Answer the picture of this name in a folder of the storage. Its name is its version, so browsers may keep it.

    Raises Http404.
    """
    path = Path(default_storage.path(f"{folder}/{name}.webp"))
    if not path.is_file():
        raise Http404
    response = FileResponse(path.open("rb"), content_type="image/webp")
    response["Cache-Control"] = f"public, max-age={YEAR_S}, immutable"
    return response


def _remove(name: str | None) -> None:
    if name:
        default_storage.delete(name)

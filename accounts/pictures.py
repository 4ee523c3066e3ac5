"""Members' pictures: whatever comes in, what is kept is one small square of our own making."""

import struct
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

from accounts.models import User
from stats.ids import uuid7

FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
MAX_BYTES = 5_000_000
MAX_PIXELS = 40_000_000
SIDE = 320


class UnreadablePicture(ValueError):
    """A file that is no picture that we read. `code` says why."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


def square(file: BinaryIO) -> bytes:
    """Return the middle of a picture as a WebP of 320 × 320. Raises UnreadablePicture."""
    return middle(file, SIDE, SIDE)


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


def path_of(name: str) -> Path:
    """Return where the picture of this name lies. Raises FileNotFoundError."""
    path = Path(default_storage.path(f"avatars/{name}.webp"))
    if not path.is_file():
        raise FileNotFoundError(name)
    return path


def _remove(name: str | None) -> None:
    if name:
        default_storage.delete(name)

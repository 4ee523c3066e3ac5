"""The picture of a course: taken from an uploaded image, read and scaled as those of items are."""

import shutil
from pathlib import Path

from django.conf import settings
from django.http import FileResponse, Http404
from django.urls import reverse

from library import probing
from library.formats import Refused
from library.learning.models import Course
from library.receiving import Received
from stats.models import ItemType

KEPT_S = 7 * 24 * 3600


def prepare(received: Received) -> str:
    """Make a picture of an image that has arrived and return its name below MEDIA_ROOT. Raises formats.Refused.

    Belongs before the transaction that says it is the course's.
    """
    try:
        probed = probing.probe(received.path, received.name or "", received.folder)
        if probed.type != ItemType.IMAGE:
            raise Refused("unsupported_content", "Choose a picture: JPEG, PNG, WebP, GIF or AVIF.")
        name = f"courses/{received.sha256[:2]}/{received.sha256}.webp"
        path = Path(settings.MEDIA_ROOT) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(received.folder / "poster.webp", path)
    finally:
        received.discard()
    return name


def set_cover(course: Course, name: str) -> None:
    """Let the course show the picture `name`, '' for none. Inside `building.editing`."""
    course.cover = name
    course.save(update_fields=["cover"])


def url(course: Course) -> str:
    """Return the address of the course's picture, '' when it has none."""
    if not course.cover:
        return ""
    return f"{reverse('learning:cover', args=[course.slug])}?v={Path(course.cover.name or '').stem[:12]}"


def answer(course: Course) -> FileResponse:
    """Answer with the picture. Raises Http404 without one."""
    path = Path(settings.MEDIA_ROOT) / (course.cover.name or "")
    if not course.cover or not path.is_file():
        raise Http404
    headers = {
        "Cache-Control": f"private, max-age={KEPT_S}",
        "Content-Security-Policy": "sandbox",
        "X-Content-Type-Options": "nosniff",
    }
    return FileResponse(path.open("rb"), content_type="image/webp", headers=headers)

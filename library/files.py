"""Hands out the files of items: ranges, conditions, headers. Whether somebody may have one is asked before, each time."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse, StreamingHttpResponse
from django.utils.http import content_disposition_header, http_date

from library import ranges
from library.models import Media

CHUNK_BYTES = 128 * 1024
# A player that asks for "everything from here" gets this much and asks again: a paused video holds no server thread.
SPAN_BYTES = 4 * 1024 * 1024
PICTURE_AGE_S = 7 * 24 * 3600
INLINE = {
    "video/mp4", "video/webm", "video/x-matroska", "audio/mpeg", "audio/mp4", "audio/ogg", "audio/wav", "audio/flac",
    "audio/webm", "image/jpeg", "image/png", "image/apng", "image/webp", "image/gif", "image/avif",
}  # fmt: skip


def original(request: HttpRequest, media: Media, *, download_as: str = "") -> HttpResponseBase:
    """Answer with the item's own file: to be shown in the page, or with `download_as` to be kept under that name."""
    disposition = content_disposition_header(bool(download_as) or media.mime not in INLINE, download_as or "file")
    return _answer(
        request,
        media.file.name or "",
        etag=f'"{media.sha256}"',
        headers={
            "Content-Type": media.mime,
            "Content-Disposition": disposition or "inline",
            "Cache-Control": "private, no-cache",
        },
        span_bytes=None if download_as else SPAN_BYTES,
    )


def picture(request: HttpRequest, media: Media, kind: str) -> HttpResponseBase:
    """Answer with the item's `thumbnail` or `poster`; its address changes with the file, so it may be kept."""
    return _answer(
        request,
        getattr(media, kind).name,
        etag=f'"{kind}-{media.sha256}"',
        headers={
            "Content-Type": "image/webp",
            "Content-Disposition": "inline",
            "Cache-Control": f"private, max-age={PICTURE_AGE_S}",
        },
    )


def begins_download(request: HttpRequest, media: Media) -> bool:
    """Whether this request gets the file's first byte: only that counts as a download, not its continuation."""
    if request.method != "GET" or not media.file:
        return False
    try:
        path, modified = _found(media.file.name or "")
        if ranges.is_unchanged(request.headers, f'"{media.sha256}"', modified):
            return False
        span = ranges.requested(request.headers, path.stat().st_size, f'"{media.sha256}"', modified)
    except (ranges.NotSatisfiable, Http404):
        return False
    return span is None or span.first == 0


def _answer(
    request: HttpRequest, name: str, *, etag: str, headers: dict[str, str], span_bytes: int | None = None
) -> HttpResponseBase:
    path, modified = _found(name)
    size = path.stat().st_size
    headers |= {
        "ETag": etag,
        "Last-Modified": http_date(modified.timestamp()),
        "Accept-Ranges": "bytes",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
    if settings.ACCEL_REDIRECT_PREFIX:
        inside = f"{settings.ACCEL_REDIRECT_PREFIX.rstrip('/')}/{quote(name)}"
        return HttpResponse(headers=headers | {"X-Accel-Redirect": inside})
    if ranges.is_unchanged(request.headers, etag, modified):
        del headers["Content-Type"]
        return HttpResponse(status=304, headers=headers)
    if request.method == "HEAD":
        return HttpResponse(headers=headers | {"Content-Length": str(size)})
    try:
        span = ranges.requested(request.headers, size, etag, modified)
    except ranges.NotSatisfiable:
        return _not_satisfiable(request, size)
    if span is None:
        whole = ranges.Span(0, size - 1, size)
        return StreamingHttpResponse(_read(path, whole), headers=headers | {"Content-Length": str(size)})
    if span_bytes and span.length > span_bytes:
        span = ranges.Span(span.first, span.first + span_bytes - 1, size)
    headers |= {"Content-Range": span.content_range, "Content-Length": str(span.length)}
    return StreamingHttpResponse(_read(path, span), status=206, headers=headers)


def _found(name: str) -> tuple[Path, datetime]:
    path = Path(settings.MEDIA_ROOT) / name
    if not name or not path.is_file():
        raise Http404
    return path, datetime.fromtimestamp(path.stat().st_mtime, UTC)


def _read(path: Path, span: ranges.Span) -> Iterator[bytes]:
    left = span.length
    with path.open("rb") as file:
        file.seek(span.first)
        while left and (chunk := file.read(min(CHUNK_BYTES, left))):
            left -= len(chunk)
            yield chunk


def _not_satisfiable(request: HttpRequest, size: int) -> HttpResponse:
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": "Requested Range Not Satisfiable",
        "status": 416,
        "code": "invalid_range",
        "detail": f"The file has {size} bytes; ask for one range of them.",
        "request_id": getattr(request, "request_id", ""),
        "errors": [],
    }
    headers = {"Content-Range": f"bytes */{size}", "Accept-Ranges": "bytes"}
    return JsonResponse(body, status=416, headers=headers, content_type="application/problem+json")

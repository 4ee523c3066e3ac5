"""Credentials inside pictures: PNG with one uncompressed iTXt chunk (Open Badges 3.0, 5.3.1; PNG 11.3.3.4)."""

import struct
from collections.abc import Iterator
from zlib import crc32

SIGNATURE = b"\x89PNG\r\n\x1a\n"
KEYWORD = b"openbadgecredential"
MOST_CHUNKS = 10_000


class NotBaked(Exception):
    """There is no credential in the picture; the text says why."""


def bake(png: bytes, text: str) -> bytes:
    """Return a PNG with a credential in it, before its pixels."""
    body = (
        KEYWORD + b"\0" + b"\0\0" + b"\0" + b"\0" + text.encode()
    )  # not compressed, no language, no translated keyword
    header_end = len(SIGNATURE) + 12 + struct.unpack(">I", png[len(SIGNATURE) : len(SIGNATURE) + 4])[0]
    return png[:header_end] + _chunk(b"iTXt", body) + png[header_end:]


def extract(png: bytes) -> str:
    """Return the credential in a PNG. Raises NotBaked, also where there is more than one."""
    found = [body for kind, body in _chunks(png) if kind == b"iTXt" and body.startswith(KEYWORD + b"\0")]
    if len(found) != 1:
        raise NotBaked("there is no credential in it" if not found else "there is more than one credential in it")
    rest = found[0][len(KEYWORD) + 1 :]
    if rest[:2] != b"\0\0":
        raise NotBaked("its credential is compressed, which is not allowed")
    parts = rest[2:].split(b"\0", 2)
    try:
        return parts[2].decode()
    except (IndexError, UnicodeDecodeError) as error:
        raise NotBaked("its credential cannot be read") from error


def _chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield kind and content of each chunk. Raises NotBaked where the file is broken."""
    if not png.startswith(SIGNATURE):
        raise NotBaked("it is no PNG")
    at = len(SIGNATURE)
    for _ in range(MOST_CHUNKS):
        if at + 12 > len(png):
            raise NotBaked("it is cut off")
        size, kind = struct.unpack(">I4s", png[at : at + 8])
        end = at + 12 + size
        if end > len(png) or struct.unpack(">I", png[end - 4 : end])[0] != crc32(png[at + 4 : end - 4]):
            raise NotBaked("it is damaged")
        yield kind, png[at + 8 : end - 4]
        if kind == b"IEND":
            return
        at = end
    raise NotBaked("it has too many parts")


def _chunk(kind: bytes, body: bytes) -> bytes:
    """Return one chunk with its length and checksum."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", crc32(kind + body))

"""The kinds of file that may be uploaded, known by their first bytes and never by their name. Pure."""

import re
import unicodedata
from dataclasses import dataclass
from pathlib import PurePosixPath


@dataclass(frozen=True, slots=True)
class Format:
    """A container that may be uploaded, with the one reader that is allowed to open it."""

    key: str
    label: str
    extensions: tuple[str, ...]
    demuxer: str = ""
    picture: str = ""


class Refused(Exception):
    """A file that cannot be taken. `code` is stable, `detail` is for people."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


FORMATS = (
    Format("mp4", "MP4", ("mp4", "m4v", "mov", "m4a", "m4b", "qt"), demuxer="mov,mp4,m4a,3gp,3g2,mj2"),
    Format("matroska", "WebM or Matroska", ("webm", "mkv", "mka"), demuxer="matroska,webm"),
    Format("mp3", "MP3", ("mp3",), demuxer="mp3"),
    Format("ogg", "Ogg", ("ogg", "oga", "opus"), demuxer="ogg"),
    Format("wav", "WAV", ("wav", "wave"), demuxer="wav"),
    Format("flac", "FLAC", ("flac",), demuxer="flac"),
    Format("jpeg", "JPEG", ("jpg", "jpeg", "jfif"), picture="JPEG"),
    Format("png", "PNG", ("png", "apng"), picture="PNG"),
    Format("webp", "WebP", ("webp",), picture="WEBP"),
    Format("gif", "GIF", ("gif",), picture="GIF"),
    Format("avif", "AVIF", ("avif",), picture="AVIF"),
)
FORMAT = {form.key: form for form in FORMATS}
SNIFFED_BYTES = 64
ACCEPTED = ", ".join(sorted({f".{extension}" for form in FORMATS for extension in form.extensions}))

# What today's browsers play without help, and what each codec is called by people
VIDEO_CODECS = {"h264": "H.264", "vp8": "VP8", "vp9": "VP9", "av1": "AV1"}
AUDIO_CODECS = {
    "aac": "AAC",
    "mp3": "MP3",
    "opus": "Opus",
    "vorbis": "Vorbis",
    "flac": "FLAC",
    "pcm_s16le": "PCM",
    "pcm_s24le": "PCM",
    "pcm_u8": "PCM",
    "pcm_f32le": "PCM",
}
WEBM_CODECS = {"vp8", "vp9", "av1", "opus", "vorbis"}

MAX_NAME = 120
_QUICKTIME_ATOMS = {b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"}
_AVIF_BRANDS = {b"avif", b"avis"}
_STILL_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}


def sniff(head: bytes) -> Format | None:
    """Return the format that a file's first `SNIFFED_BYTES` bytes show, None for anything that is not accepted."""
    if head.startswith(b"\xff\xd8\xff"):
        return FORMAT["jpeg"]
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return FORMAT["png"]
    if head.startswith((b"GIF87a", b"GIF89a")):
        return FORMAT["gif"]
    if head.startswith(b"RIFF"):
        return {b"WEBP": FORMAT["webp"], b"WAVE": FORMAT["wav"]}.get(head[8:12])
    if head.startswith(b"\x1aE\xdf\xa3"):
        return FORMAT["matroska"]
    if head.startswith(b"OggS"):
        return FORMAT["ogg"]
    if head.startswith(b"fLaC"):
        return FORMAT["flac"]
    if head[4:8] == b"ftyp":
        return _by_brand(head)
    if head[4:8] in _QUICKTIME_ATOMS:
        return FORMAT["mp4"]
    if head.startswith(b"ID3") or _is_mp3_frame(head):
        return FORMAT["mp3"]
    return None


def clean_name(name: str) -> str:
    """Return a file's name as it may be shown: no path, no control or direction characters, at most `MAX_NAME` long."""
    name = unicodedata.normalize("NFC", name.replace("\\", "/").rpartition("/")[2])
    name = "".join(letter for letter in name if unicodedata.category(letter)[0] != "C")
    name = re.sub(r"\s+", " ", name).strip(" .")
    stem, dot, extension = name.rpartition(".")
    if len(name) > MAX_NAME and dot and len(extension) <= 8:
        name = f"{stem[: MAX_NAME - len(extension) - 1]}.{extension}"
    return name[:MAX_NAME]


def extension_of(name: str) -> str:
    """Return a cleaned name's extension in lower case, without the dot; '' when it has none."""
    return PurePosixPath(name).suffix[1:].lower()


def title_of(name: str) -> str:
    """Return the title that a file's name suggests: 'rain_on-roof.mp4' is 'Rain on roof'."""
    words = re.sub(r"[\s_\-]+", " ", PurePosixPath(clean_name(name)).stem).strip()
    return words[:1].upper() + words[1:]


def written_size(size: int) -> str:
    """Return a number of bytes for people, in decimal units: '12 kB', '3.4 MB', '2 GB'."""
    for unit, name in ((10**9, "GB"), (10**6, "MB")):
        if size >= unit:
            return f"{size / unit:.1f}".removesuffix(".0") + f" {name}"
    return f"{-(-size // 1000)} kB"


def known_extensions() -> set[str]:
    """Return every extension that a file with accepted content may carry."""
    return {extension for form in FORMATS for extension in form.extensions}


def _by_brand(head: bytes) -> Format | None:
    brands = {head[8:12]} | {head[at : at + 4] for at in range(16, min(len(head), _box_size(head)), 4)}
    if brands & _AVIF_BRANDS:
        return FORMAT["avif"]
    return None if head[8:12] in _STILL_BRANDS else FORMAT["mp4"]


def _box_size(head: bytes) -> int:
    return int.from_bytes(head[:4], "big")


def _is_mp3_frame(head: bytes) -> bool:
    """Whether an MPEG audio frame of layer III begins here (ISO 11172-3, 2.4.1.3)."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return False
    version, layer = head[1] >> 3 & 3, head[1] >> 1 & 3
    return version != 1 and layer == 1 and head[2] >> 4 not in (0, 15) and head[2] >> 2 & 3 != 3

"""Small files for tests, made on the spot: good ones, broken ones and hostile ones."""

import io
import os
import struct
import zlib
from array import array
from fractions import Fraction
from functools import cache
from math import sin

import av
from PIL import Image

HZ = 16_000


@cache
def film(
    container: str = "mp4", codec: str = "libx264", sound: str = "aac", *, seconds: int = 2, size: int = 64
) -> bytes:
    """Return a film in which a grey square changes, `sound` '' for a silent one."""
    out = io.BytesIO()
    with av.open(out, "w", format=container) as file:
        pictures = file.add_stream(codec, rate=10)
        pictures.width, pictures.height, pictures.pix_fmt = size, size, "yuv420p"
        track = file.add_stream(sound, rate=48_000 if "opus" in sound else HZ) if sound else None
        for at in range(seconds * 10):
            frame = av.VideoFrame.from_image(Image.new("RGB", (size, size), (at * 9 % 250, 90, 140)))
            frame.pts, frame.time_base = at, Fraction(1, 10)
            file.mux(pictures.encode(frame))
        file.mux(pictures.encode())
        if track is not None:
            _tone(file, track, seconds)
    if codec == "libsvtav1":  # as root it makes the process real-time, which then starves all others
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
    return out.getvalue()


@cache
def song(container: str = "mp3", codec: str = "libmp3lame", *, seconds: int = 2) -> bytes:
    """Return a tone."""
    out = io.BytesIO()
    with av.open(out, "w", format=container) as file:
        _tone(file, file.add_stream(codec, rate=48_000 if codec in {"libopus", "ac3"} else HZ), seconds)
    return out.getvalue()


@cache
def image(form: str = "PNG", size: tuple[int, int] = (80, 40), **options: object) -> bytes:
    """Return a picture."""
    out = io.BytesIO()
    Image.new("RGB", size, (40, 120, 130)).save(out, form, **options)
    return out.getvalue()


def photo_with_place() -> bytes:
    """Return a JPEG whose EXIF names a place."""
    exif = Image.Exif()
    exif.get_ifd(0x8825)[1] = "N"
    exif[0x010F] = "SECRETCAMERA"
    out = io.BytesIO()
    Image.new("RGB", (60, 90), "green").save(out, "JPEG", exif=exif)
    return out.getvalue()


def animation(frames: int) -> bytes:
    """Return a GIF with so many frames."""
    out = io.BytesIO()
    pictures = [Image.new("P", (2, 2), at % 2) for at in range(frames)]
    for at, picture in enumerate(pictures):
        picture.putpalette([0, 0, 0, 255, 255, 255])
        picture.putpixel((0, 0), (at // 2) % 2)
    pictures[0].save(out, "GIF", save_all=True, append_images=pictures[1:], optimize=False, disposal=2)
    return out.getvalue()


def png_claiming(width: int, height: int) -> bytes:
    """Return a PNG of a few hundred bytes that says it is very large."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    )


def film_lasting(hours: int) -> bytes:
    """Return a film of three frames over so many `hours`: 100 hours in a few kB."""
    out = io.BytesIO()
    with av.open(out, "w", format="mp4") as file:
        pictures = file.add_stream("libx264", rate=10)
        pictures.width, pictures.height, pictures.pix_fmt = 64, 64, "yuv420p"
        pictures.options = {"bf": "0"}
        packets = []
        for at in range(3):
            frame = av.VideoFrame.from_image(Image.new("RGB", (64, 64)))
            frame.pts, frame.time_base = at, Fraction(1, 10)
            packets += pictures.encode(frame)
        for at, packet in enumerate(packets + pictures.encode()):
            packet.time_base = Fraction(1, 10)
            packet.pts = packet.dts = at * hours * 18_000
            file.mux(packet)
    return out.getvalue()


def _tone(file: av.container.OutputContainer, track: av.AudioStream, seconds: int) -> None:
    rate = track.rate
    resampler = av.AudioResampler(format=track.codec_context.format, layout=track.layout, rate=rate)
    for second in range(seconds):
        samples = array("h", (int(9000 * sin(at * 0.05)) for at in range(rate)))
        frame = av.AudioFrame(format="s16", layout="mono", samples=rate)
        frame.planes[0].update(samples.tobytes())
        frame.sample_rate, frame.pts, frame.time_base = rate, second * rate, Fraction(1, rate)
        for part in resampler.resample(frame):
            file.mux(track.encode(part))
    file.mux(track.encode())


M3U8 = b"#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n"
FFCONCAT = b"ffconcat version 1.0\nfile '/etc/passwd'\n"
SDP = b"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\nc=IN IP4 127.0.0.1\r\nm=video 5004 RTP/AVP 96\r\n"
MPD = b'<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><BaseURL>http://127.0.0.1/</BaseURL></MPD>'
HTML = b"<!doctype html><script>alert(1)</script>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
XXE = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><svg>&a;</svg>'
PE = b"MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff\x00\x00"
ZIP = b"PK\x03\x04\x14\x00\x00\x00\x08\x00" + bytes(40)
GAB2 = (
    b"RIFF"
    + struct.pack("<I", 200)
    + b"AVI LIST"
    + bytes(60)
    + b"GAB2\x00\x02\x00#EXTM3U\nfile:///etc/passwd\n"
    + bytes(60)
)
TIFF = b"II*\x00" + bytes(60)

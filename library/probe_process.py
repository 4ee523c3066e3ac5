"""Reads an uploaded file in a process of its own and says what it is; makes its pictures.

Run as `python -m library.probe_process FILE FOLDER`. The file may be hostile: this process has little memory, little
time, no environment, and its libraries get an open file, never a path or an address, and exactly one reader. It
prints one line of JSON: the facts, or `{"code", "detail"}` of a refusal. It imports no Django.
"""

import json
import resource
import sys
from array import array
from contextlib import suppress
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

import av
import av.error
import av.logging
from av.stream import Disposition
from PIL import Image, ImageOps, ImageStat

from library import formats, waveform
from library.formats import Refused

MEMORY_BYTES = 2_000_000_000
CPU_S = 25
OUTPUT_BYTES = 20_000_000
MAX_DURATION_S = 24 * 3600
MAX_PIXELS = 80_000_000
MAX_SIDE = 16_384
MAX_FRAMES = 2000
MAX_VIDEO_PIXELS = 7680 * 4320
MAX_VIDEO_SIDE = 8192
MIN_SIDE = 2
MAX_FRAME_RATE = 240
MAX_STREAMS = 32
THUMBNAIL = (640, 360)
POSTER = (1280, 1280)
PICTURE = (2000, 2000)
PEAKS = 72


def main(path: Path, folder: Path) -> dict[str, Any]:
    """Return the facts of the file, with `thumbnail.webp` and `poster.webp` left in `folder`, or its refusal."""
    try:
        with path.open("rb") as file:
            form = formats.sniff(file.read(formats.SNIFFED_BYTES))
            file.seek(0)
            if form is None:
                raise Refused("unsupported_content", "This is not a video, sound or picture that we can read.")
            return picture_facts(file, form, folder) if form.picture else media_facts(file, form, folder)
    except Refused as refused:
        return {"code": refused.code, "detail": refused.detail}
    except MemoryError:
        return {"code": "corrupt_media", "detail": "This file needs more memory to read than any good one does."}


def picture_facts(file: BinaryIO, form: formats.Format, folder: Path) -> dict[str, Any]:
    """Return the facts of an image."""
    try:
        with Image.open(file, formats=[form.picture]) as image:
            width, height = image.size
            if width * height > MAX_PIXELS or max(width, height) > MAX_SIDE:
                raise Refused("image_too_large", f"This image has {width} × {height} pixels; 80 million are the most.")
            frames = frame_count(image)
            image.seek(0)
            mime = Image.MIME[form.picture]
            upright = ImageOps.exif_transpose(image)
            keep_pictures(flat(upright), folder, PICTURE)
            width, height = upright.size
    except Refused:
        raise
    except Image.DecompressionBombError:
        raise Refused("image_too_large", "This image has more pixels than we can read.") from None
    except (OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, TypeError, OverflowError) as error:
        raise Refused("corrupt_media", "This image is damaged: it cannot be read to its end.") from error
    return {
        "type": "image", "mime": mime, "extension": form.extensions[0],
        "width": width, "height": height, "duration_ms": None,
        "facts": {"container": form.label, "frames": frames},
    }  # fmt: skip


def frame_count(image: Image.Image) -> int:
    """Return how many frames an image has, counting no further than is allowed."""
    declared = getattr(image, "n_frames", 1) if image.format != "GIF" else 1
    if declared > MAX_FRAMES:
        raise Refused("too_many_frames", f"This animation has {declared} frames; {MAX_FRAMES} are the most.")
    if image.format != "GIF":
        return declared
    frames = 0
    with suppress(EOFError):
        while True:
            image.seek(frames)
            frames += 1
            if frames > MAX_FRAMES:
                raise Refused("too_many_frames", f"This animation has more than {MAX_FRAMES} frames.")
    return frames


def media_facts(file: BinaryIO, form: formats.Format, folder: Path) -> dict[str, Any]:
    """Return the facts of a video or a sound."""
    if form.key == "mp4":
        check_boxes(file)
    only = {"format_whitelist": form.demuxer, "protocol_whitelist": "none", "max_streams": "100"}
    try:
        with av.open(file, format=form.demuxer.split(",")[0], options=only, metadata_errors="replace") as container:
            return stream_facts(container, form, folder)
    except (av.error.FFmpegError, EOFError, ValueError, OverflowError, IndexError) as error:
        raise Refused("corrupt_media", "This file is damaged or cut off: it cannot be read.") from error


def stream_facts(container: Any, form: formats.Format, folder: Path) -> dict[str, Any]:
    """Choose the streams that a browser would play, and check them."""
    if len(container.streams) > MAX_STREAMS:
        raise Refused("too_many_streams", f"This file has more than {MAX_STREAMS} tracks in it.")
    moving = [s for s in container.streams.video if not s.disposition & Disposition.attached_pic]
    video, sound = next(iter(moving), None), next(iter(container.streams.audio), None)
    if video is None and sound is None:
        raise Refused("no_usable_stream", "There is neither video nor sound in this file.")
    names = {kind: check_codec(s, kind) for kind, s in (("video", video), ("audio", sound)) if s is not None}
    duration_ms = checked_duration_ms(container, video or sound)
    size: tuple[int | None, int | None] = (None, None)
    if video is not None:
        check_frame(video)
        picture = video_still(container, video, duration_ms)
        size = picture.size
    else:
        peaks = loudness_peaks(container, sound, duration_ms)
        picture = waveform.draw(peaks, seed=duration_ms + sum(int(peak * 999) for peak in peaks))
    keep_pictures(picture, folder, POSTER)
    mime, extension = kind_of(form, names, "video" if video is not None else "audio", container)
    return {
        "type": "video" if video is not None else "track", "mime": mime, "extension": extension,
        "width": size[0], "height": size[1], "duration_ms": duration_ms,
        "facts": {
            "container": form.label, **{f"{kind}_codec": name for kind, name in names.items()},
            "bit_rate": container.bit_rate or None,
            "frame_rate": round(float(video.average_rate), 3) if video is not None and video.average_rate else None,
            "channels": sound.channels if sound is not None else None,
            "sample_rate": sound.sample_rate if sound is not None else None,
        },
    }  # fmt: skip


def check_codec(stream: Any, kind: str) -> str:
    """Return the name of a stream's codec. Raises when browsers cannot play it."""
    known = formats.VIDEO_CODECS if kind == "video" else formats.AUDIO_CODECS
    context = stream.codec_context
    if context is None:
        raise Refused("unsupported_codec", f"The {kind} in this file is of a kind that browsers cannot play.")
    name = context.codec.canonical_name
    if name not in known:
        raise Refused(
            "unsupported_codec",
            f"The {kind} in this file is {name[:20].upper()}, which browsers cannot play. "
            "Save it as MP4 with H.264 and AAC, or as WebM, and upload that.",
        )
    return name


def checked_duration_ms(container: Any, stream: Any) -> int:
    """Return how long the file plays, from its header or else by reading it through."""
    seconds = container.duration / av.time_base if container.duration and container.duration > 0 else 0.0
    if not seconds and stream.duration and stream.time_base:
        seconds = float(stream.duration * stream.time_base)
    if not seconds:
        seconds = float(read_through(container, stream))
    if seconds <= 0:
        raise Refused("unknown_duration", "This file does not say how long it is, and reading it did not tell.")
    if seconds > MAX_DURATION_S:
        raise Refused("duration_too_long", "This file says that it is longer than 24 hours.")
    return round(seconds * 1000)


def read_through(container: Any, stream: Any) -> Fraction:
    """Return where the last packet ends, in seconds."""
    end = Fraction(0)
    for packet in container.demux(stream):
        if packet.pts is not None and packet.time_base:
            end = max(end, (packet.pts + (packet.duration or 0)) * packet.time_base)
    container.seek(0)
    return end


def check_frame(video: Any) -> None:
    """Raise for sizes and rates that no player takes."""
    width, height = video.codec_context.width, video.codec_context.height
    if min(width, height) < MIN_SIDE or max(width, height) > MAX_VIDEO_SIDE or width * height > MAX_VIDEO_PIXELS:
        raise Refused("resolution_not_allowed", f"A video of {width} × {height} pixels cannot be taken.")
    if video.average_rate and video.average_rate > MAX_FRAME_RATE:
        raise Refused("frame_rate_not_allowed", f"More than {MAX_FRAME_RATE} frames a second cannot be taken.")


def video_still(container: Any, video: Any, duration_ms: int) -> Image.Image:
    """Return the liveliest of a few frames: the first is often black."""
    video.codec_context.thread_type = "NONE"
    best: tuple[float, Image.Image] | None = None
    for part in (0.25, 0.5, 0.0):
        frame = frame_at(container, video, int(duration_ms * part))
        if frame is None:
            continue
        picture = frame.to_image()
        if frame.rotation % 360:
            picture = picture.rotate(frame.rotation, expand=True)
        life = sum(ImageStat.Stat(picture.resize((64, 36))).stddev)
        if best is None or life > best[0]:
            best = (life, picture)
        if life > 60:
            break
    if best is None:
        raise Refused("corrupt_media", "No picture of this video can be read.")
    return best[1]


def frame_at(container: Any, video: Any, at_ms: int) -> Any:
    """Return the frame at the key frame before `at_ms`, None when there is none to read."""
    with suppress(av.error.FFmpegError, StopIteration):
        container.seek(at_ms * 1000, backward=True)
        return next(container.decode(video))
    return None


def loudness_peaks(container: Any, sound: Any, duration_ms: int) -> list[float]:
    """Return `PEAKS` loudness values from 0 to 1, from short looks spread over the sound."""
    resampler = av.AudioResampler(format="s16", layout="mono", rate=8000)
    peaks = [peak_at(container, sound, resampler, duration_ms * at // PEAKS) for at in range(PEAKS)]
    if all(peak is None for peak in peaks):
        raise Refused("corrupt_media", "The sound in this file cannot be read.")
    return [(peak or 0) / 32768 for peak in peaks]


def peak_at(container: Any, sound: Any, resampler: Any, at_ms: int) -> int | None:
    """Return how loud it is just after `at_ms`: the mean size of the samples."""
    with suppress(av.error.FFmpegError):
        container.seek(at_ms * 1000, backward=True)
        samples = array("h")
        for frame in islice(container.decode(sound), 4):
            frame.pts = None
            for part in resampler.resample(frame):
                samples.frombytes(bytes(part.planes[0])[: part.samples * 2])
        if samples:
            return sum(abs(sample) for sample in samples) // len(samples)
    return None


def kind_of(form: formats.Format, names: dict[str, str], kind: str, container: Any) -> tuple[str, str]:
    """Return the MIME type to serve under and the extension to keep."""
    if form.key == "matroska":
        webm = set(names.values()) <= formats.WEBM_CODECS
        return f"{kind}/webm" if webm else "video/x-matroska", "webm" if webm else "mkv"
    if form.key == "mp4":
        quicktime = container.metadata.get("major_brand", "").strip() == "qt"
        return f"{kind}/mp4", ("mov" if quicktime else "mp4") if kind == "video" else "m4a"
    if kind == "video":
        raise Refused("unsupported_content", f"Video in a {form.label} file cannot be played by browsers.")
    return {"mp3": "audio/mpeg", "ogg": "audio/ogg", "wav": "audio/wav", "flac": "audio/flac"}[
        form.key
    ], form.extensions[0]


def check_boxes(file: BinaryIO) -> None:
    """Raise when a top-level box ends after the file does: then the upload was cut off (ISO 14496-12, 4.2)."""
    size, at, seen = file.seek(0, 2), 0, set()
    while at + 8 <= size:
        file.seek(at)
        head = file.read(16)
        length = int.from_bytes(head[:4], "big")
        length = int.from_bytes(head[8:16], "big") if length == 1 else length or size - at
        seen.add(head[4:8])
        if length < 8 or at + length > size:
            raise Refused("corrupt_media", "This file is cut off: its end is missing.")
        at += length
    file.seek(0)
    if b"moov" not in seen:
        raise Refused("corrupt_media", "This file has no index, so it cannot be played. The recording was cut off.")


def keep_pictures(picture: Image.Image, folder: Path, largest: tuple[int, int]) -> None:
    """Write the poster and the 16:9 thumbnail; new files, so nothing of the original's metadata is in them."""
    picture = picture.convert("RGB")
    poster = (
        ImageOps.contain(picture, largest) if picture.width > largest[0] or picture.height > largest[1] else picture
    )
    poster.save(folder / "poster.webp", quality=84, method=4)
    thumbnail(picture).save(folder / "thumbnail.webp", quality=80, method=4)


def thumbnail(picture: Image.Image) -> Image.Image:
    """Return the picture as a tile: cut to 16:9, or whole on a dark blur of itself when it stands upright."""
    if picture.width * 10 >= picture.height * 12:
        return ImageOps.fit(picture, THUMBNAIL)
    ground = ImageOps.fit(picture, (32, 18)).resize(THUMBNAIL, Image.Resampling.BICUBIC).point(lambda v: v * 5 // 9)
    whole = ImageOps.contain(picture, THUMBNAIL)
    ground.paste(whole, ((THUMBNAIL[0] - whole.width) // 2, (THUMBNAIL[1] - whole.height) // 2))
    return ground


def flat(image: Image.Image) -> Image.Image:
    """Return an image without transparency, on light paper."""
    if "A" not in image.getbands() and "transparency" not in image.info:
        return image
    ground = Image.new("RGBA", image.size, "#f8f7f4")
    ground.alpha_composite(image.convert("RGBA"))
    return ground


def bound() -> None:
    """Give this process little: memory, processor time, output and open files."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    resource.setrlimit(resource.RLIMIT_FSIZE, (OUTPUT_BYTES, OUTPUT_BYTES))
    resource.setrlimit(resource.RLIMIT_NOFILE, (32, 32))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    av.logging.set_level(av.logging.PANIC)


if __name__ == "__main__":
    bound()
    print(json.dumps(main(Path(sys.argv[1]), Path(sys.argv[2]))))

"""The demo's files: short films, sounds and pictures, made from `art` and a few sines. No Django, so a pool can run it."""

from array import array
from fractions import Fraction
from functools import cache
from math import exp, pi, sin
from pathlib import Path
from random import Random
from typing import Any

import av

from library.demo import art

FRAMES_S = 8
LOOP_S = 6
SOUND_HZ = 16_000
QUICK: dict[str, object] = {"aac_coder": "fast"}
CHORDS = ((220.0, 277.2, 329.6), (196.0, 246.9, 293.7), (174.6, 220.0, 261.6), (164.8, 207.7, 246.9))


def make(type: str, path: Path, scene: str, palette: str, seconds: int, seed: int) -> Path:
    """Write the file of one item, and return its path."""
    if type == "image":
        art.picture(scene, palette, 0.3, seed, (1280, 800)).save(path, quality=85)
    elif type == "track":
        track(path, seconds, seed)
    else:
        video(path, scene, palette, seconds, seed)
    return path


def video(path: Path, scene: str, palette: str, seconds: int, seed: int) -> None:
    """Write an MP4: a drawn loop that runs for `seconds`, with soft chords under it. The loop is encoded once."""
    count = FRAMES_S * LOOP_S
    with av.open(str(path), "w", format="mp4", options={"movflags": "faststart"}) as container:
        pictures = container.add_stream("libx264", rate=FRAMES_S)
        pictures.width, pictures.height, pictures.pix_fmt = art.WIDTH, art.HEIGHT, "yuv420p"
        pictures.options = {
            "preset": "veryfast", "crf": "39", "g": str(count), "bf": "0", "tune": "animation", "threads": "1",
        }  # fmt: skip
        sounds = container.add_stream("aac", rate=SOUND_HZ, layout="mono")
        sounds.bit_rate, sounds.options = 24_000, QUICK
        loop = []
        for at in range(count):
            frame = av.VideoFrame.from_image(art.picture(scene, palette, at / count, seed))
            frame.pts, frame.time_base = at, Fraction(1, FRAMES_S)
            loop += pictures.encode(frame)
        loop += pictures.encode()
        coded = [(bytes(packet), packet.is_keyframe) for packet in loop]
        for at in range(seconds * FRAMES_S):
            data, is_keyframe = coded[at % count]
            packet = av.Packet(data)
            packet.stream, packet.time_base, packet.is_keyframe = pictures, Fraction(1, FRAMES_S), is_keyframe
            packet.pts = packet.dts = at
            packet.duration = 1
            container.mux(packet)
        _sound(container, sounds, seconds, seed)


def track(path: Path, seconds: int, seed: int) -> None:
    """Write an M4A: plucked notes over chords."""
    with av.open(str(path), "w", format="ipod") as container:
        sounds = container.add_stream("aac", rate=SOUND_HZ, layout="mono")
        sounds.bit_rate, sounds.options = 20_000, QUICK
        _sound(container, sounds, seconds, seed)


def _sound(container: Any, stream: Any, seconds: int, seed: int) -> None:
    """Add the sound: one bar of two seconds after the other, each a chord of the row with notes of its own."""
    dice = Random(seed)  # noqa: S311
    bars = [_bar(CHORDS[at], dice) for at in range(len(CHORDS))]
    halves = [bar[start : start + SOUND_HZ] for bar in bars for start in (0, SOUND_HZ)]
    steps = 5
    louder = [
        [array("h", (value * step // steps for value in half)) for half in halves] for step in range(2, steps + 1)
    ]
    for second in range(seconds):
        swell = sin(pi * (second + 0.5) / seconds) * 0.7 + 0.3 * abs(sin(second * 0.9 + seed))
        samples = louder[int(swell * (steps - 1.01))][second % len(halves)]
        frame = av.AudioFrame(format="s16", layout="mono", samples=SOUND_HZ)
        frame.planes[0].update(samples.tobytes())
        frame.sample_rate, frame.pts, frame.time_base = SOUND_HZ, second * SOUND_HZ, Fraction(1, SOUND_HZ)
        container.mux(stream.encode(frame))
    container.mux(stream.encode())


def _bar(chord: tuple[float, ...], dice: Random) -> list[int]:
    """Return two seconds of a chord with four plucked notes, as samples."""
    notes = [(at * SOUND_HZ // 2, 2 * dice.choice(chord)) for at in range(4)]
    length = 2 * SOUND_HZ
    wave = list(_hum(chord))
    for start, tone in notes:
        step = 2 * pi * tone / SOUND_HZ
        for at in range(min(SOUND_HZ, length - start)):
            wave[start + at] += 7000 * exp(-at / 6000) * sin(step * at)
    return [int(value) for value in wave]


@cache
def _hum(chord: tuple[float, ...]) -> tuple[float, ...]:
    """Return two seconds of a soft chord; each tone fits into them, so that repeating it makes no click."""
    steps = [2 * pi * round(tone * 2) / 2 / SOUND_HZ for tone in chord]
    return tuple(1300 * sum(sin(step * at) for step in steps) for at in range(2 * SOUND_HZ))

"""The quiet picture of a sound: its loudness as bars. Pure drawing."""

from collections.abc import Sequence

from PIL import Image, ImageDraw

SIZE = (1280, 720)
PALETTES = (
    ("#1a2325", "#8b9a9a", "#d9573d"),
    ("#0b3b4a", "#66b3ae", "#f2b25c"),
    ("#2f2142", "#a48cc0", "#f5a57c"),
    ("#23302a", "#8fae8b", "#e0b15a"),
)


def draw(peaks: Sequence[float], seed: int = 0) -> Image.Image:
    """Return the picture of loudness values from 0 to 1; the same sound has the same colours."""
    ground, quiet, warm = PALETTES[seed % len(PALETTES)]
    image = Image.new("RGB", SIZE, ground)
    pen = ImageDraw.Draw(image)
    loudest = max(max(peaks, default=0), 1e-4)
    step = SIZE[0] / (len(peaks) + 4)
    accent = range(start := seed % max(1, len(peaks) * 2 // 3), start + len(peaks) // 7)
    for at, peak in enumerate(peaks):
        half = 8 + 250 * (peak / loudest) ** 0.8
        x = step * (at + 2.5)
        box = (x - step * 0.27, SIZE[1] / 2 - half, x + step * 0.27, SIZE[1] / 2 + half)
        pen.rounded_rectangle(box, radius=step * 0.27, fill=warm if at in accent else quiet)
    return image

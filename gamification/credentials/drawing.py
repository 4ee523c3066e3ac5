"""The picture of an achievement: eight sides around an icon or a number, its rarity by colour and by form."""

import re
from functools import lru_cache
from io import BytesIO

from PIL import Image, ImageDraw, ImageFont

from gamification.credentials import strokes
from gamification.credentials.strokes import Point

SIZE = 640
FINER = 2
UNITS = 88
SIDES = ((80.5, 59.1), (59.1, 80.5), (28.9, 80.5), (7.5, 59.1), (7.5, 28.9), (28.9, 7.5), (59.1, 7.5), (80.5, 28.9))
PLATE = ((75.4, 57), (57, 75.4), (31, 75.4), (12.6, 57), (12.6, 31), (31, 12.6), (57, 12.6), (75.4, 31))
COLORS = {"common": "#5b6669", "rare": "#2468a8", "epic": "#7a3fa8", "legendary": "#8f5d00"}
PLATES = {"common": "#eaebec", "rare": "#e3ecf4", "epic": "#7a3fa8", "legendary": "#eda02a"}
INSIDE = {"common": "#5b6669", "rare": "#2468a8", "epic": "#ffffff", "legendary": "#3d2500"}
RIMS = {"common": "#b5babb", "rare": "#9cbbd9", "epic": "#c3a8d9", "legendary": "#cdb58c"}
ICON = "award"


@lru_cache(maxsize=256)
def badge(rarity: str, icon: str, numeral: str, color: str = "") -> bytes:
    """Return a PNG of 640 × 640, transparent around the eight sides.

    An unknown rarity is drawn as common; `color`, like #2468a8, takes the place of the rarity's colour, not of its form.
    """
    rarity = rarity if rarity in COLORS else "common"
    edge, plate, inside, rim = COLORS[rarity], PLATES[rarity], INSIDE[rarity], RIMS[rarity]
    if re.fullmatch("#[0-9a-fA-F]{6}", color):
        is_solid = rarity in {"epic", "legendary"}
        edge, plate, rim = color, color if is_solid else _paler(color, 0.13), _paler(color, 0.45)
        inside = "#ffffff" if is_solid else color
    scale = SIZE * FINER / UNITS
    picture = Image.new("RGBA", (SIZE * FINER, SIZE * FINER), (255, 255, 255, 0))
    pen = ImageDraw.Draw(picture)
    if rarity == "legendary":
        for start in range(0, 360, 45):
            box = [2 * scale, 2 * scale, 86 * scale, 86 * scale]
            pen.arc(box, start, start + 27, fill=rim, width=round(1.5 * scale))
    pen.polygon([(x * scale, y * scale) for x, y in PLATE], fill=plate)
    _line(pen, [*SIDES, SIDES[0]], rim, 1.25 * scale, scale)
    _line(pen, [*PLATE, PLATE[0]], edge, 2 * scale, scale)
    if numeral:
        _text(pen, numeral, inside, scale)
    else:
        for line in strokes.of_icon(icon) or strokes.of_icon(ICON):
            placed = [(27.5 + x * 1.375, 27.5 + y * 1.375) for x, y in line]
            _line(pen, placed, inside, 1.75 * 1.375 * scale, scale)
    file = BytesIO()
    picture.resize((SIZE, SIZE), Image.Resampling.LANCZOS).save(file, "PNG", optimize=True)
    return file.getvalue()


def _paler(color: str, share: float) -> str:
    """Return a colour thinned with white to a share of it."""
    parts = [round(255 - (255 - int(color[at : at + 2], 16)) * share) for at in (1, 3, 5)]
    return "#" + "".join(f"{part:02x}" for part in parts)


def _line(pen: ImageDraw.ImageDraw, points: list[Point], color: str, width: float, scale: float) -> None:
    """Draw a line with round ends and corners."""
    placed = [(x * scale, y * scale) for x, y in points]
    pen.line(placed, fill=color, width=round(width), joint="curve")
    reach = width / 2
    for x, y in placed:
        pen.ellipse([x - reach, y - reach, x + reach, y + reach], fill=color)


def _text(pen: ImageDraw.ImageDraw, text: str, color: str, scale: float) -> None:
    """Write a number into the middle, in heavy figures."""
    font = ImageFont.load_default(26 * scale)
    pen.text((UNITS / 2 * scale, UNITS / 2 * scale), text, color, font, anchor="mm", stroke_width=round(0.5 * scale))

"""Animated pictures of the demo, drawn with plain shapes. Pure: a scene, a palette and a moment give one picture.

A moment `t` runs from 0 to 1 and the picture at 1 is that at 0, so a loop has no seam.
"""

from collections.abc import Callable
from math import cos, exp, pi, sin
from random import Random

from PIL import Image, ImageDraw

WIDTH, HEIGHT = 640, 360
SCALE = 2
TURN = 2 * pi

# Ground, then four colours from quiet to bright
PALETTES = {
    "night": ("#101d36", "#1d3a5f", "#3c5f86", "#8fb3d1", "#f7cf7d"),
    "ink": ("#0f1a24", "#1f3340", "#3f5c66", "#9fb7ba", "#f2b25c"),
    "plum": ("#2c1f40", "#4a3566", "#7a5c93", "#b79ac6", "#f5a57c"),
    "tide": ("#0b3b4a", "#14586a", "#2f8290", "#66b3ae", "#f2b25c"),
    "steel": ("#16303f", "#28495c", "#4a7186", "#a3bcc6", "#e6e2da"),
    "dawn": ("#fbf0dc", "#f3cf98", "#e9a061", "#c9714f", "#7a4a3a"),
    "sand": ("#f4ead9", "#e2c79c", "#b58f5a", "#7f6238", "#4f8a90"),
    "moss": ("#dfe6cf", "#b3c795", "#7f9c6b", "#33543d", "#d99a3d"),
    "brick": ("#a9573f", "#7e3f31", "#dd9c72", "#f3dcc2", "#4c2b26"),
    "teal": ("#2f767c", "#1d4f58", "#66b3ae", "#f0b261", "#cf5f4b"),
    "honey": ("#f6e3b4", "#e9b64d", "#c98b1e", "#7d5716", "#2f3b2b"),
    "paper": ("#f3eee4", "#c9c5bb", "#4d5b5e", "#1f2a2c", "#d9573d"),
}


def picture(scene: str, palette: str, t: float, seed: int = 0, size: tuple[int, int] = (WIDTH, HEIGHT)) -> Image.Image:
    """Return the scene at moment `t`, drawn twice as large and made smaller, which smooths its edges."""
    image = Image.new("RGB", (size[0] * SCALE, size[1] * SCALE), PALETTES[palette][0])
    SCENES[scene](ImageDraw.Draw(image), image.width, image.height, PALETTES[palette], t % 1, Random(seed))  # noqa: S311
    return image.reduce(SCALE)


Pen = ImageDraw.ImageDraw
Colours = tuple[str, ...]


def waves(pen: Pen, w: int, h: int, colours: Colours, t: float, dice: Random) -> None:
    """Lines of water, the near ones thicker."""
    for row in range(15):
        near = row / 14
        base, depth, lag = h * (0.05 + 0.97 * near), h * (0.014 + 0.05 * near), dice.random() * TURN
        sway = lag + 0.6 * sin(TURN * t + row * 0.7)
        long, short = 2 + dice.random(), 5 + dice.random() * 2
        points = [
            (x, base + depth * (sin(long * x / w * TURN + sway) + 0.4 * sin(short * x / w * TURN - sway)))
            for x in range(-20, w + 40, 16)
        ]
        pen.line(
            points,
            fill=colours[4] if row % 4 == 0 else colours[3 if near > 0.4 else 2],
            width=int(3 + 9 * near),
            joint="curve",
        )


def stars(pen: Pen, w: int, h: int, colours: Colours, t: float, dice: Random) -> None:
    """Stars around a pole, with trails, above dark hills."""
    for band in range(12):
        pen.rectangle((0, h * band // 12, w, h * (band + 1) // 12), fill=_mix(colours[0], colours[1], band / 11))
    pole = (w * 0.66, h * 0.95)
    for _ in range(170):
        radius, angle = (0.1 + dice.random()) * w * 0.75, TURN / 2 * (1 + dice.random())
        turned, bright = angle + TURN / 24 * sin(TURN * t), dice.random()
        box = (pole[0] - radius, pole[1] - radius, pole[0] + radius, pole[1] + radius)
        if bright > 0.55:
            degrees = turned * 360 / TURN
            pen.arc(box, degrees - 9, degrees, fill=_mix(colours[1], colours[3], 0.45), width=3)
        x, y = pole[0] + radius * cos(turned), pole[1] + radius * sin(turned)
        size = 2 + 5 * bright**3
        pen.ellipse((x - size, y - size, x + size, y + size), fill=colours[4])
    _ridge(pen, w, h, 0.86, 0.07, 1.2, 0.4, _mix(colours[0], "#000000", 0.55))
    _ridge(pen, w, h, 0.93, 0.05, 2.3, 1.9, _mix(colours[0], "#000000", 0.75))


def moon(pen: Pen, w: int, h: int, colours: Colours, t: float, dice: Random) -> None:
    """The moon through its phases, stars behind it, hills below."""
    for _ in range(90):
        x, y, size = dice.random() * w, dice.random() * h * 0.8, 1 + 3 * dice.random() ** 2
        pen.ellipse((x - size, y - size, x + size, y + size), fill=colours[3])
    x, y, r = w * 0.5, h * 0.42, h * 0.24
    pen.ellipse((x - r, y - r, x + r, y + r), fill=colours[4])
    shift = 2.2 * r * (2 * t - 1)
    pen.ellipse((x - r * 1.04 + shift, y - r * 1.04, x + r * 1.04 + shift, y + r * 1.04), fill=colours[0])
    _ridge(pen, w, h, 0.84, 0.08, 1.1, 0.8, colours[1])
    _ridge(pen, w, h, 0.93, 0.05, 2.1, 2.6, _mix(colours[0], "#000000", 0.5))


def rings(pen: Pen, w: int, h: int, colours: Colours, t: float, dice: Random) -> None:
    """Circles in circles, breathing, each a little off the centre."""
    x, y = w * (0.45 + 0.1 * dice.random()), h * 0.52
    for at, (size, colour) in enumerate(((0.72, 1), (0.53, 2), (0.38, 3), (0.24, 0), (0.11, 4))):
        r = h * size * (1 + 0.045 * sin(TURN * t + at * 1.1))
        dx, dy = 0.05 * h * cos(TURN * t + at), 0.03 * h * sin(TURN * t + at)
        pen.ellipse((x + dx - r, y + dy - r, x + dx + r, y + dy + r), fill=colours[colour])


def hills(pen: Pen, w: int, h: int, colours: Colours, t: float, dice: Random) -> None:
    """Low land in layers under a slow sun."""
    x, y, r = w * (0.68 + 0.03 * sin(TURN * t)), h * (0.27 + 0.03 * cos(TURN * t)), h * 0.13
    pen.ellipse((x - r, y - r, x + r, y + r), fill=colours[1])
    lag = dice.random() * TURN
    for at, top in enumerate((0.44, 0.56, 0.7, 0.84)):
        colour = (colours[1], colours[4], colours[2], colours[3])[at]
        _ridge(pen, w, h, top, 0.07, 1 + at * 0.35, lag + at * 1.7 + 0.35 * sin(TURN * t + at), colour)


def alps(pen: Pen, w: int, h: int, colours: Colours, t: float, dice: Random) -> None:
    """Peaks before a sun, with clouds between."""
    x, y, r = w * 0.2, h * (0.26 + 0.04 * cos(TURN * t)), h * 0.12
    pen.ellipse((x - r, y - r, x + r, y + r), fill=_mix(colours[1], "#ffffff", 0.35))
    for layer in range(3):
        foot, peak = h * (0.72 + 0.14 * layer), h * (0.2 + 0.17 * layer)
        points: list[tuple[float, float]] = [(-40, h)]
        at = -40.0
        while at < w + 120:
            points += [(at, foot + dice.random() * h * 0.06), (at + 130, peak + dice.random() * h * 0.25)]
            at += 230 + dice.random() * 200
        pen.polygon([*points, (w + 200, h)], fill=colours[(2, 3, 4)[layer]])
        if layer < 2:
            for _ in range(3):
                cx = (dice.random() * w + w * t * (1 if layer else -1)) % (w * 1.3) - w * 0.15
                cy, size = foot - h * 0.03, h * (0.012 + 0.012 * dice.random())
                pen.rounded_rectangle(
                    (cx, cy - size, cx + w * 0.2, cy + size), radius=size, fill=_mix(colours[0], "#ffffff", 0.3)
                )


def loom(pen: Pen, w: int, h: int, colours: Colours, t: float, dice: Random) -> None:
    """Cloth: squares that change colour as a shuttle passes."""
    step = h // 9
    for row in range(10):
        for column in range(w // step + 1):
            choice = dice.choice((1, 2, 3, 3, 4))
            wave = sin(TURN * t + column * 0.5 + row * 0.9)
            colour = _mix(colours[choice], colours[0], 0.25 + 0.25 * wave)
            inset = step * 0.05
            x, y = column * step, row * step
            pen.rounded_rectangle(
                (x + inset, y + inset, x + step - inset, y + step - inset), radius=step * 0.1, fill=colour
            )


def blocks(pen: Pen, w: int, h: int, colours: Colours, t: float, dice: Random) -> None:
    """Printer's ornaments: squares, quarters and discs that turn."""
    step = h // 5
    for row in range(5):
        for column in range(w // step + 1):
            x, y, kind, turn = column * step, row * step, dice.randrange(6), dice.randrange(4)
            ink, ground = colours[dice.choice((2, 3, 3, 4, 1))], colours[dice.choice((0, 0, 1))]
            pen.rectangle((x, y, x + step, y + step), fill=ground)
            now = (turn + (int(t * 8 + dice.random() * 8) // 2)) % 4
            if kind < 2:
                cx, cy = x + step * (now in (1, 2)), y + step * (now in (2, 3))
                start = (0, 90, 180, 270)[now]
                pen.pieslice((cx - step, cy - step, cx + step, cy + step), start, start + 90, fill=ink)
            elif kind == 2:
                corners = [(x, y), (x + step, y), (x + step, y + step), (x, y + step)]
                pen.polygon([corners[(now + at) % 4] for at in range(3)], fill=ink)
            elif kind == 3:
                r = step * (0.26 + 0.05 * sin(TURN * t + column))
                pen.ellipse((x + step / 2 - r, y + step / 2 - r, x + step / 2 + r, y + step / 2 + r), fill=ink)


def hive(pen: Pen, w: int, h: int, colours: Colours, t: float, dice: Random) -> None:
    """Comb: six-sided cells that fill and empty in a wave."""
    r = h / 9
    for row in range(8):
        for column in range(12):
            x, y = (column + 0.5 * (row % 2)) * r * 1.78, row * r * 1.54
            full = 0.5 + 0.5 * sin(TURN * t + column * 0.7 + row * 0.4 + dice.random())
            for size, colour in (
                (0.97, colours[2]),
                (0.86, colours[1]),
                (0.8 * full, colours[3] if full > 0.75 else colours[4] if full < 0.2 else colours[2]),
            ):
                pen.polygon(
                    [(x + r * size * sin(side * TURN / 6), y + r * size * cos(side * TURN / 6)) for side in range(6)],
                    fill=colour,
                )


def dots(pen: Pen, w: int, h: int, colours: Colours, t: float, dice: Random) -> None:
    """Points that pile up to a bell; its middle wanders."""
    columns, r = 31, h / 70
    middle = 15 + 3 * sin(TURN * t)
    for column in range(columns):
        height = round(20 * exp(-(((column - middle) / 6) ** 2)) + dice.random() * 1.5) + 1
        for row in range(height):
            x, y = w * (column + 1) / (columns + 1), h * 0.93 - row * r * 3.2
            near = abs(column - middle) < 5
            pen.ellipse((x - r, y - r, x + r, y + r), fill=colours[4] if near else colours[3 if row % 3 else 2])


SCENES: dict[str, Callable[[Pen, int, int, Colours, float, Random], None]] = {
    "waves": waves, "stars": stars, "moon": moon, "rings": rings, "hills": hills, "alps": alps, "loom": loom,
    "blocks": blocks, "hive": hive, "dots": dots,
}  # fmt: skip


def _ridge(pen: Pen, w: int, h: int, top: float, height: float, long: float, lag: float, colour: str) -> None:
    points = [
        (
            x,
            h
            * (top + height * (0.7 * sin(long * x / w * TURN + lag) + 0.3 * sin(2.7 * long * x / w * TURN + 2 * lag))),
        )
        for x in range(0, w + 32, 32)
    ]
    pen.polygon([(0, h), *points, (w, h)], fill=colour)


def _mix(first: str, second: str, part: float) -> str:
    """Return the colour `part` of the way from the first to the second."""
    pairs = [(int(first[at : at + 2], 16), int(second[at : at + 2], 16)) for at in (1, 3, 5)]
    return "#" + "".join(f"{round(a + (b - a) * part):02x}" for a, b in pairs)

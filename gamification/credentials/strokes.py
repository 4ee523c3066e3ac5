"""An icon's lines as points: the path data of SVG 2 (9.3), as far as the icons use it, each curve cut into short lines."""

import re
from itertools import pairwise
from math import acos, cos, pi, radians, sin, sqrt
from pathlib import Path

from django.conf import settings

ICONS = Path(settings.BASE_DIR) / "static" / "icons" / "outline"
PATH = re.compile(r'<path (?![^>]*stroke="none")[^>]*?\bd="([^"]+)"')
TOKEN = re.compile(r"[a-zA-Z]|[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?")
FLAGGED = re.compile(r"([aA])([^a-zA-Z]*)")
ARC = re.compile(
    r"\s*,?\s*([-+]?[\d.]+)[\s,]*([-+]?[\d.]+)[\s,]+([-+]?[\d.]+)[\s,]+([01])[\s,]*([01])[\s,]*([-+]?(?:\d+\.?\d*|\.\d+))[\s,]*([-+]?(?:\d+\.?\d*|\.\d+))"
)
STEPS = 16
TAKES = {"M": 2, "L": 2, "H": 1, "V": 1, "C": 6, "S": 4, "Q": 4, "T": 2, "A": 7, "Z": 0}

Point = tuple[float, float]


def of_icon(name: str) -> list[list[Point]]:
    """Return the lines of an icon on its 24 × 24 square; none for an icon that is not there."""
    file = ICONS / f"{name}.svg"
    if not re.fullmatch(r"[a-z0-9-]{1,60}", name) or not file.is_file():
        return []
    return [line for data in PATH.findall(file.read_text()) for line in lines(data)]


def lines(data: str) -> list[list[Point]]:
    """Return the lines of one path."""
    pen = _Pen()
    tokens = TOKEN.findall(FLAGGED.sub(_spaced, data))
    at, command = 0, "M"
    while at < len(tokens):
        if tokens[at].isalpha():
            command, at = tokens[at], at + 1
        size = TAKES[command.upper()]
        pen.draw(command, [float(token) for token in tokens[at : at + size]])
        at += size
        command = {"M": "L", "m": "l"}.get(command, command)
    return [line for line in pen.lines if len(line) > 1]


class _Pen:
    """Where the pen is, and what it has drawn."""

    def __init__(self) -> None:
        self.lines: list[list[Point]] = []
        self.at: Point = (0, 0)
        self.mirror: Point | None = None

    def draw(self, command: str, values: list[float]) -> None:
        """Follow one command."""
        kind, x0, y0 = command.upper(), *self.at
        dx, dy = (x0, y0) if command.islower() else (0.0, 0.0)
        if kind == "A":
            self._line(
                arc(self.at, values[0], values[1], values[2], values[3], values[4], (values[5] + dx, values[6] + dy))
            )
        elif kind == "H":
            self._line([(values[0] + dx, y0)])
        elif kind == "V":
            self._line([(x0, values[0] + dy)])
        elif kind == "Z":
            self._line([self.lines[-1][0]])
        else:
            self._points(kind, [(values[i] + dx, values[i + 1] + dy) for i in range(0, len(values), 2)])
            return
        self.mirror = None

    def _points(self, kind: str, points: list[Point]) -> None:
        """Move, or draw a line or a curve through its control points."""
        start = self.at
        if kind == "M":
            self.lines.append([points[0]])
            self.at, self.mirror = points[0], None
            return
        if kind in "ST":
            points = [self.mirror or start, *points]
        controls = points[:-1]
        self._line(bezier([start, *points]))
        last = controls[-1] if controls else None
        self.mirror = (2 * self.at[0] - last[0], 2 * self.at[1] - last[1]) if last else None

    def _line(self, points: list[Point]) -> None:
        """Go on to some points."""
        self.lines[-1].extend(points)
        self.at = points[-1]


def bezier(points: list[Point]) -> list[Point]:
    """Return points along a Bézier curve, its start left out; of two points just the end."""
    if len(points) == 2:
        return points[1:]
    found = []
    for step in range(1, STEPS + 1):
        t, level = step / STEPS, points
        while len(level) > 1:
            pairs = pairwise(level)
            level = [(a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t) for a, b in pairs]
        found.append(level[0])
    return found


def arc(start: Point, rx: float, ry: float, turned: float, large: float, sweep: float, end: Point) -> list[Point]:
    """Return points along an elliptical arc, its start left out (SVG 2, B.2.4)."""
    if start == end or not rx or not ry:
        return [end]
    phi = radians(turned)
    half_x, half_y = (start[0] - end[0]) / 2, (start[1] - end[1]) / 2
    x1, y1 = cos(phi) * half_x + sin(phi) * half_y, cos(phi) * half_y - sin(phi) * half_x
    grow = sqrt(max(1.0, (x1 / rx) ** 2 + (y1 / ry) ** 2))
    rx, ry = rx * grow, ry * grow
    below = (rx * y1) ** 2 + (ry * x1) ** 2
    scale = sqrt(max(0.0, ((rx * ry) ** 2 - below) / below)) * (-1 if large == sweep else 1)
    cx1, cy1 = scale * rx * y1 / ry, -scale * ry * x1 / rx
    cx = cos(phi) * cx1 - sin(phi) * cy1 + (start[0] + end[0]) / 2
    cy = sin(phi) * cx1 + cos(phi) * cy1 + (start[1] + end[1]) / 2
    first = _angle((x1 - cx1) / rx, (y1 - cy1) / ry)
    turn = (_angle((-x1 - cx1) / rx, (-y1 - cy1) / ry) - first) % (2 * pi)
    if not sweep:
        turn -= 2 * pi
    found = []
    for step in range(1, STEPS + 1):
        angle = first + turn * step / STEPS
        x, y = rx * cos(angle), ry * sin(angle)
        found.append((cx + cos(phi) * x - sin(phi) * y, cy + sin(phi) * x + cos(phi) * y))
    return [*found[:-1], end]


def _angle(x: float, y: float) -> float:
    """Return the angle of a direction, from 0 to two pi."""
    length = sqrt(x * x + y * y)
    angle = acos(max(-1.0, min(1.0, x / length)))
    return angle if y >= 0 else 2 * pi - angle


def _spaced(found: re.Match[str]) -> str:
    """Return the numbers of arcs with the two flags apart from what follows: they may be written together."""
    return found[1] + " " + " ".join(" ".join(numbers) for numbers in ARC.findall(found[2])) + " "

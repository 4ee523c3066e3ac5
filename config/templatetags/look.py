"""The site's own tags and filters: icons, rings, and numbers written for people. Builtin, so no template loads them."""

import re
from datetime import UTC, datetime
from functools import cache
from math import cos, floor, pi, sin
from pathlib import Path
from typing import Any
from zlib import crc32

from django import forms, template
from django.conf import settings
from django.forms.boundfield import BoundField, BoundWidget
from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from stats.eight import EIGHT

register = template.Library()

ICONS = Path(settings.BASE_DIR) / "static" / "icons"
SHAPES = re.compile(r"<svg[^>]*>(.*)</svg>", re.DOTALL)
PAINT = {
    "filled": mark_safe('fill="currentColor"'),
    "outline": mark_safe('fill="none" stroke="currentColor" stroke-linecap="round" stroke-linejoin="round"'),
}
BOX = re.compile(r'<path stroke="none" d="M0 0h24v24H0z"[^>]*/>')  # the invisible square in every Tabler icon

SECOND, MINUTE, HOUR = 1000, 60_000, 3_600_000


# Pictures


@cache
def shapes(name: str, style: str) -> str:
    """Return what stands inside an icon's svg. Raises TemplateSyntaxError for an icon that is not vendored."""
    try:
        text = (ICONS / style / f"{name}.svg").read_text()
    except FileNotFoundError:
        raise template.TemplateSyntaxError(f"static/icons/{style}/{name}.svg does not exist.") from None
    inside = SHAPES.search(text)
    if inside is None:
        raise template.TemplateSyntaxError(f"static/icons/{style}/{name}.svg is no svg.")
    return " ".join(BOX.sub("", inside[1]).split())


@register.simple_tag
def icon(name: str, filled: bool = False, **attributes: str) -> SafeString:
    """Inline a Tabler icon at the size of the text: `{% icon "heart" filled=True class="icon-lg" %}`."""
    classes = f"icon {attributes.get('class', '')}".strip()
    style = "filled" if filled else "outline"
    inside = mark_safe(shapes(name, style))
    return format_html(
        '<svg class="{}" viewBox="0 0 24 24" {} aria-hidden="true">{}</svg>', classes, PAINT[style], inside
    )


def on_circle(radius: float, degrees: float) -> tuple[float, float]:
    """Return the point of a 120 x 120 picture that lies `degrees` clockwise from the top."""
    angle = degrees * pi / 180
    return 60 + radius * sin(angle), 60 - radius * cos(angle)


@register.simple_tag
def motif(name: str, lit: int = 0) -> SafeString:
    """Draw the eight dots of an empty place around an icon; dot `lit` (0 to 7, clockwise from the top) is warm."""
    dots = []
    for index in range(8):
        x, y = on_circle(50, 45 * index)
        kind, radius = ("p", 7.5) if index == lit % 8 else ("r", 6)
        dots.append(f'<circle class="{kind}" cx="{x:.1f}" cy="{y:.1f}" r="{radius}"/>')
    return format_html(
        '<svg class="motif" viewBox="0 0 120 120" aria-hidden="true">{}'
        '<g class="i" transform="translate(38 38) scale(1.84)">{}</g></svg>',
        mark_safe("".join(dots)),
        mark_safe(shapes(name, "outline")),
    )


@register.simple_tag
def ring(value: float, most: float, width: int = 11, warm: bool = False) -> SafeString:
    """Draw eight arcs, as many of them lit as `value` has reached of `most`; all eight only when it is all there."""
    lit = floor(8 * min(max(value, 0), most) / most) if most else 0
    arcs = []
    for index in range(8):
        start, end = on_circle(53, 45 * index + 6.5), on_circle(53, 45 * index + 38.5)
        line = f"M{start[0]:.2f} {start[1]:.2f}A53 53 0 0 1 {end[0]:.2f} {end[1]:.2f}"
        arcs.append(f'<path class="{"on" if index < lit else "off"}" stroke-width="{width}" d="{line}"/>')
    return format_html(
        '<svg class="ring{}" viewBox="0 0 120 120" aria-hidden="true">{}</svg>',
        " ring-warm" if warm else "",
        mark_safe("".join(arcs)),
    )


SIDES = "80.5,59.1 59.1,80.5 28.9,80.5 7.5,59.1 7.5,28.9 28.9,7.5 59.1,7.5 80.5,28.9"
PLATE = "75.4,57.0 57.0,75.4 31.0,75.4 12.6,57.0 12.6,31.0 31.0,12.6 57.0,12.6 75.4,31.0"


@register.simple_tag
def badge(name: str, rarity: str = "common", locked: bool = False, color: str = "") -> SafeString:
    """Draw an achievement's eight sides around an icon, or a number.

    Rarity is colour and form: outline, tinted, solid, gold with a turning halo. `color` (#rrggbb) takes the place of the
    rarity's.
    """
    picture = shapes(name or "trophy", "outline") if not name.isdigit() else ""
    return format_html(
        '<span class="badgebox {}"><svg class="badge8" viewBox="0 0 88 88" aria-hidden="true"{}>{}'
        '<polygon class="rim" points="{}"/><polygon class="plate" points="{}"/>{}</svg></span>',
        "locked" if locked else rarity,
        format_html(' color="{}"', color) if color and not locked else "",
        mark_safe('<circle class="halo" cx="44" cy="44" r="42"/>') if rarity == "legendary" and not locked else "",
        SIDES,
        PLATE,
        format_html('<g class="ic" transform="translate(27.5 27.5) scale(1.375)">{}</g>', mark_safe(picture))
        if picture
        else format_html('<text class="tx" x="44" y="53">{}</text>', name),
    )


@register.simple_tag
def logo() -> SafeString:
    """Draw the eight dots of the logo, the second one warm."""
    dots = []
    for index in range(8):
        x, y = on_circle(50, 45 * index)
        kind, radius = ("dot-on", 15) if index == 1 else ("dot", 12)
        dots.append(f'<circle class="{kind}" cx="{x:.1f}" cy="{y:.1f}" r="{radius}"/>')
    return format_html('<svg viewBox="-8 -8 136 136" aria-hidden="true">{}</svg>', mark_safe("".join(dots)))


# Numbers and times in words


@register.filter
def duration(ms: int | None) -> str:
    """Write a length as on a clock: 24:10, 1:02:03. Nothing for None."""
    if ms is None:
        return ""
    minutes, seconds = divmod(int(ms) // SECOND, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


@register.filter
def hours(ms: int | None) -> str:
    """Write milliseconds as hours with one decimal: 18.2."""
    return formats.number_format((ms or 0) / HOUR, 1, force_grouping=True)


@register.filter
def spent(ms: int | None) -> str:
    """Write a time spent: 12 s, 48 min, 2 h 48 min."""
    whole = int(ms or 0)
    if whole < MINUTE:
        return _("%d s") % (whole // SECOND)
    h, minutes = divmod(whole // MINUTE, 60)
    if not h:
        return _("%d min") % minutes
    written = formats.number_format(h, 0, force_grouping=True)
    if not minutes:
        return _("%s h") % written
    return _("%(h)s h %(m)d min") % {"h": written, "m": minutes}


@register.filter
def compact(number: float | None) -> str:
    """Write a count: 1,240; from a million on 1.2 M."""
    value = number or 0
    for size, letter in ((1e9, "G"), (1e6, "M")):
        if abs(value) >= size:
            return f"{formats.number_format(floor(value / size * 10) / 10, 1)} {letter}"
    return formats.number_format(value, 0, force_grouping=True)


def since(moment: datetime, now: datetime) -> tuple[str, str]:
    """Return how long ago `moment` was as a figure and its unit; the unit is empty where words say it all.

    Days are those of the active time zone, so that 'yesterday' is the reader's.
    """
    minutes = int((now - moment).total_seconds()) // 60
    days = (timezone.localdate(now) - timezone.localdate(moment)).days
    if minutes < 1:
        return _("now"), ""
    if minutes < 60:
        return str(minutes), _("min ago")
    if minutes < 60 * 24 and (days == 0 or minutes < 60 * 12):
        return str(minutes // 60), _("h ago")
    if days <= 1:
        return _("yesterday"), ""
    if days < 30:
        return str(days), ngettext("day ago", "days ago", days)
    return formats.date_format(timezone.localtime(moment), "j M Y"), ""


@register.filter
def ago(moment: datetime | None) -> str:
    """Write how long ago: 'now', '4 min ago', '2 h ago', 'yesterday', '3 days ago', then the date. Nothing for None."""
    if moment is None:
        return ""
    figure, unit = since(moment, datetime.now(UTC))
    return f"{figure} {unit}".strip()


@register.filter
def initials(person: Any) -> str:
    """Return one or two capitals of a name: 'noa.lind' is NL."""
    words = [word for word in re.split(r"[^\w]+|_", str(person)) if word]
    if not words:
        return "?"
    letters = words[0][0] + words[-1][0] if len(words) > 1 else words[0][:2]
    return letters.upper()


@register.filter
def tint(person: Any) -> int:
    """Return 1 to 5, always the same for the same name: the colour of an avatar, `av-{{ user|tint }}`."""
    return crc32(str(person).encode()) % 5 + 1


BROWSERS = (("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
SYSTEMS = (
    ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"),
    ("Mac OS X", "macOS"), ("CrOS", "ChromeOS"), ("Linux", "Linux"),
)  # fmt: skip


@register.filter
def browser_name(user_agent: str) -> str:
    """Name the browser and system of a session: 'Firefox on Linux'; the first word of what calls itself otherwise."""
    browser = next((name for mark, name in BROWSERS if mark in user_agent), "")
    system = next((name for mark, name in SYSTEMS if mark in user_agent), "")
    if browser and system:
        return _("%(browser)s on %(system)s") % {"browser": browser, "system": system}
    return browser or user_agent.partition(" ")[0] or _("Unknown program")


# The eight statistics


@register.filter
def eight(stats: Any) -> list[dict[str, Any]]:
    """Return the eight statistics in their order, each with its figure and unit written for people."""
    rows = [(stat, *figure_of(getattr(stats, stat.key))) for stat in EIGHT]
    return [{"stat": stat, "figure": figure, "unit": unit} for stat, figure, unit in rows]


def figure_of(value: Any) -> tuple[str, str]:
    """Return a statistic as figure and unit; only hours are fractions, and only the last activity is a time."""
    if value is None:
        return "\N{EN DASH}", ""
    if isinstance(value, datetime):
        return since(value, datetime.now(UTC))
    if isinstance(value, float):
        return formats.number_format(value, 1, force_grouping=True), _("h")
    return compact(value), ""


# Forms

CLASSES: tuple[tuple[type[forms.Widget], str], ...] = (
    (forms.CheckboxSelectMultiple, ""),
    (forms.RadioSelect, ""),
    (forms.CheckboxInput, "form-check-input"),
    (forms.Select, "form-select"),
)


@register.filter
def control(field: BoundField, how: str = "") -> SafeString:
    """Render a form field's input with Tabler's classes; Django ties hint and errors to it by `aria-describedby`.

    `how` is "plain" to leave out a placeholder that only repeats the label.
    """
    style = next((style for kind, style in CLASSES if isinstance(field.field.widget, kind)), "form-control")
    given = field.field.widget.attrs.get("class", "")
    classes = " ".join(filter(None, (given, style, "is-invalid" if field.errors else "")))
    attributes = ({"class": classes} if classes else {}) | ({"placeholder": False} if how == "plain" else {})
    return field.as_widget(attrs=attributes or None)


@register.filter
def is_checkbox(field: BoundField) -> bool:
    """Whether the field is a single tick, whose label stands behind it."""
    return isinstance(field.field.widget, forms.CheckboxInput)


@register.filter
def is_password(field: BoundField) -> bool:
    """Whether the field is a password, which may be shown on request."""
    return isinstance(field.field.widget, forms.PasswordInput)


@register.filter
def is_choice(field: BoundField) -> bool:
    """Whether the field is a list of radio buttons or ticks."""
    return isinstance(field.field.widget, forms.RadioSelect | forms.CheckboxSelectMultiple)


@register.filter
def tick(option: BoundWidget) -> SafeString:
    """Render one radio button or tick of a list with Tabler's class."""
    option.data["attrs"] = {**option.data["attrs"], "class": "form-check-input"}
    return option.tag()


# Addresses


@register.simple_tag(takes_context=True)
def query(context: template.Context, **changes: Any) -> str:
    """Return the query of this page with some parameters changed; None takes one away."""
    parameters = context["request"].GET.copy()
    for name, value in changes.items():
        if value is None or value == "":
            parameters.pop(name, None)
        else:
            parameters[name] = str(value)
    return "?" + parameters.urlencode()


# The frame


class SectionNode(template.Node):
    """Keeps what stands between the tags as `section`, so that the navigation can mark it."""

    def __init__(self, inside: template.NodeList) -> None:
        self.inside = inside

    def render(self, context: template.Context) -> str:
        """Set `section`, show nothing."""
        context["section"] = self.inside.render(context).strip()
        return ""


@register.tag
def setsection(parser: template.base.Parser, token: template.base.Token) -> SectionNode:
    """Read the page's `section` block before the navigation is drawn: `{% setsection %}…{% endsetsection %}`."""
    inside = parser.parse(("endsetsection",))
    parser.delete_first_token()
    return SectionNode(inside)

"""The lines of a panel's table, as a page has them and as its chart is drawn from them.

The table of a year has thousands of cells: what its lines share, links and how each column is written, is made once.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from html import escape
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.billing import money
from analytics import figures
from analytics.dashboards import asking
from analytics.dashboards.registry import Cell, Column, Panel, Query, Rows, Shape
from analytics.figures import Amount
from stats.metrics import Unit

CHARTS = frozenset({Shape.LINE, Shape.AREA, Shape.STACKED, Shape.BAR})
SHADES = 5
LINKED_ROWS = 100
WRITTEN_PLAIN = 1000

Writer = Callable[[Any, str], str]
Link = Callable[[date, date], str]


@dataclass(frozen=True, slots=True)
class Mark:
    """Something to point at on the time axis: a note of staff, or what was expected of a day, as the chart draws it."""

    day: date
    text: str
    is_unusual: bool = False
    low: str = ""
    high: str = ""


def body(panel: Panel, rows: Rows, query: Query, marks: Iterable[Mark] = ()) -> str:
    """Return the lines of a table, each with a cell for every column. Every text in it is escaped."""
    marked: dict[date, list[Mark]] = {}
    for mark in marks:
        marked.setdefault(mark.day, []).append(mark)
    writers = [_writer(panel, column) for column in rows.columns]
    link, parts = _link(panel, query), _links_of_cells(panel, rows, query)
    so_far = f' <span class="muted">{escape(_("so far"))}</span>'
    not_over = f' data-partial="{escape(_("Not over yet"))}"'
    lines = []
    for row in rows.rows:
        day = row.at.date() if isinstance(row.at, datetime) else row.at
        until = row.until or day
        name = label = escape(row.label)
        told = not_over if row.is_open else ""
        note = f'<div class="tiny muted">{escape(row.note)}</div>' if row.note else ""
        if marked and row.at in marked:
            about, words = _marked(marked[row.at])
            told, note = told + about, note + words
        if href := escape(row.href) if row.href else link(day, until) if link and day and until else "":
            name = f'<a class="plain" href="{href}">{label}</a>'
        if row.is_open:
            name += so_far
        cells = "".join(
            [
                write(value, to(day, until) if to and value and day and until else "")
                for value, write, to in zip(row.values, writers, parts, strict=True)
            ]
        )
        lines.append(f'<tr{told}><th scope="row" data-label="{label}">{name}{note}</th>{cells}</tr>')
    return "\n".join(lines)


def amount(value: Any, unit: Unit, currency: str = "", *, is_short: bool = False) -> Amount:
    """Write a value: money of a currency from its minor units, a cell of its own as it says, everything else in its unit."""
    if isinstance(value, Cell):
        return Amount(value.text)
    if unit is Unit.MONEY and value is not None and currency:
        return Amount(money.written(int(value), currency, is_short=is_short))
    return figures.amount(value, unit)


def drawn(value: Any, column: Column) -> str:
    """Write a value as a chart draws it: money in the currency's main unit."""
    if column.unit is Unit.MONEY and column.currency:
        return str(money.major(int(value), column.currency))
    return str(value) if isinstance(value, int) else f"{float(value):.4f}".rstrip("0").rstrip(".")


def list_of(panel: Panel, query: Query, day: date | None = None, part: str = "") -> str:
    """Return where the people or items behind a number are listed."""
    changes = {"on": day.isoformat() if day else "", "part": part}
    return reverse("dashboards:behind", args=[panel.key]) + address(asking.words_of(query, **changes))


def address(words: dict[str, str]) -> str:
    """Return the query of an address, '' for none."""
    return f"?{urlencode(words)}" if words else ""


# What all lines share


def _writer(panel: Panel, column: Column) -> Writer:
    """Return what writes the cells of a column, each with the link that it is given, if any."""
    if column.is_text:
        return lambda value, _href: f"<td>{escape(str(value or figures.NOTHING))}</td>"
    if panel.shape is Shape.COHORT and column.unit is Unit.PERCENT:
        return _shaded
    nothing = '<td class="r"></td>' if panel.shape is Shape.COHORT else f'<td class="r">{figures.NOTHING}</td>'
    is_drawn, is_count, unit, currency = panel.shape in CHARTS, column.unit is Unit.COUNT, column.unit, column.currency

    def write(value: Any, href: str) -> str:
        if is_count and not href and type(value) is int and 0 <= value < WRITTEN_PLAIN:
            return f'<td class="r">{value}</td>'
        if value is None:
            return nothing
        written = escape(str(amount(value, unit, currency)))
        if href:
            written = f'<a class="plain" href="{href}">{written}</a>'
        if column.is_bar:
            return (
                '<td class="w8"><div class="row-flex gap-2">'
                f'<progress class="bar" max="100" value="{min(100, round(float(value)))}" aria-hidden="true"></progress>'
                f'<span class="num small">{written}</span></div></td>'
            )
        if is_drawn:
            return f'<td class="r" data-value="{drawn(value, column)}">{written}</td>'
        return f'<td class="r">{written}</td>'

    return write


def _shaded(value: Any, _href: str) -> str:
    if value is None:
        return '<td class="r"></td>'
    shade = min(SHADES - 1, int(float(value) / 100 * SHADES))
    return f'<td class="r shade{shade}">{round(value)} %</td>'


def _link(panel: Panel, query: Query) -> Link | None:
    """Return where a step of the panel leads: to what a day is made of, beside the chart, or to the list behind it."""
    if panel.parts is not None:
        return _by_step("", query, of_day={"panel": panel.key}, after=f"#panel-{panel.key}")
    if panel.drill is not None:
        return _by_step(reverse("dashboards:behind", args=[panel.key]), query)
    return None


def _links_of_cells(panel: Panel, rows: Rows, query: Query) -> Sequence[Link | None]:
    """Return where the people or items behind each column's cells are, None where the line's own link leads there already."""
    if (
        panel.drill is None
        or panel.among is None
        or len(rows.rows) > LINKED_ROWS
        or sum(not one.is_before for one in rows.columns) < 2
    ):
        return [None] * len(rows.columns)
    base = reverse("dashboards:behind", args=[panel.key])
    return [_by_step(base, query, of_step={"part": column.key}) for column in rows.columns]


def _by_step(
    base: str,
    query: Query,
    *,
    of_day: dict[str, str] | None = None,
    of_step: dict[str, str] | None = None,
    after: str = "",
) -> Link:
    """Return what makes the link of a step: a day is asked for in the window, several days as a window of their own.

    `of_day` are words that only a day takes, `of_step` those that every step takes.
    """
    words = asking.words_of(query, **(of_step or {}))
    of_a_day = escape(f"{base}{address(words | (of_day or {}) | {'on': ''})}")
    of_days = escape(f"{base}{address({name: word for name, word in words.items() if name not in asking.SPAN})}")
    joined, end = "&amp;" if "?" in of_days else "?", escape(after)

    def link(first: date, last: date) -> str:
        if first == last:
            return f"{of_a_day}{first.isoformat()}{end}"
        return f"{of_days}{joined}from={first.isoformat()}&amp;to={last.isoformat()}{end}"

    return link


def _marked(marks: Sequence[Mark]) -> tuple[str, str]:
    """Return what marks add to a line's attributes, and below its label."""
    told = note = ""
    for mark in marks:
        if mark.low and mark.high:
            told += f' data-low="{mark.low}" data-high="{mark.high}"'
        if mark.text:
            note += f'<div class="tiny {"warm" if mark.is_unusual else "muted"} markword">{escape(mark.text)}</div>'
    if words := " · ".join(mark.text for mark in marks if mark.text):
        told += f' data-mark="{escape(words)}"' + (' data-unusual="yes"' if any(m.is_unusual for m in marks) else "")
    return told, note

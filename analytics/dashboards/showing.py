"""How panels are shown: numbers written, changes told, tables made of rows, cards set side by side."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property, lru_cache
from typing import Any

from django.urls import reverse
from django.utils import formats
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.billing import money
from analytics import figures
from analytics.dashboards import asking, lines
from analytics.dashboards.lines import CHARTS, Mark, address, amount
from analytics.dashboards.registry import Cell, Column, Figure, Panel, Query, Row, Rows, Shape, Width
from analytics.exports import Table
from analytics.figures import Amount
from analytics.studio.values import Delta, delta_of
from stats import compute
from stats.compute import Value
from stats.metrics import Unit

CARDS_IN_A_ROW = 5
CHART_UNITS = {Unit.PERCENT: "%", Unit.HOURS: "h", Unit.SECONDS: "s", Unit.GIGABYTES: "GB", Unit.STARS: "of 5"}


@dataclass(frozen=True)
class Card:
    """A headline figure as it is shown."""

    panel: Panel
    figure: Figure
    href: str = ""

    @property
    def amount(self) -> Amount:
        """It now, written."""
        return amount(self.figure.value, self.panel.unit, self.figure.currency, is_short=True)

    @property
    def before(self) -> str:
        """It before, written; '' where nothing is compared."""
        if self.figure.before is None:
            return ""
        return str(amount(self.figure.before, self.panel.unit, self.figure.currency, is_short=True))

    @cached_property
    def delta(self) -> Delta | None:
        """How it moved against before, as it is shown; None where nothing is compared."""
        now, before = Value(self.figure.value), Value(self.figure.before)
        return delta_of(now, before, self.panel.unit, is_higher_better=self.panel.is_higher_better)

    @property
    def step(self) -> float | None:
        """By how much it moved: points of a percentage, percent of anything else; None where it is new, too."""
        return self.delta.step if self.delta else None


@dataclass(frozen=True, slots=True)
class Side:
    """What a day's number is made of, beside its chart."""

    title: str
    rows: Rows
    bars: tuple["Bar", ...]
    href: str
    close: str
    total: str

    @property
    def what(self) -> str:
        """What the number counts."""
        return str(self.rows.columns[0].label).lower()


@dataclass(frozen=True, slots=True)
class Bar:
    """One line of a ranking: its share of the whole, and the longest of the ranking."""

    label: str
    value: float
    amount: str
    percent: str
    most: float
    href: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """A chart, a table, a ranking or a list of states as it is shown."""

    panel: Panel
    rows: Rows
    query: Query
    marks: tuple[Mark, ...] = ()
    csv_name: str = "dashboards:csv"

    @property
    def is_chart(self) -> bool:
        """Whether it is drawn."""
        return self.panel.shape in CHARTS

    @property
    def template(self) -> str:
        """What shows it."""
        shape = Shape.TABLE if self.panel.shape is Shape.COHORT else self.panel.shape
        return f"staff/panels/_{'chart' if self.is_chart else shape.value}.html"

    @property
    def columns(self) -> tuple[Column, ...]:
        """Its columns of numbers."""
        return self.rows.columns

    @property
    def legend(self) -> list[tuple[str, str]]:
        """The class and the name of each line of a chart with more than one."""
        shown = []
        colour = 0
        for column in self.rows.columns:
            colour += not column.is_before
            shown.append(("prev" if column.is_before else f"s{colour}", str(column.label)))
        return shown if self.is_chart and len(shown) > 1 else []

    @property
    def unit(self) -> str:
        """What the chart writes behind a value."""
        column = self.rows.columns[0] if self.rows.columns else None
        if column is None:
            return ""
        return column.currency if column.unit is Unit.MONEY else CHART_UNITS.get(column.unit, "")

    @property
    def csv(self) -> str:
        """Where its table is to be had."""
        return f"{reverse(self.csv_name, args=[self.panel.key])}{address(asking.words_of(self.query))}"

    @property
    def orders(self) -> list[dict[str, Any]]:
        """The ways in which its rows may stand, as links."""
        chosen = self.query.options.get("order", "")
        known = [key for key, _label in self.panel.orders]
        current = chosen if chosen in known else next(iter(known), "")
        return [
            {
                "label": label,
                "query": address(asking.words_of(self.query, order=key)) + f"#panel-{self.panel.key}",
                "is_current": key == current,
            }
            for key, label in self.panel.orders
        ]

    @property
    def head(self) -> SafeString:
        """The heads of the table."""
        cells = [f'<th scope="col">{escape(self.rows.head)}</th>']
        colour = 0
        for column in self.rows.columns:
            told = ' data-role="previous"' if column.is_before else ""
            if not column.is_before:
                colour += 1
                told = f' data-color="{colour}"' if self.is_chart else ""
            side = "" if column.is_text or column.is_bar else ' class="r"'
            cells.append(f'<th scope="col"{side}{told}>{escape(column.label)}</th>')
        return mark_safe("".join(cells))  # noqa: S308 (every text in it is escaped)

    @property
    def body(self) -> SafeString:
        """The lines of the table."""
        return mark_safe(lines.body(self.panel, self.rows, self.query, self.marks))  # noqa: S308 (every text is escaped)

    @property
    def bars(self) -> tuple[Bar, ...]:
        """Its rows as a ranking, by the first column."""
        return bars_of(self.rows)

    @property
    def states(self) -> list[dict[str, Any]]:
        """Its rows as states of the system."""
        return [
            {"label": row.label, "text": self._written(row, 0), "state": row.state, "note": row.note, "href": row.href}
            for row in self.rows.rows
        ]

    @property
    def worst(self) -> str:
        """The state of the whole: the worst of all."""
        found = {row.state for row in self.rows.rows if row.state}
        return next((state for state in ("bad", "warn", "unknown") if state in found), "good")

    def table(self) -> Table:
        """Return it to take along, as plain values: money in the currency's main unit."""
        head = [str(self.rows.head), *(str(column.label) for column in self.rows.columns)]
        rows = (
            [
                row.at or row.label,
                *(plain(value, column) for value, column in zip(row.values, self.columns, strict=True)),
            ]
            for row in self.rows.rows
        )
        return Table(self.panel.key, str(self.panel.title), head, rows)

    def _written(self, row: Row, at: int) -> str:
        column = self.rows.columns[at]
        return str(amount(row.values[at], column.unit, column.currency))


@dataclass(frozen=True, slots=True)
class Block:
    """Panels that stand side by side."""

    layout: str
    panels: tuple[Shown, ...] = ()


@dataclass(frozen=True, slots=True)
class Strip:
    """Headline figures that stand side by side."""

    cards: tuple[Card, ...] = field(default_factory=tuple)

    @property
    def layout(self) -> str:
        """The class that sets them."""
        return f"kpis{len(self.cards)}" if len(self.cards) != 4 else ""


def frame(query: Query, error: str = "") -> dict[str, Any]:
    """Return what every page of panels says of its window: in words, as links, and what it is compared with."""
    return {
        "query": query,
        "error": error,
        "window": figures.named(query.window),
        "zone": query.window.zone,
        "as_of": figures.clock(query.now, query.window.zone),
        "previous": figures.previous(query.window),
        "ranges": ranges(query),
        "is_custom": not query.window.name,
        "span": asking.span_of(query.window),
        "compare": address(asking.words_of(query, compare="" if query.before is None else asking.NO)),
        "is_compared": query.before is not None,
        "kept": asking.words_of(query),
    }


def ranges(query: Query) -> list[dict[str, Any]]:
    """Return the range picker."""
    kept = {name: word for name, word in asking.words_of(query).items() if name not in asking.SPAN}
    named = [
        {
            "label": label,
            "query": address(kept | ({} if name == asking.USUAL else {"range": name})),
            "is_current": name == query.window.name,
        }
        for name, label in asking.RANGES.items()
    ]
    first, last = asking.span_of(query.window)
    days = kept | {"from": first.isoformat(), "to": last.isoformat()}
    return [*named, {"label": _("Custom"), "query": address(days), "is_current": not query.window.name}]


def strips(cards: Sequence[Card]) -> list[Strip]:
    """Return cards in rows of at most five, as even as they can be."""
    if not cards:
        return []
    rows = -(-len(cards) // CARDS_IN_A_ROW)
    size = -(-len(cards) // rows)
    return [Strip(tuple(cards[at : at + size])) for at in range(0, len(cards), size)]


def blocks(shown: Iterable[Shown]) -> list[Block]:
    """Return panels side by side: halves in pairs, a large one with a small one, the rest alone."""
    found: list[Block] = []
    waiting: Shown | None = None
    for one in shown:
        width = one.panel.width
        if waiting is not None:
            first = waiting.panel.width
            if (first is Width.HALF and width is Width.HALF) or (first is Width.MOST and width is Width.LESS):
                found.append(Block("cols2 stretch" if first is Width.HALF else "split stretch", (waiting, one)))
                waiting = None
                continue
            found.append(Block("", (waiting,)))
            waiting = None
        if width in {Width.HALF, Width.MOST}:
            waiting = one
        else:
            found.append(Block("", (one,)))
    return [*found, Block("", (waiting,))] if waiting is not None else found


def bars_of(rows: Rows) -> tuple[Bar, ...]:
    """Return rows as a ranking by their first column, with the share of each in the whole."""
    values = [float(row.values[0] or 0) for row in rows.rows]
    total, most = sum(values), max(values, default=0) or 1
    column = rows.columns[0]
    return tuple(
        Bar(
            row.label,
            value,
            str(amount(row.values[0], column.unit, column.currency)),
            f"{round(100 * value / total)} %" if total and column.unit is not Unit.PERCENT else "",
            most,
            row.href,
            row.note,
        )
        for row, value in zip(rows.rows, values, strict=True)
    )


def label_of(at: date | datetime) -> str:
    """Write a step of time for an axis: 17 Nov, or 14:00."""
    return f"{at:%H:%M}" if isinstance(at, datetime) else _day_label(at, get_language())


@lru_cache(maxsize=4096)
def _day_label(day: date, _language: str | None) -> str:
    return formats.date_format(day, "j M")


def plain(value: Any, column: Column) -> Any:
    """Return a value as a file has it: money in the currency's main unit, everything else as it is."""
    if isinstance(value, Cell):
        return value.plain
    if column.unit is Unit.MONEY and value is not None and column.currency:
        return money.major(int(value), column.currency)
    return round(value, compute.DECIMALS) if isinstance(value, float) else value

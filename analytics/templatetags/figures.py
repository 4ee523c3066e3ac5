"""Numbers of metrics in templates: `{% load figures %}`."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from analytics import figures
from analytics.studio.values import Card
from stats.metrics import Metric

register = template.Library()


@register.filter
def amount(value: Any, metric: Metric) -> figures.Amount:
    """Write a value in its metric's unit: `{{ value|amount:metric }}`; `.figure` and `.unit` of it apart."""
    return figures.amount(value, metric.unit)


@register.filter
def number(value: float, decimals: int = 0) -> str:
    """Write a number with its thousands apart."""
    return figures.number(value, decimals)


@register.filter
def plain(value: float | None) -> str:
    """Write a number for programs: `data-value="{{ value|plain }}"`. Nothing for None."""
    return "" if value is None else f"{value:.4f}".rstrip("0").rstrip(".")


@register.filter
def of_key(values: Mapping[str, Any], key: str) -> Any:
    """Return one of many by its key, None where it is not there."""
    return values.get(key)


@register.simple_tag
def trend_rows(card: Card, compared: str) -> SafeString:
    """Write the rows of a card's table: thousands for a year, ten times as fast as by a loop of the template."""
    so_far, not_over = escape(_("so far")), escape(_("Not over yet"))
    lines = []
    for row in card.rows:
        label = escape(row.label)
        if row.is_open:
            head = f'<tr data-partial="{not_over}"><th scope="row" data-label="{label}">{label} <span class="muted">{so_far}</span></th>'
        else:
            head = f'<tr><th scope="row">{label}</th>'
        cells = _cell(row.now, card.metric) + (_cell(row.before, card.metric) if compared else "")
        lines.append(f"{head}{cells}</tr>")
    return mark_safe("\n".join(lines))  # noqa: S308 (every text in it is escaped)


def _cell(value: Any, metric: Metric) -> str:
    written = escape(str(figures.amount(value, metric.unit)))
    if value is None or (isinstance(value, int) and value < 1000):
        return f'<td class="r">{written}</td>'
    return f'<td class="r" data-value="{plain(value)}">{written}</td>'


@register.simple_tag
def spark(values: Sequence[float | None]) -> SafeString:
    """Draw a line through the values, without axes; an even one for nothing."""
    points = figures.spark(values) or f"0,{figures.SPARK_HEIGHT - figures.SPARK_EDGE} 100,30"
    return format_html(
        '<svg class="spark" viewBox="0 0 100 34" preserveAspectRatio="none" aria-hidden="true">'
        '<polygon class="a" points="0,34 {} 100,34"/><polyline class="l" points="{}"/></svg>',
        points,
        points,
    )

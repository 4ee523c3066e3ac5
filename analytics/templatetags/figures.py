"""Numbers of metrics in templates: `{% load figures %}`."""

from collections.abc import Sequence
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from analytics import figures
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

"""What was expected of days, on the charts: the range of each, and a ring with its sentence around what was unusual."""

from analytics.anomalies import queries
from analytics.anomalies.queries import Judged
from analytics.dashboards import asking, steps
from analytics.dashboards.lines import Mark, drawn
from analytics.dashboards.registry import Column, Panel, Query, Rows, Shape, panels_of
from stats.metrics import Unit

REVENUE = "revenue"


def marks(panel: Panel, rows: Rows, query: Query) -> tuple[Mark, ...]:
    """Return the expected ranges of a panel's metric in its window, in a long one the unusual days alone. One query for all
    panels of a page.
    """
    if not panel.metric or not rows.columns or query.options.get("source") or steps.is_hourly(query.window):
        return ()
    column = rows.columns[0]
    metrics = tuple(_metric(one.metric, column) for one in panels_of(panel.page) if one.metric)
    found = query.once(
        ("expected", metrics),
        lambda: queries.expected(metrics, *asking.span_of(query.window), is_unusual=query.is_long or None),
    )
    is_line = panel.shape in {Shape.LINE, Shape.AREA}
    return tuple(
        Mark(
            day,
            one.note if one.is_unusual else "",
            one.is_unusual,
            _edge(one, one.low, column) if is_line else "",
            _edge(one, one.high, column) if is_line else "",
        )
        for day, one in found.get(_metric(panel.metric, column), {}).items()
    )


def _metric(key: str, column: Column) -> str:
    return f"{key}:{column.currency}" if key == REVENUE else key


def _edge(one: Judged, value: int, column: Column) -> str:
    """Write an end of a range as the chart draws the values of its column."""
    return drawn(value if column.unit is Unit.MONEY else value / one.headline.quantum, column)

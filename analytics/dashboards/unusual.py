"""What was expected of a day, on the charts: the days on which a number was not as usual."""

from analytics.dashboards.registry import Panel, Query
from analytics.dashboards.showing import Mark


def marks(panel: Panel, query: Query) -> tuple[Mark, ...]:
    """Return the unusual days of a panel's metric in a window, each with its sentence."""
    return ()

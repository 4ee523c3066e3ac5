"""The possible stats of the first seed: nine groups, each a module; those that need higher apps' tables are there.

A module's `METRICS` say what its stats are; a function of each one's name computes it from what `asked.Asked` has read.
"""

from stats.compute import Value
from stats.metrics import Scope
from stats.possible import (
    achievements,
    content,
    customisation,
    growth,
    patterns,
    social,
    storage,
    streaming,
    watching,
)
from stats.possible.asked import Asked
from stats.windows import Window

GROUPS = (watching, streaming, content, social, storage, growth, patterns, customisation, achievements)
METRICS = tuple(metric for group in GROUPS for metric in group.METRICS)

_METRIC = {metric.key: metric for metric in METRICS}
_FUNCTIONS = {metric.key: getattr(group, metric.key) for group in GROUPS for metric in group.METRICS if metric.kinds}


def answers(keys: frozenset[str], scope: Scope, window: Window) -> dict[str, Value]:
    """Compute some of these stats for one scope and window, reading what they share once."""
    asked = Asked(scope, window)
    return {key: asked.answer(_METRIC[key], _FUNCTIONS.get(key)) for key in sorted(keys)}

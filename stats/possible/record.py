"""How a possible stat is written down. Pure."""

from stats.kinds import Kind
from stats.metrics import Derived, Metric, Privacy, Subject, Unit

MINE = frozenset({Subject.USER, Subject.PLATFORM})
MINE_AND_OWN = MINE | {Subject.OWNER}
MINE_AND_ITEM = MINE | {Subject.ITEM}
EVERYONE = MINE | {Subject.OWNER, Subject.ITEM}
SITE = frozenset({Subject.PLATFORM})
PERSON = frozenset({Subject.USER})


def stat(
    group: str,
    key: str,
    label: str,
    unit: Unit,
    definition: str,
    kinds: tuple[Kind, ...],
    subjects: frozenset[Subject] = MINE,
    *,
    waits_for: str = "",
    usual: str = "30d",
    path: str = "stats.possible.answers",
) -> Metric:
    """Return the record of a metric that a function of the same name in its group's module computes."""
    privacy = Privacy.STAFF if subjects == SITE else Privacy.OWN
    told = tuple(kind.value for kind in kinds)
    return Metric(key, group, label, unit, definition, told, Derived(path), subjects, privacy, waits_for, usual)

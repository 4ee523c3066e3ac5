"""The rules that hold: every published version, and which of them are the current ones."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet

from gamification.achievements.criteria import COLUMNS, Criterion, Rarity, Step, Way
from gamification.achievements.models import Achievement, AchievementVersion
from stats.compute import registry
from stats.metrics import Lifetime, Metric, Unit


@dataclass(slots=True)
class Book:
    """`current` has the rules by which achievements are given now, by key; `versions` all that ever held.

    `ids` finds the rows of achievements by key.
    """

    current: dict[str, Criterion] = field(default_factory=dict)
    versions: dict[tuple[str, int], Criterion] = field(default_factory=dict)
    ids: dict[str, int] = field(default_factory=dict)

    def of(self, *ways: Way) -> list[Criterion]:
        """Return the current rules whose value comes from there."""
        return [rule for rule in self.current.values() if rule.way in ways]


_Stamp = tuple[tuple[Any, ...], ...]
_STAMP = (
    "pk",
    "published_at",
    "achievement_id",
    "achievement__current",
    "achievement__is_retired",
    "achievement__position",
)
_loaded: tuple[_Stamp, Book] = ((), Book())


def load() -> Book:
    """Return the rules as they are published: read again once something was published or retired. One small query."""
    global _loaded
    stamp, book = _loaded
    if stamp != tuple(_published().values_list(*_STAMP)):
        stamp, book = _loaded = _read()
    return book


def _published() -> QuerySet[AchievementVersion]:
    rows = AchievementVersion.objects.filter(published_at__isnull=False)
    return rows.order_by("achievement__position", "achievement_id", "number")


def _read() -> tuple[_Stamp, Book]:
    """Return the book, with the stamp of the very rows that it was read from."""
    book, stamp = Book(), []
    for row in _published().select_related("achievement"):
        its = row.achievement
        stamp.append((row.pk, row.published_at, its.pk, its.current, its.is_retired, its.position))
        rule = criterion_of(its, row)
        book.versions[rule.key, rule.version] = rule
        book.ids[rule.key] = its.pk
        if row.number == its.current and not its.is_retired and rule.steps:
            book.current[rule.key] = rule
    return tuple(stamp), book


def criterion_of(achievement: Achievement, row: AchievementVersion) -> Criterion:
    """Return a version as a rule."""
    way, column, scale = source_of(row.metric, row.window)
    return Criterion(
        achievement.key, row.number, row.metric, row.window, way, column, steps_of(row.tiers), row.every, scale
    )


def source_of(metric: str, window: str) -> tuple[Way, str, float]:
    """Return where a metric's value comes from, the column there, and what one of the column is in the metric's unit."""
    if window == "all" and metric in COLUMNS:
        return Way.PLAYER, COLUMNS[metric], 1
    known: Metric | None = registry().get(metric)
    if window == "all" and known is not None and isinstance(known.how, Lifetime) and known.unit is not Unit.MOMENT:
        return Way.COUNTER, known.how.column, known.how.scale
    return Way.COMPUTED, "", 1


def steps_of(tiers: Iterable[Any]) -> tuple[Step, ...]:
    """Return stored tiers."""
    return tuple(Step(one["threshold"], one["points"], one.get("rarity", Rarity.COMMON.value)) for one in tiers)


def kinds_of(rules: Iterable[Criterion]) -> frozenset[str]:
    """Return the kinds of events that rules are made of; none at all if any of them does not say."""
    known = registry()
    told = [frozenset(known[rule.metric].kinds) if rule.metric in known else frozenset() for rule in rules]
    return frozenset().union(*told) if all(told) else frozenset()

"""Making achievements: drafts are checked, versions are published, what is given wrongly is taken back.

Nothing here gives an achievement to anybody: that follows from the log by the rules that are published.
"""

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache
from math import isfinite
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from accounts.models import User
from gamification.achievements import backfilling, book
from gamification.achievements.criteria import (
    LESS_IS_MORE,
    MOST_POINTS,
    MOST_THRESHOLD,
    MOST_TIERS,
    WINDOWS,
    Rarity,
)
from gamification.achievements.models import Achievement, AchievementVersion, Backfill, Withheld
from gamification.refusals import Refused
from stats.compute import registry
from stats.metrics import Metric, Privacy, Subject, Unit

NUMBERS = frozenset(
    {Unit.COUNT, Unit.SECONDS, Unit.HOURS, Unit.DAYS, Unit.PERCENT, Unit.PER_WEEK, Unit.STARS, Unit.BYTES, Unit.GIGABYTES}
)  # fmt: skip
COLOR = re.compile(r"#[0-9a-f]{6}")
TIER = {"threshold", "points", "rarity"}


@dataclass(frozen=True, slots=True)
class Draft:
    """What staff write: the columns of a version."""

    name: str
    description: str
    metric: str
    tiers: Sequence[dict[str, Any]]
    category: str = ""
    icon: str = ""
    numeral: str = ""
    color: str = ""
    window: str = "all"
    every: float = 0
    is_hidden: bool = False


def metrics() -> dict[str, Metric]:
    """Return the metrics that an achievement may ask for: numbers of a member that grow by doing more."""
    return {
        key: metric
        for key, metric in registry().items()
        if Subject.USER in metric.subjects
        and metric.unit in NUMBERS
        and metric.privacy is Privacy.OWN
        and key not in LESS_IS_MORE
    }


@cache
def icons() -> tuple[str, ...]:
    """Return the names of the icons that the site has."""
    return tuple(sorted(path.stem for path in (Path(settings.BASE_DIR) / "static" / "icons" / "outline").glob("*.svg")))


def check(draft: Draft, achievement: Achievement | None = None) -> None:
    """Refuse a draft that is no rule: `invalid_rule`, `value_out_of_range`, or `already_exists` for a name that is taken."""
    if draft.metric not in metrics():
        raise Refused("invalid_rule", _("There is no such number of a member to count by."), "metric")
    if draft.window not in WINDOWS:
        raise Refused("invalid_rule", _("One of %(names)s.") % {"names": ", ".join(WINDOWS)}, "window")
    _check_tiers(draft.tiers)
    if not (_is_number(draft.every) and 0 <= draft.every <= MOST_THRESHOLD):
        raise Refused("value_out_of_range", _("A step is 0, for none, or up to 1,000,000,000."), "every")
    _check_cycles(draft)
    if not draft.name.strip():
        raise Refused("invalid_rule", _("It needs a name."), "name")
    if draft.icon and draft.icon not in icons():
        raise Refused("invalid_rule", _("The site has no such icon."), "icon")
    if draft.color and not COLOR.fullmatch(draft.color):
        raise Refused("invalid_rule", _("A colour is written like #1a2b3c."), "color")
    _check_name(draft.name, achievement)


def create(draft: Draft, by: User | None, key: str = "") -> Achievement:
    """Make an achievement with its first version, which is a draft. Raises Refused."""
    key = key or slugify(draft.name).replace("-", "_")[:64]
    if not re.fullmatch(r"[a-z0-9_-]{1,64}", key):
        raise Refused("invalid_rule", _("A key is written with small letters, digits and underscores."), "key")
    check(draft)
    try:
        with transaction.atomic():
            last = Achievement.objects.aggregate(last=Max("position"))["last"] or 0
            achievement = Achievement.objects.create(key=key, position=last + 10)
            _write(achievement, draft, by, 1)
    except IntegrityError as error:
        raise Refused("already_exists", _("There is an achievement with this key.")) from error
    return achievement


@transaction.atomic
def revise(achievement: Achievement, draft: Draft, by: User | None) -> AchievementVersion:
    """Write the version that comes next: the draft that there is, or a new one. Raises Refused."""
    Achievement.objects.select_for_update().get(pk=achievement.pk)
    check(draft, achievement)
    latest = latest_of(achievement)
    if latest is not None and latest.published_at is None:
        for name, value in _columns(draft).items():
            setattr(latest, name, value)
        latest.written_by, latest.written_at = by, timezone.now()
        latest.save()
        return latest
    return _write(achievement, draft, by, latest.number + 1 if latest else 1)


@transaction.atomic
def publish(achievement: Achievement) -> AchievementVersion | None:
    """Let the draft hold from now on; who has earned it before gets it, who has it by an older version keeps it.

    Returns the version, or None where there is no draft.
    """
    row = Achievement.objects.select_for_update().get(pk=achievement.pk)
    latest = latest_of(row)
    if latest is None or latest.published_at is not None:
        return None
    check(draft_of(latest), row)
    latest.published_at = timezone.now()
    latest.save(update_fields=["published_at"])
    row.current, row.is_retired = latest.number, False
    row.save(update_fields=["current", "is_retired"])
    Backfill.objects.filter(achievement=row, finished_at=None).update(finished_at=timezone.now())
    Backfill.objects.create(achievement=row, version=latest.number)
    achievement.current, achievement.is_retired = row.current, row.is_retired
    return latest


@transaction.atomic
def retire(achievement: Achievement, retired: bool = True) -> None:
    """Give it to nobody any more, or again; who has it keeps it. What was earned meanwhile is given afterwards."""
    achievement.is_retired = retired
    achievement.save(update_fields=["is_retired"])
    if not retired and achievement.current:
        Backfill.objects.create(achievement=achievement, version=achievement.current)


def withhold(achievement: Achievement, actor: UUID, reason: str, by: User | None) -> Withheld:
    """Take an achievement from a member, who does not get it again, with what it paid. Raises Refused."""
    try:
        with transaction.atomic():
            row = Withheld.objects.create(achievement=achievement, actor=actor, reason=reason, by=by)
    except IntegrityError as error:
        raise Refused("already_exists", _("It is withheld from this member already.")) from error
    backfilling.check(actor)
    return row


def give_back(row: Withheld) -> None:
    """Let a member have it again, if it is earned."""
    actor = row.actor
    row.delete()
    backfilling.check(actor)


def latest_of(achievement: Achievement) -> AchievementVersion | None:
    """Return the newest version, draft or not."""
    return achievement.versions.order_by("-number").first()


def draft_of(row: AchievementVersion) -> Draft:
    """Return a version as it was written."""
    return Draft(**{name: getattr(row, name) for name in Draft.__dataclass_fields__})


def _write(achievement: Achievement, draft: Draft, by: User | None, number: int) -> AchievementVersion:
    return AchievementVersion.objects.create(achievement=achievement, number=number, written_by=by, **_columns(draft))


def _columns(draft: Draft) -> dict[str, Any]:
    return asdict(draft) | {"tiers": [dict(tier) for tier in draft.tiers], "name": draft.name.strip()}


def _check_tiers(tiers: Sequence[dict[str, Any]]) -> None:
    if not 1 <= len(tiers) <= MOST_TIERS:
        raise Refused("value_out_of_range", _("There is 1 tier, and there are 20 at most."), "tiers")
    before = 0.0
    for tier in tiers:
        if set(tier) != TIER or tier["rarity"] not in list(Rarity):
            raise Refused("invalid_rule", _("A tier has a threshold, points and a rarity."), "tiers")
        if not (_is_number(tier["threshold"]) and 0 < tier["threshold"] <= MOST_THRESHOLD):
            raise Refused("value_out_of_range", _("A threshold is above 0, and 1,000,000,000 at most."), "tiers")
        if not (isinstance(tier["points"], int) and 0 <= tier["points"] <= MOST_POINTS):
            raise Refused("value_out_of_range", _("Points are whole, from 0 to 100,000."), "tiers")
        if tier["threshold"] <= before:
            raise Refused("invalid_rule", _("Each tier takes more than the one before."), "tiers")
        before = tier["threshold"]


def _check_cycles(draft: Draft) -> None:
    """Refuse what would unlock itself over and over."""
    column = book.source_of(draft.metric, "all")[1]
    if column == "points" and any(tier["points"] for tier in draft.tiers):
        words = _("What is earned by points of achievements cannot give any: it would feed itself.")
        raise Refused("invalid_rule", words, "tiers")
    if draft.metric in {"badges_unlocked", "badges_earned"} and draft.every:
        words = _("What is earned by achievements cannot be repeated: it would feed itself.")
        raise Refused("invalid_rule", words, "every")


def _check_name(name: str, achievement: Achievement | None) -> None:
    others = AchievementVersion.objects.filter(name__iexact=name.strip())
    if achievement is not None:
        others = others.exclude(achievement=achievement)
    if others.exists():
        raise Refused("already_exists", _("There is an achievement with this name."))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)

"""What members are shown of achievements: the wall, names, and who has what."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.cache import cache
from django.db.models import Count, F, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.zones import zone_of
from gamification.achievements import book
from gamification.achievements.criteria import Criterion, Rarity, Way
from gamification.achievements.models import Achievement, AchievementVersion, rarities
from gamification.models import Player, Unlock
from stats import compute, windows
from stats.metrics import Scope, Subject
from stats.models import ActorStats

CLOSEST = 3
RARITY_ORDER = tuple(rarity.value for rarity in Rarity)
KEPT_S = 600
NOUNS = {
    "lessons": _("lessons"),
    "courses": _("courses"),
    "quizzes": _("quizzes"),
    "perfects": _("perfect quizzes"),
    "posts": _("posts"),
    "reviews": _("reviews"),
    "longest": _("days at best"),
    "days": _("active days"),
    "xp": _("XP"),
    "level": _("levels"),
    "unlocked": _("achievements"),
    "points": _("points"),
}


@dataclass(frozen=True, slots=True)
class Named:
    """What a notice of an unlock says and shows."""

    name: str
    icon: str
    numeral: str
    color: str
    rarity: str
    points: int


@dataclass(frozen=True, slots=True)
class Badge:
    """One achievement as somebody sees it, with how far they are.

    `tier` is the highest tier unlocked, of `tiers` (0: they never end); `value` and `goal` count `noun`, towards the next
    tier where there is one. `points` are those of the unlocked tiers, or of the first. `earned_at` belongs to `tier`.
    """

    key: str
    name: str
    description: str
    category: str
    icon: str
    numeral: str
    color: str
    rarity: str
    rarity_label: str
    points: int
    is_hidden: bool
    tier: int
    tiers: int
    version: int
    earned_at: datetime | None
    value: float
    goal: float
    noun: str
    holders: int
    members: int

    @property
    def is_unlocked(self) -> bool:
        """Whether any tier is."""
        return self.tier > 0

    @property
    def has_next(self) -> bool:
        """Whether there is a tier to come."""
        return self.tiers == 0 or self.tier < self.tiers

    @property
    def percent(self) -> int:
        """How much of the way to the goal is done, in whole percent."""
        return min(100, int(self.value * 100 // self.goal)) if self.goal else 0

    @property
    def left(self) -> float:
        """What the goal still takes."""
        return max(0, self.goal - self.value)

    @property
    def holders_percent(self) -> float:
        """How many of a hundred members have it."""
        return round(self.holders * 100 / self.members, 1) if self.members else 0.0


@dataclass(frozen=True, slots=True)
class Wall:
    """All that somebody may see, in the site's order. Hidden ones that are not unlocked are not told of, nor counted."""

    badges: tuple[Badge, ...]

    @property
    def unlocked(self) -> int:
        """How many are unlocked."""
        return sum(badge.is_unlocked for badge in self.badges)

    @property
    def total(self) -> int:
        """How many there are to see."""
        return len(self.badges)

    @property
    def points(self) -> int:
        """What the unlocked ones are worth."""
        return sum(badge.points for badge in self.badges if badge.is_unlocked)

    @property
    def closest(self) -> tuple[Badge, ...]:
        """The few that are nearest to being unlocked, the nearest first; none that has not begun."""
        coming = [badge for badge in self.badges if badge.has_next and 0 < badge.value < badge.goal]
        return tuple(sorted(coming, key=lambda badge: -badge.value / badge.goal)[:CLOSEST])

    @property
    def best(self) -> Badge | None:
        """The rarest that is unlocked, of equal ones the latest."""
        unlocked = [badge for badge in self.badges if badge.is_unlocked]
        return max(unlocked, key=lambda badge: (RARITY_ORDER.index(badge.rarity), badge.earned_at), default=None)


def wall(user: User, now: datetime | None = None) -> Wall:
    """Return a member's own wall. Five queries, and those of the numbers that only the registry computes."""
    return _wall(user.uuid, now or timezone.now(), zone_of(user.time_zone).key)


def wall_of(actor: UUID) -> Wall:
    """Return what others see of somebody: what is unlocked, without how far the rest is. Three queries.

    Hidden ones are left out: who looks may not have them.
    """
    rows, unlocks = [pair for pair in _published() if not pair[0].is_hidden], _unlocks(actor)
    members = _members()
    found = [_badge(row, rule, unlocks.get(rule.key, []), None, members) for row, rule in rows]
    return Wall(tuple(badge for badge in found if badge.is_unlocked))


def unlocked(actor: UUID, key: str) -> Badge | None:
    """Return an achievement that somebody has, or None. Three queries."""
    return next((badge for badge in wall_of(actor).badges if badge.key == key), None)


def keys_of(actor: UUID) -> set[str]:
    """Return what somebody has, as "key" or, of later tiers, "key:tier". One query."""
    rows = Unlock.objects.filter(actor=actor, cycle__gt=F("revoked")).values_list("name", "tier")
    return {name if tier == 1 else f"{name}:{tier}" for name, tier in rows}


def named(pairs: Iterable[tuple[str, int]]) -> dict[tuple[str, int], Named]:
    """Return what tiers are called and look like now. One query."""
    wanted = set(pairs)
    rows = _current().filter(achievement__key__in={key for key, _tier in wanted})
    found = {row.achievement.key: (row, book.criterion_of(row.achievement, row)) for row in rows}
    told = {}
    for key, tier in wanted:
        if key in found and found[key][1].steps:
            row, rule = found[key]
            step = rule.step(max(1, tier))
            told[key, tier] = Named(_named(row, rule, tier), row.icon, row.numeral, row.color, step.rarity, step.points)
    return told


def titles(refs: Iterable[str]) -> dict[str, str]:
    """Return the names of "key" or "key:tier". One query."""
    pairs = {ref: (ref.partition(":")[0], _tier(ref.partition(":")[2])) for ref in refs}
    told = named(pairs.values())
    return {ref: told[pair].name for ref, pair in pairs.items() if pair in told}


def values(actor: UUID, rules: Iterable[Criterion], now: datetime, zone: str) -> dict[str, float]:
    """Return how far somebody is in each rule, by its key, in the units of its metric. At most two queries, and those of
    the computed ones.
    """
    wanted = list(rules)
    found: dict[str, float] = {}
    ways = {rule.way for rule in wanted}
    player: dict[str, Any] = {}
    counters: dict[str, Any] = {}
    if Way.PLAYER in ways:
        player = dict(Player.objects.filter(actor=actor).values().first() or {})
    if Way.COUNTER in ways:
        counters = dict(ActorStats.objects.filter(actor=actor).values().first() or {})
    computed: dict[str, list[Criterion]] = {}
    for rule in wanted:
        if rule.way is Way.COMPUTED:
            computed.setdefault(rule.window, []).append(rule)
        else:
            row = player if rule.way is Way.PLAYER else counters
            found[rule.key] = (row.get(rule.column) or (1 if rule.column == "level" else 0)) * rule.scale
    for name, group in computed.items():
        found |= computed_values(actor, group, windows.named(name, now, zone))
    return found


def computed_values(actor: UUID, rules: Iterable[Criterion], window: windows.Window) -> dict[str, float]:
    """Return what the registry says of one person for these rules; what is no number yet is 0."""
    known = compute.registry()
    asked = {rule.key: known[rule.metric] for rule in rules if rule.metric in known}
    asked = {key: metric for key, metric in asked.items() if Subject.USER in metric.subjects}
    told = compute.compute_all({metric.key: metric for metric in asked.values()}.values(), Scope.user(actor), window)
    numbers = {key: told[metric.key].value for key, metric in asked.items()}
    return {key: value if isinstance(value, int | float) else 0 for key, value in numbers.items()}


def refresh_holders() -> int:
    """Count anew how many members have each achievement. Returns how many of the achievements were told otherwise."""
    standing = Unlock.objects.filter(cycle__gt=F("revoked"))
    counted = dict(standing.values_list("name").annotate(people=Count("actor", distinct=True)))
    changed = [row for row in Achievement.objects.all() if row.holders != counted.get(row.key, 0)]
    for row in changed:
        row.holders = counted.get(row.key, 0)
    return Achievement.objects.bulk_update(changed, ["holders"])


def _wall(actor: UUID, now: datetime, zone: str) -> Wall:
    rows, unlocks = _published(), _unlocks(actor)
    rows = [
        (row, rule) for row, rule in rows if rule.key in unlocks or not (row.is_hidden or row.achievement.is_retired)
    ]
    told, members = values(actor, [rule for _row, rule in rows], now, zone), _members()
    return Wall(
        tuple(_badge(row, rule, unlocks.get(rule.key, []), told.get(rule.key, 0), members) for row, rule in rows)
    )


def _current() -> QuerySet[AchievementVersion]:
    rows = AchievementVersion.objects.filter(number=F("achievement__current"), published_at__isnull=False)
    return rows.select_related("achievement").order_by("achievement__position", "achievement_id")


def _published() -> list[tuple[AchievementVersion, Criterion]]:
    """Return the current version of each achievement, retired ones too, with its rule. One query."""
    pairs = [(row, book.criterion_of(row.achievement, row)) for row in _current()]
    return [(row, rule) for row, rule in pairs if rule.steps]


def _unlocks(actor: UUID) -> dict[str, list[Unlock]]:
    """Return what stands of one person, by achievement, the tiers ascending. One query."""
    found: dict[str, list[Unlock]] = {}
    for row in Unlock.objects.filter(actor=actor, cycle__gt=F("revoked")).order_by("name", "tier"):
        found.setdefault(row.name, []).append(row)
    return found


def _badge(row: AchievementVersion, rule: Criterion, mine: list[Unlock], value: float | None, members: int) -> Badge:
    latest = mine[-1] if mine else None
    tier = latest.tier if latest else 0
    step = rule.step(max(1, tier))
    goal = rule.step(min(tier + 1, rule.last)).threshold
    return Badge(
        key=rule.key,
        name=_named(row, rule, tier),
        description=row.description,
        category=row.category,
        icon=row.icon,
        numeral=row.numeral,
        color=row.color,
        rarity=step.rarity,
        rarity_label=str(dict(rarities())[step.rarity]),
        points=sum(one.points for one in mine) if mine else step.points,
        is_hidden=row.is_hidden,
        tier=tier,
        tiers=0 if rule.every else len(rule.steps),
        version=latest.version if latest else rule.version,
        earned_at=latest.earned_at if latest else None,
        value=rule.step(tier).threshold if value is None else value,
        goal=goal,
        noun=_noun(rule),
        holders=row.achievement.holders,
        members=members,
    )


def _named(row: AchievementVersion, rule: Criterion, tier: int) -> str:
    """Return the name, with the number of the tier where there are several and it is not the first."""
    return f"{row.name} {tier}" if tier > 1 and rule.last > 1 else row.name


def _noun(rule: Criterion) -> str:
    if rule.way is Way.PLAYER:
        return str(NOUNS[rule.column])
    metric = compute.registry().get(rule.metric)
    return metric.label.lower() if metric else ""


def _tier(text: str) -> int:
    return int(text) if text.isdecimal() else 1


def _members() -> int:
    """Return how many members play: counted anew now and then."""
    found = cache.get("gamification.members")
    if found is None:
        found = Player.objects.count()
        cache.set("gamification.members", found, KEPT_S)
    return int(found)

"""Where members stand, in templates of any app: `{% load game %}`."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import template
from django.utils import formats, timezone

from accounts.models import User
from gamification import levels, queries, scores
from gamification.achievements import queries as achievements
from gamification.achievements.queries import Badge
from gamification.boards import ranking
from gamification.levels import Level
from gamification.playing import choosing, pages
from gamification.playing.pages import Cell
from gamification.queries import Brief, Goal
from gamification.streaks import Standing
from stats import visitors

register = template.Library()

BEST = 4
ORDER = {rarity: place for place, rarity in enumerate(reversed(pages.RARITIES))}


@dataclass(frozen=True, slots=True)
class Own:
    """What home shows of one's own game. `goal` is None for who wants none."""

    xp: int
    level: Level
    to_next: str
    streak: Standing
    week: list[Cell]
    alive: str
    goal: Goal | None


@dataclass(frozen=True, slots=True)
class OwnLevel:
    """What the profile shows of one's own level. `month_rank` is None for who has no place."""

    xp: int
    level: Level
    to_next: str
    month_rank: int | None
    week_xp: int


@dataclass(frozen=True, slots=True)
class Shown:
    """What a member's page shows of the game to everybody who may see it."""

    brief: Brief
    badges: list[Badge]
    unlocked: int


@register.simple_tag(takes_context=True)
def plays(context: template.Context) -> bool:
    """Whether the page's viewer sees the game: a member who is not in calm mode. One query a minute."""
    user = context.get("user")
    if not user or not user.is_authenticated:
        return False
    return not choosing.is_calm(user.uuid)


@register.simple_tag
def own_game(actor: UUID) -> Own:
    """Return what home shows: `{% own_game user.uuid as game %}`. Four queries, five on a new day."""
    now, chosen = timezone.now(), choosing.of(actor)
    week = queries.week(actor, now, chosen)
    level = levels.standing(week.xp)
    alive = pages.alive(week.standing, week.ends_at, now)
    goal = queries.goal(actor, now, chosen)
    return Own(week.xp, level, pages.next_goal(level), week.standing, pages.cells(week.days), alive, goal)


@register.simple_tag
def own_level(actor: UUID) -> OwnLevel:
    """Return what the profile shows: `{% own_level user.uuid as game %}`. One query."""
    ever, month, week = ranking.places(actor, [scores.ALL, *scores.periods_of_day(visitors.today())])
    level = levels.standing(ever.xp)
    return OwnLevel(ever.xp, level, pages.next_goal(level), month.rank, week.xp)


@register.simple_tag
def best_badges(user: User) -> dict[str, Any]:
    """Return a member's rarest achievements, the newest of them first, and how many there are of how many."""
    wall = achievements.wall(user, timezone.now())
    return {
        "badges": _best([badge for badge in wall.badges if badge.is_unlocked]),
        "unlocked": wall.unlocked,
        "total": wall.total,
    }


@register.simple_tag
def shown_game(actor: UUID) -> Shown | None:
    """Return what a member lets others see, None for who does not. One query, or a few more."""
    if not queries.is_public(actor):
        return None
    wall = achievements.wall_of(actor)
    brief = queries.briefs([actor], timezone.now())[actor]
    return Shown(brief, _best(list(wall.badges)), wall.unlocked)


@register.filter
def signed(amount: int) -> str:
    """Write points that were given or taken: +50, −20."""
    sign = "+" if amount > 0 else "\N{MINUS SIGN}"
    return f"{sign}{formats.number_format(abs(amount), 0, force_grouping=True)}"


def _best(badges: list[Badge]) -> list[Badge]:
    newest = sorted(badges, key=lambda badge: badge.earned_at or timezone.now(), reverse=True)
    return sorted(newest, key=lambda badge: ORDER[badge.rarity])[:BEST]

"""The stats of the game: those of the first seed that need its points, and the counts that achievements are made of.

There is one streak: the game's, wherever a page shows one.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any, NamedTuple

from django.db.models import Count, F, Q, Sum
from django.db.models import Value as Constant
from django.utils.translation import gettext as _

from gamification import levels, queries
from gamification.boards import ranking
from gamification.causes import QUIZ
from gamification.models import Entry, Fact, Player, Post, Unlock
from gamification.rules import AWARD, Rule
from gamification.streaks import Standing
from stats.compute import Row, Value
from stats.fields import InstantField
from stats.kinds import ACTIVITY_KINDS, Kind
from stats.metrics import Derived, Metric, Privacy, Scope, Unit
from stats.models import ItemType, Play
from stats.possible.asked import Asked, rounded, shared
from stats.possible.facts import Fact as SiteFact
from stats.possible.patterns import mean_streak
from stats.possible.record import MINE, PERSON, stat
from stats.windows import Window

ACHIEVEMENTS, GAME = "Achievements", "Game"
PATH, COUNTS_PATH = "gamification.possible.answers", "gamification.possible.counts"
AT_ONCE = 2000
LONGEST_ABSENCE = timedelta(days=21)
"""A streak is lost long before."""

_ACTIVE = tuple(Kind(kind) for kind in ACTIVITY_KINDS)
_EARNED = (
    Kind.LESSON_COMPLETED, Kind.QUIZ_COMPLETED, Kind.COURSE_COMPLETED, Kind.REVIEW, Kind.DISCUSSION_POST,
    Kind.ACHIEVEMENT_UNLOCKED, Kind.XP_CORRECTED,
)  # fmt: skip

POSSIBLE = (
    stat(
        ACHIEVEMENTS, "badges_earned", "Badges earned", Unit.COUNT,
        "The different achievements that the person holds and had earned by the end of the window; one that has steps or can be"
        " earned again counts once, how often in all stands beside it. What was taken back does not count. Of the site: all that"
        " are held now.",
        (Kind.ACHIEVEMENT_UNLOCKED, Kind.ACHIEVEMENT_REVOKED), MINE, usual="all", path=PATH,
    ),
    stat(
        ACHIEVEMENTS, "active_streak", "Streaks (consecutive days active)", Unit.DAYS,
        "The days in a row on which the person did something that counts as activity (of plays, those that are views), up to"
        " today, or up to yesterday while today is not over, in the zones where the person was. Freezes, rest days and days"
        " shorter than 24 hours keep it and add nothing. The longest ever stands beside it. Of the site: the average of the"
        " members who have one now.",
        _ACTIVE, MINE, usual="all", path=PATH,
    ),
    stat(
        ACHIEVEMENTS, "achievement_points", "Achievement points", Unit.COUNT,
        "The sum of the experience points' ledger up to the end of the window, corrections and what was taken back included. Of"
        " the site: that of all members, now.",
        _EARNED, MINE, usual="all", path=PATH,
    ),
    stat(
        ACHIEVEMENTS, "leaderboard_position", "Leaderboard position", Unit.COUNT,
        "The place by all experience points among the members who take part in leaderboards; equal points share a place. As it"
        " is now, whatever the window.",
        _EARNED, PERSON, usual="all", path=PATH,
    ),
    stat(
        ACHIEVEMENTS, "level_attained", "Level/rank attained", Unit.COUNT,
        "The whole part of the square root of a hundredth of all experience points up to the end of the window, at least 1. Of"
        " the site: the average of the members who have points, now.",
        _EARNED, MINE, usual="all", path=PATH,
    ),
)  # fmt: skip


def _count(key: str, label: str, definition: str, *kinds: Kind, unit: Unit = Unit.COUNT) -> Metric:
    told = tuple(kind.value for kind in kinds)
    return Metric(key, GAME, label, unit, definition, told, Derived(COUNTS_PATH), PERSON, Privacy.OWN, usual="all")


COUNTS = (
    _count(
        "total_xp", "Experience points",
        "The postings of the ledger of points whose cause came about in the window, with what was taken back of them.", *_EARNED,
    ),
    _count(
        "study_time", "Study time",
        "The time that plays of lessons begun in the window were running, watched or read, by the clock.",
        Kind.PLAY, unit=Unit.SECONDS,
    ),
    _count(
        "lessons_completed", "Lessons completed",
        "The different lessons that were completed for the first time in the window.", Kind.LESSON_COMPLETED,
    ),
    _count(
        "courses_completed", "Courses completed",
        "The different courses that were completed for the first time in the window.", Kind.COURSE_COMPLETED,
    ),
    _count(
        "quizzes_passed", "Quizzes passed",
        "The different quizzes that were passed for the first time in the window. A voided attempt does not count.",
        Kind.QUIZ_COMPLETED, Kind.QUIZ_VOIDED,
    ),
    _count(
        "perfect_quizzes", "Perfect quizzes",
        "The different quizzes that were passed without a mistake for the first time in the window.",
        Kind.QUIZ_COMPLETED, Kind.QUIZ_VOIDED,
    ),
    _count(
        "discussion_posts", "Discussion posts",
        "Posts in discussions of the window that were not taken away, also those beyond the five a day that earn points.",
        Kind.DISCUSSION_POST, Kind.POST_DELETED,
    ),
    _count(
        "course_reviews", "Courses reviewed",
        "The courses that the person reviewed for the first time in the window, if the review stands.",
        Kind.REVIEW, Kind.REVIEW_DELETED,
    ),
    _count(
        "active_days", "Active days",
        "The days, in the zones where the person was, that the streak counted as active; they belong to the window in which"
        " their noon lies, in UTC.",
        *_ACTIVE, unit=Unit.DAYS,
    ),
    _count(
        "longest_streak", "Longest streak",
        "The most days in a row that the person's streak ever had by the end of the window.", *_ACTIVE, unit=Unit.DAYS,
    ),
    _count(
        "badges_unlocked", "Achievements unlocked",
        "The achievements earned in the window and held now, with every step and repetition.",
        Kind.ACHIEVEMENT_UNLOCKED, Kind.ACHIEVEMENT_REVOKED,
    ),
    _count(
        "badge_points", "Points of achievements",
        "What the achievements that were earned in the window and are held now are worth on the wall of achievements.",
        Kind.ACHIEVEMENT_UNLOCKED, Kind.ACHIEVEMENT_REVOKED,
    ),
)  # fmt: skip
METRICS = POSSIBLE + COUNTS
_METRIC = {metric.key: metric for metric in METRICS}


def answers(keys: frozenset[str], scope: Scope, window: Window) -> dict[str, Value]:
    """Compute some of the first seed's stats for one scope and window. At most 5 queries, one for the site."""
    game = Game(scope, window)
    return {key: game.answer(_METRIC[key], _ANSWERS[key]) for key in sorted(keys)}


def counts(keys: frozenset[str], scope: Scope, window: Window) -> dict[str, Value]:
    """Compute some of a person's counts for one window. At most 5 queries."""
    game = Game(scope, window)
    return {key: Value(rounded(_COUNTS[key](game))) for key in sorted(keys)}


DEED, POST, BADGE = "deed", "post", "badge"


class Told(NamedTuple):
    """Something that stands of a person: `which` is a deed's rule or an achievement's name, `number` how often a quiz was
    perfect or what the achievement is worth.
    """

    what: str
    which: str
    number: int
    at: datetime | None
    perfect_at: datetime | None


class Game(Asked):
    """A question with what the game knows of the person. Windows that end together share what they read."""

    def lately(self, at: datetime | None) -> bool:
        """Whether an instant lies in the window."""
        return at is not None and self.window.start_at <= at < self.end

    @shared
    def standing(self) -> Standing:
        """How the streak stood at the end. Two queries."""
        return queries.streak_until(self.scope.key, self.end)

    @shared
    def postings(self) -> list[tuple[str, int, datetime]]:
        """The ledger up to the end: (rule, points, when). One query."""
        rows = Entry.objects.filter(actor=self.scope.key, earned_at__lt=self.end)
        return [(row.rule, row.amount, row.earned_at) for row in rows.only("rule", "amount", "earned_at")]

    @property
    def points(self) -> int:
        """The ledger's sum up to the end."""
        return sum(amount for _rule, amount, _at in self.postings)

    @shared
    def told(self) -> list[Told]:
        """What stands of the person: lessons, quizzes, courses, reviews; posts; achievements. One query."""
        person, never = self.scope.key, Constant(None, InstantField())
        deeds = Fact.objects.filter(actor=person, count__gt=0)
        posts = Post.objects.filter(actor=person, is_gone=0)
        held = Unlock.objects.filter(actor=person, earned_at__lt=self.end, cycle__gt=F("revoked"))
        rows = deeds.values_list(Constant(DEED), "rule", "perfects", "first_at", "perfect_at").union(
            posts.values_list(Constant(POST), Constant(""), Constant(0), "at", never),
            held.values_list(Constant(BADGE), "name", "points", "earned_at", never),
            all=True,
        )
        return [Told(*row) for row in rows]

    def of(self, what: str) -> list[Told]:
        """Return what stands of one kind."""
        return [one for one in self.told if one.what == what]

    def done(self, rule: str) -> int:
        """Return how many of a kind were done for the first time in the window."""
        return sum(deed.which == rule and self.lately(deed.at) for deed in self.of(DEED))

    @property
    def unlocked(self) -> list[Told]:
        """The achievements that are held and were earned in the window."""
        return [one for one in self.of(BADGE) if self.lately(one.at)]

    @cached_property
    def studied_s(self) -> float:
        """The time of lessons in the window, in seconds. One query."""
        plays = Play.objects.filter(actor=self.scope.key, item_type=ItemType.LESSON)
        inside = plays.filter(started_at__gte=self.window.start_at, started_at__lt=self.end)
        return int(inside.aggregate(ms=Sum("played_ms"))["ms"] or 0) / queries.MS_PER_SECOND


def badges_earned(game: Game) -> Value:
    """Count achievements that are held."""
    if game.is_site:
        return game.fact("game", lambda told: Value(told["held"]))
    held = game.of(BADGE)
    return Value(len({one.which for one in held}), rows=(Row(_("In all"), len(held), "total"),))


def active_streak(game: Game) -> Value:
    """Tell the streak."""
    if game.is_site:
        return game.fact("streaks", lambda told: mean_streak(*told))
    standing = game.standing
    rows = (
        Row(_("Longest ever"), standing.longest, "best"),
        Row(_("Freezes held"), standing.freezes, "freezes"),
    )
    return Value(standing.current, rows=rows)


def achievement_points(game: Game) -> Value:
    """Add up the ledger."""
    return game.fact("game", lambda told: Value(told["points"])) if game.is_site else Value(game.points)


def leaderboard_position(game: Game) -> Value:
    """Find the place."""
    place = ranking.place(game.scope.key)
    if place.rank is None:
        return Value(None, note=_("Without points.") if place.is_listed else _("Not taking part in leaderboards."))
    return Value(place.rank, rows=(Row(_("Members on it"), place.people, "people"),))


def level_attained(game: Game) -> Value:
    """Tell the level."""
    if game.is_site:
        return game.fact("game", lambda told: mean_level(told["levels"], told["people"]))
    level = levels.standing(game.points)
    return Value(level.number, rows=(Row(_("Points to the next"), level.left, "left"),))


def mean_level(sum_of_levels: int, people: int) -> Value:
    """Return the average level of those who have points."""
    if not people:
        return Value(None, 0, 0, note=_("Nobody has points yet."))
    return Value(sum_of_levels / people, sum_of_levels, people)


_ANSWERS: dict[str, Callable[[Any], Value]] = {
    "badges_earned": badges_earned,
    "active_streak": active_streak,
    "achievement_points": achievement_points,
    "leaderboard_position": leaderboard_position,
    "level_attained": level_attained,
}
_COUNTS: dict[str, Callable[[Game], float]] = {
    "total_xp": lambda game: sum(amount for _rule, amount, at in game.postings if game.lately(at)),
    "study_time": lambda game: game.studied_s,
    "lessons_completed": lambda game: game.done(Rule.LESSON),
    "courses_completed": lambda game: game.done(Rule.COURSE),
    "quizzes_passed": lambda game: game.done(QUIZ),
    "perfect_quizzes": lambda game: sum(one.number > 0 and game.lately(one.perfect_at) for one in game.of(DEED)),
    "discussion_posts": lambda game: sum(game.lately(one.at) for one in game.of(POST)),
    "course_reviews": lambda game: game.done(Rule.REVIEW),
    "active_days": lambda game: (
        sum(amount for rule, amount, at in game.postings if rule == Rule.STREAK and game.lately(at))
        // AWARD[Rule.STREAK].amount
    ),
    "longest_streak": lambda game: game.standing.longest,
    "badges_unlocked": lambda game: len(game.unlocked),
    "badge_points": lambda game: sum(one.number for one in game.unlocked),
}


def _game(_now: datetime) -> dict[str, int]:
    with_points = Q(xp__gt=0)
    sums = Player.objects.aggregate(
        levels=Sum("level", filter=with_points),
        people=Count("actor", filter=with_points),
        held=Sum("unlocked"),
        points=Sum("xp"),
    )
    return {name: int(told or 0) for name, told in sums.items()}


def _streaks(now: datetime) -> tuple[int, int, int]:
    """Return how many members have a streak, the days of all, and the longest."""
    since = (now.astimezone(UTC) - LONGEST_ABSENCE).date()
    lately = Player.objects.filter(last_day__gte=since).order_by("actor")
    runs: list[int] = []
    part = list(lately.values_list("actor", flat=True)[:AT_ONCE])
    while part:
        runs += [one.current for one in queries.standings(part, now).values() if one.current]
        part = list(lately.filter(actor__gt=part[-1]).values_list("actor", flat=True)[:AT_ONCE])
    return len(runs), sum(runs), max(runs, default=0)


FACTS = (SiteFact("game", _game), SiteFact("streaks", _streaks))

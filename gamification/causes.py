"""Causes: what people did that points are given for, read from the log, and what is due for it.

Each is kept once for each thing (`Fact`, `Post`, `Unlock`), in a form that does not depend on the order in which events
arrive. What is due follows from that alone; the ledger takes the difference to what was due before.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from gamification import staging
from gamification.rules import AWARD, Rule
from stats.courses import PASSED
from stats.days import site_day
from stats.fresh import Effect, Fresh
from stats.kinds import Kind

FACT = ("actor", "rule", "ref", "course", "count", "first_at", "perfects", "perfect_at", "amount")
POST = ("ref", "actor", "course", "at", "day", "is_gone")
UNLOCK = ("actor", "name", "tier", "cycle", "revoked", "earned_at", "xp", "points", "version")
QUIZ = "quiz"
PERFECT = 100
NOON_US = 43_200_000_000
DAY_US = 86_400_000_000

KINDS = frozenset(
    kind.value
    for kind in (
        Kind.LESSON_COMPLETED, Kind.QUIZ_COMPLETED, Kind.QUIZ_VOIDED, Kind.COURSE_COMPLETED, Kind.REVIEW, Kind.REVIEW_DELETED,
        Kind.DISCUSSION_POST, Kind.POST_DELETED, Kind.ACHIEVEMENT_UNLOCKED, Kind.ACHIEVEMENT_REVOKED, Kind.XP_CORRECTED,
    )
)  # fmt: skip
_COUNTED = {Rule.LESSON.value: "lessons", Rule.COURSE.value: "courses", QUIZ: "quizzes", Rule.REVIEW.value: "reviews"}
_LIST = ", ".join(f"'{kind}'" for kind in sorted(KINDS))


@dataclass(frozen=True, slots=True)
class Due:
    """What is due for one cause, and since when (microseconds). `course` is where it was earned."""

    rule: str
    ref: str
    course: str | None
    amount: int
    at: int


@dataclass(frozen=True, slots=True)
class Fact:
    """A row of `gamification.models.Fact` without its person."""

    rule: str
    ref: str
    course: str | None = None
    count: int = 0
    first_at: int | None = None
    perfects: int = 0
    perfect_at: int | None = None
    amount: int = 0


@dataclass(frozen=True, slots=True)
class Post:
    """A row of `gamification.models.Post`."""

    ref: str
    actor: Any = None
    course: str | None = None
    at: int | None = None
    day: str | None = None
    is_gone: int = 0


@dataclass(frozen=True, slots=True)
class Unlock:
    """A row of `gamification.models.Unlock` without its person."""

    name: str
    tier: int
    cycle: int = 0
    revoked: int = 0
    earned_at: int | None = None
    xp: int = 0
    points: int = 0
    version: int = 0

    @property
    def stands(self) -> bool:
        """Whether the person has it."""
        return self.cycle > self.revoked


@dataclass(slots=True)
class Causes:
    """What is known of one person's causes: facts by rule and thing, posts by day, unlocks by name and tier."""

    facts: dict[tuple[str, str], Fact] = field(default_factory=dict)
    posts: dict[str, dict[str, Post]] = field(default_factory=dict)
    unlocks: dict[tuple[str, int], Unlock] = field(default_factory=dict)

    def dues(self) -> list[Due]:
        """Return all that is due for them."""
        return [
            *of_facts(self.facts.values()),
            *(due for posts in self.posts.values() for due in of_posts(posts.values())),
            *of_unlocks(self.unlocks.values()),
        ]

    def counts(self) -> dict[str, int]:
        """Return how many of each stand, by the columns of `Player`."""
        return counted(
            self.facts.values(), (one for day in self.posts.values() for one in day.values()), self.unlocks.values()
        )


def of_facts(facts: Iterable[Fact]) -> list[Due]:
    """Return what is due for facts, of which all reviews of the person must be there.

    A perfect quiz pays its amount instead of a passed one's; who passed first gets the difference when it is perfect.
    """
    dues: list[Due] = []
    reviews: list[Fact] = []
    for fact in facts:
        if fact.rule == Rule.REVIEW:
            reviews.append(fact)
        elif fact.rule == Rule.CORRECTION:
            dues.append(Due(fact.rule, fact.ref, None, fact.amount, fact.first_at or 0))
        elif fact.count > 0 and fact.first_at is not None:
            if fact.rule == QUIZ:
                dues += _of_quiz(fact, fact.first_at)
            else:
                dues.append(Due(fact.rule, fact.ref, fact.course, AWARD[Rule(fact.rule)].amount, fact.first_at))
    if any(review.count > 0 for review in reviews):
        first = min((review.first_at, review.ref, review.course) for review in reviews if review.first_at is not None)
        dues.append(Due(Rule.REVIEW.value, "", first[2], AWARD[Rule.REVIEW].amount, first[0]))
    return dues


def _of_quiz(fact: Fact, first_at: int) -> list[Due]:
    passed, perfect = AWARD[Rule.QUIZ_PASSED].amount, AWARD[Rule.QUIZ_PERFECT].amount
    if fact.perfects <= 0 or fact.perfect_at is None:
        return [Due(Rule.QUIZ_PASSED.value, fact.ref, fact.course, passed, first_at)]
    if fact.perfect_at <= first_at:
        return [Due(Rule.QUIZ_PERFECT.value, fact.ref, fact.course, perfect, first_at)]
    return [
        Due(Rule.QUIZ_PASSED.value, fact.ref, fact.course, passed, first_at),
        Due(Rule.QUIZ_PERFECT.value, fact.ref, fact.course, perfect - passed, fact.perfect_at),
    ]


def of_posts(posts: Iterable[Post]) -> list[Due]:
    """Return what is due for one person's posts of one site day: the first ones that stand, up to the rule's limit."""
    award = AWARD[Rule.POST]
    standing = sorted((post.at or 0, post.ref, post.course) for post in posts if not post.is_gone)
    return [Due(Rule.POST.value, ref, course, award.amount, at) for at, ref, course in standing[: award.per_day]]


def of_unlocks(unlocks: Iterable[Unlock]) -> list[Due]:
    """Return what is due for achievements that stand."""
    return [
        Due(Rule.ACHIEVEMENT.value, f"{one.name}:{one.tier}", None, one.xp, one.earned_at or 0)
        for one in unlocks
        if one.stands and one.xp
    ]


def of_day(day: date) -> Due:
    """Return what is due for an active day: at its noon, whatever the zone, so that a late event of it moves nothing."""
    at = (day - date(1970, 1, 1)).days * DAY_US + NOON_US
    return Due(Rule.STREAK.value, day.isoformat(), None, AWARD[Rule.STREAK].amount, at)


def counted(facts: Iterable[Fact], posts: Iterable[Post], unlocks: Iterable[Unlock]) -> dict[str, int]:
    """Return how many stand, by the columns of `Player`."""
    found: dict[str, int] = defaultdict(int)
    for fact in facts:
        if fact.count > 0 and fact.rule in _COUNTED:
            found[_COUNTED[fact.rule]] += 1
            found["perfects"] += fact.rule == QUIZ and fact.perfects > 0
    found["posts"] += sum(not post.is_gone for post in posts)
    for one in unlocks:
        if one.stands:
            found["unlocked"] += 1
            found["points"] += one.points
    return found


# Reading the chunk


@dataclass(slots=True)
class Change:
    """One person's causes that a chunk touches, before and after."""

    before: Causes = field(default_factory=Causes)
    after: Causes = field(default_factory=Causes)


def project(fresh: Fresh) -> tuple[dict[Any, Change], set[Any]]:
    """Bring the causes up to date. Returns what changed by person, and who of them are members."""
    if not fresh.kinds & KINDS:
        return {}, set()
    rows = fresh.fetch(
        f"SELECT id, kind, actor, actor_type, item_id, label, amount, occurred_at, data FROM fresh WHERE kind IN ({_LIST})"
    )
    members = {row[2] for row in rows if row[3] == "u"}
    changes: dict[Any, Change] = defaultdict(Change)
    known = [row for row in rows if row[2] is not None and row[3] != "a"]
    _facts(fresh, [row for row in known if row[1] in _READ], changes)
    posts = [row for row in rows if row[1] in {Kind.DISCUSSION_POST.value, Kind.POST_DELETED.value}]
    members |= _posts(fresh, posts, changes)
    unlocks = [row for row in known if row[1] in {Kind.ACHIEVEMENT_UNLOCKED.value, Kind.ACHIEVEMENT_REVOKED.value}]
    _unlocks(fresh, unlocks, changes)
    return changes, members


def _facts(fresh: Fresh, rows: Sequence[tuple[Any, ...]], changes: dict[Any, Change]) -> None:
    told: dict[Any, dict[tuple[str, str], Fact]] = defaultdict(dict)
    for event_id, kind, actor, _, item_id, label, amount, at, data in rows:
        fact = _READ[kind](event_id, item_id, label, amount, at, data)
        if fact is not None:
            key = fact.rule, fact.ref
            mine = told[actor]
            mine[key] = merged(mine[key], fact) if key in mine else fact
    if not told:
        return
    stored = stored_facts(fresh, told)
    reviewed: dict[Any, set[str]] = {actor: set() for actor in told}
    if any(rule == Rule.REVIEW for mine in told.values() for rule, _ in mine):
        reviewed = standing_reviews(fresh, told)
    written = []
    for actor, mine in told.items():
        before = stored.get(actor, {})
        after = {key: merged(before[key], fact) if key in before else fact for key, fact in mine.items()}
        reviews = {key: fact for key, fact in before.items() if key[0] == Rule.REVIEW}
        if any(rule == Rule.REVIEW for rule, _ in mine):
            after = {**reviews, **after}
            for key, fact in after.items():
                if key[0] == Rule.REVIEW:
                    after[key] = replace(fact, count=int(fact.ref in reviewed[actor]))
        changes[actor].before.facts = {key: before[key] for key in after if key in before}
        changes[actor].after.facts = after
        written += [fact_row(actor, fact) for key, fact in after.items() if before.get(key) != fact]
    known = {(actor, *key) for actor in told for key in stored.get(actor, ())}
    staging.store(fresh, "gamification_fact", FACT, 3, written, known)


def fact_row(actor: Any, fact: Fact) -> tuple[Any, ...]:
    """Return a fact as it is stored."""
    return (
        actor, fact.rule, fact.ref, fact.course, fact.count, fact.first_at, fact.perfects, fact.perfect_at, fact.amount,
    )  # fmt: skip


def merged(one: Fact, other: Fact) -> Fact:
    """Return what two rows of one cause say together; the order does not matter."""
    return Fact(
        one.rule,
        one.ref,
        min((fact.course for fact in (one, other) if fact.course), default=None),
        one.count + other.count,
        _earliest(one.first_at, other.first_at),
        one.perfects + other.perfects,
        _earliest(one.perfect_at, other.perfect_at),
        one.amount + other.amount,
    )


def stored_facts(fresh: Fresh, actors: Iterable[Any]) -> dict[Any, dict[tuple[str, str], Fact]]:
    """Return these people's facts."""
    found: dict[Any, dict[tuple[str, str], Fact]] = defaultdict(dict)
    for actor, rule, ref, course, *rest in staging.of_actors(fresh, actors, "gamification_fact", FACT):
        found[actor][rule, ref] = Fact(rule, ref, _hex(course), *rest)
    return found


def standing_reviews(fresh: Fresh, actors: Iterable[Any]) -> dict[Any, set[str]]:
    """Return which courses these people's reviews are of that stand."""
    found: dict[Any, set[str]] = {actor: set() for actor in actors}
    for actor, course, stars in staging.of_actors(fresh, found, "stats_coursereview", ("actor", "course", "stars")):
        if stars > 0:
            found[actor].add(str(_hex(course)))
    return found


def _posts(fresh: Fresh, rows: Sequence[tuple[Any, ...]], changes: dict[Any, Change]) -> set[Any]:
    """Bring the posts up to date. Returns the members who wrote any of them, whoever took them away."""
    told: dict[str, Post] = {}
    for event_id, kind, actor, actor_type, _, label, _, at, data in rows:
        ref = _hex(json.loads(data).get("post") if data else None) or (_hex(event_id) or "")
        if kind == Kind.POST_DELETED:
            post = Post(ref, is_gone=1)
        elif actor is None or actor_type == "a":
            continue
        else:
            post = Post(ref, actor, _hex(label), at, site_day(at))
        told[ref] = joined(told[ref], post) if ref in told else post
    if not told:
        return set()
    stored = {post.ref: post for post in _stored_posts(fresh, "ref", ((ref,) for ref in told))}
    after = {ref: joined(stored[ref], post) if ref in stored else post for ref, post in told.items()}
    days = {
        (post.actor, post.day) for post in (*stored.values(), *after.values()) if post.actor is not None and post.day
    }
    rows_of = ((post.ref, post.actor, post.course, post.at, post.day, post.is_gone) for post in after.values())
    staging.store(fresh, "gamification_post", POST, 1, rows_of, {(ref,) for ref in stored})
    for actor, day in days:
        changes[actor].before.posts[day], changes[actor].after.posts[day] = {}, {}
    for post in _stored_posts(fresh, "actor, day", days):
        day = post.day or ""
        changes[post.actor].after.posts[day][post.ref] = post
        if post.ref not in told:
            changes[post.actor].before.posts[day][post.ref] = post
    for post in stored.values():
        if post.actor is not None and post.day:
            changes[post.actor].before.posts[post.day][post.ref] = post
    return _members(fresh, {actor for actor, _ in days})


_POST_KEYS = {"ref": ("ref",), "actor, day": ("actor", "day")}


def _stored_posts(fresh: Fresh, keys: str, values: Iterable[tuple[Any, ...]]) -> list[Post]:
    """Return the posts that have any of these keys: refs, or authors and days."""
    columns = _POST_KEYS[keys]
    day = "date" if fresh.vendor == "postgresql" else "text"
    fresh.execute(
        f"CREATE TEMPORARY TABLE IF NOT EXISTS fresh_posts (ref text, actor {staging.uuid_type(fresh)}, day {day})"
    )
    staging.append(fresh, "fresh_posts", columns, list(values))
    names = ", ".join(f"t.{name}" for name in POST)
    matches = " AND ".join(f"t.{name} = f.{name}" for name in columns)
    found = fresh.fetch(f"SELECT {names} FROM fresh_posts f {staging.joined(fresh, 'gamification_post', matches)}")
    fresh.empty("fresh_posts")
    return [read_post(row) for row in found]


def _members(fresh: Fresh, actors: set[Any]) -> set[Any]:
    """Return which of them play already."""
    return {actor for (actor,) in staging.of_actors(fresh, actors, "gamification_player", ("actor",))}


def read_post(row: tuple[Any, ...]) -> Post:
    """Return a stored post."""
    ref, actor, course, at, day, is_gone = row
    return Post(ref, actor, _hex(course), at, None if day is None else str(day), is_gone)


def joined(one: Post, other: Post) -> Post:
    """Return what two rows of one post say together. It belongs to whom the earliest says."""
    first = min(
        (post for post in (one, other) if post.at is not None),
        key=lambda post: (post.at, str(post.actor), post.course or ""),
        default=one,
    )
    return replace(first, is_gone=max(one.is_gone, other.is_gone))


def _unlocks(fresh: Fresh, rows: Sequence[tuple[Any, ...]], changes: dict[Any, Change]) -> None:
    """Bring the achievements up to date, and tell of those that stand now: as `backfill` of what was found for the past."""
    told: dict[Any, list[Unlock]] = defaultdict(list)
    loud = set()
    for _, kind, actor, _, _, label, amount, at, data in rows:
        props = (json.loads(data).get("props") if data else None) or {}
        tier, cycle = _number(props, "tier", 1), _number(props, "cycle", 1)
        if kind == Kind.ACHIEVEMENT_REVOKED:
            told[actor].append(Unlock(label, tier, revoked=cycle))
        else:
            if not props.get("quiet"):
                loud.add((actor, label, tier))
            told[actor].append(
                Unlock(
                    label, tier, cycle, 0, at, amount or 0, _number(props, "points", 0), _number(props, "version", 1)
                )
            )
    if not told:
        return
    stored = stored_unlocks(fresh, told)
    written = []
    for actor, unlocks in told.items():
        before = stored.get(actor, {})
        after: dict[tuple[str, int], Unlock] = {}
        for one in unlocks:
            key = one.name, one.tier
            old = after.get(key) or before.get(key)
            after[key] = agreed(old, one) if old else one
        changes[actor].before.unlocks = {key: before[key] for key in after if key in before}
        changes[actor].after.unlocks = after
        written += [unlock_row(actor, one) for one in after.values()]
        fresh.effects += [
            Effect(
                actor, "unlock" if (actor, *key) in loud else "backfill", f"{one.name}:{one.tier}", one.points,
                one.earned_at or 0,
            )
            for key, one in after.items()
            if one.stands and not (key in before and before[key].stands)
        ]  # fmt: skip
    known = {(actor, *key) for actor in told for key in stored.get(actor, ())}
    staging.store(fresh, "gamification_unlock", UNLOCK, 3, written, known)


def unlock_row(actor: Any, one: Unlock) -> tuple[Any, ...]:
    """Return an unlock as it is stored."""
    return actor, one.name, one.tier, one.cycle, one.revoked, one.earned_at, one.xp, one.points, one.version


def agreed(one: Unlock, other: Unlock) -> Unlock:
    """Return what two rows of one achievement say together: of its latest time, the earliest instant."""
    best = min(one, other, key=lambda row: (-row.cycle, row.earned_at or 0, row.xp, row.points, row.version))
    return replace(best, revoked=max(one.revoked, other.revoked))


def stored_unlocks(fresh: Fresh, actors: Iterable[Any]) -> dict[Any, dict[tuple[str, int], Unlock]]:
    """Return these people's achievements."""
    found: dict[Any, dict[tuple[str, int], Unlock]] = defaultdict(dict)
    for actor, name, tier, *rest in staging.of_actors(fresh, actors, "gamification_unlock", UNLOCK):
        found[actor][name, tier] = Unlock(name, tier, *rest)
    return found


def all_of(fresh: Fresh, actor: Any) -> Causes:
    """Return everything known of one person."""
    posts: dict[str, dict[str, Post]] = defaultdict(dict)
    for row in staging.of_actors(fresh, [actor], "gamification_post", POST):
        post = read_post(row)
        posts[post.day or ""][post.ref] = post
    return Causes(
        dict(stored_facts(fresh, [actor]).get(actor, {})),
        dict(posts),
        dict(stored_unlocks(fresh, [actor]).get(actor, {})),
    )


# What each kind says


def _lesson(
    event_id: Any, item_id: int, label: str | None, amount: int | None, at: int, data: str | None
) -> Fact | None:
    return Fact(Rule.LESSON.value, str(item_id), _hex(label), 1, at)


def _quiz(event_id: Any, item_id: int, label: str | None, amount: int | None, at: int, data: str | None) -> Fact | None:
    if not (data or "").startswith(PASSED):
        return None
    perfect = amount == PERFECT
    return Fact(QUIZ, str(item_id), _hex(label), 1, at, int(perfect), at if perfect else None)


def _voided(
    event_id: Any, item_id: int, label: str | None, amount: int | None, at: int, data: str | None
) -> Fact | None:
    if not (data or "").startswith(PASSED):
        return None
    return Fact(QUIZ, str(item_id), None, -1, None, -int(amount == PERFECT), None)


def _course(
    event_id: Any, item_id: int, label: str | None, amount: int | None, at: int, data: str | None
) -> Fact | None:
    course = _hex(label)
    return Fact(Rule.COURSE.value, course, course, 1, at) if course else None


def _review(
    event_id: Any, item_id: int, label: str | None, amount: int | None, at: int, data: str | None
) -> Fact | None:
    course = _hex(label)
    return Fact(Rule.REVIEW.value, course, course, 0, at) if course else None


def _taken_back(
    event_id: Any, item_id: int, label: str | None, amount: int | None, at: int, data: str | None
) -> Fact | None:
    course = _hex(label)
    return Fact(Rule.REVIEW.value, course, None, 0, None) if course else None


def _correction(
    event_id: Any, item_id: int, label: str | None, amount: int | None, at: int, data: str | None
) -> Fact | None:
    return Fact(Rule.CORRECTION.value, _hex(event_id) or "", None, 1, at, amount=amount or 0)


_READ = {
    Kind.LESSON_COMPLETED.value: _lesson,
    Kind.QUIZ_COMPLETED.value: _quiz,
    Kind.QUIZ_VOIDED.value: _voided,
    Kind.COURSE_COMPLETED.value: _course,
    Kind.REVIEW.value: _review,
    Kind.REVIEW_DELETED.value: _taken_back,
    Kind.XP_CORRECTED.value: _correction,
}


def _hex(value: Any) -> str | None:
    return str(value).replace("-", "").lower() if value else None


def _number(props: dict[str, Any], name: str, usual: int) -> int:
    value = props.get(name, usual)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1_000_000_000 else usual


def _earliest(one: int | None, other: int | None) -> int | None:
    return other if one is None else one if other is None else min(one, other)

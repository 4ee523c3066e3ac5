"""Who has just earned an achievement: asked of the people whom a chunk touched, answered with events.

What somebody has follows from what they did, not from when it was looked at: values are compared with thresholds, the
instant is when the value was reached, and what is undone takes the achievement back. Two things hold on: who earned
something under an older version keeps it for as long as that version's rule is met, and what only the registry computes is
kept once it was unlocked.

Unlocking pays, points make levels, and levels are achievements too; so what follows from it is worked out here at once,
from values to points to badges, and never goes round: see `gamification.achievements.criteria.FED`.
"""

import json
import uuid
from bisect import insort
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone

from gamification import causes, players, staging
from gamification.achievements import book as books
from gamification.achievements.book import Book
from gamification.achievements.criteria import OF_BADGES, OF_POINTS, Criterion, Way
from gamification.achievements.instants import Gains, crossed, least_of, of_counter
from gamification.causes import Unlock
from gamification.choices import DATED
from gamification.levels import level_of
from gamification.players import Player
from stats import encoding
from stats.actors import user_actor
from stats.fields import from_micros
from stats.fresh import Fresh
from stats.ids import derived
from stats.kinds import KINDS, Kind
from stats.models import Source

CHANGES_THE_PAST = (
    Kind.SETTING_CHANGED.value, Kind.GUEST_CLAIMED.value, Kind.QUIZ_VOIDED.value, Kind.REVIEW_DELETED.value,
    Kind.XP_CORRECTED.value,
)  # fmt: skip
PAST = frozenset({*CHANGES_THE_PAST, Kind.POST_DELETED.value})
_PAST = ", ".join(f"'{kind}'" for kind in CHANGES_THE_PAST)
_DATED = ", ".join(f"'{name}'" for name in DATED)

_NOBODY = Player(None)

Key = tuple[str, int]


@dataclass(slots=True)
class Grant:
    """One tier that a person is to have: by which rule, and when it was earned, once that is known."""

    rule: Criterion | None
    tier: int
    xp: int
    points: int
    version: int
    at: int | None = None


@dataclass(slots=True)
class Person:
    """What is known of one person while it is worked out what they are to have."""

    actor: Any
    player: Player
    stored: dict[Key, Unlock]
    withheld: set[str]
    counters: dict[str, int] = field(default_factory=dict)
    computed: dict[str, float] = field(default_factory=dict)
    wanted: dict[Key, Grant] = field(default_factory=dict)

    def value(self, rule: Criterion) -> float:
        """Return how far the person is in a rule, in the units of its column."""
        if rule.way is Way.COMPUTED:
            return self.computed.get(rule.key, 0)
        if rule.way is Way.COUNTER:
            return self.counters.get(rule.column, 0)
        if rule.column == "xp":
            return self.xp
        if rule.column == "level":
            return level_of(self.xp)
        if rule.column == "unlocked":
            return len(self.wanted)
        if rule.column == "points":
            return sum(grant.points for grant in self.wanted.values())
        return int(getattr(self.player, rule.column))

    @property
    def xp(self) -> int:
        """The points as they will be: those of today with what achievements pay replaced by what they are to pay."""
        paid = sum(one.xp for one in self.stored.values() if one.stands)
        return self.player.xp - paid + sum(grant.xp for grant in self.wanted.values())


def react(fresh: Fresh) -> list[str]:
    """Return the lines of the events by which the people of a chunk get achievements, or lose one.

    Costs a small query for a chunk that changes nothing of the game, one more where nobody passes a threshold, and another
    if lifetime counters are asked for.
    """
    book = books.load()
    if not book.versions:
        return []
    _queue(fresh, book)
    late = _late(fresh, book)
    touched = _passing(fresh, book) | late | _counted(fresh, book)
    return evaluate(fresh, book, touched, again=late) if touched else []


def evaluate(
    fresh: Fresh,
    book: Book,
    actors: Iterable[Any],
    *,
    again: Iterable[Any] = (),
    computed: dict[Any, tuple[dict[str, float], int]] | None = None,
    quiet: bool = False,
) -> list[str]:
    """Return the events that give these people what they are to have, and take what they are not.

    `again` are those whose past has changed: their instants are worked out anew. `computed` has, for whom the registry
    was asked, the values by rule and the instant at which they were reached. `quiet` marks what is found for the past.
    """
    people = _people(fresh, book, actors, computed or {})
    turns = [
        (columns, [rule for rule in book.current.values() if _is_of(rule, columns)])
        for columns in (None, OF_POINTS, OF_BADGES)
    ]
    for person in people:
        _want(person, book, turns)
    _date(fresh, people, set(again), {actor: at for actor, (_values, at) in (computed or {}).items()})
    return [line for person in people for line in _lines(person, quiet)]


# Whom to look at


def _passing(fresh: Fresh, book: Book) -> set[Any]:
    """Return the members whose row passed a threshold, up or down."""
    before, after = fresh.shared.get("players", ({}, {}))
    by_column: dict[str, list[Criterion]] = defaultdict(list)
    for rule in book.versions.values():
        if rule.way is Way.PLAYER and rule.steps:
            by_column[rule.column].append(rule)
    found: set[Any] = set()
    pairs = [(before.get(actor, _NOBODY), now) for actor, now in after.items()]
    for column, rules in by_column.items():
        place = players.COLUMNS.index(column)
        moved: dict[tuple[int, int], list[Any]] = defaultdict(list)
        for old, now in pairs:
            if old[place] != now[place]:
                moved[old[place], now[place]].append(now.actor)
        for (was, is_now), actors in moved.items():
            if any(rule.reached(was) != rule.reached(is_now) for rule in rules):
                found.update(actors)
    return found


def _late(fresh: Fresh, book: Book) -> set[Any]:
    """Return the members of whom something was told that lies before what they have earned, or changes their past."""
    changed = fresh.shared.get("players", ({}, {}))[1]
    if not (changed or fresh.kinds & PAST or book.of(Way.COUNTER)):
        return set()
    rows = fresh.fetch(
        "SELECT DISTINCT f.actor FROM (SELECT actor, MIN(occurred_at) AS first_at,"
        f" MAX(CASE WHEN kind IN ({_PAST}) AND (kind <> 'setting_changed' OR label IN ({_DATED})) THEN 1 ELSE 0 END) AS is_past"
        " FROM fresh WHERE actor_type = 'u' AND actor IS NOT NULL GROUP BY actor) f"
        " LEFT JOIN gamification_unlock u ON u.actor = f.actor AND u.cycle > u.revoked AND u.earned_at > f.first_at"
        " WHERE f.is_past = 1 OR u.actor IS NOT NULL"
    )
    found = {actor for (actor,) in rows}
    return found | _authors(fresh) if Kind.POST_DELETED in fresh.kinds else found


def _authors(fresh: Fresh) -> set[Any]:
    """Return the members whose posts somebody took away."""
    rows = fresh.fetch("SELECT id, data FROM fresh WHERE kind = %s", [Kind.POST_DELETED.value])
    refs = [
        str((json.loads(data).get("post") if data else None) or event_id).replace("-", "").lower()
        for event_id, data in rows
    ]
    marks = ", ".join(["%s"] * len(refs))
    if not refs:
        return set()
    found = fresh.fetch(
        f"SELECT p.actor FROM gamification_post p JOIN gamification_player m ON m.actor = p.actor WHERE p.ref IN ({marks})",
        refs,
    )
    return {actor for (actor,) in found}


def _counted(fresh: Fresh, book: Book) -> set[Any]:
    """Return the members of the chunk whose lifetime counters have reached a tier that they do not have."""
    rules = book.of(Way.COUNTER)
    if not rules:
        return set()
    columns = sorted({rule.column for rule in rules})
    least = " OR ".join(f"s.{rule.column} >= {rule.least(1)}" for rule in rules)
    names = ", ".join("%s" for _rule in rules)
    rows = fresh.fetch(
        f"SELECT s.actor, {', '.join(f's.{column}' for column in columns)}, u.name, u.tier FROM"
        " (SELECT DISTINCT actor FROM fresh WHERE actor_type = 'u' AND actor IS NOT NULL) f"
        f" JOIN stats_actorstats s ON s.actor = f.actor AND ({least})"
        f" LEFT JOIN gamification_unlock u ON u.actor = f.actor AND u.cycle > u.revoked AND u.name IN ({names})",
        [rule.key for rule in rules],
    )
    counters: dict[Any, dict[str, int]] = {}
    have: dict[Any, set[Key]] = defaultdict(set)
    for actor, *rest in rows:
        counters[actor] = dict(zip(columns, rest, strict=False))
        have[actor].add((rest[-2], rest[-1]))
    return {
        actor
        for actor, counted in counters.items()
        if any((tier := rule.reached(counted[rule.column])) and (rule.key, tier) not in have[actor] for rule in rules)
    }


def _queue(fresh: Fresh, book: Book) -> None:
    """Queue the members whose computed numbers may have changed."""
    rules = book.of(Way.COMPUTED)
    if not rules:
        return
    kinds = books.kinds_of(rules)
    if kinds and not kinds & fresh.kinds:
        return
    names = ", ".join(f"'{kind}'" for kind in sorted(kinds))
    among = f" AND kind IN ({names})" if kinds else ""
    fresh.execute(
        "INSERT INTO gamification_recheck AS r (actor, at) SELECT actor, MAX(occurred_at) FROM fresh"
        f" WHERE actor_type = 'u' AND actor IS NOT NULL{among} GROUP BY actor ORDER BY actor"
        " ON CONFLICT (actor) DO UPDATE SET is_quiet = 0,"
        " at = CASE WHEN r.at > excluded.at THEN r.at ELSE excluded.at END"
    )


# What they are to have


def _people(
    fresh: Fresh, book: Book, actors: Iterable[Any], computed: dict[Any, tuple[dict[str, float], int]]
) -> list[Person]:
    wanted = sorted(set(actors))
    _before, changed = fresh.shared.get("players", ({}, {}))
    rows = changed | players.load(fresh, [actor for actor in wanted if actor not in changed])
    stored = causes.stored_unlocks(fresh, wanted)
    keys = {number: key for key, number in book.ids.items()}
    withheld: dict[Any, set[str]] = defaultdict(set)
    for actor, number in staging.of_actors(fresh, wanted, "gamification_withheld", ("actor", "achievement_id")):
        if number in keys:
            withheld[actor].add(keys[number])
    columns = sorted({rule.column for rule in book.versions.values() if rule.way is Way.COUNTER})
    counters: dict[Any, dict[str, int]] = {}
    if columns:
        for actor, *values in staging.of_actors(fresh, wanted, "stats_actorstats", ("actor", *columns)):
            counters[actor] = dict(zip(columns, values, strict=True))
    return [
        Person(
            actor,
            rows[actor],
            stored.get(actor, {}),
            withheld[actor],
            counters.get(actor, {}),
            computed[actor][0] if actor in computed else {},
        )
        for actor in wanted
        if actor in rows
    ]


def _want(person: Person, book: Book, turns: list[tuple[frozenset[str] | None, list[Criterion]]]) -> None:
    """Fill in what the person is to have: first by values, then by points, then by badges until nothing more comes.

    `turns` are the current rules of each, in that order.
    """
    for (name, tier), one in person.stored.items():
        held = book.versions.get((name, one.version))
        if one.stands and name not in person.withheld and (held is None or held.way is Way.COMPUTED):
            person.wanted[name, tier] = _kept(held, one)
    kept = [
        (rule, tier, one)
        for (name, tier), one in person.stored.items()
        if one.stands and name not in person.withheld and (rule := book.versions.get((name, one.version))) is not None
        if rule.way is not Way.COMPUTED
    ]
    for columns, rules in turns:
        own = [rule for rule in rules if rule.key not in person.withheld] if person.withheld else rules
        while _add(person, [one for one in kept if _is_of(one[0], columns)], own):
            if columns is not OF_BADGES:
                break


def _is_of(rule: Criterion, columns: frozenset[str] | None) -> bool:
    """Whether a rule is decided in this turn; None is the first."""
    if columns is None:
        return rule.way is not Way.PLAYER or rule.column not in OF_POINTS | OF_BADGES
    return rule.way is Way.PLAYER and rule.column in columns


def _add(person: Person, kept: list[tuple[Criterion, int, Unlock]], rules: list[Criterion]) -> bool:
    """Add what these rules give. Returns whether that was anything."""
    values = {id(rule): person.value(rule) for rule in [*rules, *(one[0] for one in kept)]}
    before = len(person.wanted)
    for rule, tier, one in kept:
        if values[id(rule)] >= rule.least(tier):
            person.wanted.setdefault((rule.key, tier), _kept(rule, one))
    for rule in rules:
        for tier in range(1, rule.reached(values[id(rule)]) + 1):
            if (rule.key, tier) not in person.wanted:
                person.wanted[rule.key, tier] = Grant(rule, tier, rule.xp, rule.step(tier).points, rule.version)
    return len(person.wanted) > before


def _kept(rule: Criterion | None, one: Unlock) -> Grant:
    return Grant(rule, one.tier, one.xp, one.points, one.version, one.earned_at)


# When they earned it


def _date(fresh: Fresh, people: list[Person], again: set[Any], computed_at: dict[Any, int]) -> None:
    """Find the instants of what is new, and of everything of those in `again`."""
    undated: dict[Any, list[Grant]] = {}
    sources: dict[str, set[Any]] = defaultdict(set)
    for person in people:
        if person.actor in again:
            for grant in person.wanted.values():
                if grant.rule is not None and grant.rule.way is not Way.COMPUTED:
                    grant.at = None
        grants = [grant for grant in person.wanted.values() if grant.at is None]
        if grants:  # each new one may bring forward what is earned by points or by badges
            columns = OF_BADGES | OF_POINTS if any(grant.xp for grant in grants) else OF_BADGES
            grants += [grant for grant in person.wanted.values() if grant.at is not None and _is_by(grant, columns)]
        undated[person.actor] = grants
        for grant in grants:
            if grant.rule is not None and grant.rule.way is Way.PLAYER and grant.rule.column not in OF_BADGES:
                sources[grant.rule.column].add(person.actor)
    gains = Gains(fresh)
    gains.read(sources)
    for person in people:
        _date_values(fresh, person, undated[person.actor], gains, computed_at.get(person.actor))
        _date_points(person, undated[person.actor], gains)
        _date_badges(person, undated[person.actor])


def _is_by(grant: Grant, columns: frozenset[str]) -> bool:
    return grant.rule is not None and grant.rule.way is Way.PLAYER and grant.rule.column in columns


def _date_values(fresh: Fresh, person: Person, grants: list[Grant], gains: Gains, computed_at: int | None) -> None:
    found: dict[str, Any] = {}
    for grant in grants:
        rule = grant.rule
        if rule is None or _is_by(grant, OF_POINTS | OF_BADGES):
            continue
        if rule.way is Way.COMPUTED:
            grant.at = computed_at
            continue
        if rule.column not in found:
            by_row = rule.way is Way.PLAYER
            found[rule.column] = (
                gains.of(person.actor, rule.column) if by_row else of_counter(fresh, person.actor, rule.column)
            )
        grant.at = crossed(found[rule.column], rule.least(grant.tier)) or _last(found[rule.column], person)


def _date_points(person: Person, grants: list[Grant], gains: Gains) -> None:
    """Date what is earned by points: what was paid for all else, and for achievements as they are dated now."""
    mine = [grant for grant in grants if _is_by(grant, OF_POINTS)]
    if not mine:
        return
    paid = gains.of(person.actor, "xp") + [
        (grant.at, grant.xp) for grant in person.wanted.values() if grant.xp and grant.at is not None
    ]
    for grant in mine:
        if grant.rule is not None:
            least = least_of(grant.rule.column, grant.rule.least(grant.tier))
            grant.at = crossed(paid, least) or _last(paid, person)


def _date_badges(person: Person, grants: list[Grant]) -> None:
    """Date what is earned by other achievements, going through all of them in the order in which they were earned."""
    waiting = [grant for grant in grants if _is_by(grant, OF_BADGES)]
    if not waiting:
        return
    for grant in waiting:
        grant.at = None
    dated = sorted((grant.at, grant.points) for grant in person.wanted.values() if grant.at is not None)
    count = points = place = 0
    while place < len(dated):
        at, more = dated[place]
        count, points, place = count + 1, points + more, place + 1
        for grant in [one for one in waiting if one.at is None and one.rule is not None]:
            value = count if grant.rule is not None and grant.rule.column == "unlocked" else points
            if grant.rule is not None and value >= grant.rule.least(grant.tier):
                grant.at = at
                insort(dated, (at, grant.points), lo=place)
    for grant in waiting:
        grant.at = person.player.reached_at if grant.at is None else grant.at


def _last(gains: list[tuple[int, int]], person: Person) -> int:
    """Return an instant for what was reached by something that left no trace: the last one known."""
    return max((at for at, _more in gains), default=person.player.reached_at)


# The events


def _lines(person: Person, quiet: bool) -> list[str]:
    lines = []
    for (name, tier), one in sorted(person.stored.items()):
        grant = person.wanted.get((name, tier))
        if one.stands and (grant is None or (grant.at or 0) > (one.earned_at or 0)):
            lines.append(_revoked(person.actor, one))
    for (name, tier), grant in sorted(person.wanted.items()):
        old = person.stored.get((name, tier))
        if old is None or not old.stands:
            lines.append(_unlocked(person.actor, name, grant, max(old.cycle, old.revoked) + 1 if old else 1, quiet))
        elif grant.at != old.earned_at:
            cycle = old.cycle if (grant.at or 0) < (old.earned_at or 0) else old.cycle + 1
            lines.append(_unlocked(person.actor, name, grant, cycle, quiet=True))
    return lines


def _unlocked(actor: Any, name: str, grant: Grant, cycle: int, quiet: bool) -> str:
    props = {"tier": grant.tier, "cycle": cycle, "points": grant.points, "version": grant.version}
    fields = {"name": name, "amount": grant.xp, "props": props | {"quiet": True} if quiet else props}
    return _line(Kind.ACHIEVEMENT_UNLOCKED, actor, grant.at or 0, (name, grant.tier, cycle, grant.at), fields)


def _revoked(actor: Any, one: Unlock) -> str:
    fields = {"name": one.name, "props": {"tier": one.tier, "cycle": one.cycle}}
    return _line(Kind.ACHIEVEMENT_REVOKED, actor, one.earned_at or 0, (one.name, one.tier, one.cycle), fields)


def _line(kind: Kind, actor: Any, at: int, cause: tuple[Any, ...], fields: dict[str, Any]) -> str:
    person = uuid.UUID(str(actor))
    return encoding.own_row(
        KINDS[kind],
        user_actor(person),
        event_id=derived(kind, person.hex, *cause),
        item=None,
        occurred_at=from_micros(at),
        received_at=timezone.now(),
        source_id=Source.SITE,
        session_id=None,
        fields=fields,
    )

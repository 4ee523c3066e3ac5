"""The game as a projection of the log: from what a chunk says to days, causes, streaks, points and places.

Most of a chunk changes nothing here: somebody is active again on a day that counts already. What is new is added on top of
each person's row; only what comes late, or changes the past's zones, is derived anew from everything known of the person.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import Any

from gamification import activity, causes, choices, players, staging
from gamification.activity import quarters_of
from gamification.causes import Change, Due
from gamification.choices import Choices
from gamification.models import ActiveDay, Choice, Entry, Fact, Player, Post, Score, Tally, Unlock
from gamification.players import Posting
from gamification.streaks import QUARTERS_PER_DAY, Streak, Trace, folded
from stats.fresh import Fresh, Postings, Projection
from stats.kinds import ACTIVITY_KINDS, Kind


def project(fresh: Fresh) -> None:
    """Bring the game up to date with the fresh rows."""
    chosen, relisted = choices.store(fresh) if Kind.SETTING_CHANGED.value in fresh.kinds else (set(), set())
    quarters, members = activity.collect(fresh)
    activity.store(fresh, quarters)
    changes, doers = causes.project(fresh)
    late, new = _news(fresh, {actor: quarters[actor] for actor in quarters.keys() & members})
    known = players.load(fresh, {*chosen, *relisted, *late, *new, *(changes.keys() & (doers | members))})
    late |= chosen & known.keys()
    late |= (changes.keys() & doers) - known.keys()
    added, unclear = _added(fresh, new - late, known)
    postings = added | _derived(fresh, late | unclear, known)
    relisted = (relisted & known.keys()) - postings.keys()
    for actor, held in choices.of(fresh, relisted).items():
        player = known[actor]._replace(is_listed=int(held.is_listed))
        postings[actor] = Posting(actor, [], [], player)
    for actor in changes.keys() & (doers | known.keys()):
        change = changes[actor]
        player = postings[actor].player if actor in postings else known.get(actor) or players.Player(actor)
        posting = postings.setdefault(actor, Posting(actor, [], [], player))
        posting.gone += change.before.dues()
        posting.come += change.after.dues()
        posting.player = _counted(player, change)
    players.post(fresh, list(postings.values()), known)


def claim(fresh: Fresh, guest: Any, person: Any) -> None:
    """Make what a guest did the member's, and derive the member anew where there was anything."""
    theirs = fresh.fetch("SELECT day, early, late FROM gamification_activeday WHERE actor = %s", [guest])
    found = {quarter for day, early, late in theirs for quarter in quarters_of(day, early, late)}
    moved = fresh.execute("DELETE FROM gamification_activeday WHERE actor = %s", [guest])
    activity.store(fresh, {person: found})
    cast = fresh.uuid("%s")
    chosen = fresh.execute(
        "INSERT INTO gamification_choice (actor, setting, at, event_id, value)"
        f" SELECT {cast}, setting, at, event_id, value FROM gamification_choice WHERE actor = %s ON CONFLICT DO NOTHING",
        [person, guest],
    )
    fresh.execute("DELETE FROM gamification_choice WHERE actor = %s", [guest])
    choices.prune(fresh, [person])
    moved += fresh.execute(f"UPDATE gamification_post SET actor = {cast} WHERE actor = %s", [person, guest])
    moved += _claim_causes(fresh, guest, person)
    if moved or (chosen and players.load(fresh, [person])):
        derive(fresh, person)


def derive(fresh: Fresh, actor: Any) -> None:
    """Make one member's points, counts and streak what everything known says."""
    known = players.load(fresh, [actor])
    everything = causes.all_of(fresh, actor)
    posting = _derived(fresh, {actor}, known)[actor]
    streak_dues = [due for due in posting.come if due.rule == "streak"]
    posting.gone = _held(fresh, actor)
    posting.come = everything.dues() + streak_dues
    posting.player = posting.player._replace(**{**_NONE, **everything.counts()})
    players.post(fresh, [posting], known)


SETTLED = 10 * QUARTERS_PER_DAY
"""No gap that keeps a streak is longer: two frozen dates between rest days."""

_NONE: dict[str, Any] = dict.fromkeys(
    ("lessons", "courses", "quizzes", "perfects", "posts", "reviews", "unlocked", "points"), 0
)


def _news(fresh: Fresh, quarters: activity.Quarters) -> tuple[set[Any], set[Any]]:
    """Return for whom the past has to be told anew, and who was active on the last day or later as never before."""
    late, new = set(), set()
    last_days = players.last_days(fresh, quarters)
    for actor, mine in quarters.items():
        last = last_days.get(actor)
        if last is None or last.first_quarter is None or min(mine) < last.day_from:
            late.add(actor)
        elif min(mine) < last.first_quarter or max(mine) >= last.day_to:
            new.add(actor)
    return late, new


def _added(fresh: Fresh, new: set[Any], known: dict[Any, players.Player]) -> tuple[dict[Any, Posting], set[Any]]:
    """Return the postings of people who were active on a later day than ever before, and whose have to be derived."""
    found: dict[Any, Posting] = {}
    unclear: set[Any] = set()
    if not new:
        return found, unclear
    days = _quarters(fresh, new, {actor: activity.day_of(known[actor].day_from or 0).isoformat() for actor in new})
    held = choices.of(fresh, new)
    for actor in new:
        player = known[actor]
        begins, ends = player.day_from or 0, player.day_to or 0
        mine = days.get(actor, [])
        before = [quarter for quarter in mine if begins <= quarter < ends]
        if before and before[0] != player.first_quarter:
            if player.run < 2 or not held[actor].zones.hold_since(begins - SETTLED):
                unclear.add(actor)
                continue
            player = player._replace(first_quarter=before[0])
        state = player.streak(before[-1] if before else None)
        found[actor] = _posting(player, state, [quarter for quarter in mine if quarter >= ends], held[actor], ())
    return found, unclear


def _derived(fresh: Fresh, late: Iterable[Any], known: dict[Any, players.Player]) -> dict[Any, Posting]:
    """Return the postings of people whose streak has to be folded from the beginning."""
    wanted = set(late)
    if not wanted:
        return {}
    days = _quarters(fresh, wanted)
    held = choices.of(fresh, wanted)
    paid: dict[Any, list[Due]] = {}
    if old := [actor for actor in wanted if actor in known]:
        sums: dict[tuple[Any, str], int] = {}
        rows = staging.of_actors(fresh, old, "gamification_entry", ("actor", "ref", "amount"), "t.rule = 'streak'")
        for actor, ref, amount in rows:
            sums[actor, ref] = sums.get((actor, ref), 0) + amount
        for (actor, ref), amount in sums.items():
            if amount:
                paid.setdefault(actor, []).append(causes.of_day(date.fromisoformat(ref)))
    return {
        actor: _posting(
            known.get(actor) or players.Player(actor), Streak(), days.get(actor, []), held[actor], paid.get(actor, ())
        )
        for actor in wanted
    }


def _posting(player: players.Player, state: Streak, quarters: list[int], held: Choices, paid: Iterable[Due]) -> Posting:
    trace = Trace()
    streak = folded(quarters, held.zones, held.rest, trace, state)
    changed = player.with_streak(streak)._replace(is_listed=int(held.is_listed), zone=held.zones.last)
    return Posting(player.actor, list(paid), [causes.of_day(day) for day in trace.counted], changed)


def _quarters(fresh: Fresh, actors: Iterable[Any], since: dict[Any, str] | None = None) -> dict[Any, list[int]]:
    """Return each person's active quarters, ascending, of the UTC days from each one's `since` on."""
    columns = ("actor", "day", "early", "late")
    if since is None:
        rows = staging.of_actors(fresh, actors, "gamification_activeday", columns)
    else:
        day = "date" if fresh.vendor == "postgresql" else "text"
        fresh.execute(
            f"CREATE TEMPORARY TABLE IF NOT EXISTS fresh_since (actor {staging.uuid_type(fresh)}, since {day})"
        )
        staging.append(fresh, "fresh_since", ("actor", "since"), sorted(since.items()))
        rows = fresh.fetch(
            "SELECT t.actor, t.day, t.early, t.late FROM fresh_since f "
            + staging.joined(fresh, "gamification_activeday", "t.actor = f.actor AND t.day >= f.since")
        )
        fresh.empty("fresh_since")
    found: dict[Any, list[int]] = {}
    for actor, day, early, late in sorted(rows, key=lambda row: str(row[1])):
        found.setdefault(actor, []).extend(quarters_of(day, early, late))
    return found


def _counted(player: players.Player, change: Change) -> players.Player:
    """Return the row with the difference that a change makes to the counts."""
    before, after = change.before.counts(), change.after.counts()
    return player._replace(**{name: getattr(player, name) + after.get(name, 0) - before.get(name, 0) for name in _NONE})


def _held(fresh: Fresh, actor: Any) -> list[Due]:
    """Return what the ledger holds of a person."""
    rows = fresh.fetch(
        "SELECT rule, ref, course, earned_at, SUM(amount) FROM gamification_entry WHERE actor = %s"
        " GROUP BY rule, ref, course, earned_at HAVING SUM(amount) <> 0",
        [actor],
    )
    return [
        Due(rule, ref, str(course).replace("-", "") if course else None, int(amount), at)
        for rule, ref, course, at, amount in rows
    ]


def _claim_causes(fresh: Fresh, guest: Any, person: Any) -> int:
    """Make a guest's facts and achievements the member's. Returns how many there were."""
    facts = causes.stored_facts(fresh, [guest, person])
    unlocks = causes.stored_unlocks(fresh, [guest, person])
    moved = len(facts.get(guest, {})) + len(unlocks.get(guest, {}))
    if not moved:
        return 0
    standing = causes.standing_reviews(fresh, [person])[person]
    mine = facts.get(person, {})
    rows = []
    for key, fact in facts.get(guest, {}).items():
        both = causes.merged(mine[key], fact) if key in mine else fact
        if fact.rule == "review":
            both = replace(both, count=int(fact.ref in standing))
        rows.append(causes.fact_row(person, both))
    staging.store(fresh, "gamification_fact", causes.FACT, 3, rows)
    had = unlocks.get(person, {})
    staging.store(
        fresh,
        "gamification_unlock",
        causes.UNLOCK,
        3,
        [
            causes.unlock_row(person, causes.agreed(had[key], one) if key in had else one)
            for key, one in unlocks.get(guest, {}).items()
        ],
    )
    fresh.execute("DELETE FROM gamification_fact WHERE actor = %s", [guest])
    fresh.execute("DELETE FROM gamification_unlock WHERE actor = %s", [guest])
    return moved


def correct(cursor: Any, rows: list[tuple[Any, ...]]) -> None:
    """Append what is missing to the ledger: (actor, rule, ref, course, earned_at, amount) rows."""
    fresh = Fresh(cursor, len(rows))
    by_actor: dict[Any, list[Due]] = {}
    for actor, rule, ref, course, at, amount in rows:
        by_actor.setdefault(actor, []).append(Due(rule, ref, course, int(amount), at))
    players.append(fresh, [(actor, due) for actor, dues in by_actor.items() for due in dues])


GAME = Projection(
    "game",
    (Choice, ActiveDay, Fact, Post, Unlock, Player, Score, Tally),
    frozenset(ACTIVITY_KINDS) | causes.KINDS | {Kind.SETTING_CHANGED.value},
    project,
    claim,
    postings=(Postings(Entry, ("actor", "rule", "ref", "course", "earned_at"), "amount", correct),),
)

"""The game: points, levels, streaks, achievements, from the separate recount of its rules."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from tests.analytics.dashboards.recounts import counts, lists
from tests.analytics.dashboards.recounts.playing import kind_card, kind_line
from tests.analytics.dashboards.seen import DAY, Case, Number, Table

kind_card("unlocks", "achievement_unlocked")
kind_line("unlocks-by-day", "achievement_unlocked")

PARTS = (
    ("lesson", "quiz_passed", "quiz_perfect", "course"), ("streak",), ("achievement",), ("review", "post", "correction"),
)  # fmt: skip
TITLES = (("Legend", 50), ("Master", 25), ("Expert", 10), ("Explorer", 5), ("Newcomer", 1))
STREAKS = ((1, 2), (3, 6), (7, 13), (14, 29), (30, 10**6))
REASONS = {
    "lesson": "Lesson finished", "quiz_passed": "Quiz passed", "quiz_perfect": "Perfect quiz", "course": "Course completed",
    "streak": "Active day", "achievement": "Achievement unlocked", "review": "First review", "post": "Discussion post",
    "correction": "Correction",
}  # fmt: skip


def _players(case: Case) -> dict[str, dict[str, Any]]:
    return {person: told for person, told in case.seen.game.players.items() if told["xp"] > 0}


def _alive(case: Case) -> dict[str, dict[str, Any]]:
    return {
        person: told for person, told in _players(case).items() if told["run"] and told["last_day"] >= case.today - DAY
    }


@counts("players")
def players(case: Case) -> Number:
    """Count who has points."""
    return Number(len(_players(case)))


@counts("points-held")
def points_held(case: Case) -> Number:
    """Add up what they have."""
    return Number(sum(told["xp"] for told in _players(case).values()))


@counts("streaks-alive")
def streaks_alive(case: Case) -> Number:
    """Count who was active today or yesterday."""
    return Number(len(_alive(case)))


@lists("streaks-alive")
def behind_streaks(case: Case, day: date | None, part: str) -> list[str]:
    """Name them."""
    members = case.seen.member_of
    return [members[person].display_name if person in members else "A guest" for person in _alive(case)]


@counts("levels")
def levels(case: Case) -> Table:
    """Count players by the titles of their levels."""
    rows, above = [], 10**9
    for title, least in TITLES:
        number = sum(least <= told["level"] < above for told in _players(case).values())
        rows.append((f"{title}, from level {least}", (number,)))
        above = least
    return Table(rows[::-1])


@counts("streaks")
def streaks(case: Case) -> Table:
    """Count streaks by their length."""
    rows = []
    for least, most in STREAKS:
        label = f"{least} to {most} days" if most < 10**6 else f"{least} days and more"
        rows.append((label, (sum(least <= told["run"] <= most for told in _alive(case).values()),)))
    return Table(rows)


def _postings(case: Case) -> Iterator[tuple[date, str, int]]:
    for (_actor, rule, _ref, _course, at), amount in case.seen.game.ledger.items():
        yield case.day(at), rule, amount


def _asked_at(case: Case) -> tuple[str, ...]:
    return tuple(case.seen.now.astimezone(ZoneInfo(case.seen.zone)).strftime("%H:%M:%S").split(":"))


@counts("points-by-day")
def points_by_day(case: Case) -> Table:
    """Add up points by day and what for."""
    sums: dict[tuple[date, str], int] = defaultdict(int)
    for day, rule, amount in _postings(case):
        sums[day, rule] += amount
    return Table(
        [(day, tuple(sum(sums[day, rule] for rule in rules) for rules in PARTS)) for day in case.days],
        _asked_at(case),
    )


@counts("point-reasons")
def reasons(case: Case) -> Table:
    """Add up points by what for."""
    sums: dict[str, int] = defaultdict(int)
    for day, rule, amount in _postings(case):
        if day in case.days:
            sums[rule] += amount
    return Table([(REASONS[rule], (amount,)) for rule, amount in sums.items() if amount > 0], is_ranked=True)


@counts("top-achievements")
def top_achievements(case: Case) -> Table:
    """Count who holds each."""
    holders: dict[str, set[str]] = defaultdict(set)
    for (actor, name, _tier), stands in case.seen.game.unlocks.items():
        if stands:
            holders[name].add(actor)
    found = [row for row in case.seen.achievements if not row.is_retired and row.current and holders[row.key]]
    found.sort(key=lambda row: (-len(holders[row.key]), row.position, row.key))
    names = [row.versions.get(number=row.current).name for row in found[:10]]
    return Table([(name, (len(holders[row.key]),)) for name, row in zip(names, found, strict=False)])

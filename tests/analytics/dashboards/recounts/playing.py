"""What is played and done with items: plays, hours, reactions, what came in, what leads."""

from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from analytics.studio.measured import PLATFORMS, SOURCES
from stats.models import Item, ItemType
from tests.analytics.dashboards.recounts import RECOUNTS, counts, lists
from tests.analytics.dashboards.seen import DAY, Case, Number, Table, instant, micros
from tests.stats import truths
from tests.stats.truths import Question

Metric = Callable[[Question], Any]


def _card(key: str, metric: Metric) -> None:
    def recount(case: Case) -> Number:
        return Number(
            metric(case.question(case.start, case.end)),
            metric(case.question(*case.before)) if case.before else None,
            tuple(metric(case.question(start, end)) for _, start, end in case.steps),
        )

    RECOUNTS[key] = recount


def _line(key: str, metric: Metric, *, is_compared: bool = True) -> None:
    def recount(case: Case) -> Table:
        now = [metric(case.question(start, end)) for _, start, end in case.steps]
        if not is_compared or case.before is None:
            return Table([(at, (value,)) for (at, _, _), value in zip(case.steps, now, strict=True)])
        before = [metric(case.question(start, end)) for start, end in case.steps_before]
        before += [None] * (len(now) - len(before))
        return Table([(at, pair) for (at, _, _), *pair in zip(case.steps, now, before, strict=True)])

    RECOUNTS[key] = lambda case: Table([(at, tuple(values)) for at, values in recount(case).rows])


_card("content-plays", truths.RECOUNTS["plays"])
_card("content-hours", truths.RECOUNTS["watched_hours"])
_card("content-completion", truths.RECOUNTS["average_completion"])
_card("completion", truths.RECOUNTS["completion_rate"])
_card("skips", truths.RECOUNTS["skip_rate"])
_line("plays-by-day", truths.RECOUNTS["plays"])
_line("hours-by-day", truths.RECOUNTS["watched_hours"])
_line("completion-by-day", truths.RECOUNTS["completion_rate"], is_compared=False)


def kind_card(key: str, kind: str) -> None:
    """Register a headline that counts events of a kind."""
    _card(key, lambda question: question.count(kind))


def kind_line(key: str, kind: str) -> None:
    """Register a line that counts events of a kind, with that of the window before."""
    _line(key, lambda question: question.count(kind))


kind_card("logins", "login")
kind_line("searches-by-day", "search")
kind_line("follows-by-day", "follow")


@counts("content-people")
def people(case: Case) -> Number:
    """Count the different people of the window."""
    return Number(len({play.person for play in case.plays()}))


@counts("reactions-by-day")
def reactions(case: Case) -> Table:
    """Count what was done on each step."""
    kinds = ("like", "comment", "share", "save")
    return Table([(at, tuple(len(case.events(start, end, kind)) for kind in kinds)) for at, start, end in case.steps])


@counts("hours-of-day")
def hours(case: Case) -> Table:
    """Look at the clock when each play begins."""
    zone = ZoneInfo(case.seen.zone)
    begun = Counter(instant(play.at).astimezone(zone).hour for play in case.plays())
    return Table([(f"{hour}:00", (begun[hour],)) for hour in range(24)])


def _made(case: Case, start: int, end: int) -> list[Item]:
    return [item for item in case.seen.items if start <= micros(item.created_at) < end]


@counts("content-uploads")
def new_items(case: Case) -> Number:
    """Count what was made."""
    points = tuple(len(_made(case, start, end)) for _, start, end in case.steps)
    return Number(len(_made(case, case.start, case.end)), None, points)


@counts("uploads-by-day")
def new_by_type(case: Case) -> Table:
    """Count what was made by type."""
    rows = []
    for at, start, end in case.steps:
        made = Counter(item.type for item in _made(case, start, end))
        rows.append((at, tuple(made[kind.value] for kind in ItemType)))
    return Table(rows)


@lists("content-uploads", "uploads-by-day")
def made(case: Case, day: date | None, part: str) -> list[str]:
    """Name the items."""
    start, end = (case.start, case.end) if day is None else (case.midnight(day), case.midnight(day + DAY))
    return [item.title or "Untitled" for item in _made(case, start, end) if part in ("", item.type)]


@counts("top-items")
def top_items(case: Case) -> Table:
    """Rank items by plays, of all sources."""
    plays: dict[int, list[Any]] = defaultdict(list)
    for play in case.seen.truth.plays:
        if case.start <= play.at < case.end:
            plays[play.item].append(play)
    names = {item.pk: item.title or item.external_key or str(item.uuid) for item in case.seen.items}
    likes = Counter(did.told.item for did in case.events(case.start, case.end, "like", source=False))
    rows = []
    for item, these in sorted(plays.items(), key=lambda one: (-len(one[1]), one[0]))[:10]:
        known = [play for play in these if play.media]
        covered = sum(play.bp for play in known) / len(known) / 100 if known else None
        rows.append((names[item], (len(these), sum(play.ms for play in these) / 3_600_000, covered, likes[item])))
    return Table(rows)


@counts("play-sources")
def sources(case: Case) -> Table:
    """Count by what players said."""
    said = Counter(play.came_from if play.came_from in SOURCES else "other" for play in case.plays())
    return Table([(str(SOURCES[key]), (number,)) for key, number in said.items()], is_ranked=True)


@counts("share-platforms")
def platforms(case: Case) -> Table:
    """Count by where shares went."""
    shares = case.events(case.start, case.end, "share")
    went = Counter(did.told.label if did.told.label in PLATFORMS else "other" for did in shares)
    return Table([(str(PLATFORMS[key]), (number,)) for key, number in went.items()], is_ranked=True)


@counts("stock")
def stock(case: Case) -> Table:
    """Count what is not deleted."""
    rows = []
    for kind in ItemType:
        these = [item for item in case.seen.items if item.type == kind.value and item.deleted_at is None]
        if these:
            rows.append((str(kind.label), (len(these), sum(case.seen.bytes_of.get(item.pk, 0) for item in these))))
    return Table(rows)

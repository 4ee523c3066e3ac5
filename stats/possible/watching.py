"""Watch engagement: when, how long and how completely people watch, and what they come back to."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _

from stats.compute import Row, Value
from stats.kinds import Kind
from stats.metrics import Subject, Unit
from stats.possible import facts
from stats.possible.asked import LONGEST_LIST, Asked, Played
from stats.possible.record import MINE, MINE_AND_ITEM, stat
from stats.possible.rhythm import busiest, by_cell
from stats.possible.trends import percentile

GROUP = "Watch engagement"
HOUR_MS = 3_600_000
FEWEST_HOURS = 10
SHORTEST_MS = 3_000
OPEN_FOR = timedelta(hours=72)
BUSIEST = 5

METRICS = (
    stat(
        GROUP, "peak_watch_time", "Peak watch time", Unit.NAME,
        "The hour of the week with the most watched time in the last 28 days, today included. A play belongs to the hour in"
        " which it began. A person's hours are by the own clock, the site's by the site's. Of equal hours the first of the"
        " week. Needs 10 hours of watching.",
        (Kind.PLAY,), MINE,
    ),
    stat(
        GROUP, "average_watch_duration", "Average watch duration", Unit.SECONDS,
        "The time played, by the clock, over the plays that ran 3 seconds or longer. The median and the length that nine of"
        " ten plays do not pass stand beside it. For the whole site: of the last 28 days.",
        (Kind.PLAY,), MINE_AND_ITEM,
    ),
    stat(
        GROUP, "video_completion_rate", "Video completion rate", Unit.PERCENT,
        "Completed plays of videos over views of videos. A play counts once it began 72 hours ago, for until then it may"
        " still be finished; for the whole site, once its day ended 72 hours ago. Completed is 85 % covered.",
        (Kind.PLAY,), MINE,
    ),
    stat(
        GROUP, "rewatch_count", "Rewatch count per video", Unit.COUNT,
        "Views of something that the same person had completed in an earlier play, with the titles that were seen again most."
        " For the whole site: of the last 28 days. Visitors without a guest cookie are new people every day.",
        (Kind.PLAY,), MINE_AND_ITEM,
    ),
)  # fmt: skip


def peak_watch_time(asked: Asked) -> Value:
    """Name the busiest of the 168 hours of a week."""
    if asked.is_site:
        cells: Counter[tuple[int, int]] = Counter()
        for day, hour, _plays, ms in asked.hours:
            cells[day.weekday(), hour] += ms
        return peak_of(dict(cells))
    recent = asked.trailing(asked.plays)
    return peak_of(by_cell(((play.at, play.played_ms) for play in recent), asked.window.zone))


def peak_of(cells: dict[tuple[int, int], int]) -> Value:
    """Return the busiest cell of milliseconds by (weekday, hour), and the next ones."""
    total = sum(cells.values())
    best = busiest(cells)
    if best is None or total < FEWEST_HOURS * HOUR_MS:
        there = round(total / HOUR_MS, 1)
        return Value(
            None, note=_("Needs 10 hours of watching in 28 days; there are %(hours)s.") % {"hours": f"{there:g}"}
        )
    first = sorted(cells, key=lambda cell: (-cells[cell], cell))[:BUSIEST]
    return Value(hour_name(best), rows=tuple(Row(hour_name(cell), cells[cell] / HOUR_MS) for cell in first))


def hour_name(cell: tuple[int, int]) -> str:
    """Return how an hour of the week is called."""
    return f"{WEEKDAYS[cell[0]]}, {cell[1]:02}:00–{cell[1] + 1:02}:00"


def average_watch_duration(asked: Asked) -> Value:
    """Divide played time by plays, without those that hardly began."""
    if asked.is_site:
        return asked.fact("durations", lambda told: duration_of(*told))
    if asked.scope.subject is Subject.ITEM:
        return duration_of(*facts.durations(asked.window.start_at, asked.end, asked.scope.key))
    played = [play.played_ms for play in asked.inside(asked.plays) if play.played_ms >= SHORTEST_MS]
    return duration_of(len(played), sum(played), percentile(played, 50), percentile(played, 90))


def duration_of(plays: int, ms: int, median: float | None, ninth: float | None) -> Value:
    """Return the mean of milliseconds in seconds, with median and 90th percentile."""
    if not plays or median is None or ninth is None:
        return Value(None, 0, 0, note=_("No play was 3 seconds long."))
    rows = (Row(_("Median"), median / 1000, "median"), Row(_("Nine of ten up to"), ninth / 1000, "p90"))
    return Value(ms / plays / 1000, ms, plays, rows)


def video_completion_rate(asked: Asked) -> Value:
    """Divide completed plays of videos by views of videos, leaving out what may still be finished."""
    closed = asked.end - OPEN_FOR
    if asked.is_site:
        first, last = asked.site_days[0], asked.day_before(closed)
        rows = [row for row in asked.parts["type"] if row[1] == "video" and first <= row[0] <= last]
        return completion_of(sum(row[4] for row in rows), sum(row[3] for row in rows))
    videos = [play for play in asked.inside(asked.plays) if play.item_type == "video" and play.at < closed]
    return completion_of(sum(play.is_completed for play in videos), sum(play.is_view for play in videos))


def completion_of(completed: int, views: int) -> Value:
    """Return the rate, None without a view."""
    if not views:
        return Value(None, completed, 0, note=_("Plays count once they are 72 hours old; there is no such view."))
    return Value(100 * completed / views, completed, views)


def rewatch_count(asked: Asked) -> Value:
    """Count views of what had been completed before."""
    if asked.is_site:
        return asked.fact("rewatches", lambda told: rewatched(*told))
    if asked.scope.subject is Subject.ITEM:
        return rewatched(*facts.rewatches(asked.window.start_at, asked.end, asked.scope.key))
    again = asked.inside(rewatches(asked.plays))
    views = sum(play.is_view for play in asked.inside(asked.plays))
    most = asked.named(Counter(play.item_id for play in again))
    value = rewatched(len(again), views)
    return Value(value.value, value.over, value.under, (*value.rows, *most[:LONGEST_LIST]))


def rewatches(plays: Iterable[Played]) -> list[Played]:
    """Return the views of one person that began after a completed play of the same item had begun."""
    completed: dict[int, datetime] = {}
    found = []
    for play in sorted(plays, key=lambda one: one.at):
        first = completed.get(play.item_id)
        if play.is_view and first is not None and first < play.at:
            found.append(play)
        if play.is_completed and first is None:
            completed[play.item_id] = play.at
    return found


def rewatched(again: int, views: int) -> Value:
    """Return the count, with its share of all views."""
    rows = (Row(_("Of all views, %"), 100 * again / views, "rate"),) if views else ()
    return Value(again, again, views, rows)

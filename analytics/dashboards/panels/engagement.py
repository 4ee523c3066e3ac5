"""Engagement: who is here, how often people come back, what they do."""

from datetime import date, datetime
from itertools import dropwhile

from django.core.cache import cache
from django.db import connection
from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analytics import figures
from analytics.dashboards import facts, steps
from analytics.dashboards.registry import Column, Figure, Page, Panel, Query, Row, Rows, Shape, Width
from stats import compute
from stats.actions import NOBODY
from stats.fields import to_micros
from stats.kinds import Kind
from stats.metrics import Unit
from stats.possible.asked import NOT_BY_HAND

BY_SOURCE = frozenset({"source"})
MINUTES = 5
BUCKETS = 12
LONGEST_PLAY_H = 6
US_PER_MINUTE = 60_000_000
NOW, NOW_S = "analytics.dashboards.now", 5
_NOW = """
SELECT b.number, COUNT(DISTINCT x.actor) FROM ({buckets}) b JOIN (
    SELECT actor, at AS since, at AS until FROM stats_action WHERE at >= %s AND kind NOT IN ({others}) AND actor <> {nobody}
    UNION ALL
    SELECT actor, started_at, started_at + played_ms * 1000 FROM stats_play
    WHERE started_at >= %s AND started_at + played_ms * 1000 >= %s
) x ON x.since < b.until AND x.until >= b.since GROUP BY b.number
"""


def active_now(query: Query) -> Figure:
    """Return how many people did something in the last five minutes, or were still playing; and so every five minutes of
    the last hour. Asked every five seconds, however many look; one query then.
    """
    found: list[int] | None = cache.get(NOW)
    if found is None:
        found = _people_of_the_hour(query.now)
        cache.set(NOW, found, NOW_S)
    return Figure(found[-1], points=tuple(found), is_live=True)


def _people_of_the_hour(at: datetime) -> list[int]:
    """Return how many people there were in each five minutes of the hour that ends at an instant."""
    now = to_micros(at)
    spans = [
        (
            number,
            now - (BUCKETS - number) * MINUTES * US_PER_MINUTE,
            now - (BUCKETS - 1 - number) * MINUTES * US_PER_MINUTE,
        )
        for number in range(BUCKETS)
    ]
    buckets = " UNION ALL ".join(
        f"SELECT CAST({number} AS bigint) AS number, CAST({since} AS bigint) AS since, CAST({until + 1} AS bigint) AS until"
        for number, since, until in spans
    )
    first = spans[0][1]
    others = ", ".join(f"'{kind}'" for kind in sorted(NOT_BY_HAND))
    nobody = f"'{NOBODY}'"
    with connection.cursor() as cursor:
        cursor.execute(
            _NOW.format(buckets=buckets, others=others, nobody=nobody),
            [first, first - LONGEST_PLAY_H * 60 * US_PER_MINUTE, first],
        )
        found = {int(number): int(people) for number, people in cursor.fetchall()}
    return [found.get(number, 0) for number in range(BUCKETS)]


def hours(query: Query) -> Rows:
    """Return at which hour of the day plays begin."""
    found = compute.breakdown("hour", steps.scope_of(query), query.window)
    rows = tuple(Row(row.label, (row.value,)) for row in found)
    return Rows(_("Hour"), (steps.count_column(_("Plays")),), rows, _("Hour of the day in the site's zone"))


def cohorts(query: Query) -> Rows:
    """Return how many of those who joined in a week were active in each week since, as the task counted them last.

    A week that is not over has no number yet.
    """
    fact = facts.known(facts.RETENTION)
    columns = (
        Column("members", _("Joined")),
        *(Column(f"week{number}", _("Week %(n)s") % {"n": number}, Unit.PERCENT) for number in range(facts.WEEKS - 1)),
    )
    everything = fact.value["told"] if fact else []
    told = list(dropwhile(lambda cohort: not cohort["members"], everything))
    rows = []
    for cohort in told:
        closed = cohort["active"][:-1]
        shares = [steps.share(people, cohort["members"]) for people in closed]
        shares += [None] * (facts.WEEKS - 1 - len(shares))
        day = date.fromisoformat(cohort["week"])
        rows.append(Row(formats.date_format(day, "j M"), (cohort["members"], *shares)))
    note = ""
    if fact:
        note = _("Share of each week's new members who were active, counted at %(time)s") % {
            "time": figures.clock(fact.as_of, query.window.zone)
        }
    return Rows(_("Joined in the week of"), columns, tuple(rows), note, _("The first count comes within a minute."))


DONE = {
    Kind.LIKE: gettext_lazy("Likes"),
    Kind.COMMENT: gettext_lazy("Comments"),
    Kind.SHARE: gettext_lazy("Shares"),
    Kind.SAVE: gettext_lazy("Saves"),
}
SAID = (Kind.SEARCH, Kind.FOLLOW, Kind.LOGIN)

PANELS = (
    Panel(
        "completion", Page.ENGAGEMENT, gettext_lazy("Completion rate"), Shape.CARD, steps.metric_card("completion_rate"),
        Unit.PERCENT, takes=BY_SOURCE,
        means=steps.means_of("completion_rate"),
    ),
    Panel(
        "skips", Page.ENGAGEMENT, gettext_lazy("Skip rate"), Shape.CARD, steps.metric_card("skip_rate"), Unit.PERCENT,
        is_higher_better=False, takes=BY_SOURCE,
        means=steps.means_of("skip_rate"),
    ),
    Panel(
        "logins", Page.ENGAGEMENT, gettext_lazy("Log-ins"), Shape.CARD, steps.kind_card(Kind.LOGIN, together=SAID),
        takes=BY_SOURCE,
        means=gettext_lazy("Log-ins of members in the window, each time; staying logged in is none."),
    ),
    Panel(
        "reactions-by-day", Page.ENGAGEMENT, gettext_lazy("What people do"), Shape.STACKED,
        steps.metric_rows(["likes", "comments", "shares", "saves"]), width=Width.FULL, takes=BY_SOURCE,
        means=gettext_lazy(
            "Likes, comments, shares and saves as they were given in the window. What is taken back or deleted"
            " later stays counted."
        ),
    ),
    Panel(
        "completion-by-day", Page.ENGAGEMENT, gettext_lazy("Completion rate"), Shape.LINE,
        steps.metric_rows(["completion_rate"], is_compared=False), Unit.PERCENT, takes=BY_SOURCE,
        means=steps.means_of("completion_rate"),
    ),
    Panel(
        "hours-of-day", Page.ENGAGEMENT, gettext_lazy("When plays begin"), Shape.BAR, hours, takes=BY_SOURCE,
        means=gettext_lazy(
            "Plays of the window by the hour of the site's clock at which they began. Where the clock goes back,"
            " both hours count for one."
        ),
    ),
    Panel(
        "retention", Page.ENGAGEMENT, gettext_lazy("Who comes back"), Shape.COHORT, cohorts, width=Width.FULL,
        means=gettext_lazy(
            "Of the members who joined in a week (from Monday, the site's zone), the share that was active in"
            " each week since, the first being the week of joining. The last twelve weeks, whatever the window; a"
            " week that is not over has no number yet."
        ),
    ),
    Panel(
        "searches-by-day", Page.ENGAGEMENT, gettext_lazy("Searches"), Shape.LINE,
        steps.kind_rows({Kind.SEARCH: gettext_lazy("Searches")}, together=SAID), takes=BY_SOURCE,
        means=gettext_lazy("Searches of the window, each time, whatever they found."),
    ),
    Panel(
        "follows-by-day", Page.ENGAGEMENT, gettext_lazy("New follows"), Shape.LINE,
        steps.kind_rows({Kind.FOLLOW: gettext_lazy("Follows")}, together=SAID), takes=BY_SOURCE,
        means=gettext_lazy(
            "Times that somebody followed a member in the window. Who stops and follows again counts again."
        ),
    ),
)  # fmt: skip

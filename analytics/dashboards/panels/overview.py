"""Overview: what the people who run the site look at every morning, a little of every page.

`FIRST` stands before the panels of revenue, `LAST` after them.
"""

from datetime import timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.staffing import Area
from analytics import figures
from analytics.dashboards import asking, steps
from analytics.dashboards.panels import engagement, people, system
from analytics.dashboards.registry import Column, Figure, Over, Page, Panel, Query, Row, Rows, Shape, Width
from analytics.platform import queries, ranking
from analytics.platform.cells import Active
from analytics.platform.models import MetricType
from analytics.platform.queries import Days
from analytics.platform.ranking import Order
from stats import windows
from stats.metrics import Unit
from stats.windows import DAY, Window, day_of

TOP = 5
SHOWN = frozenset({MetricType.ENGAGEMENT, MetricType.LEARNING})
ORDERS = (
    (Order.ENROLLMENTS.value, gettext_lazy("Enrolments")),
    (Order.REVENUE.value, gettext_lazy("Revenue")),
    (Order.RATING.value, gettext_lazy("Rating")),
)
MONTHLY = gettext_lazy(
    "Different members who were active in the 30 days that end with the window's last day, today as far"
    " as it has come. Active is who watched, learned, made or said something: page views and log-ins alone"
    " are not enough, and guests are no members. Before: the 30 days that ended when the window began."
)
ACTIVE = gettext_lazy(
    "Different members who were active on each day, and in the 7 and the 30 days that end with it, today"
    " as far as it has come. Active is who watched, learned, made or said something: page views and"
    " log-ins alone are not enough, and guests are no members. In windows of 93 days and more by week: its average day"
    " that is over, and the 7 and the 30 days that end with it."
)


def days_of(query: Query) -> Days:
    """Return the platform's days of the window, and the day before it. One query where the days are kept."""

    def ask() -> Days:
        first, last = asking.span_of(query.window)
        return queries.days_of(windows.between(first - DAY, last, query.now, query.window.zone), query.now, SHOWN)

    return query.once("platform", ask)


def active_days(query: Query) -> list[Active]:
    """Return the active members of each day of the window."""
    return [one for one in _active(query) if one.day >= query.window.first_day]


def _active(query: Query) -> list[Active]:
    return query.once("active", lambda: queries.active_in(days_of(query)))


def _day_before(query: Query) -> Active | None:
    """Return the active members of the day before the window; None where nothing is compared."""
    if query.before is None:
        return None
    found = [one for one in _active(query) if one.day < query.window.first_day]
    return found[0] if found else None


def monthly(query: Query) -> Figure:
    """Return the members who were active in the last 30 days, against the 30 days that ended before the window."""
    days, before = active_days(query), _day_before(query)
    points = tuple(one.mau for one in days)
    return Figure(points[-1] if points else 0, before.mau if before else None, points)


def weekly(query: Query) -> Figure:
    """Return the members who were active in the last 7 days, against the 7 days that ended before the window."""
    days, before = active_days(query), _day_before(query)
    points = tuple(one.wau for one in days)
    return Figure(points[-1] if points else 0, before.wau if before else None, points)


def daily(query: Query) -> Figure:
    """Return the members who were active on the last day that is over: today's are no day's yet."""
    today = day_of(query.now, query.window.zone)
    days, before = [one for one in active_days(query) if one.day < today], _day_before(query)
    points = tuple(one.dau for one in days)
    return Figure(points[-1] if points else None, before.dau if before else None, points, _("on the last full day"))


def stickiness(query: Query) -> Figure:
    """Return the average day's members in percent of the month's."""
    days, before = active_days(query), _day_before(query)
    points = tuple(one.stickiness for one in days)
    return Figure(points[-1] if points else None, before.stickiness if before else None, points)


def active_members(query: Query) -> Rows:
    """Return the active members of each day, of its week and of its month."""
    days = active_days(query)
    columns = (
        Column("daily", _("Daily"), over=Over.MEAN),
        Column("weekly", _("Weekly"), over=Over.LAST),
        Column("monthly", _("Monthly"), over=Over.LAST),
    )
    today = day_of(query.now, query.window.zone)
    rows = tuple(
        Row(steps.label_of(one.day), (one.dau, one.wau, one.mau), one.day, is_open=one.day == today) for one in days
    )
    last = days[-1].stickiness if days else None
    note = "" if last is None else _("Stickiness %(share)s") % {"share": figures.amount(last, Unit.PERCENT)}
    return Rows(_("Day"), columns, rows, note, _("Nobody was active in this period."))


def top_courses(query: Query) -> Rows:
    """Return the courses in which most happened in the window."""
    chosen = query.options.get("order", "")
    order = Order(chosen) if chosen in set(Order) else Order.ENROLLMENTS
    known, asked = queries.currencies(), query.options.get("currency", "")
    currency = asked if asked in known else known[0]
    found = ranking.top_courses(_whole(query), order, TOP, currency=currency, now=query.now, days=days_of(query))
    columns = (
        Column("enrollments", _("Enrolments")),
        Column("revenue", _("Revenue"), Unit.MONEY, currency),
        Column("rating", _("Rating"), Unit.COUNT),
        Column("completed", _("Completed"), Unit.PERCENT, is_bar=True),
    )
    rows = tuple(
        Row(
            one.name,
            (
                one.enrollments,
                one.revenue_minor,
                None if one.rating is None else round(one.rating, 1),
                steps.share(one.completions, one.enrollments),
            ),
            note=one.by,
        )
        for one in found
    )
    return Rows(_("Course"), columns, rows, empty=_("Nothing happened in courses in this period."))


def _whole(query: Query) -> Window:
    """Return the window in whole days: courses are counted by the day."""
    if query.window.name != "24h":
        return query.window
    today = day_of(query.now, query.window.zone)
    return windows.between(today - timedelta(days=1), today, query.now, query.window.zone)


FIRST = (
    Panel(
        "overview-active", Page.OVERVIEW, gettext_lazy("Active now"), Shape.CARD, engagement.active_now,
        means=gettext_lazy(
            "Different people, guests included, who did something in the last five minutes, or whose play was"
            " still running then. Page views are not counted, nor what others or tasks do to an account. The line"
            " has the last hour in steps of five minutes."
        ),
    ),
    Panel(
        "overview-new", Page.OVERVIEW, gettext_lazy("New members"), Shape.CARD, people.new_members, drill=people.behind_new,
        means=people.NEW,
    ),
    Panel(
        "overview-monthly", Page.OVERVIEW, gettext_lazy("Monthly actives"), Shape.CARD, monthly,
        means=MONTHLY,
    ),
    Panel(
        "overview-new-by-day", Page.OVERVIEW, gettext_lazy("New members"), Shape.STACKED, people.new_by_day,
        width=Width.FULL, drill=people.behind_new, among=lambda _query: people.ROLES, parts=people.where_from, metric="new_users",
        means=people.NEW_BY_ROLE,
    ),
    Panel(
        "overview-members", Page.OVERVIEW, gettext_lazy("Active members"), Shape.LINE, active_members, metric="dau",
        means=ACTIVE,
    ),
)  # fmt: skip
LAST = (
    Panel(
        "overview-courses", Page.OVERVIEW, gettext_lazy("Top courses"), Shape.TABLE, top_courses, width=Width.MOST,
        orders=ORDERS,
        means=gettext_lazy(
            "Courses by what happened in them on the window's site days: first enrolments, what was paid less"
            " what was given back, and of a hundred enrolments how many courses were completed on these days."
            " Rating is of all reviews that stand now. By rating, ten reviews of the site's average are added to"
            " each course's."
        ),
    ),
    Panel(
        "overview-system", Page.OVERVIEW, gettext_lazy("System"), Shape.CHECKS, system.short, area=Area.SYSTEM,
        width=Width.LESS,
        means=system.STATE,
    ),
)  # fmt: skip
MEMBERS = (
    Panel(
        "active-day", Page.ENGAGEMENT, gettext_lazy("Daily actives"), Shape.CARD, daily,
        means=gettext_lazy(
            "Different members who were active on the window's last day that is over: who watched, learned, made"
            " or said something. Before: the day before the window."
        ),
    ),
    Panel(
        "active-week", Page.ENGAGEMENT, gettext_lazy("Weekly actives"), Shape.CARD, weekly,
        means=gettext_lazy(
            "Different members who were active in the 7 days that end with the window's last day, today as far as"
            " it has come. Before: the 7 days that ended when the window began."
        ),
    ),
    Panel(
        "active-month", Page.ENGAGEMENT, gettext_lazy("Monthly actives"), Shape.CARD, monthly,
        means=MONTHLY,
    ),
    Panel(
        "stickiness", Page.ENGAGEMENT, gettext_lazy("Stickiness"), Shape.CARD, stickiness, Unit.PERCENT,
        means=gettext_lazy(
            "The members of an average day of the last 30 in percent of the different members of these 30 days,"
            " as of the window's last day. Before: of the day before the window."
        ),
    ),
    Panel(
        "active-by-day", Page.ENGAGEMENT, gettext_lazy("Active members"), Shape.LINE, active_members, width=Width.FULL,
        metric="dau",
        means=ACTIVE,
    ),
)  # fmt: skip

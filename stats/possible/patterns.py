"""Usage patterns: sessions, busiest days and hours, log-ins."""

from collections import Counter

from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _

from stats.compute import Row, Value
from stats.kinds import Kind
from stats.metrics import Unit
from stats.possible.asked import FULL_WEEKS, TRAILING_DAYS, Asked
from stats.possible.record import stat
from stats.possible.rhythm import DAY, Span, best_streak, busiest, running_streak
from stats.possible.trends import full_weeks, percentile
from stats.windows import day_of, midnight

GROUP = "Usage patterns"
ANY = (Kind.PLAY, Kind.LIKE, Kind.SAVE, Kind.SHARE, Kind.COMMENT, Kind.UPLOAD, Kind.LOGIN)
_SESSION = (
    " A session is what one person does with no gap longer than 30 minutes: plays, for as long as they run, and everything else"
    " that is recorded of a person except page views. It belongs to the day on which it began, and midnight does not end it."
)

METRICS = (
    stat(
        GROUP, "average_session_duration", "Average session duration", Unit.SECONDS,
        "From the first moment to the last of each session of the last 28 days, today included, on average. A single moment is a"
        " session of 0 seconds and counts; the average without those and the median stand beside." + _SESSION,
        ANY,
    ),
    stat(
        GROUP, "sessions_per_week", "Sessions per week", Unit.PER_WEEK,
        "The sessions of the last 28 days, today included, over 4 weeks; of somebody who is newer, over the weeks since the first"
        " day, at least one. Of the site: of an average person who was there." + _SESSION,
        ANY,
    ),
    stat(
        GROUP, "most_active_day", "Most active day of week", Unit.NAME,
        "The weekday with the most played time in the last twelve full weeks (from Monday). Of equal days the one with more"
        " sessions (of the site: more plays), then the first of the week. A person's days are the own, the site's the site's.",
        (Kind.PLAY,),
    ),
    stat(
        GROUP, "most_active_hour", "Most active hour of day", Unit.NAME,
        "The hour of the clock with the most played time in the last 28 days, today included. Of equal hours the one with more"
        " sessions (of the site: more plays), then the first. An hour that the clock shows twice is one.",
        (Kind.PLAY,),
    ),
    stat(
        GROUP, "login_streak", "Login streak", Unit.DAYS,
        "The days in a row with a log-in, up to today, or up to yesterday while today is not over. A log-in that is still good on"
        " the next day is no new one. Of the site: the average of the members who have such a run.",
        (Kind.LOGIN,), usual="all",
    ),
    stat(
        GROUP, "days_since_login", "Days since last login", Unit.DAYS,
        "Days between the last log-in's day and today. Of the site: the average of the members who logged in within 28 days.",
        (Kind.LOGIN,), usual="all",
    ),
)  # fmt: skip


def average_session_duration(asked: Asked) -> Value:
    """Divide the length of sessions by their number."""
    if asked.is_site:
        return asked.fact("sessions", lambda told: session_length(*told[:4]))
    lengths = [round(one.seconds * 1000) for one in recent_sessions(asked)]
    return session_length(len(lengths), sum(lengths), sum(not one for one in lengths), percentile(lengths, 50))


def recent_sessions(asked: Asked) -> list[Span]:
    """Return the sessions that began in the last 28 days."""
    first = asked.since(TRAILING_DAYS)
    return [one for one in asked.sessions if one.start >= first]


def session_length(count: int, ms: int, bounces: int, median: int | None) -> Value:
    """Return the average in seconds, the median, and the average without sessions of a single moment."""
    if not count or median is None:
        return Value(None, 0, 0, note=_("There was no session in 28 days."))
    longer = count - bounces
    rows = (
        Row(_("Median"), median / 1000, "median"),
        *([Row(_("Without single moments"), ms / longer / 1000, "longer")] if longer else []),
        Row(_("Sessions"), count, "sessions"),
    )
    return Value(ms / count / 1000, ms, count, rows)


def sessions_per_week(asked: Asked) -> Value:
    """Divide sessions by weeks."""
    if asked.is_site:
        return asked.fact("sessions", lambda told: of_everybody(told[0], told[4]))
    count = len(recent_sessions(asked))
    first = asked.first_day
    age = TRAILING_DAYS if first is None else min(TRAILING_DAYS, (asked.today - first).days + 1)
    weeks = max(age, 7) / 7
    return Value(count / weeks, count)


def of_everybody(count: int, people: int) -> Value:
    """Return the sessions per week of an average person."""
    if not people:
        return Value(None, 0, 0, note=_("There was no session in 28 days."))
    return Value(count / people / (TRAILING_DAYS / 7), count, people)


def most_active_day(asked: Asked) -> Value:
    """Name the busiest weekday."""
    if asked.is_site:
        mondays = full_weeks(asked.site_today, FULL_WEEKS)
        ms: Counter[int] = Counter()
        plays: Counter[int] = Counter()
        for day, row in asked.days.items():
            if mondays[0] <= day < mondays[-1] + 7 * DAY:
                ms[day.weekday()] += row["played_ms"]
                plays[day.weekday()] += row["plays"]
        return named_day(ms, plays)
    mondays = full_weeks(asked.today, FULL_WEEKS)
    start, end = (midnight(day, asked.window.zone) for day in (mondays[0], mondays[-1] + 7 * DAY))
    inside = [play for play in asked.plays if start <= play.at < end]
    began = [one for one in asked.sessions if start <= one.start < end]
    played: Counter[int] = Counter()
    for play in inside:
        played[day_of(play.at, asked.window.zone).weekday()] += play.played_ms
    return named_day(played, Counter(day_of(one.start, asked.window.zone).weekday() for one in began))


def named_day(ms: Counter[int], second: Counter[int]) -> Value:
    """Name the weekday with the most."""
    best = busiest(ms, second)
    if best is None:
        return Value(None, note=_("Nothing was played in the last twelve full weeks."))
    rows = tuple(Row(str(WEEKDAYS[day]), ms[day] / 3_600_000, str(day)) for day in range(7))
    return Value(str(WEEKDAYS[best]), rows=rows)


def most_active_hour(asked: Asked) -> Value:
    """Name the busiest hour."""
    ms: Counter[int] = Counter()
    second: Counter[int] = Counter()
    if asked.is_site:
        for _day, hour, plays, played in asked.hours:
            ms[hour] += played
            second[hour] += plays
        return named_hour(ms, second)
    for play in asked.trailing(asked.plays):
        ms[asked.local(play.at).hour] += play.played_ms
    return named_hour(ms, Counter(asked.local(one.start).hour for one in recent_sessions(asked)))


def named_hour(ms: Counter[int], second: Counter[int]) -> Value:
    """Name the hour with the most."""
    best = busiest(ms, second)
    if best is None:
        return Value(None, note=_("Nothing was played in the last 28 days."))
    rows = tuple(Row(f"{hour:02}:00", ms[hour] / 3_600_000, str(hour)) for hour in sorted(ms))
    return Value(f"{best:02}:00–{best + 1:02}:00", rows=rows)


def login_streak(asked: Asked) -> Value:
    """Count the days in a row with a log-in."""
    if asked.is_site:
        return asked.fact("login_streaks", lambda told: mean_streak(*told))
    days = {day_of(row.at, asked.window.zone) for row in asked.did(Kind.LOGIN)}
    return Value(running_streak(days, asked.today), rows=(Row(_("Longest ever"), best_streak(days), "best"),))


def mean_streak(people: int, days: int, longest: int) -> Value:
    """Return the average of those who have a run of days."""
    rows = (Row(_("Longest now"), longest, "longest"), Row(_("Members with one"), people, "people"))
    return Value(days / people, days, people, rows) if people else Value(None, 0, 0, note=_("Nobody has one now."))


def days_since_login(asked: Asked) -> Value:
    """Count the days since the last log-in."""
    if asked.is_site:
        return asked.fact("logins", lambda told: mean_absence(*told))
    logins = asked.did(Kind.LOGIN)
    if not logins:
        return Value(None, note=_("No log-in is recorded."))
    return Value((asked.today - day_of(logins[-1].at, asked.window.zone)).days)


def mean_absence(days: int, people: int) -> Value:
    """Return the average of those who logged in lately."""
    return (
        Value(days / people, days, people) if people else Value(None, 0, 0, note=_("Nobody logged in within 28 days."))
    )

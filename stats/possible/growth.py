"""Growth: trends of engagement and uploads over eight full weeks, of the audience over four, and who was brought along."""

import uuid
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from stats.compute import Row, Value
from stats.kinds import Kind
from stats.metrics import Unit
from stats.possible.asked import Asked, Done
from stats.possible.record import MINE, MINE_AND_OWN, stat
from stats.possible.rhythm import DAY
from stats.possible.trends import full_weeks, trend, weekly
from stats.windows import day_of

GROUP = "Growth metrics"
FIRST_DAYS = 14
ACTIVE_DAYS = 2

METRICS = (
    stat(
        GROUP, "engagement_trend", "Engagement growth trend", Unit.PERCENT,
        "Likes, comments, shares and saves per view, week by week over the last eight full weeks (from Monday): how much the"
        " straight line through them rises in a week, in percent of their mean. Weeks without a view are left out; it needs four."
        " A person's and an owner's are of the own items. By the site's days.",
        (Kind.LIKE, Kind.COMMENT, Kind.SHARE, Kind.SAVE, Kind.PLAY), MINE_AND_OWN,
    ),
    stat(
        GROUP, "upload_trend", "Video upload frequency trend", Unit.PERCENT,
        "Videos uploaded week by week over the last eight full weeks (from Monday): how much the straight line through them rises"
        " in a week, in percent of their mean.",
        (Kind.UPLOAD,), MINE,
    ),
    stat(
        GROUP, "audience_growth", "Audience size growth", Unit.PERCENT,
        "The different people who began a play in the last 28 site days, today included, against the 28 days before. A person's"
        " and an owner's are of the own items. Visitors without a guest cookie are new people every day.",
        (Kind.PLAY,), MINE_AND_OWN,
    ),
    stat(
        GROUP, "referral_count", "Referral count", Unit.COUNT,
        "People who signed up because of the person's referral and were active on at least two of their first 14 site days. Of"
        " several referrals of one person the first counts; nobody refers oneself. Up to the end of the window.",
        (Kind.REFERRAL,), MINE, usual="all",
    ),
)  # fmt: skip


def engagement_trend(asked: Asked) -> Value:
    """Measure how engagement rises or falls."""
    mondays = full_weeks(asked.site_today)
    views = weekly({day: row["views"] for day, row in asked.days.items()}, mondays)
    given = weekly({day: engagement(row) for day, row in asked.days.items()}, mondays)
    rates = [100 * over / under if under else None for over, under in zip(given, views, strict=True)]
    return trended(mondays, rates, _("Needs four weeks with views among the last eight."))


def engagement(row: Mapping[str, int]) -> int:
    """Return how often people engaged on a day."""
    return row["likes"] + row["comments"] + row["shares"] + row["saves"]


def trended(mondays: Sequence[date], weeks: Sequence[float | None], why_not: str) -> Value:
    """Return the trend of weeks, with the weeks."""
    rising = trend(weeks)
    rows = tuple(Row(monday.isoformat(), week, "week") for monday, week in zip(mondays, weeks, strict=True))
    return Value(rising, rows=rows, note="" if rising is not None else why_not)


def upload_trend(asked: Asked) -> Value:
    """Measure how uploads of videos rise or fall."""
    why_not = _("No video was uploaded in the last eight full weeks.")
    if asked.is_site:
        return asked.fact("uploads", lambda told: _of_uploads(told, why_not))
    days = Counter(day_of(row.at, asked.window.zone) for row in asked.did(Kind.UPLOAD) if row.label == "video")
    mondays = full_weeks(asked.today)
    return trended(mondays, list(weekly(days, mondays)), why_not)


def _of_uploads(told: Any, why_not: str) -> Value:
    mondays = [date.fromisoformat(monday) for monday, _videos in told["weeks"]]
    return trended(mondays, [videos for _monday, videos in told["weeks"]], why_not)


def audience_growth(asked: Asked) -> Value:
    """Compare the people of four weeks with those of the four weeks before."""
    now, before = asked.audiences
    if not before:
        note = _("Nobody in the 28 days before; now there are people.") if now else _("Nobody has played anything.")
        return Value(None, now, 0, note=note)
    rows = (Row(_("People in 28 days"), now, "now"), Row(_("In the 28 days before"), before, "before"))
    return Value(100 * (now - before) / before, now, before, rows)


def referral_count(asked: Asked) -> Value:
    """Count who was referred and stayed."""
    if asked.is_site:
        return asked.fact("referrals", Value)
    firsts = first_referrals(row for row in asked.others if row.kind == Kind.REFERRAL.value)
    mine = [came for came, by in firsts.items() if by == asked.actor]
    return Value(stayed(asked.days_of(mine)))


def first_referrals(rows: Iterable[Done]) -> dict[uuid.UUID, uuid.UUID]:
    """Return by whom each person was referred first."""
    firsts: dict[uuid.UUID, uuid.UUID] = {}
    for row in rows:
        came = uuid.UUID(row.label) if row.label else None
        if came is not None and came != row.actor:
            firsts.setdefault(came, row.actor)
    return firsts


def stayed(days: Mapping[uuid.UUID, Iterable[date]]) -> int:
    """Count who was active on two days or more of the first 14, the first active day being one of them."""
    count = 0
    for active in days.values():
        known = sorted(set(active))
        count += sum(day < known[0] + FIRST_DAYS * DAY for day in known) >= ACTIVE_DAYS if known else 0
    return count

"""Members: who came, how many there are, who is active, who comes back."""

from collections import Counter
from datetime import date
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import formats

from accounts.models import User
from tests.analytics.dashboards.recounts import counts, lists
from tests.analytics.dashboards.seen import DAY, Case, Number, Table, micros
from tests.stats.recount import MINUTE_US, NO_ACTIONS

ROLES = ("free", "subscriber", "premium")
BY_OTHERS = {
    "subscription_changed", "payment", "refund", "processing_finished", "referral", "achievement_unlocked",
    "opening_balance", "erased", "backup_finished", "restore_tested", "object_stored", "object_purged",
}  # fmt: skip


def _came(case: Case, start: int, end: int) -> list[User]:
    return [user for user in case.seen.members if start <= micros(user.created_at) < end]


def _span(case: Case, day: date | None) -> tuple[int, int]:
    return (case.start, case.end) if day is None else (case.midnight(day), case.midnight(day + DAY))


@counts("new-members-card", "overview-new")
def new_members(case: Case) -> Number:
    """Count accounts by when they were made."""
    return Number(
        len(_came(case, case.start, case.end)),
        len(_came(case, *case.before)) if case.before else None,
        tuple(len(_came(case, start, end)) for _, start, end in case.steps),
    )


@counts("new-members-by-day", "overview-new-by-day")
def new_by_role(case: Case) -> Table:
    """Count them by what they are now."""
    rows = []
    for at, start, end in case.steps:
        roles = Counter(case.seen.role_of(user) for user in _came(case, start, end))
        rows.append((at, tuple(roles[role] for role in ROLES)))
    note = [str(len(_came(case, case.start, case.end)))]
    if case.before:
        note.append(str(len(_came(case, *case.before))))
    return Table(rows, tuple(note))


@lists("new-members-card", "overview-new", "new-members-by-day", "overview-new-by-day")
def behind_new(case: Case, day: date | None, part: str) -> list[str]:
    """Name who came."""
    return [
        user.display_name for user in _came(case, *_span(case, day)) if part in ("", case.seen.role_of(user))
    ]  # fmt: skip


@counts("members-by-day")
def members_by_day(case: Case) -> Table:
    """Count who was there when each step was over."""
    return Table([(at, (len(_came(case, 0, end)),)) for at, _start, end in case.steps])


@counts("members")
def members(case: Case) -> Number:
    """Count who is there at the end, or now."""
    return Number(
        len(_came(case, 0, case.end)),
        len(_came(case, 0, case.before[1])) if case.before else None,
        tuple(len(_came(case, 0, end)) for _, _start, end in case.steps),
    )


@counts("roles")
def roles(case: Case) -> Table:
    """Count everybody by what they are."""
    found = Counter(case.seen.role_of(user) for user in case.seen.members)
    return Table([(role.capitalize(), (found[role],)) for role in ROLES])


@counts("accounts")
def accounts(case: Case) -> Table:
    """Count accounts by their state."""
    people = case.seen.members
    return Table(
        [
            ("Active accounts", (sum(user.is_active for user in people),)),
            ("Deactivated", (sum(not user.is_active for user in people),)),
            ("Recording switched off", (sum(user.opted_out for user in people),)),
            ("Staff", (sum(user.is_staff and user.is_active for user in people),)),
        ]
    )


# Who is active


def stickiness(case: Case, last: date) -> float | None:
    """Return the average day of 30 in percent of all of them."""
    everybody = len(case.seen.active(last, 30))
    days = sum(len(case.seen.active(last - number * DAY, 1)) for number in range(30))
    return float(Fraction(100 * days, 30 * everybody)) if everybody else None


def _past(case: Case) -> list[date]:
    return [day for day in case.days if day <= case.today]


def _active(case: Case, days: int, upto: list[date], note: tuple[str, ...] = ()) -> Number:
    points = tuple(len(case.seen.active(day, days)) for day in upto)
    before = len(case.seen.active(case.days[0] - DAY, days)) if case.before else None
    return Number(points[-1] if points else None, before, points, note)


@counts("overview-monthly", "active-month")
def monthly(case: Case) -> Number:
    """Count the people of 30 days."""
    return _active(case, 30, _past(case))


@counts("active-week")
def weekly(case: Case) -> Number:
    """Count the people of 7 days."""
    return _active(case, 7, _past(case))


@counts("active-day")
def daily(case: Case) -> Number:
    """Count the people of the last day that is over."""
    return _active(case, 1, [day for day in case.days if day < case.today])


@counts("stickiness")
def sticky(case: Case) -> Number:
    """Set the average day against the month."""
    points = tuple(stickiness(case, day) for day in _past(case))
    return Number(points[-1], stickiness(case, case.days[0] - DAY) if case.before else None, points)


@counts("active-by-day", "overview-members")
def active_members(case: Case) -> Table:
    """Count the people of each day, its week and its month."""
    rows = [(day, tuple(len(case.seen.active(day, span)) for span in (1, 7, 30))) for day in _past(case)]
    last = stickiness(case, _past(case)[-1])
    return Table(rows, () if last is None else (f"{last:,.1f}" if last else "0",))


@counts("overview-active")
def active_now(case: Case) -> Number:
    """Count who did something, or still played, in each five minutes of the last hour."""
    points = []
    for number in range(12):
        end = case.now - (11 - number) * 5 * MINUTE_US
        start = end - 5 * MINUTE_US
        did = {
            one.person
            for one in case.seen.did
            if one.person and one.told.kind not in NO_ACTIONS | BY_OTHERS and start <= one.told.at <= end
        }
        played = {
            play.person for play in case.seen.truth.plays if play.at <= end and play.at + play.ms * 1000 >= start
        }  # fmt: skip
        points.append(len(did | played))
    return Number(points[-1], None, tuple(points))


@counts("retention")
def retention(case: Case) -> Table:
    """Look week by week at who joined in each of the last twelve."""
    monday = case.today - case.today.weekday() * DAY
    weeks = [monday - 7 * number * DAY for number in range(11, -1, -1)]
    rows: list[tuple[Any, tuple[Any, ...]]] = []
    for week in weeks:
        joined = {user.uuid.hex for user in _came(case, case.midnight(week), case.midnight(week + 7 * DAY))}
        if not joined and not rows:
            continue
        shares: list[float | None] = []
        for later in weeks[weeks.index(week) : -1]:
            came_back = case.seen.active(later + 6 * DAY, 7) & joined
            shares.append(round(100 * len(came_back) / len(joined), 2) if joined else None)
        shares += [None] * (11 - len(shares))
        rows.append((formats.date_format(week, "j M"), (len(joined), *shares)))
    return Table(rows, tuple(case.seen.now.astimezone(ZoneInfo(case.seen.zone)).strftime("%H:%M:%S").split(":")))

"""What a challenge may be about, and how much of it members and teams have done.

Any number of a person that can be asked of a span of time will do. For teams it must add up: a member's part is what they
did between joining and leaving.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.db import connection

from gamification.challenges.models import Challenge, Who
from gamification.teams.models import Membership
from stats import compute, memory
from stats.fields import to_micros
from stats.metrics import Derived, Metric, Privacy, Scope, Subject, Unit
from stats.windows import Window

XP = "total_xp"
SUMMED = frozenset({
    XP, "study_time", "lessons_completed", "courses_completed", "quizzes_passed", "perfect_quizzes", "discussion_posts",
    "course_reviews", "active_days", "badges_unlocked", "badge_points", "rewatch_count", "comments_count", "shares_count",
    "playlists_created", "recommendations_clicked",
})  # fmt: skip
"""Of what is computed by a function of its own: what is done in a span, so that two spans add up."""
NUMBERS = frozenset({Unit.COUNT, Unit.SECONDS, Unit.HOURS, Unit.DAYS, Unit.PERCENT})
USUAL = (
    XP,
    "study_time",
    "lessons_completed",
    "quizzes_passed",
    "courses_completed",
    "active_days",
    "watched_hours",
    "views",
)

_EARNED = """
SELECT n.id, SUM(e.amount) FROM gamification_entrant n {whose}
WHERE n.challenge_id = %s AND e.earned_at >= %s AND e.earned_at < %s GROUP BY n.id
"""
_WHOSE = {
    Who.MEMBERS: "JOIN gamification_entry e ON e.actor = n.actor",
    Who.TEAMS: "JOIN gamification_membership m ON m.team_id = n.team_id JOIN gamification_entry e ON e.actor = m.actor"
    " AND e.earned_at >= m.joined_at AND (m.left_at IS NULL OR e.earned_at < m.left_at)",
}


def measurable() -> dict[str, Metric]:
    """Return the metrics that a challenge may be about, the usual ones first."""
    known = {key: metric for key, metric in compute.registry().items() if _is_measurable(metric)}
    return {key: known[key] for key in USUAL if key in known} | known


def adds_up(metric: Metric) -> bool:
    """Whether what two people did, or one in two spans, may be added up."""
    return metric.key in SUMMED if isinstance(metric.how, Derived) else metric.additive


def window_of(challenge: Challenge, now: datetime) -> Window:
    """Return the span that counts, up to now."""
    until = now if challenge.starts_at <= now < challenge.ends_at else None
    return Window(challenge.starts_at, challenge.ends_at, challenge.zone, "", until)


def of_member(metric: Metric, person: UUID, window: Window) -> float:
    """Return how much one member has done. As many queries as the metric takes."""
    value = compute.compute(metric, Scope.user(person), window).value
    return float(value or 0)


def of_members(metric: Metric, people: Iterable[UUID], window: Window) -> dict[UUID, float]:
    """Return how much each of some members has done."""
    with memory.kept():
        return {person: of_member(metric, person, window) for person in people}


def of_teams(metric: Metric, teams: Collection[int], window: Window) -> dict[int, float]:
    """Return how much each of some teams has done: what its members did while they were in it."""
    start, end = to_micros(window.start_at), to_micros(window.end_at)
    stays = Membership.objects.filter(team__in=teams, joined_at__lt=end).exclude(left_at__lte=start)
    found: dict[int, float] = defaultdict(float, dict.fromkeys(teams, 0.0))
    for team, person, joined, left in stays.values_list("team", "member__uuid", "joined_at", "left_at"):
        found[team] += of_member(metric, person, _inside(window, joined, left))
    return dict(found)


def earned(challenge: Challenge) -> dict[int, float]:
    """Return the points of a challenge's entrants, by the entrant's number, without those who have none. One query."""
    sql = _EARNED.format(whose=_WHOSE[Who(challenge.who)])
    with connection.cursor() as cursor:
        cursor.execute(sql, [challenge.pk, to_micros(challenge.starts_at), to_micros(challenge.ends_at)])
        return {entrant: float(xp) for entrant, xp in cursor.fetchall()}


def _is_measurable(metric: Metric) -> bool:
    if Subject.USER not in metric.subjects or metric.privacy is not Privacy.OWN or metric.unit not in NUMBERS:
        return False
    if isinstance(metric.how, Derived) and metric.key not in SUMMED:
        return False
    return metric.is_higher_better


def _inside(window: Window, joined: datetime, left: datetime | None) -> Window:
    start, end = max(window.start_at, joined), min(window.end_at, left or window.end_at)
    until = window.until if window.until and start <= window.until < end else None
    return replace(window, start_at=start, end_at=max(start, end), until=until)

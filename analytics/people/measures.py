"""The numbers by which people are found and ordered: what is stored of each person, one record each.

A lifetime number is a column of a projection that the list joins. A number of the last 30 days is a sum over the person's
days or actions, in the site's time zone, exactly as `stats.compute` has it for one person. Who has no row has 0.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db.models import BigIntegerField, Count, F, OuterRef, QuerySet, Subquery, Sum
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from stats import windows
from stats.eight import EIGHT
from stats.kinds import Kind
from stats.metrics import METRIC, Unit
from stats.models import Action, ActorDay

MS_PER_HOUR = 3_600_000
WINDOW = "30d"


@dataclass(frozen=True, slots=True)
class Measure:
    """One number of a person.

    `column` is where the stored whole number is found from the member's row; without it `rows(now)` has the days or
    actions and `number` adds them up. What is shown is the stored number divided by `scale`.
    """

    key: str
    group: Any
    label: Any
    column: str = ""
    rows: Callable[[datetime], QuerySet[Any]] | None = None
    number: Any = None
    unit: Unit = Unit.COUNT
    scale: int = 1

    def shown(self, stored: int) -> float:
        """Return the number in its unit."""
        return stored if self.scale == 1 else stored / self.scale


def window_of(now: datetime) -> windows.Window:
    """Return the last 30 days of the site, today being the last."""
    return windows.named(WINDOW, now, settings.TIME_ZONE)


def days_of(now: datetime) -> tuple[date, date]:
    """Return the first of the last 30 site days and the day after the last."""
    window = window_of(now)
    return window.first_day, window.end_day


def _stored(key: str, group: Any, label: Any, column: str, unit: Unit = Unit.COUNT, scale: int = 1) -> Measure:
    return Measure(key, group, label, column, unit=unit, scale=scale)


def _of_days(key: str, label: Any, column: str, unit: Unit = Unit.COUNT, scale: int = 1) -> Measure:
    def rows(now: datetime) -> QuerySet[Any]:
        first, end = days_of(now)
        found = ActorDay.objects.filter(day__gte=first, day__lt=end)
        return found.filter(acts__gt=0) if column == "day" else found

    number: Any = Count("day") if column == "day" else Sum(column)
    return Measure(key, RECENT, label, "", rows, number, unit, scale)


def _of_actions(key: str, label: Any, kind: Kind) -> Measure:
    def rows(now: datetime) -> QuerySet[Any]:
        window = window_of(now)
        return Action.objects.filter(kind=kind.value, at__gte=window.start_at, at__lt=window.end_at)

    return Measure(key, RECENT, label, "", rows, Count("event_id"))


def summed(measure: Measure, now: datetime) -> QuerySet[Any]:
    """Return `actor` and `total` of everybody who has rows for a number that is added up."""
    if measure.rows is None:
        raise TypeError(f"{measure.key} is stored.")
    return measure.rows(now).order_by().values("actor").annotate(total=measure.number)


def value_of(measure: Measure, now: datetime) -> Combinable:
    """Return the expression of a person's stored whole number, for the rows of a page."""
    if measure.column:
        return Coalesce(F(measure.column), 0, output_field=BigIntegerField())
    total = summed(measure, now).filter(actor=OuterRef("uuid")).values("total")
    return Coalesce(Subquery(total, output_field=BigIntegerField()), 0, output_field=BigIntegerField())


EVER, GAME, SOCIAL, RECENT = _("Ever"), _("Learning and points"), _("Follows"), _("Last 30 days")

_EIGHT = tuple(
    _stored(
        stat.key,
        EVER,
        stat.label,
        f"desk_numbers__{stat.column}",
        Unit.HOURS if stat.column == "watched_ms" else Unit.COUNT,
        MS_PER_HOUR if stat.column == "watched_ms" else 1,
    )
    for stat in EIGHT
    if stat.column != "last_activity_at"
)

MEASURES = (
    *_EIGHT,
    _stored("xp", GAME, _("XP"), "desk_standing__xp"),
    _stored("longest_streak", GAME, _("Longest streak"), "desk_standing__longest", Unit.DAYS),
    _stored("active_days", GAME, _("Days that counted"), "desk_standing__days", Unit.DAYS),
    _stored("lessons_completed", GAME, _("Lessons completed"), "desk_standing__lessons"),
    _stored("courses_completed", GAME, _("Courses completed"), "desk_standing__courses"),
    _stored("quizzes_passed", GAME, _("Quizzes passed"), "desk_standing__quizzes"),
    _stored("reviews_written", GAME, _("Reviews written"), "desk_standing__reviews"),
    _stored("discussion_posts", GAME, _("Discussion posts"), "desk_standing__posts"),
    _stored("achievements", GAME, _("Achievements"), "desk_standing__unlocked"),
    _stored("achievement_points", GAME, _("Points of achievements"), "desk_standing__points"),
    _stored("followers", SOCIAL, _("Followers"), "desk_followers__followers"),
    _stored("following", SOCIAL, _("Following"), "desk_followers__following"),
    _of_days("active_days_30d", _("Active days"), "day", Unit.DAYS),
    _of_days("plays_30d", METRIC["plays"].label, "plays"),
    _of_days("views_30d", METRIC["views"].label, "views"),
    _of_days("watched_hours_30d", METRIC["watched_hours"].label, "played_ms", Unit.HOURS, MS_PER_HOUR),
    _of_days("completed_30d", _("Completed plays"), "completed"),
    _of_days("interactions_30d", _("Interactions"), "interactions"),
    _of_days("uploads_30d", _("Uploads"), "uploads"),
    _of_actions("likes_30d", METRIC["likes"].label, Kind.LIKE),
    _of_actions("saves_30d", METRIC["saves"].label, Kind.SAVE),
    _of_actions("shares_30d", METRIC["shares"].label, Kind.SHARE),
    _of_actions("downloads_30d", METRIC["downloads"].label, Kind.DOWNLOAD),
    _of_actions("comments_30d", METRIC["comments"].label, Kind.COMMENT),
    _of_actions("ratings_30d", METRIC["ratings"].label, Kind.RATING),
    _of_actions("logins_30d", _("Log-ins"), Kind.LOGIN),
)
MEASURE = {measure.key: measure for measure in MEASURES}


def groups() -> list[tuple[str, list[Measure]]]:
    """Return all measures by group, in order, for a menu."""
    found: dict[str, list[Measure]] = {}
    for measure in MEASURES:
        found.setdefault(str(measure.group), []).append(measure)
    return list(found.items())

"""Where members stand in the game: points, level, streak and its calendar, place, and the ledger in words."""

import hashlib
import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.db.models import Case, F, Q, QuerySet, Sum, When, Window
from django.db.models.functions import Least
from django.utils import formats
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from gamification import activity, choices, corrections, levels, players, scores, staging, streaks
from gamification.achievements import queries as achievements
from gamification.boards import ranking
from gamification.choices import CALM, GOAL, PUBLIC, REST_DAYS, Choices, goal_min
from gamification.levels import Level
from gamification.models import ActiveDay, Entry
from gamification.rules import AWARD, Rule
from gamification.streaks import QUARTER_US, Standing, Streak, Trace
from stats.fields import InstantField, from_micros, to_micros
from stats.fresh import Fresh
from stats.models import Item, ItemType, Play

MS_PER_SECOND = 1000
MS_PER_MINUTE = 60_000
TOLD_S = 24 * 3600
TITLED_BY_ITEM = frozenset({Rule.LESSON, Rule.QUIZ_PASSED, Rule.QUIZ_PERFECT})
TITLED_BY_REF = TITLED_BY_ITEM | {Rule.ACHIEVEMENT, Rule.CORRECTION}
TITLED_BY_COURSE = frozenset({Rule.COURSE, Rule.REVIEW, Rule.POST})


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a member has set about the game.

    `choices` are what days are told by. A calm member is shown nothing of the game; a public one lets others see where
    they stand. `rest_days` are the weekdays (Monday is 0) last chosen, which hold a week later; `goal_min` are the minutes
    to play on a day, 0 for who wants no goal.
    """

    choices: Choices
    is_calm: bool
    is_public: bool
    rest_days: frozenset[int]
    goal_min: int

    @property
    def is_listed(self) -> bool:
        """Whether the member takes part in leaderboards."""
        return self.choices.is_listed


@dataclass(frozen=True, slots=True)
class Card:
    """Where one member stands at an instant.

    `rank` is the place by all points among those who take part, None for who does not or has none; `people` how many they
    are; month and week are the site's that are not over. `streak_ends_at` is when the streak is lost if nothing is done,
    `study_s` the time played in lessons.
    """

    xp: int
    level: Level
    streak: Standing
    streak_ends_at: datetime | None
    rank: int | None
    people: int
    month_rank: int | None
    month_xp: int
    week_rank: int | None
    week_xp: int
    lessons: int
    courses: int
    quizzes: int
    perfects: int
    posts: int
    reviews: int
    unlocked: int
    points: int
    days: int
    study_s: int
    is_listed: bool


@dataclass(frozen=True, slots=True)
class Brief:
    """A member in a list: points, level and the streak as it stands."""

    xp: int
    level: int
    current_streak: int
    courses: int
    lessons: int


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """A date of a streak's calendar.

    `kind` is one of `gamification.streaks.Told`, '' where nothing was to be decided: before the beginning, after a streak
    was lost, in the future.
    """

    date: date
    kind: str
    is_today: bool
    is_future: bool

    @property
    def is_active(self) -> bool:
        """Whether something was done on it."""
        return self.kind in {"active", "hop"}


@dataclass(frozen=True, slots=True)
class Calendar:
    """The dates from one to another, and how the streak and the points stand now."""

    days: tuple[CalendarDay, ...]
    standing: Standing
    ends_at: datetime | None
    xp: int

    @property
    def weeks(self) -> list[tuple[CalendarDay, ...]]:
        """The dates in rows of seven, from the first one on."""
        return [self.days[at : at + 7] for at in range(0, len(self.days), 7)]


@dataclass(frozen=True, slots=True)
class Goal:
    """A day's goal: the minutes that a person wants to play, and how many whole ones ran in plays begun that day."""

    minutes: int
    done: int

    @property
    def left(self) -> int:
        """How many minutes are left, 0 once it is reached."""
        return max(0, self.minutes - self.done)


@dataclass(frozen=True, slots=True)
class Line:
    """One posting of the ledger in words. `reason` says what for, `address` leads to it, '' where there is no page."""

    id: int
    amount: int
    rule: str
    ref: str
    label: str
    reason: str
    title: str
    address: str
    icon: str
    earned_at: datetime
    recorded_at: datetime

    @property
    def at(self) -> datetime:
        """When it was earned; of what was taken back, when it was."""
        return self.recorded_at if self.amount < 0 else min(self.earned_at, self.recorded_at)

    @property
    def text(self) -> str:
        """The whole sentence: "+50 for finishing “Tide”"."""
        sign = "+" if self.amount > 0 else "−"
        return f"{sign}{formats.number_format(abs(self.amount), force_grouping=True)} {self.reason}"


State = tuple[players.Player, Streak]
"""A member's row, and the streak as of the last active day."""


def chosen(actors: Iterable[uuid.UUID]) -> dict[uuid.UUID, Chosen]:
    """Return what each of these people has set. One query."""
    wanted = set(actors)
    told: dict[uuid.UUID, dict[str, list[tuple[int, Any, str]]]] = {actor: defaultdict(list) for actor in wanted}
    for actor, setting, at, event_id, value in _of_actors(wanted, "gamification_choice", choices.COLUMNS):
        told[uuid.UUID(str(actor))][setting].append((at, str(event_id), value))
    return {actor: _chosen(told[actor]) for actor in wanted}


def is_public(actor: uuid.UUID) -> bool:
    """Whether a member lets others see where they stand. One query."""
    return chosen([actor])[actor].is_public


def state_of(actor: uuid.UUID) -> State:
    """Return what is stored of one member, for whoever asks for more than one thing that follows from it. One query."""
    return _states([actor])[actor]


def card(actor: uuid.UUID, now: datetime, held: Chosen | None = None, stored: State | None = None) -> Card:
    """Return where a member stands; zeros for who has done nothing yet.

    Four queries, one less where what the member has set is given, and where the `stored` state is.
    """
    held = held or chosen([actor])[actor]
    player, state = stored or state_of(actor)
    standing = _standing(state, held.choices, now)
    ever, month, week = ranking.places(actor, [scores.ALL, *scores.periods_of(to_micros(now))])
    return Card(
        xp=player.xp,
        level=levels.standing(player.xp),
        streak=standing,
        streak_ends_at=_instant(standing.ends_at),
        rank=ever.rank,
        people=ever.people,
        month_rank=month.rank,
        month_xp=month.xp,
        week_rank=week.rank,
        week_xp=week.xp,
        study_s=study_seconds(actor),
        is_listed=held.is_listed,
        **{name: getattr(player, name) for name in _COUNTS},
    )


def briefs(actors: Iterable[uuid.UUID], now: datetime) -> dict[uuid.UUID, Brief]:
    """Return many members as lists show them; zeros for who has done nothing yet. Two queries."""
    known = _states(actors)
    held, found = chosen(known), {}
    for actor, (player, state) in known.items():
        streak = _standing(state, held[actor].choices, now)
        found[actor] = Brief(player.xp, player.level, streak.current, player.courses, player.lessons)
    return found


def standings(actors: Iterable[uuid.UUID], now: datetime) -> dict[uuid.UUID, Standing]:
    """Return how each of these people's streaks stands. Two queries."""
    known = _states(actors)
    held = chosen(known)
    return {actor: _standing(state, held[actor].choices, now) for actor, (_player, state) in known.items()}


def streak_until(actor: uuid.UUID, until: datetime) -> Standing:
    """Return how a person's streak stood just before an instant, from all activity before it. For guests, too. Two queries."""
    held = chosen([actor])[actor].choices
    now = (to_micros(until) - 1) // QUARTER_US
    state = streaks.folded(_quarters(actor, now), held.zones, held.rest)
    return streaks.standing(state, now, held.zones, held.rest)


def calendar(
    actor: uuid.UUID,
    first: date,
    last: date,
    now: datetime,
    held: Chosen | None = None,
    stored: State | None = None,
) -> Calendar:
    """Return what happened to a person's streak on each date from `first` to `last`, by the person's zones.

    Two queries, one less where what the person has set is given, and where the `stored` state is; one more, over the
    whole past, when there is a new day.
    """
    days_by = (held or chosen([actor])[actor]).choices
    quarter = to_micros(now) // QUARTER_US
    player, state = stored or state_of(actor)
    standing = streaks.standing(state, quarter, days_by.zones, days_by.rest)
    told = _told(player, days_by, quarter)
    if state.day is not None and standing.today > state.day.date:
        since = Trace()
        begins = streaks.lived(quarter, days_by.zones)[1]
        streaks.gap(
            state.day,
            quarter,
            begins,
            standing.today,
            days_by.zones,
            days_by.rest,
            most=max(state.freezes, 1),
            trace=since,
        )
        kept = standing.current > 0
        told |= {one.date: "frozen" if kept and one.kind == "missed" else one.kind for one in since.told}
    dates = (first + timedelta(days=number) for number in range((last - first).days + 1))
    days = tuple(CalendarDay(day, told.get(day, ""), day == standing.today, day > standing.today) for day in dates)
    return Calendar(days, standing, _instant(standing.ends_at), player.xp)


def week(actor: uuid.UUID, now: datetime, held: Chosen | None = None) -> Calendar:
    """Return the calendar of the person's week from Monday to Sunday. As many queries as `calendar`."""
    held = held or chosen([actor])[actor]
    today = streaks.lived(to_micros(now) // QUARTER_US, held.choices.zones)[0]
    monday = today - timedelta(days=today.weekday())
    return calendar(actor, monday, monday + timedelta(days=6), now, held)


def goal(actor: uuid.UUID, now: datetime, held: Chosen) -> Goal | None:
    """Return how far a person is with the day's goal, by the person's own day; None for who wants none. One query."""
    if not held.goal_min:
        return None
    _day, begins, ends = streaks.lived(to_micros(now) // QUARTER_US, held.choices.zones)
    span = (from_micros(begins * QUARTER_US), from_micros(ends * QUARTER_US))
    plays = Play.objects.filter(actor=actor, started_at__gte=span[0], started_at__lt=span[1])
    return Goal(held.goal_min, int(plays.aggregate(ms=Sum("played_ms"))["ms"] or 0) // MS_PER_MINUTE)


def study_seconds(actor: uuid.UUID) -> int:
    """Return how long a person's plays of lessons ran, watched and read, in seconds. One query."""
    plays = Play.objects.filter(actor=actor, item_type=ItemType.LESSON)
    return int(plays.aggregate(ms=Sum("played_ms"))["ms"] or 0) // MS_PER_SECOND


def entries(actor: uuid.UUID) -> QuerySet[Entry]:
    """Return a person's postings of the ledger, the last one first, each with `at`: when it was earned, or taken back.

    Left out is what only moved a cause that still stands to another instant: there, and back again.
    """
    cause = [F("rule"), F("ref")]
    return (
        Entry.objects.filter(actor=actor)
        .annotate(
            at=Case(
                When(amount__lt=0, then=F("recorded_at")),
                default=Least("earned_at", "recorded_at"),
                output_field=InstantField(),
            ),
            there=Window(Sum("amount"), partition_by=[*cause, F("earned_at")]),
            in_all=Window(Sum("amount"), partition_by=cause),
        )
        .filter(Q(in_all=0) | ~Q(there=0))
        .order_by("-at", "-id")
    )


def explained(rows: Iterable[Entry]) -> list[Line]:
    """Return postings in words. At most one query for each of courses, lessons, other items, achievements and corrections."""
    postings = list(rows)
    items = {row.ref for row in postings if row.rule in TITLED_BY_ITEM}
    courses = {row.course.hex for row in postings if row.course}
    named = titles(items | courses)
    if unlocked := {row.ref for row in postings if row.rule == Rule.ACHIEVEMENT}:
        named |= {ref: (title, "") for ref, title in achievements.titles(unlocked).items()}
    if corrected := {row.ref for row in postings if row.rule == Rule.CORRECTION}:
        named |= {ref: (reason, "") for ref, reason in corrections.reasons(corrected).items()}
    left = [int(ref) for ref in items - named.keys() if ref.isdigit()]
    if left:
        named |= {str(item.pk): (str(item), "") for item in Item.objects.filter(pk__in=left)}
    return [_line(row, named) for row in postings]


def titles(refs: Iterable[str]) -> dict[str, tuple[str, str]]:
    """Return the title and the address of items (by number) and courses (by their 32 digits), of those that have them."""
    wanted = sorted(set(refs))
    if not wanted:
        return {}
    found: dict[str, tuple[str, str]] = import_string(settings.TITLES)(wanted)
    return found


_COUNTS = ("lessons", "courses", "quizzes", "perfects", "posts", "reviews", "unlocked", "points", "days")


def _chosen(told: dict[str, list[tuple[int, Any, str]]]) -> Chosen:
    rest: set[int] = set()
    for _at, _event, value in sorted(told.get(REST_DAYS, ())):
        found = choices.rest_days(value)
        rest = rest if found is None else found
    return Chosen(
        choices.read(told),
        _last(told, CALM) == "on",
        _last(told, PUBLIC) == "on",
        frozenset(rest),
        goal_min(_last(told, GOAL)),
    )


def _last(told: dict[str, list[tuple[int, Any, str]]], setting: str) -> str:
    return max(told[setting])[2] if told.get(setting) else ""


def _quarters(actor: uuid.UUID, until: int) -> list[int]:
    """Return the quarters in which somebody was active, up to one, ascending. One query."""
    rows = ActiveDay.objects.filter(actor=actor).order_by("day").values_list("day", "early", "late")
    return [one for day, early, late in rows for one in activity.quarters_of(day, early, late) if one <= until]


def _instant(quarter: int | None) -> datetime | None:
    return None if quarter is None else from_micros(quarter * QUARTER_US)


def _states(actors: Iterable[uuid.UUID]) -> dict[uuid.UUID, State]:
    """Return these people's rows, with the streak as of the last active day; zeros for who has done nothing yet.

    One query.
    """
    # a date begins 14 hours before it does in UTC at the earliest
    since = "p.last_day - 1" if connection.vendor == "postgresql" else "date(p.last_day, '-1 day')"
    columns = ", ".join(f"p.{name}" for name in players.COLUMNS)
    table = (
        f"(SELECT {columns}, a.day, a.early, a.late FROM {players.TABLE} p"
        f" LEFT JOIN gamification_activeday a ON a.actor = p.actor AND a.day >= {since})"
    )
    found = {actor: (players.Player(actor), Streak()) for actor in actors}
    rows = _of_actors(found, table, (*players.COLUMNS, "day", "early", "late"))
    last: dict[uuid.UUID, int] = {}
    for key, *row, day, early, late in rows:
        actor = uuid.UUID(str(key))
        player = players.read([actor, *row])
        begins, ends = player.day_from or 0, player.day_to or 0
        quarters = [] if day is None else activity.quarters_of(day, early, late)
        mine = [quarter for quarter in quarters if begins <= quarter < ends]
        last[actor] = max([last.get(actor, 0), *mine])
        found[actor] = player, player.streak(last[actor] or None)
    return found


def _of_actors(actors: Iterable[uuid.UUID], table: str, columns: Sequence[str]) -> list[tuple[Any, ...]]:
    """Return rows as they are stored. Django would take longer to make such a query than the database to answer it."""
    is_text = connection.vendor != "postgresql"
    with connection.cursor() as cursor:
        return staging.of_actors(Fresh(cursor), [one.hex if is_text else str(one) for one in actors], table, columns)


def _standing(state: Streak, held: Choices, now: datetime) -> Standing:
    return streaks.standing(state, to_micros(now) // QUARTER_US, held.zones, held.rest)


def _told(player: players.Player, held: Choices, until: int) -> dict[date, str]:
    """Return what became of each date up to the last active day, kept until the days or what was set change."""
    state = (
        player.days,
        player.run,
        player.freezes,
        player.last_day,
        player.day_to,
        player.first_quarter,
        player.longest,
    )
    key = f"game.told.{player.actor}.{hashlib.blake2b(repr((state, held)).encode(), digest_size=12).hexdigest()}"
    found: dict[date, str] | None = cache.get(key)
    if found is None:
        trace = Trace()
        streaks.folded(_quarters(player.actor, until), held.zones, held.rest, trace)
        found = {one.date: one.kind for one in trace.told}
        cache.set(key, found, TOLD_S)
    return dict(found)


def _line(row: Entry, named: dict[str, tuple[str, str]]) -> Line:
    award = AWARD[Rule(row.rule)]
    title, address = "", ""
    if row.rule in TITLED_BY_REF:
        title, address = named.get(row.ref, ("", ""))
    elif row.rule in TITLED_BY_COURSE and row.course:
        title, address = named.get(row.course.hex, ("", ""))
    elif row.rule == Rule.STREAK:
        title = formats.date_format(date.fromisoformat(row.ref), "j F Y")
    reason = _(award.reason) % {"title": title} if title else _(award.plain)
    if row.amount < 0 and row.rule != Rule.CORRECTION:
        reason = _("taken back, given %(reason)s") % {"reason": reason}
    return Line(
        row.pk, row.amount, row.rule, row.ref, _(award.label), reason, title, address, award.icon, row.earned_at, row.recorded_at,
    )  # fmt: skip

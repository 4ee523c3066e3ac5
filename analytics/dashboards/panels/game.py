"""The game: who plays, what is earned, and how far people are."""

from typing import Any

from django.db.models import Count, Max, Q, Sum
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from accounts.staffing import Area
from analytics import figures
from analytics.dashboards import facts, steps
from analytics.dashboards.registry import (
    Asked,
    Column,
    Figure,
    Listing,
    Over,
    Page,
    Panel,
    Query,
    Row,
    Rows,
    Shape,
    Width,
)
from gamification.achievements.models import Achievement, AchievementVersion
from gamification.levels import TITLES
from gamification.models import Player
from gamification.rules import AWARD, Rule
from stats.kinds import Kind
from stats.windows import DAY, day_of

ASKED = (Kind.ACHIEVEMENT_UNLOCKED, Kind.LESSON_COMPLETED, Kind.QUIZ_COMPLETED, Kind.DISCUSSION_POST)
STREAKS = ((1, 2), (3, 6), (7, 13), (14, 29), (30, None))
TOP = 10
LEARNING = (Rule.LESSON, Rule.QUIZ_PASSED, Rule.QUIZ_PERFECT, Rule.COURSE)
PARTS = (
    (gettext_lazy("Learning"), LEARNING),
    (gettext_lazy("Active days"), (Rule.STREAK,)),
    (gettext_lazy("Achievements"), (Rule.ACHIEVEMENT,)),
    (gettext_lazy("Everything else"), (Rule.REVIEW, Rule.POST, Rule.CORRECTION)),
)
UNLOCKS = gettext_lazy(
    "Achievements unlocked in the window, each step of one by itself; one that was taken back later stays counted."
)


def players(query: Query) -> Figure:
    """Return how many people have points."""
    return Figure(_everybody(query)["players"], note=_("have points"))


def points_held(query: Query) -> Figure:
    """Return the points that everybody has together."""
    return Figure(_everybody(query)["points"] or 0, note=_("held by all"))


def streaks_alive(query: Query) -> Figure:
    """Return how many have a streak that lives: the last active day was today or yesterday."""
    return Figure(_everybody(query)["alive"], note=_("last active today or yesterday"))


def points_by_day(query: Query) -> Rows:
    """Return the points of each day by what they were given for, as the task counted them last."""
    fact = query.once("points", lambda: facts.known(facts.POINTS))
    columns = [Column(f"part{number}", label, over=Over.SUM) for number, (label, _rules) in enumerate(PARTS)]
    if fact is None:
        return Rows(_("Day"), tuple(columns), (), empty=_("The first count comes within a minute."))
    told: dict[str, dict[str, int]] = fact.value["told"]
    days = list(query.window)
    values = {day: [sum(told.get(day.isoformat(), {}).get(r, 0) for r in rules) for _l, rules in PARTS] for day in days}
    today = day_of(query.now, query.window.zone)
    rows = tuple(Row(steps.label_of(day), tuple(values[day]), day, is_open=day == today) for day in days)
    note = _("By the day on which they were earned, counted at %(time)s") % {
        "time": figures.clock(fact.as_of, query.window.zone)
    }
    return Rows(_("Day"), tuple(columns), rows, note)


def levels(query: Query) -> Rows:
    """Return how many people have each title."""
    bounds = [(least, title) for least, title in TITLES]
    counted = Player.objects.filter(xp__gt=0).aggregate(
        **{
            f"from{least}": Count("pk", filter=Q(level__gte=least, level__lt=above) if above else Q(level__gte=least))
            for (least, _title), above in zip(bounds, [None, *(least for least, _title in bounds)], strict=False)
        }
    )
    rows = tuple(
        Row(_("%(title)s, from level %(level)s") % {"title": _(title), "level": least}, (counted[f"from{least}"],))
        for least, title in reversed(bounds)
    )
    return Rows(_("Title"), (steps.count_column(_("Members")),), rows, _("As it is now, whatever the period"))


def streaks(query: Query) -> Rows:
    """Return how long the streaks are that live."""
    counted = _everybody(query)
    rows = tuple(
        Row(
            _("%(least)s to %(most)s days") % {"least": least, "most": most}
            if most
            else _("%(least)s days and more") % {"least": least},
            (counted[f"run{least}"],),
        )
        for least, most in STREAKS
    )
    return Rows(_("Streak"), (steps.count_column(_("Members")),), rows, _("Streaks that live now"))


def achievements(query: Query) -> Rows:
    """Return the achievements that most members have, as the task counted them last."""
    found = list(
        Achievement.objects.filter(is_retired=False, current__gt=0).order_by("-holders", "position", "key")[:TOP]
    )
    versions = AchievementVersion.objects.filter(achievement__in=found).values_list("achievement", "number", "name")
    names = {(achievement, number): name for achievement, number, name in versions}
    rows = tuple(
        Row(names.get((one.pk, one.current), one.key), (one.holders,), href=_page_of(one))
        for one in found
        if one.holders
    )
    return Rows(
        _("Achievement"), (steps.count_column(_("Members")),), rows, _("How many have it now"), _("Nobody has one yet.")
    )


def behind_streaks(asked: Asked) -> Listing:
    """Return who has a streak that lives, the longest first."""
    found = Player.objects.filter(_alive(asked.query)).order_by("-run", "-xp", "actor")
    page = list(found[asked.offset : asked.offset + asked.limit])
    people = {user.uuid: user for user in User.objects.filter(uuid__in=[one.actor for one in page])}
    columns = (
        Column("run", _("Streak")),
        Column("longest", _("Longest")),
        Column("level", _("Level")),
        Column("xp", _("Points")),
    )
    rows = tuple(
        Row(
            people[one.actor].display_name if one.actor in people else _("A guest"),
            (one.run, one.longest, one.level, one.xp),
            href=reverse("desk:person", args=[one.actor]) if one.actor in people else "",
            note=people[one.actor].username if one.actor in people else "",
        )
        for one in page
    )
    return Listing(Rows(_("Member"), columns, rows), found.count())


def _everybody(query: Query) -> dict[str, Any]:
    def ask() -> dict[str, Any]:
        alive = _alive(query)
        runs = {
            f"run{least}": Count("pk", filter=alive & Q(run__gte=least, **({"run__lte": most} if most else {})))
            for least, most in STREAKS
        }
        return Player.objects.filter(xp__gt=0).aggregate(
            players=Count("pk"), points=Sum("xp"), level=Max("level"), alive=Count("pk", filter=alive), **runs
        )

    return query.once("players", ask)


def _alive(query: Query) -> Q:
    return Q(run__gt=0, xp__gt=0, last_day__gte=day_of(query.now, query.window.zone) - DAY)


def _page_of(achievement: Achievement) -> str:
    return reverse("admin:gamification_achievement_change", args=[achievement.pk])


def reasons(query: Query) -> Rows:
    """Return what points were given for in the window, as the task counted them last."""
    fact = query.once("points", lambda: facts.known(facts.POINTS))
    days = {day.isoformat() for day in query.window}
    totals = dict.fromkeys(Rule, 0)
    for day, rules in (fact.value["told"] if fact else {}).items():
        if day in days:
            for rule, amount in rules.items():
                totals[Rule(rule)] += amount
    rows = tuple(
        Row(_(AWARD[rule].label), (amount,))
        for rule, amount in sorted(totals.items(), key=lambda one: -one[1])
        if amount > 0
    )
    return Rows(_("For"), (Column("points", _("Points")),), rows)


PANELS = (
    Panel(
        "players", Page.GAMIFICATION, gettext_lazy("Players"), Shape.CARD, players,
        means=gettext_lazy("Members who have points now. Whatever the window."),
    ),
    Panel(
        "points-held", Page.GAMIFICATION, gettext_lazy("Points"), Shape.CARD, points_held,
        means=gettext_lazy(
            "The points that all of them have together now, what was taken back taken off. Whatever the window."
        ),
    ),
    Panel(
        "unlocks", Page.GAMIFICATION, gettext_lazy("Achievements unlocked"), Shape.CARD,
        steps.kind_card(Kind.ACHIEVEMENT_UNLOCKED, together=ASKED),
        means=UNLOCKS,
    ),
    Panel(
        "streaks-alive", Page.GAMIFICATION, gettext_lazy("Streaks alive"), Shape.CARD, streaks_alive, drill=behind_streaks,
        means=gettext_lazy(
            "Members whose streak lives now: the last active day was today or yesterday by the site's clock."
            " Whatever the window."
        ),
    ),
    Panel(
        "points-by-day", Page.GAMIFICATION, gettext_lazy("Points earned"), Shape.STACKED, points_by_day, width=Width.FULL,
        means=gettext_lazy(
            "Points by the site day on which they were earned, less what was taken back of them, as the task"
            " counted them last."
        ),
    ),
    Panel(
        "unlocks-by-day", Page.GAMIFICATION, gettext_lazy("Achievements unlocked"), Shape.LINE,
        steps.kind_rows({Kind.ACHIEVEMENT_UNLOCKED: gettext_lazy("Unlocked")}, together=ASKED),
        means=UNLOCKS,
    ),
    Panel(
        "point-reasons", Page.GAMIFICATION, gettext_lazy("What points are for"), Shape.BARS, reasons,
        means=gettext_lazy(
            "Points of the window's site days by what they were given for, less what was taken back, as the task"
            " counted them last. What adds up to nothing or less is left out."
        ),
    ),
    Panel(
        "top-achievements", Page.GAMIFICATION, gettext_lazy("Most held"), Shape.BARS, achievements, area=Area.NUMBERS,
        means=gettext_lazy(
            "The ten published achievements that most members hold now, as the task counted them last. Whatever"
            " the window."
        ),
    ),
    Panel(
        "levels", Page.GAMIFICATION, gettext_lazy("Titles"), Shape.BARS, levels,
        means=gettext_lazy(
            "Members by the title of the level that their points reach now. Whatever the window."
        ),
    ),
    Panel(
        "streaks", Page.GAMIFICATION, gettext_lazy("Streaks"), Shape.BARS, streaks, width=Width.FULL,
        means=gettext_lazy("Streaks that live now by how many days in a row they last. Whatever the window."),
    ),
)  # fmt: skip

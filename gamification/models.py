"""The game: what the log says of each person's days, facts and points, and the ledger of points.

All but `Entry` and `Correction` are projections of the log: rows that follow from its events whatever their order.
`Entry` is the ledger, which is only ever appended to; the sum of a cause's rows follows from the log.
"""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from gamification.achievements.models import Achievement, AchievementVersion, Backfill, Recheck, Withheld
from gamification.boards.models import Closing, Final, Snapshot
from gamification.challenges.models import Challenge, Entrant
from gamification.credentials.models import Credential, SigningKey
from gamification.moments.models import Moment
from gamification.teams.models import Membership, Team, TeamInvitation, TeamLink, TeamScore
from stats.fields import InstantField

__all__ = [
    "Achievement",
    "AchievementVersion",
    "ActiveDay",
    "Backfill",
    "Challenge",
    "Choice",
    "Closing",
    "Correction",
    "Credential",
    "Entrant",
    "Entry",
    "Fact",
    "Final",
    "Membership",
    "Moment",
    "Player",
    "Post",
    "Recheck",
    "Score",
    "SigningKey",
    "Snapshot",
    "Tally",
    "Team",
    "TeamInvitation",
    "TeamLink",
    "TeamScore",
    "Unlock",
    "Withheld",
]


class Choice(models.Model):
    """A setting of a person that the game depends on, each time it was set: the time zone, rest days, taking part.

    Days are told by the zone that held then, so all of them are kept.
    """

    pk = models.CompositePrimaryKey("actor", "setting", "at", "event_id")
    actor = models.UUIDField()
    setting = models.TextField()
    at = InstantField()
    event_id = models.UUIDField()
    value = models.TextField()


class ActiveDay(models.Model):
    """In which quarters of an hour of a UTC day a person did something that counts: a bit each.

    `early` has the 48 quarters before noon, `late` those from noon on. Zones change by whole quarters, so the days of any
    zone can be told from it.
    """

    pk = models.CompositePrimaryKey("actor", "day")
    actor = models.UUIDField()
    day = models.DateField()
    early = models.BigIntegerField()
    late = models.BigIntegerField()


class Fact(models.Model):
    """What a person did that points are given for, once for each thing: a lesson, a quiz, a course, a review.

    `count` says how often it stands (what was voided is taken off), `first_at` when it was first done; `perfects` and
    `perfect_at` say the same of a quiz without a mistake.
    """

    pk = models.CompositePrimaryKey("actor", "rule", "ref")
    actor = models.UUIDField()
    rule = models.TextField()
    ref = models.TextField()
    course = models.UUIDField(null=True)
    count = models.IntegerField()
    first_at = InstantField(null=True)
    perfects = models.IntegerField()
    perfect_at = InstantField(null=True)
    amount = models.BigIntegerField()


class Post(models.Model):
    """A post in a discussion: whose, on which site day, and whether it was taken away, by whomever.

    The author is not known while only the taking away has arrived.
    """

    ref = models.TextField(primary_key=True)
    actor = models.UUIDField(null=True)
    course = models.UUIDField(null=True)
    at = InstantField(null=True)
    day = models.DateField(null=True)
    is_gone = models.SmallIntegerField()

    class Meta:
        indexes = [models.Index(fields=["actor", "day"], name="gamification_post_of_day")]


class Unlock(models.Model):
    """An achievement that a person has, or had: `name` is the achievement's key, `tier` counts tiers and repetitions.

    `cycle` is the latest time it was given, `revoked` the latest that was taken back: it stands while `cycle` is greater.
    `earned_at` is when it was earned, however late that was found.
    """

    pk = models.CompositePrimaryKey("actor", "name", "tier")
    actor = models.UUIDField()
    name = models.TextField()
    tier = models.IntegerField()
    cycle = models.IntegerField()
    revoked = models.IntegerField()
    earned_at = InstantField(null=True)
    xp = models.BigIntegerField()
    points = models.BigIntegerField()
    version = models.IntegerField()

    class Meta:
        indexes = [models.Index(fields=["name", "tier"], name="gamification_unlock_by_name")]


class Player(models.Model):
    """Where one member stands: points, what they were earned with, and the streak as of the last active day.

    `run` is the length of the streak on `last_day`, which lasted from `day_from` to `day_to` (quarters of an hour since
    1970); `freezes` are held, `lost_run` is what a repair may bring back. `gamification.streaks` has their meaning.
    """

    actor = models.UUIDField(primary_key=True)
    xp = models.BigIntegerField(db_default=0)
    level = models.IntegerField(db_default=1)
    reached_at = InstantField(db_default=0)
    is_listed = models.SmallIntegerField(db_default=1)
    lessons = models.IntegerField(db_default=0)
    courses = models.IntegerField(db_default=0)
    quizzes = models.IntegerField(db_default=0)
    perfects = models.IntegerField(db_default=0)
    posts = models.IntegerField(db_default=0)
    reviews = models.IntegerField(db_default=0)
    unlocked = models.IntegerField(db_default=0)
    points = models.BigIntegerField(db_default=0)
    days = models.IntegerField(db_default=0)
    run = models.IntegerField(db_default=0)
    longest = models.IntegerField(db_default=0)
    freezes = models.IntegerField(db_default=0)
    last_day = models.DateField(null=True)
    day_from = models.BigIntegerField(null=True)
    day_to = models.BigIntegerField(null=True)
    first_quarter = models.BigIntegerField(null=True)
    lost_run = models.IntegerField(db_default=0)
    lost_on = models.DateField(null=True)
    repaired_on = models.DateField(null=True)
    zone = models.TextField(db_default="")

    class Meta:
        indexes = [
            models.Index(
                fields=["-xp", "reached_at", "actor"], condition=models.Q(is_listed=1), name="gamification_player_by_xp"
            )
        ]


class Score(models.Model):
    """The points that a person earned on a board in a period: a month, a week, or (of a course) ever.

    `board` is '' for the whole site or the course's id; `period` is '', '2026-11' or '2026-W47', by the site's days. The
    whole site's points of all time stand in `Player`.
    """

    pk = models.CompositePrimaryKey("board", "period", "actor")
    board = models.TextField()
    period = models.TextField()
    actor = models.UUIDField()
    xp = models.BigIntegerField()
    reached_at = InstantField()
    is_listed = models.SmallIntegerField()

    class Meta:
        indexes = [
            models.Index(
                fields=["board", "period", "-xp", "reached_at", "actor"],
                condition=models.Q(is_listed=1),
                name="gamification_score_by_xp",
            ),
            models.Index(fields=["actor"], name="gamification_score_of_actor"),
        ]


class Tally(models.Model):
    """How many who take part have how many points on a board: at `size` 0 exactly `cell`, at 1 `cell` · 1024 and more.

    So a place is a sum of a few hundred rows, however many people there are.
    """

    pk = models.CompositePrimaryKey("board", "period", "size", "cell")
    board = models.TextField()
    period = models.TextField()
    size = models.SmallIntegerField()
    cell = models.BigIntegerField()
    people = models.BigIntegerField()


class Entry(models.Model):
    """One posting of the ledger of points: never changed, never taken out. A reversal is a posting of its own.

    `cause` counts the postings of one (actor, rule, ref), so that nothing can be paid twice. `earned_at` is when the cause
    came about, `recorded_at` when it was posted, both in microseconds since 1970.
    """

    actor = models.UUIDField()
    rule = models.TextField()
    ref = models.TextField()
    cause = models.IntegerField()
    course = models.UUIDField(null=True)
    amount = models.BigIntegerField()
    earned_at = InstantField()
    recorded_at = InstantField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["actor", "rule", "ref", "cause"], name="gamification_entry_once"),
            models.CheckConstraint(condition=~models.Q(amount=0), name="gamification_entry_moves"),
        ]
        indexes = [models.Index(fields=["actor", "-id"], name="gamification_entry_of_actor")]
        verbose_name = _("entry of the ledger")
        verbose_name_plural = _("ledger of points")


class Correction(models.Model):
    """Points that staff gave or took: whose, why, and who did it. The log has an event with the same id."""

    ref = models.UUIDField(primary_key=True)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("member")
    )
    amount = models.BigIntegerField(_("points"))
    reason = models.CharField(_("reason"), max_length=200)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("by"))
    created_at = models.DateTimeField(_("corrected"), default=timezone.now)

    class Meta:
        constraints = [models.CheckConstraint(condition=~models.Q(amount=0), name="gamification_correction_moves")]
        verbose_name = _("correction of points")
        verbose_name_plural = _("corrections of points")

    def __str__(self) -> str:
        return f"{self.person} {self.amount:+}"

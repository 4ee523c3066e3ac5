"""Challenges, and who takes part in them."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from gamification.teams.models import Team
from stats.ids import uuid7

MAX_TITLE = 80
MAX_ABOUT = 500


class Who(models.TextChoices):
    """Who competes. Stored: never rename a value."""

    MEMBERS = "members", _("Each for themselves")
    TEAMS = "teams", _("Teams")


class State(models.TextChoices):
    """How a challenge stands: while it settles, what comes late is still counted. Never stored."""

    COMING = "coming", _("Coming")
    RUNNING = "running", _("Running")
    SETTLING = "settling", _("Being counted")
    OVER = "over", _("Over")
    CANCELLED = "cancelled", _("Cancelled")


class Challenge(models.Model):
    """A time in which members or teams do as much of something as they can, or reach a goal.

    It lasts from midnight of `starts_on` to midnight after `ends_on` in `zone`; `starts_at` and `ends_at` are those
    instants. `team` is whose it is; without one it is for everybody. With `goal` it is about reaching so much. `counted_at`
    is when its standings were counted last; after `closed_at` they stay as they are. Counting takes several turns where it
    is long: `round_at` is when the one under way began, `round_after` the last entrant that it has come to.
    """

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    title = models.CharField(_("title"), max_length=MAX_TITLE)
    about = models.CharField(_("about"), max_length=MAX_ABOUT, blank=True)
    metric = models.CharField(_("what counts"), max_length=64)
    who = models.CharField(_("who competes"), max_length=7, choices=Who.choices, default=Who.MEMBERS)
    goal = models.FloatField(_("goal"), null=True, blank=True)
    zone = models.CharField(_("time zone"), max_length=64)
    starts_on = models.DateField(_("first day"))
    ends_on = models.DateField(_("last day"))
    starts_at = models.DateTimeField(_("starts"))
    ends_at = models.DateTimeField(_("ends"))
    team = models.ForeignKey(
        Team, models.CASCADE, null=True, blank=True, related_name="challenges", verbose_name=_("team")
    )
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(_("made"), default=timezone.now)
    cancelled_at = models.DateTimeField(_("cancelled"), null=True, blank=True)
    counted_at = models.DateTimeField(_("counted"), null=True, blank=True)
    round_at = models.DateTimeField(null=True, blank=True, editable=False)
    round_after = models.BigIntegerField(default=0, editable=False)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)

    class Meta:
        verbose_name = _("challenge")
        verbose_name_plural = _("challenges")
        indexes = [
            models.Index(
                fields=["starts_at"], condition=Q(closed_at=None, cancelled_at=None), name="gamification_challenge_open"
            ),
            models.Index(fields=["-ends_at", "-id"], name="gamification_challenge_latest"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at"), ends_on__gte=F("starts_on")),
                name="gamification_challenge_forward",
            ),
            models.CheckConstraint(condition=Q(goal=None) | Q(goal__gt=0), name="gamification_challenge_goal"),
        ]

    def __str__(self) -> str:
        return self.title

    def state(self, now: datetime) -> "State":
        """Return how it stands at an instant."""
        if self.cancelled_at is not None:
            return State.CANCELLED
        if now < self.starts_at:
            return State.COMING
        if now < self.ends_at:
            return State.RUNNING
        return State.SETTLING if self.closed_at is None else State.OVER


class Entrant(models.Model):
    """A member or a team that takes part. `value` is how much was done as of the challenge's `counted_at`.

    `reached_at` is when the value came to be what it is; `place` stays once the challenge is closed.
    """

    challenge = models.ForeignKey(Challenge, models.CASCADE, related_name="entrants")
    member = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, to_field="uuid", db_column="actor", related_name="+"
    )
    team = models.ForeignKey(Team, models.CASCADE, null=True, related_name="+")
    entered_at = models.DateTimeField(default=timezone.now)
    value = models.FloatField(default=0)
    reached_at = models.DateTimeField(null=True, blank=True)
    place = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["challenge", "-value", "reached_at", "id"], name="gamification_entrant_by_value")
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(member=None, team__isnull=False) | Q(member__isnull=False, team=None),
                name="gamification_entrant_one_or_other",
            ),
            models.UniqueConstraint(fields=["challenge", "member"], name="gamification_entrant_member_once"),
            models.UniqueConstraint(fields=["challenge", "team"], name="gamification_entrant_team_once"),
        ]

    def __str__(self) -> str:
        return str(self.member or self.team)

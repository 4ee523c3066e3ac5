"""Teams, who was in them from when to when, and how others are asked in."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from stats.fields import InstantField
from stats.ids import uuid7

MAX_NAME = 40
MAX_ABOUT = 300


class Role(models.TextChoices):
    """What somebody may do in a team. Stored: never rename a value."""

    OWNER = "owner", _("Owner")
    CAPTAIN = "captain", _("Captain")
    MEMBER = "member", _("Member")


class TeamQuerySet(models.QuerySet["Team"]):
    """Filters."""

    def standing(self) -> "TeamQuerySet":
        """Those that were not closed."""
        return self.filter(closed_at=None)


class Team(models.Model):
    """Members who collect points together. `name_key` is the name as it is compared: no two teams look the same.

    In an open one anybody may join; into others one is asked.
    """

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=MAX_NAME)
    name_key = models.CharField(max_length=4 * MAX_NAME, editable=False)
    about = models.CharField(_("about"), max_length=MAX_ABOUT, blank=True)
    is_open = models.BooleanField(_("open to everybody"), default=False)
    created_at = models.DateTimeField(_("founded"), default=timezone.now)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)

    objects = TeamQuerySet.as_manager()

    class Meta:
        verbose_name = _("team")
        verbose_name_plural = _("teams")
        constraints = [
            models.UniqueConstraint(fields=["name_key"], condition=Q(closed_at=None), name="gamification_team_name"),
        ]

    def __str__(self) -> str:
        return self.name


class MembershipQuerySet(models.QuerySet["Membership"]):
    """Filters."""

    def current(self) -> "MembershipQuerySet":
        """Those that have not ended."""
        return self.filter(left_at=None)


class Membership(models.Model):
    """One stay of a member in a team: from `joined_at` to before `left_at`, both in microseconds; open without an end.

    Nobody is in two teams at a time, so no point counts for two. The column `actor` has the member's UUID, as events and
    the ledger name people.
    """

    team = models.ForeignKey(Team, models.CASCADE, related_name="memberships", verbose_name=_("team"))
    member = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        to_field="uuid",
        db_column="actor",
        related_name="memberships",
        verbose_name=_("member"),
    )
    role = models.CharField(_("role"), max_length=7, choices=Role.choices, default=Role.MEMBER)
    joined_at = InstantField(_("joined"))
    left_at = InstantField(_("left"), null=True, blank=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [
            models.UniqueConstraint(
                fields=["member"], condition=Q(left_at=None), name="gamification_membership_one_team"
            ),
            models.UniqueConstraint(
                fields=["team"], condition=Q(left_at=None, role="owner"), name="gamification_membership_one_owner"
            ),
            models.CheckConstraint(
                condition=Q(left_at=None) | Q(left_at__gte=F("joined_at")), name="gamification_membership_forward"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.team}: {self.member}"

    @property
    def leads(self) -> bool:
        """Whether they may ask others in and enter the team into challenges."""
        return self.role in {Role.OWNER, Role.CAPTAIN}


class Invited(models.TextChoices):
    """What became of an invitation into a team. Stored: never rename a value."""

    OPEN = "open", _("Open")
    ACCEPTED = "accepted", _("Accepted")
    DECLINED = "declined", _("Declined")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class TeamInvitation(models.Model):
    """Somebody is asked into a team, and answers; until `expires_at`."""

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    team = models.ForeignKey(Team, models.CASCADE, related_name="invitations")
    member = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="team_invitations", verbose_name=_("member")
    )
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    state = models.CharField(_("state"), max_length=9, choices=Invited.choices, default=Invited.OPEN)
    created_at = models.DateTimeField(_("invited"), default=timezone.now)
    expires_at = models.DateTimeField(_("expires"))
    answered_at = models.DateTimeField(_("answered"), null=True, blank=True)

    class Meta:
        verbose_name = _("invitation into a team")
        verbose_name_plural = _("invitations into teams")
        constraints = [
            models.UniqueConstraint(
                fields=["team", "member"], condition=Q(state="open"), name="gamification_teaminvitation_once"
            ),
            models.CheckConstraint(
                condition=Q(state="open", answered_at=None) | (~Q(state="open") & Q(answered_at__isnull=False)),
                name="gamification_teaminvitation_answered_when",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.team}: {self.member}"


class TeamLink(models.Model):
    """A link by which whoever has it may join, until it expires. The link is the signed id, so the table tells none."""

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    team = models.ForeignKey(Team, models.CASCADE, related_name="links")
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    created_at = models.DateTimeField(_("made"), default=timezone.now)
    expires_at = models.DateTimeField(_("expires"))
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)

    class Meta:
        verbose_name = _("link into a team")
        verbose_name_plural = _("links into teams")

    def __str__(self) -> str:
        return str(self.team)


class TeamScore(models.Model):
    """The points that a team's members earned in a period while they were in it, as of `counted_at`.

    `period` is '', '2026-11' or '2026-W47' as in `gamification.models.Score`; of periods that are over the rows stay.
    """

    team = models.ForeignKey(Team, models.CASCADE, related_name="scores")
    period = models.CharField(max_length=8, blank=True)
    xp = models.BigIntegerField()
    members = models.PositiveIntegerField()
    counted_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["team", "period"], name="gamification_teamscore_once")]
        indexes = [models.Index(fields=["period", "-xp", "team"], name="gamification_teamscore_by_xp")]

    def __str__(self) -> str:
        return f"{self.team} {self.period}: {self.xp}"

"""What the desk keeps: filters that staff saved, what was done to many members at once, and three views of projections.

The views are no tables of their own: they say that a row of a projection belongs to a member, so that the list can be
filtered and ordered by it in one statement. Nothing writes through them.
"""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from stats.ids import uuid7


class Numbers(models.Model):
    """A member's lifetime counters: the projection `stats.models.ActorStats`."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        models.DO_NOTHING,
        to_field="uuid",
        db_column="actor",
        primary_key=True,
        db_constraint=False,
        related_name="desk_numbers",
    )
    features_used = models.BigIntegerField()
    plays = models.BigIntegerField()
    watched_ms = models.BigIntegerField()
    videos_uploaded = models.BigIntegerField()
    streams_created = models.BigIntegerField()
    images_uploaded = models.BigIntegerField()
    interactions = models.BigIntegerField()
    active_us = models.BigIntegerField(null=True, db_column="last_activity_at")

    class Meta:
        app_label = "analytics"
        managed = False
        db_table = "stats_actorstats"


class Standing(models.Model):
    """Where a member stands in the game: the projection `gamification.models.Player`."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        models.DO_NOTHING,
        to_field="uuid",
        db_column="actor",
        primary_key=True,
        db_constraint=False,
        related_name="desk_standing",
    )
    xp = models.BigIntegerField()
    level = models.IntegerField()
    lessons = models.IntegerField()
    courses = models.IntegerField()
    quizzes = models.IntegerField()
    posts = models.IntegerField()
    reviews = models.IntegerField()
    unlocked = models.IntegerField()
    points = models.BigIntegerField()
    days = models.IntegerField()
    longest = models.IntegerField()

    class Meta:
        app_label = "analytics"
        managed = False
        db_table = "gamification_player"


class Followers(models.Model):
    """How many follow a member, and whom the member follows: the projection `stats.models.FollowCounter`."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        models.DO_NOTHING,
        to_field="uuid",
        db_column="actor",
        primary_key=True,
        db_constraint=False,
        related_name="desk_followers",
    )
    followers = models.BigIntegerField()
    following = models.BigIntegerField()

    class Meta:
        app_label = "analytics"
        managed = False
        db_table = "stats_followcounter"


class SavedFilter(models.Model):
    """A filter of the list of people under a name: `query` is what stands behind the question mark."""

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    name = models.CharField(_("name"), max_length=60)
    query = models.CharField(_("filter"), max_length=1500)
    is_shared = models.BooleanField(_("for all staff"), default=False)
    created_at = models.DateTimeField(_("saved"), default=timezone.now)

    class Meta:
        app_label = "analytics"
        ordering = ["name", "id"]
        verbose_name = _("saved filter")
        verbose_name_plural = _("saved filters")
        constraints = [models.UniqueConstraint(fields=["owner", "name"], name="analytics_savedfilter_name_once")]

    def __str__(self) -> str:
        return self.name


class BulkState(models.TextChoices):
    """How far a bulk action is."""

    DRAFT = "draft", _("Not started")
    QUEUED = "queued", _("Waiting")
    RUNNING = "running", _("Running")
    STOPPED = "stopped", _("Stopped")
    FINISHED = "finished", _("Finished")


UNDER_WAY = (BulkState.QUEUED, BulkState.RUNNING)


class BulkAction(models.Model):
    """Something done to many members: who they are was fixed when it was prepared, `params` when it was looked at.

    Who works on it holds `token` until `leased_until`, and writes nothing once another has taken it over.
    """

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    act = models.CharField(_("action"), max_length=20)
    params = models.JSONField(null=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by"))
    selection = models.CharField(_("selection"), max_length=1500, blank=True)
    state = models.CharField(_("state"), max_length=8, choices=BulkState.choices, default=BulkState.DRAFT)
    undo_of = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="undone_by")
    total = models.PositiveIntegerField(_("people"), default=0)
    done = models.PositiveIntegerField(default=0)
    skipped = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(_("prepared"), default=timezone.now)
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    token = models.UUIDField(null=True, editable=False)
    leased_until = models.DateTimeField(null=True, editable=False)

    class Meta:
        app_label = "analytics"
        ordering = ["-created_at", "-id"]
        verbose_name = _("bulk action")
        verbose_name_plural = _("bulk actions")
        constraints = [
            models.CheckConstraint(
                condition=Q(total__gte=F("done") + F("skipped") + F("failed")), name="analytics_bulkaction_never_more"
            )
        ]
        indexes = [
            models.Index(fields=["id"], condition=Q(state__in=UNDER_WAY), name="analytics_bulkaction_under_way"),
        ]

    def __str__(self) -> str:
        return f"{self.act} · {self.total}"


class TargetState(models.TextChoices):
    """What became of one member of a bulk action."""

    WAITING = "waiting", _("Waiting")
    DONE = "done", _("Done")
    SKIPPED = "skipped", _("Stayed as it was")
    FAILED = "failed", _("Failed")


class MailState(models.TextChoices):
    """What became of one mail. One that was begun and not finished is not sent again: rather none than two."""

    NONE = "", _("None")
    WAITING = "waiting", _("Waiting")
    SENDING = "sending", _("Perhaps sent")
    SENT = "sent", _("Sent")
    FAILED = "failed", _("Not sent")


class BulkTarget(models.Model):
    """One member of a bulk action. `before` and `after` are what an undo needs to put back, and to see that it may."""

    bulk = models.ForeignKey(BulkAction, models.CASCADE, related_name="targets")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    state = models.CharField(max_length=7, choices=TargetState.choices, default=TargetState.WAITING)
    mail = models.CharField(max_length=7, choices=MailState.choices, default=MailState.NONE, blank=True)
    reason = models.CharField(max_length=120, blank=True)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)

    class Meta:
        app_label = "analytics"
        constraints = [models.UniqueConstraint(fields=["bulk", "user"], name="analytics_bulktarget_once")]
        indexes = [
            models.Index(fields=["bulk", "user"], condition=Q(state="waiting"), name="analytics_bulktarget_waiting"),
            models.Index(fields=["bulk", "user"], condition=Q(mail="waiting"), name="analytics_bulktarget_mails"),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.get_state_display()}"

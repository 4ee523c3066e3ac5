"""What members tell each other, what they want to be told and shown, and who works on which item."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from stats.fields import InstantField
from stats.ids import uuid7
from stats.models import Item


class Notification(models.Model):
    """Something that one member is told, once however often its cause is told again."""

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="notifications", verbose_name=_("recipient")
    )
    kind = models.CharField(_("kind"), max_length=16)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="+")
    title = models.CharField(_("says"), max_length=200)
    words = models.JSONField(null=True, blank=True)
    address = models.CharField(_("leads to"), max_length=300)
    cause = models.UUIDField(editable=False)
    created_at = models.DateTimeField(_("told"), default=timezone.now)
    read_at = models.DateTimeField(_("read"), null=True, blank=True)

    class Meta:
        verbose_name = _("notification")
        verbose_name_plural = _("notifications")
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(fields=["recipient", "-created_at", "-id"], name="library_notification_newest"),
            models.Index(fields=["recipient"], condition=Q(read_at=None), name="library_notification_unread"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["recipient", "cause"], name="library_notification_once_per_cause"),
        ]

    def __str__(self) -> str:
        return self.says

    @property
    def says(self) -> str:
        """What it says in the language of who reads it: with `words`, the title is a phrase of the site that takes them."""
        return self.title if self.words is None else gettext(self.title) % self.words


class MemberSetting(models.Model):
    """What a member has set otherwise than it is for everybody: see `library.people.settings`."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="member_settings")
    key = models.CharField(_("setting"), max_length=40)
    value = models.CharField(_("value"), max_length=12)
    changed_at = models.DateTimeField(_("changed"), default=timezone.now)

    class Meta:
        verbose_name = _("setting of a member")
        verbose_name_plural = _("settings of members")
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="library_membersetting_once")]
        indexes = [models.Index(fields=["key", "value", "user"], name="library_membersetting_of_key")]

    def __str__(self) -> str:
        return f"{self.key}: {self.value}"


class Answer(models.TextChoices):
    """What became of an invitation to work on an item. Stored: never rename a value."""

    INVITED = "invited", _("Invited")
    ACCEPTED = "accepted", _("Accepted")
    DECLINED = "declined", _("Declined")


class Collaboration(models.Model):
    """Somebody is asked to work on an item with its owner, and answers."""

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    item = models.ForeignKey(Item, models.CASCADE, related_name="collaborations", verbose_name=_("item"))
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="collaborations", verbose_name=_("person")
    )
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    state = models.CharField(_("state"), max_length=8, choices=Answer.choices, default=Answer.INVITED)
    invited_at = models.DateTimeField(_("invited"), default=timezone.now)
    answered_at = models.DateTimeField(_("answered"), null=True, blank=True)

    class Meta:
        verbose_name = _("collaboration")
        verbose_name_plural = _("collaborations")
        ordering = ["invited_at", "id"]
        indexes = [models.Index(fields=["person", "state"], name="library_collaboration_of")]
        constraints = [
            models.UniqueConstraint(fields=["item", "person"], name="library_collaboration_once"),
            models.CheckConstraint(
                condition=Q(state="invited", answered_at=None) | (~Q(state="invited") & Q(answered_at__isnull=False)),
                name="library_collaboration_answered_when",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item}: {self.person}"


class Announcement(models.Model):
    """A new item of which the owner's followers are yet to be told, and how far that has come.

    A row, so that nothing is lost when a worker dies: `last_at` and `last_actor` are the follow that was worked off last,
    from the newest back.
    """

    item = models.OneToOneField(Item, models.CASCADE, related_name="announcement")
    created_at = models.DateTimeField(default=timezone.now)
    last_at = InstantField(null=True)
    last_actor = models.UUIDField(null=True)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("announcement")
        verbose_name_plural = _("announcements")
        indexes = [models.Index(fields=["id"], condition=Q(done_at=None), name="library_announcement_open")]

    def __str__(self) -> str:
        return str(self.item)

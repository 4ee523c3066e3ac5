"""What people say about items, and what others find wrong: there, with an item itself, or in a discussion."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from stats.ids import uuid7
from stats.models import Item


class Comment(models.Model):
    """What a member says about an item, or in reply to a comment.

    Replies stand one level deep: `parent` is the comment that began the thread, and `replying_to` names whose reply a
    reply answers. Taken away, a comment keeps its row: the log speaks of it, and replies hang on it. `replies` counts
    those that still stand.
    """

    MAX_TEXT = 2000

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    item = models.ForeignKey(Item, models.CASCADE, related_name="comments", verbose_name=_("item"))
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="comments", verbose_name=_("author")
    )
    parent = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="answers", verbose_name=_("reply to")
    )
    replying_to = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    replies = models.PositiveIntegerField(default=0)
    text = models.TextField(_("text"), max_length=MAX_TEXT)
    created_at = models.DateTimeField(_("written"), default=timezone.now)
    edited_at = models.DateTimeField(_("edited"), null=True, blank=True)
    deleted_at = models.DateTimeField(_("taken away"), null=True, blank=True)
    deleted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("comment")
        verbose_name_plural = _("comments")
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(fields=["item", "-created_at"], name="library_comment_newest"),
            models.Index(
                fields=["item", "-created_at", "-id"], condition=Q(parent=None), name="library_comment_threads"
            ),
            models.Index(fields=["author", "-created_at"], name="library_comment_pace"),
        ]
        constraints = [models.CheckConstraint(condition=~Q(text=""), name="library_comment_says_something")]

    def __str__(self) -> str:
        return self.text[:60]


class Reason(models.TextChoices):
    """What is wrong with something. Stored: never rename a value."""

    SPAM = "spam", _("Spam or advertising")
    ABUSE = "abuse", _("Insults or threatens somebody")
    HARM = "harm", _("Dangerous or against the law")
    PRIVACY = "privacy", _("Shows something private")
    RIGHTS = "rights", _("Belongs to somebody else")
    OTHER = "other", _("Something else")


class ReportState(models.TextChoices):
    """What became of a report. Stored: never rename a value."""

    OPEN = "open", _("Open")
    DISMISSED = "dismissed", _("Dismissed")
    UPHELD = "upheld", _("Taken away")


class Report(models.Model):
    """That somebody finds something wrong, for staff to decide. One person reports one thing once.

    `appeal` is an item that staff hid, and what its owner finds wrong is that: there is no `reason`, only a note.
    """

    MAX_NOTE = 500

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    reporter = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="reports")
    comment = models.ForeignKey(Comment, models.CASCADE, null=True, blank=True, related_name="reports")
    item = models.ForeignKey(Item, models.CASCADE, null=True, blank=True, related_name="reports")
    post = models.ForeignKey("library.Post", models.CASCADE, null=True, blank=True, related_name="reports")
    appeal = models.ForeignKey(Item, models.CASCADE, null=True, blank=True, related_name="appeals")
    reason = models.CharField(_("reason"), max_length=8, choices=Reason.choices)
    note = models.TextField(_("note"), blank=True, max_length=MAX_NOTE)
    created_at = models.DateTimeField(_("reported"), default=timezone.now)
    state = models.CharField(_("state"), max_length=9, choices=ReportState.choices, default=ReportState.OPEN)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)

    class Meta:
        verbose_name = _("report")
        verbose_name_plural = _("reports")
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(fields=["created_at"], condition=Q(state="open"), name="library_report_open"),
            models.Index(fields=["reporter", "-created_at"], name="library_report_pace"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["reporter", "comment"], condition=Q(comment__isnull=False), name="library_report_comment_once"
            ),
            models.UniqueConstraint(
                fields=["reporter", "item"], condition=Q(item__isnull=False), name="library_report_item_once"
            ),
            models.UniqueConstraint(
                fields=["reporter", "post"], condition=Q(post__isnull=False), name="library_report_post_once"
            ),
            models.UniqueConstraint(
                fields=["reporter", "appeal"], condition=Q(appeal__isnull=False), name="library_report_appeal_once"
            ),
        ]

    def __str__(self) -> str:
        return self.get_reason_display()

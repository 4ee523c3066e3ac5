"""What people of a course ask and answer each other."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from library.learning.models import Course, Lesson
from stats.ids import uuid7


class Thread(models.Model):
    """A question about a course, or about one of its lessons, with its answers.

    Its first post is the question. `answers` counts the others that still stand; `active_at` is when the last post was
    written. Taken away, it keeps its row: the log speaks of its posts.
    """

    MAX_TITLE = 150

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    course = models.ForeignKey(Course, models.CASCADE, related_name="threads", verbose_name=_("course"))
    lesson = models.ForeignKey(
        Lesson, models.SET_NULL, null=True, blank=True, related_name="threads", verbose_name=_("lesson")
    )
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="threads")
    title = models.CharField(_("title"), max_length=MAX_TITLE)
    accepted = models.ForeignKey("library.Post", models.SET_NULL, null=True, blank=True, related_name="+")
    answers = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(_("asked"), default=timezone.now)
    active_at = models.DateTimeField(_("last post"), default=timezone.now)
    deleted_at = models.DateTimeField(_("taken away"), null=True, blank=True)

    class Meta:
        verbose_name = _("discussion")
        verbose_name_plural = _("discussions")
        ordering = ["-active_at", "-id"]
        indexes = [
            models.Index(fields=["course", "-active_at", "-id"], name="library_thread_of_course"),
            models.Index(fields=["lesson", "-active_at", "-id"], name="library_thread_of_lesson"),
        ]
        constraints = [models.CheckConstraint(condition=~Q(title=""), name="library_thread_has_title")]

    def __str__(self) -> str:
        return self.title


class Post(models.Model):
    """A question or an answer, in Markdown."""

    MAX_TEXT = 10_000

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    thread = models.ForeignKey(Thread, models.CASCADE, related_name="posts", verbose_name=_("discussion"))
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="posts")
    is_question = models.BooleanField(default=False)
    text = models.TextField(_("text"), max_length=MAX_TEXT, help_text="Markdown.")
    created_at = models.DateTimeField(_("written"), default=timezone.now)
    edited_at = models.DateTimeField(_("edited"), null=True, blank=True)
    deleted_at = models.DateTimeField(_("taken away"), null=True, blank=True)
    deleted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("post")
        verbose_name_plural = _("posts")
        ordering = ["created_at", "id"]
        indexes = [
            models.Index(fields=["thread", "created_at", "id"], name="library_post_in_order"),
            models.Index(fields=["author", "-created_at"], name="library_post_pace"),
        ]
        constraints = [
            models.CheckConstraint(condition=~Q(text=""), name="library_post_says_something"),
            models.UniqueConstraint(fields=["thread"], condition=Q(is_question=True), name="library_post_one_question"),
        ]

    def __str__(self) -> str:
        return self.text[:60]

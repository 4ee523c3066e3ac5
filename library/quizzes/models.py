"""Quizzes, their questions, and who answered what."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from library.learning.models import Lesson
from stats.ids import uuid7


class Reveals(models.TextChoices):
    """When right answers and explanations are shown. Stored: never rename a value."""

    EACH = "each", _("After each attempt")
    END = "end", _("Once it is passed, or no attempt is left")


class Quiz(models.Model):
    """How a lesson of the kind quiz is taken and passed. 0 attempts or minutes: as many as one likes."""

    lesson = models.OneToOneField(Lesson, models.CASCADE, related_name="quiz")
    pass_percent = models.PositiveSmallIntegerField(_("to pass"), default=70, help_text="Percent of the points.")
    most_attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    time_limit_minutes = models.PositiveSmallIntegerField(_("time limit"), default=0)
    reveals = models.CharField(_("right answers"), max_length=4, choices=Reveals.choices, default=Reveals.EACH)
    shuffles = models.BooleanField(_("mixed order"), default=True)

    class Meta:
        verbose_name = _("quiz")
        verbose_name_plural = _("quizzes")
        constraints = [
            models.CheckConstraint(condition=Q(pass_percent__range=(1, 100)), name="library_quiz_pass_percent_1_to_100")
        ]

    def __str__(self) -> str:
        return self.lesson.title


class Pool(models.Model):
    """Questions of which each attempt gets `draws`, all of them with 0."""

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    quiz = models.ForeignKey(Quiz, models.CASCADE, related_name="pools")
    title = models.CharField(_("title"), max_length=120, blank=True)
    draws = models.PositiveSmallIntegerField(_("questions drawn"), default=0)
    position = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.title or str(self.uuid)


class QuestionKind(models.TextChoices):
    """How a question is answered. Stored: never rename a value."""

    SINGLE = "single", _("One choice")
    MULTIPLE = "multiple", _("Several choices")
    NUMBER = "number", _("Number")
    TEXT = "text", _("Short text")


class Question(models.Model):
    """One question. One that was taken out keeps its row, for the attempts that had it."""

    MAX_TEXT = 5000

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    pool = models.ForeignKey(Pool, models.CASCADE, related_name="questions")
    kind = models.CharField(_("kind"), max_length=8, choices=QuestionKind.choices)
    prompt = models.TextField(_("question"), max_length=MAX_TEXT, help_text="Markdown.")
    explanation = models.TextField(_("explanation"), blank=True, max_length=MAX_TEXT, help_text="Markdown.")
    points = models.PositiveSmallIntegerField(_("points"), default=1)
    is_partial = models.BooleanField(_("points for a part"), default=False)
    number = models.DecimalField(_("right number"), max_digits=24, decimal_places=10, null=True, blank=True)
    tolerance = models.DecimalField(_("tolerance"), max_digits=24, decimal_places=10, default=0)
    accepted = models.JSONField(_("accepted answers"), default=list, blank=True)
    position = models.PositiveIntegerField(default=0)
    deleted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(points__range=(1, 100)), name="library_question_points_1_to_100"),
            models.CheckConstraint(condition=Q(tolerance__gte=0), name="library_question_tolerance_not_negative"),
            models.CheckConstraint(
                condition=~Q(kind="number") | Q(number__isnull=False), name="library_question_number_has_one"
            ),
        ]

    def __str__(self) -> str:
        return self.prompt


class Option(models.Model):
    """One of a question's choices."""

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    question = models.ForeignKey(Question, models.CASCADE, related_name="options")
    text = models.CharField(max_length=500)
    is_right = models.BooleanField(default=False)
    position = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.text


class Attempt(models.Model):
    """One go at a quiz. Its answers are frozen as they were asked, so that later changes of the quiz change no result.

    A teacher's trial is a preview: it counts nowhere. A voided one was given back and counts against no limit.
    """

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    quiz = models.ForeignKey(Quiz, models.CASCADE, related_name="attempts")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="quiz_attempts")
    number = models.PositiveIntegerField()
    is_preview = models.BooleanField(default=False)
    pass_percent = models.PositiveSmallIntegerField()
    started_at = models.DateTimeField(default=timezone.now)
    deadline_at = models.DateTimeField(null=True, blank=True)
    saved_at = models.DateTimeField(null=True, blank=True)
    submitted_at = models.DateTimeField(null=True, blank=True)
    voided_at = models.DateTimeField(null=True, blank=True)
    earned = models.DecimalField(max_digits=9, decimal_places=2, null=True, blank=True)
    most = models.PositiveIntegerField()
    percent = models.PositiveSmallIntegerField(null=True, blank=True)
    passed = models.BooleanField(null=True, blank=True)

    class Meta:
        verbose_name = _("quiz attempt")
        verbose_name_plural = _("quiz attempts")
        indexes = [
            models.Index(fields=["quiz", "-submitted_at"], name="library_attempt_newest"),
            models.Index(
                fields=["deadline_at"],
                name="library_attempt_running",
                condition=Q(submitted_at=None, deadline_at__isnull=False),
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["quiz", "user", "is_preview", "number"], name="library_attempt_numbered"),
            models.UniqueConstraint(
                fields=["quiz", "user", "is_preview"],
                condition=Q(submitted_at=None, voided_at=None),
                name="library_attempt_one_open",
            ),
            models.CheckConstraint(
                condition=Q(submitted_at=None, percent=None, passed=None, earned=None)
                | Q(submitted_at__isnull=False, percent__isnull=False, passed__isnull=False, earned__isnull=False),
                name="library_attempt_marked_when_submitted",
            ),
            models.CheckConstraint(
                condition=Q(percent=None) | Q(percent__range=(0, 100)), name="library_attempt_percent_0_to_100"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.number}"


class Answer(models.Model):
    """One drawn question of an attempt, and what was answered.

    `asked` is what the person sees (prompt, options); `key` is what marks it (right options, number, accepted texts,
    explanation) and never leaves the server before the attempt is submitted. `response` is null without an answer.
    """

    attempt = models.ForeignKey(Attempt, models.CASCADE, related_name="answers")
    question = models.ForeignKey(Question, models.CASCADE, related_name="answers")
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=8, choices=QuestionKind.choices)
    points = models.PositiveSmallIntegerField()
    asked = models.JSONField()
    key = models.JSONField()
    response = models.JSONField(null=True, blank=True)
    earned = models.DecimalField(max_digits=6, decimal_places=2, null=True, blank=True)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["attempt", "question"], name="library_answer_once"),
            models.CheckConstraint(
                condition=Q(earned=None) | Q(earned__gte=0, earned__lte=models.F("points")),
                name="library_answer_earned_within_points",
            ),
        ]

"""Courses, their sections and lessons, who takes them, and how far."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from stats.ids import uuid7
from stats.models import Item


class Level(models.TextChoices):
    """For whom a course is. Stored: never rename a value."""

    BEGINNER = "beginner", _("Beginner")
    INTERMEDIATE = "intermediate", _("Intermediate")
    ADVANCED = "advanced", _("Advanced")
    ALL = "all", _("Everybody")


class Status(models.TextChoices):
    """Where a course is in its life. An archived one takes nobody new, and who is in it goes on."""

    DRAFT = "draft", _("Draft")
    PUBLISHED = "published", _("Published")
    ARCHIVED = "archived", _("Archived")


class Course(models.Model):
    """Sections of lessons by one instructor, maybe with others.

    `version` counts changes of the course, its sections, lessons and quizzes: who saves says which version they saw, and
    a stale one is refused, so that nobody's work is lost. A price of 0 is free.
    """

    MAX_TEXT = 20_000

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    slug = models.SlugField(max_length=80, unique=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="courses", verbose_name=_("instructor")
    )
    title = models.CharField(_("title"), max_length=120)
    subtitle = models.CharField(_("in one sentence"), max_length=200, blank=True)
    description = models.TextField(_("description"), blank=True, max_length=MAX_TEXT, help_text="Markdown.")
    outcomes = models.JSONField(_("what one learns"), default=list, blank=True)
    category = models.CharField(_("category"), max_length=12, default="other")
    level = models.CharField(_("level"), max_length=12, choices=Level.choices, default=Level.ALL)
    cover = models.FileField(_("picture"), max_length=200, blank=True)
    price_minor = models.PositiveIntegerField(_("price"), default=0)
    currency = models.CharField(_("currency"), max_length=3, default="EUR")
    status = models.CharField(_("status"), max_length=9, choices=Status.choices, default=Status.DRAFT)
    is_sequential = models.BooleanField(_("lessons in order"), default=False)
    has_certificate = models.BooleanField(_("with a certificate"), default=True)
    prerequisites = models.ManyToManyField("self", symmetrical=False, blank=True, related_name="leads_to")
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)
    published_at = models.DateTimeField(_("published"), null=True, blank=True)
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("course")
        verbose_name_plural = _("courses")
        indexes = [models.Index(fields=["status", "-published_at"], name="library_course_newest")]
        constraints = [
            models.CheckConstraint(condition=~Q(title=""), name="library_course_has_title"),
            models.CheckConstraint(condition=Q(currency__regex="^[A-Z]{3}$"), name="library_course_currency_iso"),
            models.CheckConstraint(
                condition=~Q(status="published") | Q(published_at__isnull=False), name="library_course_published_when"
            ),
        ]

    def __str__(self) -> str:
        return self.title


class What(models.TextChoices):
    """What somebody did to a course, as the others are told it. Stored: never rename a value."""

    COURSE = "course", _("changed the course page")
    SECTION_ADDED = "section_added", _("added the section")
    SECTION = "section", _("changed the section")
    SECTION_REMOVED = "section_removed", _("took out the section")
    LESSON_ADDED = "lesson_added", _("added the lesson")
    LESSON = "lesson", _("changed the lesson")
    LESSON_REMOVED = "lesson_removed", _("took out the lesson")
    QUIZ = "quiz", _("changed the questions of")
    ORDER = "order", _("changed the order")
    PREREQUISITES = "prerequisites", _("changed the prerequisites")
    COVER = "cover", _("changed the picture")
    TEACHERS = "teachers", _("changed who teaches")
    PUBLISHED = "published", _("published the course")
    ARCHIVED = "archived", _("archived the course")


class CourseChange(models.Model):
    """Who made which version of a course, and what they changed. `subject` is the part that it was about, '' for all."""

    course = models.ForeignKey(Course, models.CASCADE, related_name="changes")
    version = models.PositiveIntegerField()
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    what = models.CharField(max_length=20, choices=What.choices)
    about = models.CharField(max_length=120, blank=True)
    subject = models.CharField(max_length=50, blank=True)
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["course", "version"], name="library_coursechange_one_a_version")]

    def __str__(self) -> str:
        return f"{self.get_what_display()} {self.about}".strip()


class CourseTeacher(models.Model):
    """Somebody who builds a course together with its owner."""

    course = models.ForeignKey(Course, models.CASCADE, related_name="teachers")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="teaching")
    added_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["course", "user"], name="library_courseteacher_once")]


class Section(models.Model):
    """A part of a course. It opens at `opens_at`, or so many days after somebody enrolled, whichever is later."""

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    course = models.ForeignKey(Course, models.CASCADE, related_name="sections")
    title = models.CharField(_("title"), max_length=120)
    position = models.PositiveIntegerField(default=0)
    opens_at = models.DateTimeField(_("opens"), null=True, blank=True)
    opens_after_days = models.PositiveSmallIntegerField(_("days after enrolling"), default=0)
    deleted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["position", "id"]
        constraints = [models.CheckConstraint(condition=~Q(title=""), name="library_section_has_title")]

    def __str__(self) -> str:
        return self.title


class LessonKind(models.TextChoices):
    """How something is taught. Stored: never rename a value."""

    VIDEO = "video", _("Video")
    TEXT = "text", _("Text")
    QUIZ = "quiz", _("Quiz")


class Lesson(models.Model):
    """One step of a course.

    `item` is what the events of the lesson are about: its plays are the watching of its video and the reading of its
    text. `video` is the item of the library whose file it shows. A lesson that was taken out keeps its row.
    """

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    section = models.ForeignKey(Section, models.CASCADE, related_name="lessons")
    item = models.OneToOneField(Item, models.PROTECT, related_name="lesson")
    kind = models.CharField(_("kind"), max_length=5, choices=LessonKind.choices)
    title = models.CharField(_("title"), max_length=120)
    position = models.PositiveIntegerField(default=0)
    text = models.TextField(_("text"), blank=True, max_length=Course.MAX_TEXT * 5, help_text="Markdown.")
    video = models.ForeignKey(Item, models.PROTECT, null=True, blank=True, related_name="shown_in")
    is_preview = models.BooleanField(_("open to everybody"), default=False)
    deleted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["position", "id"]
        constraints = [models.CheckConstraint(condition=~Q(title=""), name="library_lesson_has_title")]

    def __str__(self) -> str:
        return self.title


class EnrolmentState(models.TextChoices):
    """Whether somebody may take a course. Stored: never rename a value."""

    REQUESTED = "requested", _("Requested")
    ACTIVE = "active", _("Active")
    REVOKED = "revoked", _("Revoked")


class Enrolment(models.Model):
    """Somebody takes a course: at once if it is free, after a grant if it has a price (which is noted as it was)."""

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    course = models.ForeignKey(Course, models.PROTECT, related_name="enrolments")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="enrolments")
    state = models.CharField(max_length=9, choices=EnrolmentState.choices, default=EnrolmentState.ACTIVE)
    price_minor = models.PositiveIntegerField(default=0)
    currency = models.CharField(max_length=3, default="EUR")
    granted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    requested_at = models.DateTimeField(default=timezone.now)
    enrolled_at = models.DateTimeField(null=True, blank=True)
    completed_at = models.DateTimeField(null=True, blank=True)
    last_lesson = models.ForeignKey(Lesson, models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("enrolment")
        verbose_name_plural = _("enrolments")
        indexes = [models.Index(fields=["user", "-enrolled_at"], name="library_enrolment_of_user")]
        constraints = [
            models.UniqueConstraint(fields=["course", "user"], name="library_enrolment_once"),
            models.CheckConstraint(
                condition=~Q(state="active") | Q(enrolled_at__isnull=False), name="library_enrolment_active_since"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.course}"


class LessonOpened(models.Model):
    """When the server first handed a lesson out to somebody: nobody can have watched more than the time since allows."""

    lesson = models.ForeignKey(Lesson, models.CASCADE, related_name="opened")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="lessons_opened")
    opened_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "lesson"], name="library_lessonopened_once")]


class LessonDone(models.Model):
    """A lesson that somebody completed, by the facts, and when."""

    lesson = models.ForeignKey(Lesson, models.CASCADE, related_name="done")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="lessons_done")
    completed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "lesson"], name="library_lessondone_once")]


class Reading(models.Model):
    """One sitting with a text: what the server itself measured between the page's reports.

    It is the play `play_id` of the lesson's item. With a film it is one only for who wants no statistics: `ranges` are
    the milliseconds of it that they covered. `read_ms` adds up the time between reports, of each at most what
    reading pages report within; `reached` is how far down they say, in thousandths, which counts as far as time allows.
    """

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    lesson = models.ForeignKey(Lesson, models.CASCADE, related_name="readings")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="readings")
    started_at = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(default=timezone.now)
    read_ms = models.PositiveIntegerField(default=0)
    reached = models.PositiveSmallIntegerField(default=0)
    ranges = models.JSONField(default=list)

    class Meta:
        indexes = [models.Index(fields=["user", "lesson"], name="library_reading_of_user")]


class Certificate(models.Model):
    """That somebody completed a course, as it was called then. Its address is for everybody who has it."""

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    enrolment = models.OneToOneField(Enrolment, models.PROTECT, related_name="certificate")
    name = models.CharField(max_length=150)
    title = models.CharField(max_length=120)
    issued_at = models.DateTimeField()


class Review(models.Model):
    """What one enrolled person thinks of one course."""

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    course = models.ForeignKey(Course, models.CASCADE, related_name="reviews")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="reviews")
    stars = models.PositiveSmallIntegerField(_("stars"))
    text = models.TextField(_("text"), blank=True, max_length=5000)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("review")
        verbose_name_plural = _("reviews")
        indexes = [models.Index(fields=["course", "-created_at"], name="library_review_newest")]
        constraints = [
            models.UniqueConstraint(fields=["course", "author"], name="library_review_one_per_person"),
            models.CheckConstraint(condition=Q(stars__range=(1, 5)), name="library_review_stars_1_to_5"),
        ]

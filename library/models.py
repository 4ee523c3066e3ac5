"""What the library knows of an item beyond the thin row that events are about, and what people say about it."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.roles import Role
from library.discussions.models import Post, Thread
from library.learning.models import (
    Certificate,
    Course,
    CourseChange,
    CourseTeacher,
    Enrolment,
    Lesson,
    LessonDone,
    LessonOpened,
    Reading,
    Review,
    Section,
)
from library.people.models import Announcement, Collaboration, MemberSetting, Notification
from library.playlists.models import Playlist, PlaylistEntry, PlaylistMember
from library.quizzes.models import Answer, Attempt, Option, Pool, Question, Quiz
from library.recommending.models import CoWatch
from library.talking.models import Comment, Reason, Report, ReportState
from stats.models import Item

__all__ = [
    "Announcement",
    "Answer",
    "Attempt",
    "Category",
    "Certificate",
    "CoWatch",
    "Collaboration",
    "Comment",
    "Course",
    "CourseChange",
    "CourseTeacher",
    "Downloads",
    "Enrolment",
    "ItemTag",
    "Lesson",
    "LessonDone",
    "LessonOpened",
    "Listing",
    "Media",
    "MemberSetting",
    "Notification",
    "Option",
    "Playlist",
    "PlaylistEntry",
    "PlaylistMember",
    "Pool",
    "Post",
    "Question",
    "Quiz",
    "Reading",
    "Reason",
    "Report",
    "ReportState",
    "Review",
    "Section",
    "Tag",
    "Thread",
]


class Category(models.TextChoices):
    """What an item is about. Stored: never rename a value."""

    NATURE = "nature", _("Nature")
    CRAFT = "craft", _("Craft and making")
    MUSIC = "music", _("Music and sound")
    SCIENCE = "science", _("Science")
    ARTS = "arts", _("Art and photography")
    FOOD = "food", _("Food")
    SPORT = "sport", _("Sport and outdoors")
    TRAVEL = "travel", _("Places")
    LEARNING = "learning", _("Learning")
    OTHER = "other", _("Other")


class Downloads(models.TextChoices):
    """Who may keep the file of an item. Stored: never rename a value."""

    EVERYBODY = "everybody", _("Everybody who may see it")
    MEMBERS = "members", _("Members")
    NOBODY = "nobody", _("Only you")


class Media(models.Model):
    """What is needed to show and play one item of this site: its text, its file, and what the file was found to be.

    File names are of our making, below `MEDIA_ROOT/items/<uuid>/`, which no web server hands out by itself: every
    file answer goes through `library.files`. An item without a file is a stream. While it is `held_for` a reason, the item
    is private, and only staff may let it be seen again.
    """

    item = models.OneToOneField(Item, models.CASCADE, related_name="media", verbose_name=_("item"))
    description = models.TextField(_("description"), blank=True, max_length=5000)
    category = models.CharField(_("category"), max_length=12, choices=Category.choices, default=Category.OTHER)
    tags = models.JSONField(_("tags"), default=list, blank=True)
    least_role = models.CharField(
        _("least role"), max_length=10, choices=[(role.value, role.label) for role in Role], default=Role.FREE.value
    )
    downloads = models.CharField(_("downloads"), max_length=9, choices=Downloads.choices, default=Downloads.EVERYBODY)
    file = models.FileField(_("file"), max_length=200, blank=True)
    poster = models.FileField(max_length=200, blank=True)
    thumbnail = models.FileField(max_length=200, blank=True)
    original_name = models.CharField(_("name of the file"), max_length=120, blank=True)
    mime = models.CharField(_("served as"), max_length=60, blank=True)
    bytes = models.BigIntegerField(_("bytes"), default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    width = models.PositiveIntegerField(null=True, blank=True)
    height = models.PositiveIntegerField(null=True, blank=True)
    facts = models.JSONField(_("measured"), default=dict, blank=True)
    published_at = models.DateTimeField(_("published"), default=timezone.now, null=True, blank=True, db_index=True)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)
    held_for = models.CharField(
        _("hidden by the staff for"), max_length=8, choices=Reason.choices, blank=True, default="", db_default=""
    )

    class Meta:
        verbose_name = _("media")
        verbose_name_plural = _("media")
        constraints = [
            models.CheckConstraint(condition=Q(bytes__gte=0), name="library_media_bytes_not_negative"),
        ]

    def __str__(self) -> str:
        return self.original_name or str(self.item_id)

    @property
    def is_coming(self) -> bool:
        """Whether it has a date that has not come yet."""
        return self.published_at is not None and self.published_at > timezone.now()

    @property
    def version(self) -> str:
        """Changes with the file: part of the addresses of its pictures, so that browsers may keep them."""
        return self.sha256[:12]


class Listing(models.Model):
    """How an item stands in lists: what they filter and order by, in one narrow row.

    There is one for each item that is out or will be, for everybody (`least_rank` 0) or from a role up (1 to 4). The
    first columns are kept by the database (`library.listing`), the figures are taken now and then (`library.trending`).
    """

    item = models.OneToOneField(Item, models.CASCADE, primary_key=True, related_name="listing")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.DO_NOTHING, null=True, db_constraint=False, db_index=False, related_name="+"
    )
    type = models.CharField(max_length=8)
    category = models.CharField(max_length=12)
    least_rank = models.SmallIntegerField()
    published_at = models.DateTimeField()
    duration_ms = models.BigIntegerField(null=True)
    plays = models.BigIntegerField(default=0)
    trend = models.FloatField(default=0)
    ratings = models.IntegerField(default=0)
    grade = models.FloatField(default=0)

    class Meta:
        indexes = [
            models.Index(fields=["-published_at", "-item"], name="library_listing_newest"),
            models.Index(fields=["-plays", "-published_at", "-item"], name="library_listing_played"),
            models.Index(fields=["-trend", "-published_at", "-item"], name="library_listing_trending"),
            models.Index(fields=["-grade", "-published_at", "-item"], name="library_listing_rated"),
            models.Index(fields=["owner", "-published_at", "-item"], name="library_listing_owner"),
            models.Index(fields=["category", "-published_at", "-item"], name="library_listing_category"),
            models.Index(fields=["type", "-published_at", "-item"], name="library_listing_type"),
        ]

    def __str__(self) -> str:
        return str(self.item_id)


class ItemTag(models.Model):
    """One tag of an item that may stand in a list. Kept by the database (`library.listing`)."""

    item = models.ForeignKey(Item, models.CASCADE, db_index=False, related_name="tags")
    tag = models.CharField(max_length=30)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["item", "tag"], name="library_itemtag_once")]
        indexes = [models.Index(fields=["tag", "item"], name="library_itemtag_items")]

    def __str__(self) -> str:
        return self.tag


class Tag(models.Model):
    """A tag, and how many items that everybody finds have it. Counted now and then (`library.trending`)."""

    name = models.CharField(max_length=30, primary_key=True)
    items = models.IntegerField()

    class Meta:
        indexes = [models.Index(fields=["-items", "name"], name="library_tag_most")]

    def __str__(self) -> str:
        return self.name

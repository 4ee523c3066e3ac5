"""What the library knows of an item beyond the thin row that events are about, and what people say about it."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from stats.ids import uuid7
from stats.models import Item


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


class Media(models.Model):
    """What is needed to show and play one item of this site: its text, its file, and what the file was found to be.

    File names are of our making, below `MEDIA_ROOT/items/<uuid>/`, which no web server hands out by itself: every
    file answer goes through `library.files`. An item without a file is a stream.
    """

    item = models.OneToOneField(Item, models.CASCADE, related_name="media", verbose_name=_("item"))
    description = models.TextField(_("description"), blank=True, max_length=5000)
    category = models.CharField(_("category"), max_length=12, choices=Category.choices, default=Category.OTHER)
    tags = models.JSONField(_("tags"), default=list, blank=True)
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

    class Meta:
        verbose_name = _("media")
        verbose_name_plural = _("media")
        constraints = [
            models.CheckConstraint(condition=Q(bytes__gte=0), name="library_media_bytes_not_negative"),
        ]

    def __str__(self) -> str:
        return self.original_name

    @property
    def version(self) -> str:
        """Changes with the file: part of the addresses of its pictures, so that browsers may keep them."""
        return self.sha256[:12]


class Comment(models.Model):
    """What a member says about an item. Taken away, it keeps its row: the log speaks of it."""

    MAX_TEXT = 2000

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    item = models.ForeignKey(Item, models.CASCADE, related_name="comments", verbose_name=_("item"))
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="comments", verbose_name=_("author")
    )
    text = models.TextField(_("text"), max_length=MAX_TEXT)
    created_at = models.DateTimeField(_("written"), default=timezone.now)
    deleted_at = models.DateTimeField(_("taken away"), null=True, blank=True)

    class Meta:
        verbose_name = _("comment")
        verbose_name_plural = _("comments")
        ordering = ["-created_at", "-id"]
        indexes = [models.Index(fields=["item", "-created_at"], name="library_comment_newest")]
        constraints = [models.CheckConstraint(condition=~Q(text=""), name="library_comment_says_something")]

    def __str__(self) -> str:
        return self.text[:60]

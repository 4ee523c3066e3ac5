"""Sources, items as events see them, and the projections of the log.

Projections carry no foreign keys to users, guests or items: people are their public UUID (`actor`), items the
number of `Item`. The event log itself is no model; `stats/log.py` has its columns.
"""

import secrets

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from stats.fields import InstantField
from stats.ids import uuid7
from stats.kinds import FEW_ON_ITEMS, SOUGHT
from stats.measures import MEASURES


def new_public_key() -> str:
    """Return a new public write key."""
    return "pk_" + secrets.token_urlsafe(24)


class Source(models.Model):
    """An app or site that sends events."""

    SITE = 0

    name = models.CharField(_("name"), max_length=100)
    public_key = models.CharField(_("public key"), max_length=64, unique=True, default=new_public_key)
    secret_hash = models.CharField(max_length=64, unique=True, null=True, editable=False)
    origins = models.JSONField(
        _("origins"), default=list, blank=True, help_text=_("Sites whose pages may send; none means any.")
    )
    creates_items_public = models.BooleanField(_("public key may create items"), default=False)
    creates_items_secret = models.BooleanField(_("secret key may create items"), default=True)
    events_per_minute = models.PositiveIntegerField(
        _("events per minute"), null=True, blank=True, help_text=_("Empty means no limit.")
    )
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now)

    class Meta:
        verbose_name = _("source")
        verbose_name_plural = _("sources")

    def __str__(self) -> str:
        return self.name


class ItemType(models.TextChoices):
    """What an item is; also the wire's `content_type`."""

    VIDEO = "video", _("Video")
    STREAM = "stream", _("Stream")
    IMAGE = "image", _("Image")
    TRACK = "track", _("Audio")
    LESSON = "lesson", _("Lesson")


class Visibility(models.TextChoices):
    """Who may see an item."""

    PUBLIC = "public", _("Public")
    UNLISTED = "unlisted", _("Unlisted")
    ROLE = "role", _("By role")
    PRIVATE = "private", _("Private")


class Item(models.Model):
    """What events are about: one item of this site's library, or of a source under its external key."""

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    source = models.ForeignKey(Source, models.PROTECT, default=Source.SITE, related_name="items")
    external_key = models.CharField(max_length=200, null=True, blank=True)
    type = models.CharField(_("type"), max_length=8, choices=ItemType.choices)
    title = models.CharField(_("title"), max_length=200, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="items", db_constraint=False
    )
    duration_ms = models.BigIntegerField(null=True, blank=True)
    visibility = models.CharField(_("visibility"), max_length=8, choices=Visibility.choices, default=Visibility.PUBLIC)
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    deleted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "external_key"], name="stats_item_one_per_key"),
            models.CheckConstraint(condition=Q(duration_ms__gte=0), name="stats_item_duration_not_negative"),
        ]

    def __str__(self) -> str:
        return self.title or self.external_key or str(self.uuid)


# Between the answer and the log


class InboxBatch(models.Model):
    """A batch that was answered 202 and waits for the drain, already in the form that it copies."""

    events = models.PositiveIntegerField()
    format = models.PositiveSmallIntegerField()
    rows = models.BinaryField()


class DeadLetter(models.Model):
    """An accepted event that could not be applied, with why."""

    event_id = models.UUIDField()
    source_id = models.IntegerField()
    code = models.CharField(_("code"), max_length=40)
    reason = models.TextField(_("reason"))
    row = models.BinaryField()
    format = models.PositiveSmallIntegerField()
    created_at = models.DateTimeField(_("created"), default=timezone.now)

    class Meta:
        verbose_name = _("dead letter")
        verbose_name_plural = _("dead letters")
        constraints = [models.UniqueConstraint(fields=["source_id", "event_id"], name="stats_deadletter_one_per_event")]


class DailySalt(models.Model):
    """The random salt of one day's anonymous visitors; deleted after two days."""

    day = models.DateField(unique=True)
    salt = models.BinaryField()


# Projections


class ActorStats(models.Model):
    """The eight statistics of one person: lifetime counters."""

    actor = models.UUIDField(primary_key=True)
    features_used = models.BigIntegerField(db_default=0)
    plays = models.BigIntegerField(db_default=0)
    watched_ms = models.BigIntegerField(db_default=0)
    videos_uploaded = models.BigIntegerField(db_default=0)
    streams_created = models.BigIntegerField(db_default=0)
    images_uploaded = models.BigIntegerField(db_default=0)
    interactions = models.BigIntegerField(db_default=0)
    last_activity_at = InstantField(null=True)


class ItemCounter(models.Model):
    """What happened to one item so far."""

    item_id = models.BigIntegerField(primary_key=True)
    plays = models.BigIntegerField(db_default=0)
    views = models.BigIntegerField(db_default=0)
    likes = models.BigIntegerField(db_default=0)
    shares = models.BigIntegerField(db_default=0)
    downloads = models.BigIntegerField(db_default=0)
    saves = models.BigIntegerField(db_default=0)
    comments = models.BigIntegerField(db_default=0)


class GuestClaim(models.Model):
    """Whose a guest's past is since the guest signed up or logged in."""

    guest = models.UUIDField(primary_key=True)
    actor = models.UUIDField()


class ExternalUser(models.Model):
    """What a source calls a member of this site: the first by (at, event) holds."""

    pk = models.CompositePrimaryKey("source_id", "external_id")
    source_id = models.IntegerField()
    external_id = models.CharField(max_length=200)
    actor = models.UUIDField()
    at = InstantField()
    event_id = models.UUIDField()


class Play(models.Model):
    """One playback by one person: the greatest of what its cumulative reports say, and the union of their ranges.

    `started_at` is the adjusted start; `client_start` the start as the client said it, in microseconds, which every
    report must repeat. `latest` is the id of the report that says most, whose session, quality and position count.
    `day` is the site's; `completion_bp` how much was covered, in hundredths of a percent, 0 where the length is unknown.
    """

    pk = models.CompositePrimaryKey("actor", "source_id", "play_id", "item_id", "client_start")
    actor = models.UUIDField()
    source_id = models.IntegerField()
    play_id = models.CharField(max_length=64)
    actor_type = models.CharField(max_length=1)
    item_id = models.BigIntegerField()
    item_type = models.CharField(max_length=8)
    started_at = InstantField()
    client_start = models.BigIntegerField()
    reported_at = InstantField()
    played_ms = models.BigIntegerField()
    media_ms = models.BigIntegerField(null=True)
    covered_ms = models.BigIntegerField()
    position_ms = models.BigIntegerField()
    ranges = models.TextField()
    is_view = models.SmallIntegerField()
    is_completed = models.SmallIntegerField()
    is_skipped = models.SmallIntegerField()
    completion_bp = models.IntegerField()
    latest = models.UUIDField()
    session_id = models.TextField(null=True)
    play_source = models.TextField(null=True)
    playlist = models.UUIDField(null=True)
    quality = models.TextField(null=True)
    speed = models.FloatField(null=True)
    day = models.DateField()

    class Meta:
        indexes = [
            models.Index(fields=["item_id", "day", "actor"], name="stats_play_by_item"),
            models.Index(fields=["started_at"], name="stats_play_by_start"),
        ]


class HiddenPlay(models.Model):
    """A play that its person took out of the history."""

    pk = models.CompositePrimaryKey("actor", "source_id", "play_id")
    actor = models.UUIDField()
    source_id = models.IntegerField()
    play_id = models.CharField(max_length=64)


class HistoryClear(models.Model):
    """When a person last cleared the history: plays that began before are not shown."""

    actor = models.UUIDField(primary_key=True)
    cleared_at = InstantField()


class State(models.Model):
    """What a person has switched on for an item: a like, or a save to a playlist. The last by (at, event) wins.

    'Off' stays as a row, or a late old like would revive. `ever` says whether it was on at any time.
    """

    pk = models.CompositePrimaryKey("actor", "relation", "item_id", "playlist")
    actor = models.UUIDField()
    relation = models.CharField(max_length=8)
    item_id = models.BigIntegerField()
    playlist = models.UUIDField()
    actor_type = models.CharField(max_length=1)
    is_on = models.SmallIntegerField()
    ever = models.SmallIntegerField()
    at = InstantField()
    event_id = models.UUIDField()


class Follow(models.Model):
    """Whether a person follows another. The last word by (at, event) holds; 'off' stays as a row."""

    pk = models.CompositePrimaryKey("actor", "target")
    actor = models.UUIDField()
    target = models.UUIDField()
    is_on = models.SmallIntegerField()
    at = InstantField()
    event_id = models.UUIDField()

    class Meta:
        indexes = [
            models.Index(fields=["actor", "-at"], condition=Q(is_on=1), name="stats_follow_of_actor"),
            models.Index(fields=["target", "-at"], condition=Q(is_on=1), name="stats_follow_of_target"),
        ]


class FollowCounter(models.Model):
    """How many follow a person, and how many the person follows."""

    actor = models.UUIDField(primary_key=True)
    followers = models.BigIntegerField(db_default=0)
    following = models.BigIntegerField(db_default=0)


class Rating(models.Model):
    """The stars that a person gave an item. The last word by (at, event) holds."""

    pk = models.CompositePrimaryKey("actor", "item_id")
    actor = models.UUIDField()
    item_id = models.BigIntegerField()
    stars = models.SmallIntegerField()
    at = InstantField()
    event_id = models.UUIDField()


class ItemRating(models.Model):
    """How many people rated an item, and the sum of their stars."""

    item_id = models.BigIntegerField(primary_key=True)
    ratings = models.BigIntegerField(db_default=0)
    stars = models.BigIntegerField(db_default=0)


class CourseMember(models.Model):
    """When a person first enrolled in a course, and first completed it."""

    pk = models.CompositePrimaryKey("actor", "course")
    actor = models.UUIDField()
    course = models.UUIDField()
    enrolled_at = InstantField(null=True)
    completed_at = InstantField(null=True)


class CourseQuiz(models.Model):
    """How many of a person's passed attempts at a quiz hold: those voided since are taken off."""

    pk = models.CompositePrimaryKey("actor", "course", "item_id")
    actor = models.UUIDField()
    course = models.UUIDField()
    item_id = models.BigIntegerField()
    passes = models.IntegerField()


class CourseReview(models.Model):
    """The stars that a person gave a course, 0 for a review that was deleted. The last word by (at, event) holds."""

    pk = models.CompositePrimaryKey("actor", "course")
    actor = models.UUIDField()
    course = models.UUIDField()
    stars = models.SmallIntegerField()
    at = InstantField()
    event_id = models.UUIDField()


class CourseCounter(models.Model):
    """What happened in a course so far: people, completed lessons, people who passed each quiz, posts that stand."""

    course = models.UUIDField(primary_key=True)
    enrolled = models.BigIntegerField(db_default=0)
    completed = models.BigIntegerField(db_default=0)
    lessons_completed = models.BigIntegerField(db_default=0)
    quizzes_passed = models.BigIntegerField(db_default=0)
    posts = models.BigIntegerField(db_default=0)
    reviews = models.BigIntegerField(db_default=0)
    stars = models.BigIntegerField(db_default=0)


class StreamMark(models.Model):
    """A start or an end of a live stream, from which streams are counted: a reconnect within 5 minutes is none."""

    pk = models.CompositePrimaryKey("actor", "item_id", "at", "event_id")
    actor = models.UUIDField()
    item_id = models.BigIntegerField()
    at = InstantField()
    event_id = models.UUIDField()
    is_start = models.SmallIntegerField()


class Action(models.Model):
    """What a person did beside playing: a copy of the log's row that can be found by person, by item and by day.

    Its kinds are `stats.actions.KINDS`. Who is not known is the zero UUID.
    """

    pk = models.CompositePrimaryKey("actor", "at", "event_id", "source_id")
    actor = models.UUIDField()
    at = InstantField()
    event_id = models.UUIDField()
    source_id = models.IntegerField()
    actor_type = models.CharField(max_length=1)
    kind = models.TextField()
    day = models.DateField()
    item_id = models.BigIntegerField(null=True)
    session_id = models.TextField(null=True)
    playlist = models.UUIDField(null=True)
    label = models.TextField(null=True)
    amount = models.BigIntegerField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["item_id", "day"], condition=Q(item_id__isnull=False), name="stats_action_by_item"),
            models.Index(fields=["at"], name="stats_action_by_time"),
            models.Index(fields=["kind", "label", "at"], condition=Q(kind__in=SOUGHT), name="stats_action_by_kind"),
            models.Index(
                fields=["item_id", "day"],
                condition=Q(kind="save", playlist__isnull=False),
                name="stats_action_by_playlist",
            ),
            models.Index(
                fields=["kind", "item_id", "at"], condition=Q(kind__in=FEW_ON_ITEMS), name="stats_action_few_on_item"
            ),
        ]


# Roll-ups by site day; `stats/measures.py` has their columns, `stats/rollups.py` reads them


class Measures(models.Model):
    """The columns that every roll-up has."""

    class Meta:
        abstract = True


for _measure in MEASURES:
    _column = models.BigIntegerField if _measure.is_sum else models.IntegerField
    Measures.add_to_class(_measure.key, _column(db_default=0))


class RollupDay(Measures):
    """What happened on one site day: to an item ('i'), to all of an owner ('o'), by a source ('s'), everywhere ('p', 0).

    Rows appear with the first event and are kept up with every one.
    """

    pk = models.CompositePrimaryKey("scope", "key", "day")
    scope = models.CharField(max_length=1)
    key = models.BigIntegerField()
    day = models.DateField()


class KindDay(models.Model):
    """How many events of a kind a source told on a site day, and the sum of their amounts where servers alone tell it."""

    pk = models.CompositePrimaryKey("day", "source_id", "kind")
    day = models.DateField()
    source_id = models.IntegerField()
    kind = models.TextField()
    events = models.IntegerField(db_default=0)
    amount = models.BigIntegerField(db_default=0)


class PlayPart(models.Model):
    """The plays of one site day, everywhere, in parts: by hour of the day, quality, type of item, speed."""

    pk = models.CompositePrimaryKey("day", "part", "value")
    day = models.DateField()
    part = models.TextField()
    value = models.TextField()
    plays = models.IntegerField(db_default=0)
    views = models.IntegerField(db_default=0)
    completed = models.IntegerField(db_default=0)
    played_ms = models.BigIntegerField(db_default=0)


class ActorDay(models.Model):
    """What one person did on one site day. `acts` are all events that make somebody active.

    `previous` is the day before on which the person played something, for days on which the person did.
    """

    pk = models.CompositePrimaryKey("actor", "day")
    actor = models.UUIDField()
    day = models.DateField()
    plays = models.IntegerField(db_default=0)
    views = models.IntegerField(db_default=0)
    completed = models.IntegerField(db_default=0)
    played_ms = models.BigIntegerField(db_default=0)
    interactions = models.IntegerField(db_default=0)
    uploads = models.IntegerField(db_default=0)
    acts = models.IntegerField(db_default=0)
    previous = models.DateField(null=True)


class PeopleCell(models.Model):
    """How many people played on `day` and, before it, last on `previous` (0001-01-01: never).

    Who played in a window is who played on a day of it and not on an earlier day of it, so the people of any window are
    a sum of these cells.
    """

    pk = models.CompositePrimaryKey("day", "previous")
    day = models.DateField()
    previous = models.DateField()
    people = models.IntegerField(db_default=0)


class DirtyDay(models.Model):
    """A queue: the people and replays of this item's day (and of its source's) must be counted anew."""

    item_id = models.BigIntegerField()
    source_id = models.IntegerField()
    day = models.DateField()


class DayAudience(models.Model):
    """The people who played on a site day, each once, and the plays that were replays. Scopes as in `RollupDay`."""

    pk = models.CompositePrimaryKey("scope", "key", "day")
    scope = models.CharField(max_length=1)
    key = models.BigIntegerField()
    day = models.DateField()
    people = models.IntegerField()
    replays = models.IntegerField()

    class Meta:
        indexes = [models.Index(fields=["day"], name="stats_dayaudience_by_day")]


class ReplayDay(models.Model):
    """How many plays of an item by one source on a site day were replays, where any were. Other scopes sum these."""

    pk = models.CompositePrimaryKey("item_id", "day", "source_id")
    item_id = models.BigIntegerField()
    day = models.DateField()
    source_id = models.IntegerField()
    replays = models.IntegerField()

    class Meta:
        indexes = [models.Index(fields=["day", "source_id"], name="stats_replayday_by_day")]


class RollupPeriod(Measures):
    """A week ('w', from Monday), month ('m') or year ('y') of a scope, with its people and replays."""

    pk = models.CompositePrimaryKey("grain", "start", "scope", "key")
    grain = models.CharField(max_length=1)
    start = models.DateField()
    scope = models.CharField(max_length=1)
    key = models.BigIntegerField()
    people = models.IntegerField()
    replays = models.IntegerField()


class BuiltPeriod(models.Model):
    """A period that has been aggregated. From then on its rows follow the events that still come for it."""

    pk = models.CompositePrimaryKey("grain", "start")
    grain = models.CharField(max_length=1)
    start = models.DateField()


class Ledger(models.Model):
    """One row: the number of the last chunk. Updating it is the writers' lock, so chunks are numbered as they commit."""

    id = models.SmallIntegerField(primary_key=True)
    chunk = models.BigIntegerField()


class PlatformFact(models.Model):
    """A number of the whole site that only a look at everything can tell, and up to when it was counted."""

    key = models.CharField(primary_key=True, max_length=40)
    value = models.JSONField()
    as_of = models.DateTimeField()

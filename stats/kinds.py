"""Event kinds: what may happen, who may say so, and which fields tell it. Pure; the one place where a kind is declared."""

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from functools import cached_property


class Kind(StrEnum):
    """What happened; also the wire's `type`. Stored: never rename a value."""

    PLAY = "play"
    LIKE = "like"
    UNLIKE = "unlike"
    SAVE = "save"
    UNSAVE = "unsave"
    SHARE = "share"
    DOWNLOAD = "download"
    COMMENT = "comment"
    RATING = "rating"
    FOLLOW = "follow"
    UNFOLLOW = "unfollow"
    UPLOAD = "upload"
    STREAM_STARTED = "stream_started"
    STREAM_ENDED = "stream_ended"
    VIEWERS = "viewers"
    PAGE_VIEW = "page_view"
    ENGAGEMENT = "engagement"
    ACTION = "action"
    FEATURE_USED = "feature_used"
    LOGIN = "login"
    LOGOUT = "logout"
    SIGNUP = "signup"
    SUBSCRIPTION_CHANGED = "subscription_changed"
    PAYMENT = "payment"
    REFUND = "refund"
    REFUND_FAILED = "refund_failed"
    DISPUTE = "dispute"
    DISPUTE_WON = "dispute_won"
    ENROLLED = "enrolled"
    LESSON_COMPLETED = "lesson_completed"
    QUIZ_COMPLETED = "quiz_completed"
    COURSE_COMPLETED = "course_completed"
    REVIEW = "review"
    DISCUSSION_POST = "discussion_post"
    FILE_UPLOADED = "file_uploaded"
    PROCESSING_FINISHED = "processing_finished"
    FILE_DOWNLOADED = "file_downloaded"
    API_CALL = "api_call"
    PLAYLIST_CREATED = "playlist_created"
    PLAYLIST_CHANGED = "playlist_changed"
    PLAYLIST_DELETED = "playlist_deleted"
    ITEM_DELETED = "item_deleted"
    COMMENT_DELETED = "comment_deleted"
    COLLABORATION_ACCEPTED = "collaboration_accepted"
    SETTING_CHANGED = "setting_changed"
    RECOMMENDATION_VIEWED = "recommendation_viewed"
    RECOMMENDATION_CLICKED = "recommendation_clicked"
    REFERRAL = "referral"
    SEARCH = "search"
    ACHIEVEMENT_UNLOCKED = "achievement_unlocked"
    GUEST_CLAIMED = "guest_claimed"
    IDENTIFIED = "identified"
    HISTORY_CLEARED = "history_cleared"
    HISTORY_HIDDEN = "history_hidden"
    OPENING_BALANCE = "opening_balance"
    ERASED = "erased"
    BYTES_DELIVERED = "bytes_delivered"
    BACKUP_FINISHED = "backup_finished"
    RESTORE_TESTED = "restore_tested"
    ITEM_CHANGED = "item_changed"
    OBJECT_STORED = "object_stored"
    OBJECT_PURGED = "object_purged"
    REVIEW_DELETED = "review_deleted"
    POST_DELETED = "post_deleted"
    QUIZ_VOIDED = "quiz_voided"
    ACHIEVEMENT_REVOKED = "achievement_revoked"
    XP_CORRECTED = "xp_corrected"


class Sender(IntEnum):
    """Who may send a kind; each may send what the ones before may, and more."""

    BROWSER = 0
    SERVER = 1
    INTERNAL = 2


PLAY_SOURCES = ("landing", "playlist", "search", "direct", "share", "player", "other")
SHARE_PLATFORMS = (
    "twitter", "facebook", "instagram", "whatsapp", "copy_link", "embed", "email", "qr_code", "other",
)  # fmt: skip
CONTENT_TYPES = ("video", "stream", "image", "track", "lesson")
FEATURES = (
    "custom_branding", "priority_upload", "advanced_analytics", "hd_streaming",
    "ad_free", "early_access", "custom_playlists", "bulk_operations",
)  # fmt: skip


_COLUMNS = ("playlist", "play_id")


@dataclass(frozen=True)
class KindSpec:
    """How a kind is told.

    `required` and `optional` name wire fields beside the common ones (`stats.wire.Event` has their types and bounds);
    `label` and `amount` say which of them fill the log's columns of these names, the rest stands in its `data`.
    """

    kind: Kind
    sender: Sender = Sender.SERVER
    about_item: bool = False
    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    label: str | None = None
    amount: str | None = None
    is_activity: bool = False
    is_behaviour: bool = True

    @property
    def is_state(self) -> bool:
        """Whether it says what one person wants to stand, so that it must be known who that is."""
        return self.kind in {Kind.LIKE, Kind.UNLIKE, Kind.SAVE, Kind.UNSAVE, Kind.RATING}

    @cached_property
    def fields(self) -> tuple[str, ...]:
        """The names of the kind's own fields."""
        return self.required + self.optional

    @cached_property
    def rest(self) -> tuple[str, ...]:
        """The fields that have no column of their own in the log."""
        return tuple(name for name in self.fields if name not in {self.label, self.amount, *_COLUMNS})


def _browser(kind: Kind, **rest: object) -> KindSpec:
    return KindSpec(kind, Sender.BROWSER, **rest)  # type: ignore[arg-type]


def _server(kind: Kind, **rest: object) -> KindSpec:
    return KindSpec(kind, Sender.SERVER, **rest)  # type: ignore[arg-type]


def _internal(kind: Kind, **rest: object) -> KindSpec:
    return KindSpec(kind, Sender.INTERNAL, is_behaviour=False, **rest)  # type: ignore[arg-type]


_SPECS = (
    _browser(
        Kind.PLAY, about_item=True, required=("play_id",), label="source", is_activity=True,
        optional=("source", "playlist", "duration_seconds", "item_duration_seconds", "ranges", "position_seconds",
                  "completed", "skipped", "replayed", "quality", "speed"),
    ),
    _browser(Kind.LIKE, about_item=True, optional=("source",), label="source", is_activity=True),
    _browser(Kind.UNLIKE, about_item=True, optional=("source",), label="source"),
    _browser(Kind.SAVE, about_item=True, optional=("source", "playlist"), label="source", is_activity=True),
    _browser(Kind.UNSAVE, about_item=True, optional=("source", "playlist"), label="source"),
    _browser(
        Kind.SHARE, about_item=True, required=("platform",), optional=("recipient_count", "source"),
        label="platform", amount="recipient_count", is_activity=True,
    ),
    _browser(Kind.DOWNLOAD, about_item=True, optional=("source", "bytes"), label="source", amount="bytes", is_activity=True),
    _server(Kind.COMMENT, about_item=True, optional=("comment",), label="comment", is_activity=True),
    _browser(Kind.RATING, about_item=True, required=("stars",), amount="stars", is_activity=True),
    _server(Kind.FOLLOW, required=("target",), label="target", is_activity=True, is_behaviour=False),
    _server(Kind.UNFOLLOW, required=("target",), label="target", is_behaviour=False),
    _server(Kind.UPLOAD, required=("content_type",), optional=("bytes",), label="content_type", amount="bytes", is_activity=True, is_behaviour=False),
    _server(Kind.STREAM_STARTED, about_item=True, is_activity=True, is_behaviour=False),
    _server(Kind.STREAM_ENDED, about_item=True, is_activity=True, is_behaviour=False),
    _server(Kind.VIEWERS, about_item=True, required=("viewers",), amount="viewers"),
    _browser(Kind.PAGE_VIEW, required=("url",), optional=("referrer", "title"), label="url"),
    _browser(Kind.ENGAGEMENT, required=("url",), optional=("engaged_seconds", "scroll_percent"), label="url"),
    _browser(Kind.ACTION, required=("name",), optional=("props",), label="name"),
    _server(Kind.FEATURE_USED, required=("feature",), label="feature", is_activity=True, is_behaviour=False),
    _internal(Kind.LOGIN), _internal(Kind.LOGOUT), _internal(Kind.SIGNUP),
    _internal(Kind.SUBSCRIPTION_CHANGED, required=("change",), optional=("role", "by", "props"), label="change"),
    _server(Kind.PAYMENT, required=("amount", "currency"), optional=("props",), label="currency", amount="amount", is_behaviour=False),
    _server(Kind.REFUND, required=("amount", "currency"), optional=("props",), label="currency", amount="amount", is_behaviour=False),
    _internal(Kind.REFUND_FAILED, required=("amount", "currency"), optional=("props",), label="currency", amount="amount"),
    _internal(Kind.DISPUTE, required=("amount", "currency"), optional=("props",), label="currency", amount="amount"),
    _internal(Kind.DISPUTE_WON, required=("amount", "currency"), optional=("props",), label="currency", amount="amount"),
    _server(Kind.ENROLLED, required=("course",), label="course", is_activity=True, is_behaviour=False),
    _internal(Kind.LESSON_COMPLETED, about_item=True, optional=("course",), label="course", is_activity=True),
    _internal(
        Kind.QUIZ_COMPLETED, about_item=True, required=("course", "percent", "passed"), optional=("props",), label="course",
        amount="percent", is_activity=True,
    ),
    _internal(
        Kind.QUIZ_VOIDED, about_item=True, required=("course", "percent", "passed"), optional=("props",), label="course",
        amount="percent",
    ),
    _internal(Kind.COURSE_COMPLETED, required=("course",), label="course", is_activity=True),
    _server(
        Kind.REVIEW, required=("stars",), optional=("course",), label="course", amount="stars", is_activity=True,
        is_behaviour=False,
    ),
    _internal(Kind.REVIEW_DELETED, required=("course",), label="course"),
    _server(Kind.DISCUSSION_POST, optional=("course", "post"), label="course", is_activity=True),
    _internal(Kind.POST_DELETED, required=("course",), optional=("post",), label="course"),
    _server(Kind.FILE_UPLOADED, optional=("content_type", "bytes"), label="content_type", amount="bytes", is_activity=True, is_behaviour=False),
    _server(Kind.PROCESSING_FINISHED, optional=("name", "props"), label="name", is_activity=True, is_behaviour=False),
    _server(Kind.FILE_DOWNLOADED, optional=("bytes",), amount="bytes", is_activity=True, is_behaviour=False),
    _internal(Kind.API_CALL, optional=("name",), label="name"),
    _server(Kind.PLAYLIST_CREATED, required=("playlist",), is_activity=True),
    _server(Kind.PLAYLIST_CHANGED, required=("playlist",), optional=("props",), is_activity=True),
    _server(Kind.PLAYLIST_DELETED, required=("playlist",)),
    _internal(Kind.ITEM_DELETED, about_item=True),
    _internal(Kind.COMMENT_DELETED, about_item=True, required=("comment",), label="comment"),
    _server(Kind.COLLABORATION_ACCEPTED, about_item=True, is_activity=True),
    _server(Kind.SETTING_CHANGED, required=("setting",), optional=("value",), label="setting", is_behaviour=False),
    _browser(Kind.RECOMMENDATION_VIEWED, about_item=True, required=("name",), label="name"),
    _browser(Kind.RECOMMENDATION_CLICKED, about_item=True, required=("name",), label="name"),
    _server(Kind.REFERRAL, required=("target",), label="target"),
    _browser(Kind.SEARCH, required=("name",), optional=("results",), label="name", amount="results"),
    _internal(Kind.ACHIEVEMENT_UNLOCKED, required=("name",), optional=("amount", "props"), label="name", amount="amount"),
    _internal(Kind.ACHIEVEMENT_REVOKED, required=("name",), optional=("props",), label="name"),
    _internal(Kind.XP_CORRECTED, required=("amount",), optional=("props",), amount="amount"),
    _internal(Kind.GUEST_CLAIMED, required=("guest",), label="guest"),
    _server(Kind.IDENTIFIED, required=("external_id",), label="external_id", is_behaviour=False),
    _internal(Kind.HISTORY_CLEARED), _internal(Kind.HISTORY_HIDDEN, required=("play_id",), optional=("of_source",), amount="of_source"),
    _internal(Kind.OPENING_BALANCE, required=("name", "amount"), label="name", amount="amount"), _internal(Kind.ERASED),
    _server(Kind.BYTES_DELIVERED, required=("bytes",), amount="bytes", is_behaviour=False),
    _server(Kind.BACKUP_FINISHED, is_behaviour=False), _server(Kind.RESTORE_TESTED, is_behaviour=False),
    _server(Kind.ITEM_CHANGED, about_item=True, is_behaviour=False),
    _server(Kind.OBJECT_STORED, required=("bytes",), amount="bytes", is_behaviour=False),
    _server(Kind.OBJECT_PURGED, required=("bytes",), amount="bytes", is_behaviour=False),
)  # fmt: skip

KINDS: dict[str, KindSpec] = {spec.kind.value: spec for spec in _SPECS}

ACTIVITY_KINDS = tuple(sorted(spec.kind.value for spec in _SPECS if spec.is_activity))

SOUGHT = tuple(
    sorted(
        kind.value
        for kind in (
            Kind.FOLLOW, Kind.UNFOLLOW, Kind.REFERRAL, Kind.RATING, Kind.UPLOAD, Kind.LOGIN, Kind.SETTING_CHANGED,
            Kind.PLAYLIST_CREATED, Kind.PLAYLIST_DELETED, Kind.COLLABORATION_ACCEPTED, Kind.ITEM_CHANGED,
            Kind.BACKUP_FINISHED, Kind.RESTORE_TESTED,
        )
    )
)  # fmt: skip
"""Rare kinds whose actions are found by kind and label; an index is for them alone, so changing them needs a migration."""

ON_ITEMS = (Kind.COMMENT_DELETED.value, Kind.COLLABORATION_ACCEPTED.value, Kind.ITEM_CHANGED.value)
"""What others do that changes the numbers of who works on an item."""

FEW_ON_ITEMS = (*ON_ITEMS, Kind.RATING.value)
"""Rare kinds whose actions are found by item, among very many others; again an index is for them alone."""

"""The registry of metrics: every number that is shown, said once. Pure.

A record says what the number is in words, which kinds of events it is made of, how it is computed, of whom or what it
may be asked, and who may know it. `stats.compute` computes all of them; `settings.METRICS` lists the tuples of them, so
that higher apps add theirs. Keys are part of addresses and of stored achievements: never rename one.
"""

import uuid
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from stats.eight import EIGHT
from stats.kinds import ACTIVITY_KINDS, Kind
from stats.measures import BY_KEY


class Subject(StrEnum):
    """Of whom or what a number is: a person, one item, all items of an owner, a sender, everything."""

    USER = "user"
    ITEM = "item"
    OWNER = "owner"
    SOURCE = "source"
    PLATFORM = "platform"


@dataclass(frozen=True, slots=True)
class Scope:
    """Of whom or what: the UUID of a person, the number of an item, an owner or a source, 0 for everything."""

    subject: Subject
    key: Any

    @classmethod
    def user(cls, person: uuid.UUID) -> "Scope":
        """Return the scope of what one person did."""
        return cls(Subject.USER, person)

    @classmethod
    def item(cls, item_id: int) -> "Scope":
        """Return the scope of one item."""
        return cls(Subject.ITEM, item_id)

    @classmethod
    def owner(cls, user_id: int) -> "Scope":
        """Return the scope of all items of a member, by the member's database id."""
        return cls(Subject.OWNER, user_id)

    @classmethod
    def source(cls, source_id: int) -> "Scope":
        """Return the scope of what one source sent."""
        return cls(Subject.SOURCE, source_id)

    @classmethod
    def platform(cls) -> "Scope":
        """Return the scope of everything."""
        return cls(Subject.PLATFORM, 0)


class Unit(StrEnum):
    """What a value counts. PERCENT is of a hundred; a MOMENT is an instant; a LIST stands in the rows of its value."""

    COUNT = "count"
    SECONDS = "seconds"
    HOURS = "hours"
    DAYS = "days"
    PERCENT = "percent"
    PER_WEEK = "per_week"
    STARS = "stars"
    BYTES = "bytes"
    GIGABYTES = "gigabytes"
    MONEY = "money"
    HEIGHT = "height"
    MOMENT = "moment"
    NAME = "name"
    LIST = "list"


class Privacy(StrEnum):
    """Who may know a number, beside staff: the person or owner that it is of, or nobody."""

    OWN = "own"
    STAFF = "staff"


@dataclass(frozen=True, slots=True)
class Sum:
    """A column of the roll-ups, added up. Shown as `scale` times the sum."""

    column: str
    scale: float = 1


@dataclass(frozen=True, slots=True)
class Ratio:
    """One column's sum over another's, times `scale`; nothing where the lower one is 0."""

    over: str
    under: str
    scale: float = 1


@dataclass(frozen=True, slots=True)
class People:
    """The different people who began a play."""


@dataclass(frozen=True, slots=True)
class Replays:
    """The plays that were replays, over all plays, in percent."""


@dataclass(frozen=True, slots=True)
class Lifetime:
    """One of the eight statistics: a lifetime counter of `ActorStats`; in a narrower window, what a person added in it.

    Of the platform there is only the sum of all lifetimes.
    """

    column: str
    scale: float = 1


@dataclass(frozen=True, slots=True)
class Derived:
    """Computed by a function of its own, named by its dotted path.

    `function(keys: frozenset[str], scope: Scope, window: Window) -> dict[str, Value]` is called once for all the wanted
    metrics that name it, so that what belongs together shares its queries.
    """

    path: str


How = Sum | Ratio | People | Replays | Lifetime | Derived


@dataclass(frozen=True, slots=True)
class Metric:
    """A number that may be asked for.

    `kinds` are the events it is made of, `subjects` what it may be asked of, `usual` the window it is shown for unless
    another is asked for. `waits_for` says what must come before there is anything to count; its value is None till then.
    """

    key: str
    group: str
    label: str
    unit: Unit
    definition: str
    kinds: tuple[str, ...]
    how: How
    subjects: frozenset[Subject]
    privacy: Privacy = Privacy.OWN
    waits_for: str = ""
    usual: str = "30d"

    @property
    def additive(self) -> bool:
        """Whether values of days or of items may be added up: rates and people may not."""
        return isinstance(self.how, Sum) or (isinstance(self.how, Lifetime) and self.unit is not Unit.MOMENT)

    @property
    def columns(self) -> frozenset[str]:
        """The columns of the roll-ups that it is made of."""
        if isinstance(self.how, Sum):
            return frozenset({self.how.column})
        if isinstance(self.how, Ratio):
            return frozenset({self.how.over, self.how.under})
        return frozenset({"plays"}) if isinstance(self.how, Replays) else frozenset()

    @property
    def is_higher_better(self) -> bool:
        """Whether growth is good news. Skips are not."""
        return self.key not in {"skip_rate", "unlikes", "unsaves"}


CONTENT = frozenset({Subject.ITEM, Subject.OWNER, Subject.SOURCE, Subject.PLATFORM})
ANY = CONTENT | {Subject.USER}
PLAYS, ENGAGEMENT, CORE = "Plays", "Engagement", "Eight stats"
MS_PER_HOUR = 3_600_000

_PLAY = (Kind.PLAY.value,)


def _of_plays(
    key: str, label: str, unit: Unit, definition: str, how: How, subjects: frozenset[Subject] = ANY
) -> Metric:
    return Metric(key, PLAYS, label, unit, definition, _PLAY, how, subjects)


def _actions(key: str, label: str, kind: Kind, definition: str) -> Metric:
    return Metric(key, ENGAGEMENT, label, Unit.COUNT, definition, (kind.value,), Sum(key), ANY)


def _rate(key: str, label: str, kind: Kind, column: str, what: str) -> Metric:
    words = f"{what} for every hundred plays of the window. It may pass 100: one play can lead to several."
    return Metric(key, ENGAGEMENT, label, Unit.PERCENT, words, (kind.value, *_PLAY), Ratio(column, "plays", 100), ANY)


_CONTENT_METRICS = (
    _of_plays(
        "plays", "Plays", Unit.COUNT,
        "Each playback counts once, however short it is and however often its player reports it. It belongs to the moment"
        " at which it began.",
        Sum("plays"),
    ),
    _of_plays(
        "views", "Views", Unit.COUNT,
        "Plays that were long enough: video and lesson 30 seconds, or half of a shorter one; live stream 30 seconds; image"
        " 1 second; audio half of it or 4 minutes, and of a track up to 30 seconds 80 % of it.",
        Sum("views"),
    ),
    _of_plays(
        "unique_plays", "Unique people", Unit.COUNT,
        "The different people who began a play in the window, each once. A member is one person on every device; a visitor"
        " without an account is one with a guest cookie, and without it a new person every day. People of several days"
        " cannot be added up.",
        People(), CONTENT,
    ),
    _of_plays(
        "watched_hours", "Watched hours", Unit.HOURS,
        "The time that plays begun in the window were really running, by the clock: ten seconds at double speed are five.",
        Sum("played_ms", 1 / MS_PER_HOUR),
    ),
    _of_plays(
        "average_duration", "Average duration", Unit.SECONDS,
        "The time played, by the clock, over all plays of the window, the shortest included.",
        Ratio("played_ms", "plays", 1 / 1000),
    ),
    _of_plays(
        "average_completion", "Average completion", Unit.PERCENT,
        "How much of the media a play covered, each part once, on average over the plays of media whose length is known."
        " Seeing something twice or skipping over it adds nothing.",
        Ratio("completion_bp", "measured", 1 / 100),
    ),
    _of_plays(
        "completion_rate", "Completion rate", Unit.PERCENT,
        "Completed plays of all plays. A video or lesson is completed when 85 % of it was covered, audio 80 %; where the"
        " length is not known, when a trusted sender says so.",
        Ratio("completed", "plays", 100),
    ),
    _of_plays(
        "skip_rate", "Skip rate", Unit.PERCENT,
        "Skipped plays of all plays. A play of a video, track or lesson is skipped when it ran less than 20 seconds and"
        " covered less than half.",
        Ratio("skipped", "plays", 100),
    ),
    _of_plays(
        "replay_rate", "Replay rate", Unit.PERCENT,
        "Replays of all plays. A play is a replay when the same person began a view of the same item in the 24 hours"
        " before.",
        Replays(),
    ),
    _actions("likes", "Likes", Kind.LIKE, "Each like given in the window. One that is taken back later stays counted here."),
    _actions("unlikes", "Likes taken back", Kind.UNLIKE, "Each like taken back in the window."),
    _actions("saves", "Saves", Kind.SAVE, "Each save to a playlist or for later in the window."),
    _actions("unsaves", "Saves taken back", Kind.UNSAVE, "Each save taken back in the window."),
    _actions("shares", "Shares", Kind.SHARE, "Each share in the window, wherever it went."),
    _actions("downloads", "Downloads", Kind.DOWNLOAD, "Each download begun in the window."),
    _actions("comments", "Comments", Kind.COMMENT, "Each comment written in the window. One deleted later stays counted here."),
    _actions("ratings", "Ratings", Kind.RATING, "Each rating given in the window."),
    _rate("like_rate", "Like rate", Kind.LIKE, "likes", "Likes given"),
    _rate("share_rate", "Share rate", Kind.SHARE, "shares", "Shares"),
    _rate("save_rate", "Save rate", Kind.SAVE, "saves", "Saves"),
    _rate("download_rate", "Download rate", Kind.DOWNLOAD, "downloads", "Downloads"),
)  # fmt: skip

_EIGHT_KINDS = {
    "features_used": (Kind.FEATURE_USED,),
    "plays": (Kind.PLAY,),
    "watched_ms": (Kind.PLAY,),
    "videos_uploaded": (Kind.UPLOAD,),
    "streams_created": (Kind.STREAM_STARTED, Kind.STREAM_ENDED, Kind.UPLOAD),
    "images_uploaded": (Kind.UPLOAD,),
    "interactions": (Kind.LIKE, Kind.COMMENT, Kind.SHARE),
    "last_activity_at": tuple(Kind(kind) for kind in ACTIVITY_KINDS),
}
_EIGHT_UNITS = {"watched_ms": Unit.HOURS, "last_activity_at": Unit.MOMENT}

_EIGHT_METRICS = tuple(
    Metric(
        stat.key,
        CORE,
        stat.label,
        _EIGHT_UNITS.get(stat.column, Unit.COUNT),
        stat.definition,
        tuple(kind.value for kind in _EIGHT_KINDS[stat.column]),
        Lifetime(stat.column, 1 / MS_PER_HOUR if stat.column == "watched_ms" else 1),
        frozenset({Subject.USER, Subject.PLATFORM}),
        usual="all",
    )
    for stat in EIGHT
)

METRICS = (*_CONTENT_METRICS, *_EIGHT_METRICS)
METRIC = {metric.key: metric for metric in METRICS}

if unknown := {column for metric in METRICS for column in metric.columns} - BY_KEY.keys():
    raise LookupError(f"No roll-up has these columns: {sorted(unknown)}.")

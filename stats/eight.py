"""The eight statistics of a person: the one place that says what they are. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Stat:
    """One of the eight. `key` is its name in the API and in files, `column` where it is kept."""

    key: str
    column: str
    label: str
    unit: str
    icon: str
    definition: str


EIGHT = (
    Stat(
        "subscriber_features_used", "features_used", "Subscriber features used", "", "stars",
        "Each use of a subscriber feature counts once.",
    ),
    Stat(
        "watch_history_entries", "plays", "Watch history entries", "", "history",
        "Each play counts once, however often its player reports it. Clearing the history does not lower it.",
    ),
    Stat(
        "total_watched_hours", "watched_ms", "Watched in total", "h", "clock-play",
        "The time that plays were really running, by the clock: ten seconds at double speed are five."
        " A play never earns more than the time between its start and its report.",
    ),
    Stat(
        "videos_uploaded", "videos_uploaded", "Videos uploaded", "", "video",
        "Each video whose upload was completed. Deleting one does not lower it.",
    ),
    Stat(
        "streams_created", "streams_created", "Streams created", "", "broadcast",
        "Each live stream started. Coming back within five minutes is the same stream.",
    ),
    Stat(
        "images_uploaded", "images_uploaded", "Images uploaded", "", "photo",
        "Each image whose upload was completed. Deleting one does not lower it.",
    ),
    Stat(
        "total_interactions", "interactions", "Interactions", "", "message-heart",
        "Each item ever liked counts once, each comment and each share counts once.",
    ),
    Stat(
        "last_activity_timestamp", "last_activity_at", "Last activity", "", "activity",
        "When you last watched, liked, commented, shared, saved, uploaded or used a feature."
        " Opening pages and logging in do not count.",
    ),
)  # fmt: skip

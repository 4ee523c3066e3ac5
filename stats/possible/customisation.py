"""Customisation: own playlists, changed settings, recommendations that were taken up."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from stats.compute import Row, Value
from stats.kinds import Kind
from stats.metrics import Unit
from stats.possible.asked import NO_PLAYLIST, Asked, Done, Played
from stats.possible.record import MINE, stat

GROUP = "Customization"
FOLDED = timedelta(seconds=60)
TAKEN_UP = timedelta(minutes=30)

METRICS = (
    stat(
        GROUP, "playlists_created", "Custom playlists created", Unit.COUNT,
        "Playlists made in the window; those that the site makes by itself send no event. How many were ever made and are there"
        " still stands beside it. Of the site: on the site's days that the window touches.",
        (Kind.PLAYLIST_CREATED, Kind.PLAYLIST_DELETED), MINE, usual="all",
    ),
    stat(
        GROUP, "playlist_average_size", "Playlist average size", Unit.COUNT,
        "The items saved to playlists now, since before the end of the window, over the playlists that have any. Deleted"
        " playlists are left out; empty ones are counted beside it.",
        (Kind.PLAYLIST_CREATED, Kind.PLAYLIST_DELETED, Kind.SAVE, Kind.UNSAVE), MINE, usual="all",
    ),
    stat(
        GROUP, "notification_changes", "Notification settings changes", Unit.COUNT,
        "Changes of notification settings saved in the window. Changes of one setting within 60 seconds are one. Of"
        " the site: all that there ever were.",
        (Kind.SETTING_CHANGED,), MINE, usual="all",
    ),
    stat(
        GROUP, "privacy_changes", "Privacy settings changes", Unit.COUNT,
        "Changes of privacy settings saved in the window. Changes of one setting within 60 seconds are one. Of"
        " the site: all that there ever were.",
        (Kind.SETTING_CHANGED,), MINE, usual="all",
    ),
    stat(
        GROUP, "recommendations_clicked", "Recommendations clicked", Unit.COUNT,
        "Recommendations that the person followed in the window: each item of each list once a day. How many of those seen (half"
        " of it visible, for a second) were followed, and after how many a view of the item began within 30 minutes, stands beside"
        " it. Of the site: every click on the site's days that the window touches.",
        (Kind.RECOMMENDATION_VIEWED, Kind.RECOMMENDATION_CLICKED), MINE,
    ),
)  # fmt: skip


def playlists_created(asked: Asked) -> Value:
    """Count playlists made."""
    if asked.is_site:
        ever = asked.ever(Kind.PLAYLIST_CREATED)
        return created(asked.of_kind(Kind.PLAYLIST_CREATED), ever, ever - asked.ever(Kind.PLAYLIST_DELETED))
    made = asked.did(Kind.PLAYLIST_CREATED)
    gone_ids = {row.playlist for row in asked.did(Kind.PLAYLIST_DELETED)}
    ever_ids = {row.playlist for row in made}
    return created(len({row.playlist for row in asked.inside(made)}), len(ever_ids), len(ever_ids - gone_ids))


def created(now: int, ever: int, current: int) -> Value:
    """Return how many were made, and what became of all."""
    return Value(now, rows=(Row(_("Ever made"), ever, "ever"), Row(_("There now"), current, "current")))


def playlist_average_size(asked: Asked) -> Value:
    """Divide what is in playlists by the playlists with something in them."""
    if asked.is_site:
        return asked.fact("playlists", lambda told: size_of(*told))
    gone = {row.playlist for row in asked.did(Kind.PLAYLIST_DELETED)}
    sizes = Counter(
        playlist
        for relation, _item, playlist, _at in asked.states
        if relation == "save" and playlist != NO_PLAYLIST and playlist not in gone
    )
    made = {row.playlist for row in asked.did(Kind.PLAYLIST_CREATED)} - gone
    return size_of(sum(sizes.values()), len(sizes), len(made - sizes.keys()))


def size_of(items: int, filled: int, empty: int) -> Value:
    """Return the average size of playlists that have something in them."""
    rows = (Row(_("Empty playlists"), empty, "empty"),)
    if not filled:
        return Value(None, 0, 0, rows, note=_("No playlist has anything in it."))
    return Value(items / filled, items, filled, rows)


def notification_changes(asked: Asked) -> Value:
    """Count changes of notification settings."""
    return _changes(asked, "notification")


def privacy_changes(asked: Asked) -> Value:
    """Count changes of privacy settings."""
    return _changes(asked, "privacy")


def _changes(asked: Asked, area: str) -> Value:
    if asked.is_site:
        return asked.fact("settings", lambda told: Value(told[area]))
    moments = folded(asked.settings_changed(area))
    return Value(sum(asked.window.start_at <= at < asked.window.end_at for at in moments))


def folded(rows: Iterable[Done]) -> list[datetime]:
    """Return when settings were changed, changes of one setting by one person within 60 seconds of the one before once."""
    last: dict[Any, datetime] = {}
    moments = []
    for row in rows:
        key = (row.actor, row.label)
        if key not in last or row.at - last[key] > FOLDED:
            moments.append(row.at)
        last[key] = row.at
    return moments


def recommendations_clicked(asked: Asked) -> Value:
    """Count recommendations that were followed."""
    if asked.is_site:
        return followed(asked.of_kind(Kind.RECOMMENDATION_CLICKED), asked.of_kind(Kind.RECOMMENDATION_VIEWED))
    clicked = impressions(asked, asked.did(Kind.RECOMMENDATION_CLICKED))
    seen = impressions(asked, asked.did(Kind.RECOMMENDATION_VIEWED))
    value = followed(len(clicked), len(seen))
    watched = Row(_("Watched within 30 minutes"), accepted(clicked, asked.plays), "accepted")
    return Value(value.value, value.over, value.under, (*value.rows, watched))


def impressions(asked: Asked, rows: Sequence[Done]) -> list[Done]:
    """Return the first of the window by item, list and day."""
    first: dict[Any, Done] = {}
    for row in asked.inside(rows):
        first.setdefault((row.item_id, row.label, asked.local(row.at).date()), row)
    return list(first.values())


def followed(clicked: int, seen: int) -> Value:
    """Return the clicks, and the share of those seen that were clicked."""
    rows = (Row(_("Of those seen, %"), 100 * clicked / seen, "rate"),) if seen else ()
    return Value(clicked, clicked, seen, rows)


def accepted(clicked: Iterable[Done], plays: Iterable[Played]) -> int:
    """Count the clicks after which a view of the item began within 30 minutes."""
    views = [(play.item_id, play.at) for play in plays if play.is_view]
    return sum(
        any(item_id == row.item_id and row.at <= at <= row.at + TAKEN_UP for item_id, at in views) for row in clicked
    )

"""Content performance: what is seen most, how it is rated, and what is taken along and passed on."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from stats.compute import Row, Value
from stats.kinds import Kind
from stats.metrics import Unit
from stats.possible.asked import LONGEST_LIST, Asked, Done
from stats.possible.record import EVERYONE, MINE, MINE_AND_OWN, stat
from stats.possible.trends import hundred

GROUP = "Content performance"

METRICS = (
    stat(
        GROUP, "most_viewed", "Most viewed content (top 10)", Unit.LIST,
        "The ten titles with the most views in the window; of as many views, what was made first. Only what everybody may see,"
        " and of the own items all. A person's are what the person viewed most. The site's: of the last 28 days.",
        (Kind.PLAY,), MINE_AND_OWN,
    ),
    stat(
        GROUP, "average_rating", "Average content rating", Unit.STARS,
        "The mean of the last rating that each person gave each item, from 1 to 5 stars, up to the end of the window. A person's"
        " are the ratings that the person gave.",
        (Kind.RATING,), EVERYONE, usual="all",
    ),
    stat(
        GROUP, "quality_preference", "Quality preference", Unit.LIST,
        "The share of the played time by the quality that the player said, in whole percent that add up to a hundred. Plays"
        " whose player said none are left out. The site's: of the site's days that the window touches.",
        (Kind.PLAY,), MINE,
    ),
    stat(
        GROUP, "downloads_per_video", "Download count per video", Unit.COUNT,
        "Downloads begun in the window over the items that were downloaded in it, with the items downloaded most. A person's are"
        " the downloads that the person began. We count every download, as the counter on the item does; whether it arrived"
        " whole is not known. The site's: of the last 28 days.",
        (Kind.DOWNLOAD,), EVERYONE,
    ),
    stat(
        GROUP, "shares_per_video", "Share count per video", Unit.COUNT,
        "Shares in the window over the items that were shared in it, with the items shared most. A person's are the shares that"
        " the person made. We count every share, as the counter on the item does. The site's: of the last 28 days.",
        (Kind.SHARE,), EVERYONE,
    ),
)  # fmt: skip


def most_viewed(asked: Asked) -> Value:
    """List the items with the most views."""
    if asked.is_person:
        views = Counter(play.item_id for play in asked.inside(asked.plays) if play.is_view)
        return listed(asked.named(views)[:LONGEST_LIST])
    if asked.is_site:
        return asked.fact("items", lambda told: listed(Row(*line) for line in told["views"]["top"]))
    return listed(asked.top("views"))


def listed(rows: Iterable[Row], note: str = "") -> Value:
    """Return a list as a value: its first line's name stands for it."""
    lines = tuple(rows)
    return Value(
        lines[0].label if lines else None, rows=lines, note=note or ("" if lines else _("There is nothing yet."))
    )


def average_rating(asked: Asked) -> Value:
    """Return the mean of everybody's last ratings."""
    if asked.is_site:
        return asked.fact("ratings", lambda told: mean_rating(*told))
    last = last_ratings(asked.ratings)
    return mean_rating(sum(last.values()), len(last))


def last_ratings(rows: Iterable[Done]) -> dict[tuple[Any, int], int]:
    """Return the stars of the last rating by person and item. Ratings of nobody known are each somebody's."""
    last: dict[tuple[Any, int], int] = {}
    for number, row in enumerate(rows):
        if row.item_id is not None and row.amount is not None:
            last[row.actor if row.actor.int else number, row.item_id] = row.amount
    return last


def mean_rating(stars: int, ratings: int) -> Value:
    """Return the mean, None without a rating."""
    if not ratings:
        return Value(None, 0, 0, note=_("There is no rating yet."))
    return Value(stars / ratings, stars, ratings)


def quality_preference(asked: Asked) -> Value:
    """List the qualities by played time."""
    parts = {quality: ms for quality, ms in asked.qualities.items() if quality and ms > 0}
    shares = hundred(parts)
    ranked = sorted(parts, key=lambda quality: (-parts[quality], quality))
    return listed(Row(quality, shares[quality], quality) for quality in ranked)


def downloads_per_video(asked: Asked) -> Value:
    """Divide downloads by the items downloaded."""
    return per_item(asked, "downloads", Kind.DOWNLOAD)


def shares_per_video(asked: Asked) -> Value:
    """Divide shares by the items shared."""
    return per_item(asked, "shares", Kind.SHARE)


def per_item(asked: Asked, column: str, kind: Kind) -> Value:
    """Divide what happened by the items that it happened to, and list those with the most."""
    if asked.is_site:
        return asked.fact(
            "items", lambda told: divided(told[column]["spread"], [Row(*one) for one in told[column]["top"]])
        )
    if not asked.is_person:
        return divided(asked.spread(column), asked.top(column))
    counts = Counter(row.item_id for row in asked.inside(asked.did(kind)) if row.item_id is not None)
    return divided((sum(counts.values()), len(counts)), asked.named(counts)[:LONGEST_LIST])


def divided(spread: tuple[int, int], rows: Iterable[Row]) -> Value:
    """Return how often it happened to an item, None where it happened to none."""
    total, items = spread
    if not items:
        return Value(None, 0, 0, note=_("There is none in this time."))
    return Value(total / items, total, items, tuple(rows))

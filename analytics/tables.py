"""The tables of the studio as rows of plain values, to take along."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from django.utils.translation import gettext as _

from analytics.exports import Table
from analytics.studio.catalogue import ItemRow
from analytics.studio.measured import OF_ITEMS
from analytics.studio.pages import Overview
from analytics.studio.values import Bar, Line


def days(page: Overview) -> Table:
    """Return the headline figures of each day, with those of the window before."""
    head = [page.step]
    for card in page.cards:
        head += [card.label, _("%(label)s before") % {"label": card.label}]
    rows = (
        [steps[0].start, *(value for step in steps for value in (step.now, step.before))]
        for steps in zip(*(card.rows for card in page.cards), strict=True)
    )
    return Table("days", _("By hour") if page.step == _("Hour") else _("By day"), head, rows)


def growth(page: Overview) -> Table:
    """Return what happened, against the window before."""
    return _lines("growth", _("Growth"), page.growth)


def rates(page: Overview) -> Table:
    """Return how people took it, against the window before."""
    return _lines("rates", _("Engagement"), page.rates)


def sources(page: Overview) -> Table:
    """Return where plays come from."""
    return _bars("sources", _("Where plays come from"), _("Plays"), page.sources)


def platforms(page: Overview) -> Table:
    """Return where people share to."""
    return _bars("platforms", _("Shared to"), _("Shares"), page.platforms)


def qualities(page: Overview) -> Table:
    """Return in which quality it was played."""
    return _bars("qualities", _("Quality"), _("Plays"), page.qualities)


def activity(page: Overview) -> Table:
    """Return the newest plays and likes."""
    rows = [[_("play"), one.at, one.who, one.title, one.played_ms / 1000] for one in page.recent_plays]
    rows += [[_("like"), one.at, one.who, one.title, None] for one in page.recent_likes]
    return Table(
        "activity", _("Recent activity"), [_("What"), _("When"), _("Who"), _("Item"), _("Seconds played")], rows
    )


def playlists(page: Overview) -> Table:
    """Return the items that others put into playlists."""
    rows = ([row.title, row.playlists, row.people] for row in page.playlists)
    return Table("playlists", _("In playlists"), [_("Item"), _("Playlists"), _("People")], rows)


def retention(page: Overview) -> Table:
    """Return who is still watching, slice by slice."""
    slices = page.retention.slices if page.retention else ()
    rows = ([one.start_ms / 1000, one.percent, one.plays, one.again] for one in slices)
    head = [_("Position in seconds"), _("Still watching, %"), _("Plays"), _("Watched again")]
    return Table("retention", _("Who is still watching"), head, rows)


def items(rows: Sequence[ItemRow]) -> Table:
    """Return all items with their numbers."""
    head = [_("Item"), _("Type"), _("Uploaded"), *(str(metric.label) for metric in OF_ITEMS)]
    return Table("items", _("All items"), head, _items(rows))


OVERVIEW: dict[str, Callable[[Overview], Table]] = {
    table.__name__: table for table in (days, growth, rates, sources, platforms, activity, playlists)
}
ITEM: dict[str, Callable[[Overview], Table]] = {
    table.__name__: table for table in (days, growth, rates, sources, platforms, qualities, activity, retention)
}


DETAILS = frozenset({"sources", "platforms", "qualities", "retention"})
"""What of an item only those with advanced analytics see."""


def _lines(key: str, title: str, lines: Sequence[Line]) -> Table:
    rows = (
        [
            line.label,
            line.metric.unit.value,
            line.now.value,
            line.before.value if line.before else None,
            line.change.percent if line.change else None,
        ]
        for line in lines
    )
    return Table(key, title, [_("Figure"), _("Unit"), _("Now"), _("Before"), _("Change in percent")], rows)


def _bars(key: str, title: str, what: str, bars: Sequence[Bar]) -> Table:
    return Table(key, title, [title, what, _("Percent")], ([bar.label, bar.value, bar.percent] for bar in bars))


def _items(rows: Sequence[ItemRow]) -> Iterator[Sequence[Any]]:
    for row in rows:
        yield [
            row.item.name,
            row.item.type,
            row.item.created_at,
            *(row.values[metric.key].value for metric in OF_ITEMS),
        ]

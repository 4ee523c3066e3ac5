"""What the address of a dashboard asks for."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.utils.translation import gettext_lazy as _

from analytics.dashboards.registry import Panel, Query, panels
from analytics.platform import queries as platform
from stats import asking, windows
from stats.models import Source
from stats.windows import Window

USUAL = "30d"
RANGES = {"24h": _("24 h"), "7d": _("7 d"), "30d": _("30 d"), "90d": _("90 d"), "1y": _("1 y")}
YES, NO = "yes", "no"
OPTIONS = ("source", "currency", "order")
SPAN = ("range", "from", "to")
WINDOW = (*SPAN, "tz", "compare")
BESIDE, BEHIND, NOTES = ("panel", "on"), ("on", "part", "offset"), ("day", "page")
LONGEST_WORD, LAST_PAGE = 60, 1_000_000
SOURCES, SOURCES_S = "analytics.dashboards.sources", 60


def query_of(params: Mapping[str, Any], now: datetime, more: Iterable[str] = ()) -> Query:
    """Return what the parameters ask. `more` names those that the page knows beside the window and the options.

    Raises asking.Bad for what cannot be, unknown and repeated parameters among it.
    """
    asking.only(params, (*WINDOW, *OPTIONS, *more))
    if "range" in params:
        asking.choice(params, "range", RANGES, USUAL)
    window = asking.window_of(params, now, settings.TIME_ZONE, USUAL)
    if not window.name and not window.is_whole_days:
        raise asking.Bad("from", "invalid_date", "A day is written as 2026-11-17.")
    is_compared = asking.choice(params, "compare", (YES, NO), YES) == YES
    options = {name: word for name in OPTIONS if (word := word_of(params, name))}
    for name, word in options.items():
        _known(name, word, _choices(name))
    return Query(window, windows.before(window) if is_compared else None, now, options)


def usual(now: datetime) -> Query:
    """Return what is shown where nothing, or nothing that can be, is asked for."""
    window = windows.named(USUAL, now, settings.TIME_ZONE)
    return Query(window, windows.before(window), now)


def word_of(params: Mapping[str, Any], name: str) -> str:
    """Return a short word of the address, '' without it. Raises asking.Bad `invalid_parameter`."""
    word = str(params.get(name, ""))
    if len(word) > LONGEST_WORD or "\0" in word:
        raise asking.Bad(name, "invalid_parameter", "This is no word that is known here.")
    return word


def panel_of(params: Mapping[str, Any], choices: Iterable[Panel]) -> Panel | None:
    """Return the panel beside which a day is told, None where none is asked for. Raises asking.Bad `invalid_choice`."""
    key = word_of(params, "panel")
    known = {panel.key: panel for panel in choices}
    if key:
        _known("panel", key, known)
    return known.get(key)


def part_of(params: Mapping[str, Any], panel: Panel, query: Query) -> str:
    """Return the part of a panel's numbers that is asked for, '' for all of it. Raises asking.Bad `invalid_choice`."""
    part = word_of(params, "part")
    if part:
        _known("part", part, panel.among(query) if panel.among else ())
    return part


def sources() -> dict[int, str]:
    """Return the names of the sources by number, in their order, asked once a minute."""
    known: dict[int, str] | None = cache.get(SOURCES)
    if known is None:
        known = dict(Source.objects.order_by("name").values_list("pk", "name"))
        cache.set(SOURCES, known, SOURCES_S)
    return known


def day_of(params: Mapping[str, Any], query: Query) -> date | None:
    """Return a day of the window, None where none is asked for. Raises asking.Bad `invalid_date`, `value_out_of_range`."""
    day = _day(params, "on")
    if day and not query.window.first_day <= day < query.window.end_day:
        raise asking.Bad("on", "value_out_of_range", "This day is not in the window.")
    return day


def of_notes(params: Mapping[str, Any]) -> tuple[date | None, int]:
    """Return which day and which page of the notes are asked for. Raises asking.Bad for what cannot be."""
    asking.only(params, NOTES)
    return _day(params, "day"), asking.whole(params, "page", 1, LAST_PAGE, 1)


def words_of(query: Query, **changes: str) -> dict[str, str]:
    """Return the parameters that ask for the same again, with some changed, or left out where ''."""
    window = query.window
    if window.name:
        told = {} if window.name == USUAL else {"range": window.name}
    else:
        told = asking.query_of(window)
        told.pop("tz", None) if window.zone == settings.TIME_ZONE else None
    if query.before is None:
        told["compare"] = NO
    told |= query.options
    return {name: word for name, word in (told | changes).items() if word}


def span_of(window: Window) -> tuple[date, date]:
    """Return the first and the last day that a window touches."""
    return window.first_day, window.end_day - windows.DAY


def _day(params: Mapping[str, Any], name: str) -> date | None:
    text = word_of(params, name)
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise asking.Bad(name, "invalid_date", "A day is written as 2026-11-17.") from None


def _choices(name: str) -> Collection[str]:
    """Return what there is of an option."""
    if name == "source":
        return {str(number) for number in sources()}
    return platform.currencies() if name == "currency" else {key for one in panels().values() for key, _ in one.orders}


def _known(name: str, word: str, choices: Collection[str]) -> None:
    if word not in choices:
        raise asking.Bad(name, "invalid_choice", "There is no such choice here.")

"""The staff's dashboards: pages of panels, their tables as CSV, and the lists of who and what is behind a number."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import Any
from zlib import crc32

from django.core.exceptions import BadRequest, PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotModified
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from accounts import audit
from accounts.staffing import Area, Level, may, requires
from analytics import back_office, exports, figures
from analytics.dashboards import asking, notes, showing, unusual, weeks
from analytics.dashboards.lines import Mark, address, list_of
from analytics.dashboards.registry import Asked, Listing, Page, Panel, Query, Rows, Shape, panels, panels_of
from analytics.dashboards.showing import Card, Shown, Side
from analytics.platform import queries as platform
from stats import asking as words
from stats import memory

TITLES = {
    Page.OVERVIEW: gettext_lazy("Overview"),
    Page.USERS: gettext_lazy("Growth"),
    Page.ENGAGEMENT: gettext_lazy("Engagement"),
    Page.CONTENT: gettext_lazy("Content"),
    Page.LEARNING: gettext_lazy("Learning"),
    Page.GAMIFICATION: gettext_lazy("Game"),
    Page.REVENUE: gettext_lazy("Revenue"),
    Page.SYSTEM: gettext_lazy("System"),
}
AREAS = {Page.REVENUE: Area.MONEY, Page.SYSTEM: Area.SYSTEM}
PER_PAGE = 50
PER_BATCH = 2_000
MANY_SOURCES = 50
LIVE, NO_VERSION = "live", "data-version=''"


@require_safe
def page(request: HttpRequest, name: str) -> HttpResponseBase:
    """One page of dashboards; asked by htmx for news, only its panels."""
    return requires(AREAS.get(Page(name), Area.NUMBERS))(_page)(request, Page(name))


@require_safe
def csv(request: HttpRequest, key: str) -> HttpResponseBase:
    """The table of one panel."""
    panel = _panel(request, key)
    if isinstance(panel, HttpResponseBase):
        return panel
    query = _exactly(request)
    if panel.shape is Shape.CARD:
        raise Http404
    with memory.kept():
        shown = Shown(panel, panel.build(query), query)  # type: ignore[arg-type]
    first, last = asking.span_of(query.window)
    return exports.table_response(shown.table(), _("Whole site"), f"{first} to {last}", query.window.zone)


@require_safe
def behind(request: HttpRequest, key: str) -> HttpResponseBase:
    """The people or items behind a number; with `format=csv` all of them as a file, which the audit log keeps."""
    panel = _panel(request, key)
    if isinstance(panel, HttpResponseBase):
        return panel
    if panel.drill is None:
        raise Http404
    if not may(request.user, panel.behind):
        raise PermissionDenied
    query = _exactly(request, asking.BEHIND)
    try:
        day, part = asking.day_of(request.GET, query), asking.part_of(request.GET, panel, query)
        offset = words.whole(request.GET, "offset", 0, 10_000_000, 0)
    except words.Bad as error:
        raise BadRequest(error.sentence) from error
    if request.GET.get("format") == "csv":
        audit.note(request.user, "numbers.exported", None, {"panel": key, **request.GET.dict()})  # type: ignore[arg-type]
        return exports.csv_response(
            f"{key}-{day or query.window.first_day}", _everything(panel, panel.drill, query, day, part)
        )
    listing = panel.drill(Asked(query, day, part, offset, PER_PAGE))
    told = asking.words_of(query, on=day.isoformat() if day else "", part=part)
    context = {
        "panel": panel,
        "listing": listing,
        "shown": Shown(_as_list(panel), listing.table, query),
        "window": figures.span(day, day) if day else figures.named(query.window),
        "csv": address(told | {"format": "csv"}),
        "older": address(told | {"offset": str(offset + PER_PAGE)}) if offset + PER_PAGE < listing.total else "",
        "newer": address(told | {"offset": str(max(0, offset - PER_PAGE))}) if offset else "",
        "first": offset + 1,
        "last": min(offset + PER_PAGE, listing.total),
    }
    return back_office.show(request, "staff/behind.html", str(panel.title), context, crumbs=_crumbs(panel.page, query))


def _page(request: HttpRequest, name: Page) -> HttpResponse:
    now = timezone.now()
    visible = [panel for panel in panels_of(name) if may(request.user, panel.area)]
    try:
        query, error = asking.query_of(request.GET, now, asking.BESIDE), ""
        on = asking.day_of(request.GET, query)
        chosen = asking.panel_of(request.GET, (panel for panel in visible if panel.parts is not None))
    except words.Bad as bad:
        query, error, on, chosen = asking.usual(now), bad.sentence, None, None
    with memory.kept():
        context = _context(request, name, visible, query, error)
        if on and chosen and chosen.parts is not None:
            context["sides"] = {chosen.key: _side(chosen, chosen.parts, query, on)}
    if request.headers.get("HX-Trigger") == LIVE:
        return _news(request, context)
    crumbs = [(_("Dashboards"), reverse("dashboards:overview"))]
    status = 400 if error else 200
    return back_office.show(request, "staff/dashboard.html", str(TITLES[name]), context, crumbs=crumbs, status=status)


def _news(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """Answer a poll with the panels, or with 304 when they are as the page has them."""
    text = render_to_string("staff/_panels.html", context, request)
    tag = f'"{crc32(text.encode()):08x}"'
    if request.headers.get("If-None-Match") == tag:
        answer: HttpResponse = HttpResponseNotModified()
    else:
        answer = HttpResponse(text.replace(NO_VERSION, f"data-version='{tag}'", 1))
    answer["ETag"] = tag
    answer["X-As-Of"] = context["as_of"]
    return answer


def _context(request: HttpRequest, name: Page, visible: Sequence[Panel], query: Query, error: str) -> dict[str, Any]:
    marks = _marks(query)
    cards, shown = [], []
    for panel in visible:
        found = panel.build(query)
        if panel.shape is Shape.CARD:
            href = list_of(panel, query) if panel.drill and may(request.user, panel.behind) else ""
            cards.append(Card(panel, found, href))  # type: ignore[arg-type]
        else:
            rows = weeks.by_week(found, query)  # type: ignore[arg-type]
            ranges = unusual.marks(panel, rows, query)
            shown.append(Shown(panel, rows, query, weeks.placed(rows, (*marks, *ranges))))
    takes = frozenset().union(*(panel.takes for panel in visible)) if visible else frozenset()
    return showing.frame(query, error) | {
        "page": name,
        "strips": showing.strips(cards),
        "blocks": showing.blocks(shown),
        "filters": [chosen for word, ask in FILTERS.items() if word in takes and len(chosen := ask(query)) > 1],
        "may_note": may(request.user, Area.NUMBERS, Level.CHANGE),
        "sides": {},
    }


def _marks(query: Query) -> tuple[Mark, ...]:
    return tuple(Mark(day, text) for day, text in notes.between(*asking.span_of(query.window)))


def _side(panel: Panel, parts: Callable[[Asked], Rows], query: Query, day: date) -> Side:
    rows = parts(Asked(query, day))
    total = sum(row.values[0] or 0 for row in rows.rows)
    href = list_of(panel, query, day) if panel.drill else ""
    close = address(asking.words_of(query))
    return Side(figures.weekday(day), rows, showing.bars_of(rows), href, close, figures.number(total))


def _sources(query: Query) -> list[dict[str, Any]]:
    chosen = query.options.get("source", "")
    named = list(asking.sources().items())[:MANY_SOURCES]
    every = [("", _("All sources")), *((str(pk), name) for pk, name in named)]
    if len(every) == 2 and not chosen:
        return []
    return [
        {
            "label": label,
            "query": address(asking.words_of(query, source=key)),
            "is_current": key == chosen,
        }
        for key, label in every
    ]


def _currencies(query: Query) -> list[dict[str, Any]]:
    known = platform.currencies()
    chosen = query.options.get("currency", "")
    return [
        {
            "label": currency,
            "query": address(asking.words_of(query, currency=currency)),
            "is_current": currency == (chosen if chosen in known else known[0]),
        }
        for currency in known
    ]


FILTERS: dict[str, Callable[[Query], list[dict[str, Any]]]] = {"source": _sources, "currency": _currencies}


def _panel(request: HttpRequest, key: str) -> Panel | HttpResponseBase:
    """Return a panel that this member of the staff may see, or what to answer instead. Raises Http404, PermissionDenied."""
    panel = panels().get(key)
    area = panel.area if panel else Area.NUMBERS
    answer = requires(area)(lambda request: HttpResponse())(request)
    if answer.status_code != 200:
        return answer
    if panel is None:
        raise Http404
    if not may(request.user, AREAS.get(panel.page, Area.NUMBERS)):
        raise PermissionDenied
    return panel


def _exactly(request: HttpRequest, more: Sequence[str] = ()) -> Query:
    try:
        return asking.query_of(request.GET, timezone.now(), more)
    except words.Bad as error:
        raise BadRequest(error.sentence) from error


def _everything(
    panel: Panel, drill: Callable[[Asked], Listing], query: Query, day: date | None, part: str
) -> Iterator[Sequence[Any]]:
    offset = 0
    while True:
        listing = drill(Asked(query, day, part, offset, PER_BATCH))
        table = Shown(_as_list(panel), listing.table, query).table()
        if not offset:
            yield table.head
        yield from table.rows
        offset += PER_BATCH
        if offset >= listing.total:
            return


def _as_list(panel: Panel) -> Panel:
    return replace(panel, shape=Shape.TABLE, drill=None, parts=None, orders=())


def _crumbs(name: Page, query: Query) -> list[tuple[str, str]]:
    return [(str(TITLES[name]), reverse(f"dashboards:{name.value}") + address(asking.words_of(query)))]

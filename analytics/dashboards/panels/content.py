"""Content: what is played, what comes in, and which items lead."""

from django.db.models import Count, Sum
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.staffing import Area
from analytics.dashboards import steps
from analytics.dashboards.registry import (
    Asked,
    Column,
    Figure,
    Listing,
    Over,
    Page,
    Panel,
    Query,
    Row,
    Rows,
    Shape,
    Width,
)
from analytics.studio.measured import PLATFORMS, SOURCES
from stats import compute
from stats.metrics import METRIC, Scope, Unit
from stats.models import Item, ItemType
from stats.windows import DAY, midnight

TOP = 10
SHOWN = ("plays", "watched_hours", "average_completion", "likes")
SHORT = {"watched_hours": gettext_lazy("Watched"), "average_completion": gettext_lazy("Completion")}
BY_SOURCE = frozenset({"source"})


def viewers(query: Query) -> Figure:
    """Return how many different people played something: they cannot be added up, so without a line over time."""
    return Figure(
        compute.compute(METRIC["unique_plays"], steps.scope_of(query), query.window).value, note=_("different people")
    )


def uploads_card(query: Query) -> Figure:
    """Return how many items came, of the whole site."""
    days = query.once("uploads", lambda: _uploads(query))
    now = sum(sum(values) for values in days.values())
    return Figure(now, points=tuple(sum(days.get(step, ())) for step in steps.steps_of(query.window)))


def uploads(query: Query) -> Rows:
    """Return the items that came, by their type."""
    columns = [Column(kind.value, kind.label, over=Over.SUM) for kind in ItemType]
    return steps.rows_of(query, columns, query.once("uploads", lambda: _uploads(query)))


def _uploads(query: Query) -> dict[steps.Step, list[int]]:
    window = query.window
    rows = Item.objects.filter(created_at__gte=window.start_at, created_at__lt=window.end_at)
    found: dict[steps.Step, list[int]] = {}
    kinds = [kind.value for kind in ItemType]
    for at, kind, count in steps.by_step([rows], "created_at", window, "type"):
        found.setdefault(at, [0] * len(kinds))[kinds.index(kind)] += count
    return found


def top_items(query: Query) -> Rows:
    """Return the items that were played most."""
    metrics = [METRIC[key] for key in SHOWN]
    leading = compute.top_items(Scope.platform(), query.window, METRIC["plays"], TOP)
    numbers = compute.by_item(metrics, [row.item_id for row in leading], query.window)
    columns = tuple(Column(metric.key, str(SHORT.get(metric.key, metric.label)), metric.unit) for metric in metrics)
    rows = tuple(
        Row(
            row.label or _("Untitled"),
            tuple(numbers[row.item_id][metric.key].value for metric in metrics),
            href=reverse("analytics:studio-item", args=[row.key]),
        )
        for row in leading
    )
    note = _("Of all sources") if query.options.get("source") else ""
    return Rows(_("Item"), columns, rows, note, _("Nothing was played in this period."))


def sources(query: Query) -> Rows:
    """Return where plays come from."""
    found = query.once("breakdowns", lambda: _breakdowns(query))["play_source"]
    return steps.ranked(_("Where"), steps.count_column(_("Plays")), found, SOURCES)


def platforms(query: Query) -> Rows:
    """Return where people share to."""
    found = query.once("breakdowns", lambda: _breakdowns(query))["share_platform"]
    return steps.ranked(_("Where"), steps.count_column(_("Shares")), found, PLATFORMS)


def stock(query: Query) -> Rows:
    """Return what there is now: items by type, and how many bytes their files have."""
    counted = {
        kind: (number, size)
        for kind, number, size in Item.objects.filter(deleted_at=None)
        .values_list("type")
        .annotate(Count("pk"), Sum("media__bytes"))
        .order_by()
    }
    columns = (Column("items", _("Items")), Column("bytes", _("Files"), Unit.BYTES))
    rows = tuple(
        Row(str(kind.label), (counted[kind.value][0], counted[kind.value][1] or 0))
        for kind in ItemType
        if kind.value in counted
    )
    return Rows(_("Type"), columns, rows, _("As it is now, whatever the period"))


def behind_uploads(asked: Asked) -> Listing:
    """Return the items that came in the window, or on one day of it, the newest first."""
    window = asked.query.window
    start, end = window.start_at, window.end_at
    if asked.day:
        start, end = midnight(asked.day, window.zone), midnight(asked.day + DAY, window.zone)
    found = Item.objects.filter(created_at__gte=start, created_at__lt=end).select_related("owner")
    if asked.part:
        found = found.filter(type=asked.part)
    page = found.order_by("-created_at", "-pk")[asked.offset : asked.offset + asked.limit]
    columns = (
        Column("type", _("Type"), is_text=True),
        Column("owner", _("Owner"), is_text=True),
        Column("created", _("Uploaded"), Unit.MOMENT),
    )
    rows = tuple(
        Row(
            item.title or _("Untitled"),
            (str(ItemType(item.type).label), str(item.owner or ""), item.created_at),
            href=reverse("analytics:studio-item", args=[item.uuid]),
        )
        for item in page
    )
    return Listing(Rows(_("Item"), columns, rows), found.count())


def _breakdowns(query: Query) -> dict[str, list[compute.Row]]:
    return compute.breakdowns(("play_source", "share_platform"), steps.scope_of(query), query.window)


PANELS = (
    Panel(
        "content-plays", Page.CONTENT, gettext_lazy("Plays"), Shape.CARD, steps.metric_card("plays"), takes=BY_SOURCE,
        means=steps.means_of("plays"),
    ),
    Panel(
        "content-hours", Page.CONTENT, gettext_lazy("Watched"), Shape.CARD, steps.metric_card("watched_hours"), Unit.HOURS,
        takes=BY_SOURCE,
        means=steps.means_of("watched_hours"),
    ),
    Panel(
        "content-people", Page.CONTENT, gettext_lazy("Viewers"), Shape.CARD, viewers, takes=BY_SOURCE,
        means=steps.means_of("unique_plays"),
    ),
    Panel(
        "content-completion", Page.CONTENT, gettext_lazy("Average completion"), Shape.CARD,
        steps.metric_card("average_completion"), Unit.PERCENT, takes=BY_SOURCE,
        means=steps.means_of("average_completion"),
    ),
    Panel(
        "content-uploads", Page.CONTENT, gettext_lazy("New items"), Shape.CARD, uploads_card, drill=behind_uploads,
        behind=Area.CONTENT,
        means=gettext_lazy(
            "Items that came to the site in the window, of all sources, those deleted since too."
        ),
    ),
    Panel(
        "plays-by-day", Page.CONTENT, gettext_lazy("Plays"), Shape.LINE, steps.metric_rows(["plays"]), width=Width.FULL,
        takes=BY_SOURCE, metric="plays",
        means=steps.means_of("plays"),
    ),
    Panel(
        "top-items", Page.CONTENT, gettext_lazy("Played most"), Shape.TABLE, top_items, width=Width.MOST,
        means=gettext_lazy(
            "The ten items that were played most in the window: plays, hours really played, how much of the media"
            " a play covered on average, and likes given. Of equal ones the older first."
        ),
    ),
    Panel(
        "play-sources", Page.CONTENT, gettext_lazy("Where plays come from"), Shape.BARS, sources, width=Width.LESS,
        takes=BY_SOURCE,
        means=gettext_lazy(
            "Plays of the window by where the player said they came from; plays that do not say so stand by"
            " themselves."
        ),
    ),
    Panel(
        "hours-by-day", Page.CONTENT, gettext_lazy("Hours watched"), Shape.LINE, steps.metric_rows(["watched_hours"]),
        Unit.HOURS, takes=BY_SOURCE, metric="watched_hours",
        means=steps.means_of("watched_hours"),
    ),
    Panel(
        "uploads-by-day", Page.CONTENT, gettext_lazy("New items"), Shape.STACKED, uploads, drill=behind_uploads,
        among=lambda _query: ItemType.values,
        behind=Area.CONTENT,
        means=gettext_lazy(
            "Items that came to the site in the window by their type, of all sources, those deleted since too."
        ),
    ),
    Panel(
        "share-platforms", Page.CONTENT, gettext_lazy("Shared to"), Shape.BARS, platforms, takes=BY_SOURCE,
        means=gettext_lazy("Shares of the window by where they went."),
    ),
    Panel(
        "stock", Page.CONTENT, gettext_lazy("What there is"), Shape.TABLE, stock,
        means=gettext_lazy(
            "Items that there are now, without deleted ones, and the bytes of their files as uploaded. Whatever"
            " the window."
        ),
    ),
)  # fmt: skip

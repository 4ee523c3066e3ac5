"""Which metrics the studio shows, and what it calls them and what comes with them."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from stats.metrics import METRIC, Metric

CARDS = tuple(METRIC[key] for key in ("plays", "watched_hours", "unique_plays", "average_completion", "likes"))
GROWTH = tuple(
    METRIC[key]
    for key in ("plays", "unique_plays", "watched_hours", "likes", "comments", "shares", "saves", "downloads")
)
RATES = tuple(
    METRIC[key]
    for key in (
        "average_duration", "average_completion", "completion_rate", "skip_rate",
        "like_rate", "share_rate", "save_rate", "download_rate",
    )
)  # fmt: skip
OF_ITEMS = tuple(
    METRIC[key]
    for key in ("plays", "watched_hours", "average_completion", "likes", "comments", "shares", "saves", "downloads")
)
OVERVIEW = tuple({metric.key: metric for metric in (*CARDS, *GROWTH, *RATES)}.values())
RANKED = tuple(METRIC[key] for key in ("plays", "average_completion", "likes", "shares"))
SUMMED = tuple(metric for metric in OVERVIEW if metric.columns)
TITLES = {"watched_hours": gettext_lazy("Hours watched")}
LABELS = {"watched_hours": gettext_lazy("Watched"), "unique_plays": gettext_lazy("Unique viewers")}
CHART_UNITS = {
    "plays": "plays",
    "watched_hours": "h",
    "unique_plays": "people",
    "average_completion": "%",
    "likes": "likes",
}
SOURCES = {
    "landing": gettext_lazy("Front page"),
    "search": gettext_lazy("Search"),
    "direct": gettext_lazy("Direct and bookmarks"),
    "playlist": gettext_lazy("Playlists"),
    "share": gettext_lazy("Shared links"),
    "player": gettext_lazy("Another item's player"),
    "other": gettext_lazy("Elsewhere"),
}
PLATFORMS = {
    "twitter": gettext_lazy("X"),
    "facebook": gettext_lazy("Facebook"),
    "instagram": gettext_lazy("Instagram"),
    "whatsapp": gettext_lazy("WhatsApp"),
    "copy_link": gettext_lazy("Copied link"),
    "embed": gettext_lazy("Embedded elsewhere"),
    "email": gettext_lazy("E-mail"),
    "qr_code": gettext_lazy("QR code"),
    "other": gettext_lazy("Elsewhere"),
}


def short(metric: Metric) -> str:
    """Return what the studio calls a metric where there is little room."""
    return str({"average_completion": _("Completion")}.get(metric.key) or LABELS.get(metric.key, metric.label))

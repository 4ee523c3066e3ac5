"""What is summed by day: the columns of every roll-up, each told once for plays and for what else people do. Pure.

All of them may be added up over days and over items. `of_play` is SQL over a row of `Play`, `of_action` over a row of
`Action` or of the log; `of_move` over the moves that a chunk makes. Milliseconds and basis points are whole numbers.
"""

from dataclasses import dataclass

from stats.kinds import PLAY_SOURCES, SHARE_PLATFORMS


@dataclass(frozen=True, slots=True)
class Measure:
    """One column. `is_sum` marks quantities, which grow beyond 32 bits."""

    key: str
    of_play: str = ""
    of_action: str = ""
    is_sum: bool = False

    @property
    def of_move(self) -> str:
        """SQL over a row of `stats.fresh.MOVES`, where plays are signed."""
        return self.of_play.replace("THEN 1", "THEN plays") if self.key.startswith("from_") else self.key


def _flag(condition: str) -> str:
    return f"CASE WHEN {condition} THEN 1 ELSE 0 END"


def _kind(key: str, kind: str) -> Measure:
    return Measure(key, of_action=_flag(f"kind = '{kind}'"))


PLAY_MEASURES = (
    Measure("plays", of_play="1"),
    Measure("views", of_play="is_view"),
    Measure("completed", of_play="is_completed"),
    Measure("skipped", of_play="is_skipped"),
    Measure("measured", of_play=_flag("media_ms > 0")),
    Measure("completion_bp", of_play="completion_bp", is_sum=True),
    Measure("played_ms", of_play="played_ms", is_sum=True),
    Measure("covered_ms", of_play="covered_ms", is_sum=True),
    *(
        Measure(f"from_{source}", of_play=_flag(f"play_source = '{source}'"))
        for source in PLAY_SOURCES
        if source != "other"
    ),
)
ACTION_MEASURES = (
    _kind("likes", "like"),
    _kind("unlikes", "unlike"),
    _kind("saves", "save"),
    _kind("unsaves", "unsave"),
    _kind("shares", "share"),
    _kind("downloads", "download"),
    _kind("comments", "comment"),
    _kind("comments_deleted", "comment_deleted"),
    _kind("ratings", "rating"),
    Measure("stars", of_action="CASE WHEN kind = 'rating' THEN COALESCE(amount, 0) ELSE 0 END", is_sum=True),
    *(
        Measure(f"via_{platform}", of_action=_flag(f"kind = 'share' AND label = '{platform}'"))
        for platform in SHARE_PLATFORMS
        if platform != "other"
    ),
)
MEASURES = (*PLAY_MEASURES, *ACTION_MEASURES)
KEYS = tuple(measure.key for measure in MEASURES)
PLAY_KEYS = tuple(measure.key for measure in PLAY_MEASURES)
ACTION_KEYS = tuple(measure.key for measure in ACTION_MEASURES)
BY_KEY = {measure.key: measure for measure in MEASURES}

"""Who is still watching an item when, in words and slices."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import msgspec
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from analytics import figures, retention
from stats.models import Item

NO_RANGES = "[]"
_ranges = msgspec.json.Decoder(list[tuple[int, int]])


@dataclass(frozen=True, slots=True)
class Retention:
    """Who is still watching: the slices, and what to say about them."""

    slices: tuple[retention.Slice, ...]
    about: str
    words: str


def retention_of(item: Item, newest: Sequence[tuple[UUID, str, str]], plays: int) -> Retention:
    """Return who is still watching when, from the newest of an item's plays that tell what was played."""
    told = [(actor, ranges) for actor, ranges, _quality in newest if ranges != NO_RANGES]
    curve = retention.curve(((actor, _ranges.decode(ranges)) for actor, ranges in told), item.duration_ms or 0)
    about = ngettext("%(plays)s play", "%(plays)s plays", curve.plays) % {"plays": figures.number(curve.plays)}
    if plays > len(newest):
        about = _("The newest %(shown)s of %(plays)s plays") % {
            "shown": figures.number(len(newest)),
            "plays": figures.number(plays),
        }
    step = ngettext("every second", "every %(seconds)d seconds", curve.step_ms // 1000) % {
        "seconds": curve.step_ms // 1000
    }
    return Retention(curve.slices, f"{about} · {step}", _retention_words(curve))


def _retention_words(curve: retention.Curve) -> str:
    if curve.at_end_percent is None:
        return _("Nobody has played this in this period.")
    end = _("In the last stretch, %(percent)s %% are still there.") % {
        "percent": figures.number(curve.at_end_percent, 1)
    }
    if curve.rewatched is None:
        return _("No place stands out as watched again. %(end)s") % {"end": end}
    minutes, seconds = divmod(curve.rewatched.start_ms // 1000, 60)
    return _("Watched again most: %(place)s. %(end)s") % {"place": f"{minutes}:{seconds:02}", "end": end}

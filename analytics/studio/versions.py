"""Whether who has seen the numbers of a window misses anything."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zlib import crc32

from analytics.studio.measured import SUMMED
from stats import compute
from stats.compute import Value
from stats.metrics import Scope
from stats.models import Ledger
from stats.windows import Window


@dataclass(frozen=True, slots=True)
class Version:
    """What the numbers of a window come from: the log's last chunk, the moment, and what the sums were."""

    chunk: int
    moment: str
    sums: str = ""

    @property
    def tag(self) -> str:
        """An entity tag (RFC 9110, 8.8.3)."""
        return f'"{self.chunk}.{self.moment}.{self.sums}"'


def version(window: Window, now: datetime) -> Version:
    """Return the version of a window before its sums are known. One query.

    Windows that end now move on by the minute; what is compared up to the same time of day, every five.
    """
    chunk = Ledger.objects.values_list("chunk", flat=True).first() or 0
    start, end = (int(at.timestamp()) // 60 for at in (window.start_at, window.end_at))
    return Version(chunk, f"{start}-{end}-{int(now.timestamp()) // 300}")


def is_known(seen: str, current: Version, scope: Scope, window: Window) -> bool:
    """Whether who has seen the version `seen` misses nothing.

    So it is when the log has no new chunk, and also when it has but the sums are the same: what came was of others.
    Two queries in the latter case.
    """
    chunk, _dot, rest = seen.strip('"').partition(".")
    moment, _dot, sums = rest.partition(".")
    if moment != current.moment:
        return False
    return chunk == str(current.chunk) or sums == digest(compute.compute_all(SUMMED, scope, window))


def digest(values: Mapping[str, Value]) -> str:
    """Return a short text that changes when a sum does."""
    return f"{crc32(repr([values[metric.key].value for metric in SUMMED]).encode()):08x}"

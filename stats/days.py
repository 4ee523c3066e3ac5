"""Days and hours of instants in the site's time zone."""

from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from django.conf import settings

QUARTER_HOUR_US = 900_000_000


def site_day(micros: int) -> str:
    """Return the day of an instant as YYYY-MM-DD."""
    return _local(micros // QUARTER_HOUR_US, settings.TIME_ZONE)[0]


def site_hour(micros: int) -> str:
    """Return the hour of the day of an instant, "0" to "23"."""
    return _local(micros // QUARTER_HOUR_US, settings.TIME_ZONE)[1]


@lru_cache(maxsize=50_000)
def _local(quarter: int, zone: str) -> tuple[str, str]:
    """Return day and hour of a quarter of an hour since 1970: zones change by no less."""
    local = datetime.fromtimestamp(quarter * 900, UTC).astimezone(ZoneInfo(zone))
    return local.date().isoformat(), str(local.hour)
